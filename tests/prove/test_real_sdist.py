"""A release of the real index that has an sdist alone, built and installed without it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from endtoend.commands import run
from prove.local import local_machine
from wheelyard.mirror.progress import Silent
from wheelyard.prove.building import build_wheels
from wheelyard.prove.document import Verdict, parse_proof
from wheelyard.prove.installing import install_all
from wheelyard.yard.layout import Layout
from wheelyard.yard.yard import open_yard

pytestmark = [pytest.mark.installer, pytest.mark.real_index]


def test_docopt_is_built_and_installed(tmp_path: Path) -> None:
    root = tmp_path / "yard"
    run(tmp_path, ["mirror", "docopt", "--yard", root])
    proof = parse_proof(Layout(root).proof.read_bytes(), "proof.json")
    machine = local_machine()
    with open_yard(root, create=False) as yard, yard.exclusive() as writer:
        report = asyncio.run(build_wheels(writer, proof, machine, Silent(), _now))
    (wheel,) = report.built
    assert wheel.filename == "docopt-0.6.2-1_49b3a825_wheelyard-py2.py3-none-any.whl"
    checks = asyncio.run(install_all(root, proof, machine, Silent(), _now))
    assert [check.verdict for _, check in checks] == [Verdict.HOLDS] * 2


def _now() -> datetime:
    return datetime.now(UTC)
