"""Wheels that are built from the sdists of a yard."""

import asyncio
import io
import os
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from prove.local import local_machine
from prove.mirrored import HERE, NOON, Mirrored
from tools import require_tool
from wheelyard.cli.here import platform_here
from wheelyard.mirror.progress import Silent
from wheelyard.plan.inventory import HeldFile
from wheelyard.prove.building import BuildReport, build_wheels
from wheelyard.prove.document import Scope, Verdict
from wheelyard.prove.installing import install_all
from wheelyard.yard.ledger import Selection, replace_selections, selections
from wheelyard.yard.yard import open_yard
from world import make_sdist
from yard.arrivals import json_page, linked_file

pytestmark = pytest.mark.installer

_MINOR = f"3.{sys.version_info.minor}"


@pytest.fixture
def mirrored(tmp_path: Path) -> Mirrored:
    return Mirrored(tmp_path / "yard")


def test_a_wheel_lies_beside_its_sdist(mirrored: Mirrored) -> None:
    helper = mirrored.add_wheel("buildhelper", "1.0")
    sdist = mirrored.add_sdist("built", "1.0", requires=["lib"], build_requires=["buildhelper"])
    lib = mirrored.add_wheel("lib", "1.0")
    mirrored.claim("default", ["built"], [sdist, lib])
    mirrored.claim("build of built", ["buildhelper"], [helper], builds=(sdist.filename,))
    report = _build(mirrored)
    (wheel,) = report.built
    assert wheel.filename == f"built-1.0-1_{sdist.sha256[:8]}_wheelyard-py3-none-any.whl"
    assert (report.problems, report.notes, report.present) == ((), (), ())
    page = json_page(mirrored.layout, wheel.project)
    listed = {file["filename"]: file for file in page["files"]}
    assert set(listed) == {sdist.filename, wheel.filename}
    assert listed[wheel.filename]["upload-time"] == listed[sdist.filename]["upload-time"]
    path = linked_file(mirrored.layout, wheel.project, listed[wheel.filename]["url"])
    metadata = path.with_name(f"{path.name}.metadata").read_text()
    assert "Requires-Dist: lib\n" in metadata
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert (
            f"Build: 1_{sdist.sha256[:8]}_wheelyard\n"
            in archive.read("built-1.0.dist-info/WHEEL").decode()
        )


def test_installers_take_it_and_build_no_more(mirrored: Mirrored) -> None:
    """Its build requirements are gone, so an sdist could not be installed."""
    helper = mirrored.add_wheel("buildhelper", "1.0")
    sdist = mirrored.add_sdist("built", "1.0", build_requires=["buildhelper"])
    mirrored.claim("default", ["built"], [sdist])
    _build(mirrored)
    (mirrored.layout.simple / "buildhelper" / "index.v1_json").unlink()
    mirrored.layout.file(helper.path).unlink()
    checks = asyncio.run(
        install_all(
            mirrored.root,
            mirrored.prove(),
            local_machine(),
            Silent(),
            lambda: NOON,
            scope=Scope.ALL,
        )
    )
    assert [check.verdict for _, check in checks] == [Verdict.HOLDS] * 2


def test_the_groups_of_the_sdist_want_it(mirrored: Mirrored) -> None:
    sdist = mirrored.add_sdist("built", "1.0")
    mirrored.claim("default", ["built"], [sdist])
    known = Selection(
        group="default",
        target=HERE,
        project=sdist.project,
        filename=sdist.filename,
        sha256=sdist.sha256,
        reason="built",
    )
    with mirrored.writer() as yard:
        replace_selections(yard.catalog, "default", [known])
    (wheel,) = _build(mirrored).built
    with open_yard(mirrored.root, create=False) as opened:
        assert selections(opened.catalog) == [
            known,
            replace(
                known,
                filename=wheel.filename,
                sha256=wheel.sha256,
                reason="built from built-1.0.tar.gz",
            ),
        ]


def test_nothing_is_built_twice(mirrored: Mirrored) -> None:
    sdist = mirrored.add_sdist("built", "1.0")
    mirrored.claim("default", ["built"], [sdist])
    first = _build(mirrored)
    before = _snapshot(mirrored)
    second = _build(mirrored)
    assert (second.built, second.present) == ((), first.built)
    assert second.changed_nothing
    assert _snapshot(mirrored) == before


def test_a_build_that_fails_is_told_and_the_others_go_on(mirrored: Mirrored) -> None:
    lacking = mirrored.add_sdist("lacking", "1.0", build_requires=["nowhere"])
    sdist = mirrored.add_sdist("built", "1.0")
    mirrored.claim("default", ["built", "lacking"], [sdist, lacking])
    report = _build(mirrored)
    assert [held.project for held in report.built] == ["built"]
    (problem,) = report.problems
    assert str(problem).startswith(f"`lacking-1.0.tar.gz` cannot be built with CPython {_MINOR}.")
    assert "nowhere" in str(problem)


def test_one_wheel_serves_all_pythons_that_build_the_same(mirrored: Mirrored) -> None:
    minors = _two_minors()
    sdist = mirrored.add_sdist("built", "1.0")
    for minor in minors:
        mirrored.claim(f"on {minor}", ["built"], [sdist], target=_target(minor))
    (wheel,) = _build(mirrored).built
    with open_yard(mirrored.root, create=False) as opened:
        found = [(one.group, one.target) for one in selections(opened.catalog)]
    assert found == [(f"on {minor}", _target(minor)) for minor in sorted(minors)]
    assert wheel.filename.endswith("-py3-none-any.whl")


def test_each_python_has_its_own_where_they_build_differently(mirrored: Mirrored) -> None:
    """A `setup.py` may ask for other projects on each Python, and call the wheel universal."""
    minors = _two_minors()
    sdist = _built_by(mirrored, _PER_PYTHON)
    for minor in minors:
        mirrored.claim(f"on {minor}", ["built"], [sdist], target=_target(minor))
    report = _build(mirrored)
    tag = f"1_{sdist.sha256[:8]}_wheelyard"
    assert {held.filename for held in report.built} == {
        f"built-1.0-{tag}-cp{minor.replace('.', '')}-none-any.whl" for minor in minors
    }


def test_a_wheel_without_native_code_is_for_any_platform(mirrored: Mirrored) -> None:
    sdist = _built_by(mirrored, _PER_MACHINE, so=b"text")
    mirrored.claim("default", ["built"], [sdist])
    report = _build(mirrored)
    (wheel,) = report.built
    assert wheel.filename.endswith(f"-cp3{sys.version_info.minor}-none-any.whl")
    assert report.notes == ()


def test_a_wheel_with_native_code_stays_with_the_machine(mirrored: Mirrored) -> None:
    sdist = _built_by(mirrored, _PER_MACHINE, so=b"\x7fELF")
    mirrored.claim("default", ["built"], [sdist])
    report = _build(mirrored)
    (wheel,) = report.built
    cp = f"cp3{sys.version_info.minor}"
    assert wheel.filename.endswith(f"-{cp}-{cp}-linux_{os.uname().machine}.whl")
    (note,) = report.notes
    assert f"`{wheel.filename}` was linked on this machine" in note


def test_what_must_be_an_sdist_is_not_built(mirrored: Mirrored) -> None:
    sdist = mirrored.add_sdist("built", "1.0")
    mirrored.claim("by wish", ["built"], [sdist], formats=("--no-binary", "built"))
    mirrored.claim("by lock", [], [sdist], locked=True)
    mirrored.claim("elsewhere", ["built"], [sdist], target="cp312-win_amd64")
    report = _build(mirrored)
    assert (report.built, report.problems) == ((), ())


# What is put at the end of the backend: its wheel depends on the Python that builds it.
_PER_PYTHON = """
import sys
METADATA += "Requires-Dist: lib{}\\n".format(sys.version_info[1])
"""
_PER_MACHINE = """
import os, sys
TAG = "cp3{0}-cp3{0}-linux_{1}".format(sys.version_info[1], os.uname().machine)
WHEEL = WHEEL.replace("py3-none-any", TAG).replace("true", "false")
"""


def _built_by(mirrored: Mirrored, program: str, **modules: bytes) -> HeldFile:
    """An sdist of `built` 1.0 whose backend has a further program."""
    contents = {f"built.{suffix}": body for suffix, body in modules.items()}
    sdist = make_sdist("built", "1.0", modules={"built.py": "", **contents})
    changed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as archive,
        tarfile.open(fileobj=changed, mode="w:gz") as copy,
    ):
        for member in archive:
            stream = archive.extractfile(member)
            assert stream is not None
            body = stream.read()
            if member.name.endswith("small_world_backend.py"):
                body = body.replace(b"\n\n\ndef ", f"\n{program}\n\ndef ".encode(), 1)
            member.size = len(body)
            copy.addfile(member, io.BytesIO(body))
    return mirrored.add_file("built", "built-1.0.tar.gz", changed.getvalue())


def _build(mirrored: Mirrored) -> BuildReport:
    require_tool("unshare")
    proof = mirrored.prove()
    with mirrored.writer() as yard:
        return asyncio.run(build_wheels(yard, proof, local_machine(), Silent(), lambda: NOON))


def _two_minors() -> list[str]:
    found = {f"3.{python.version.minor}" for python in local_machine().pythons}
    if len(found) < 2:
        pytest.skip("this machine has one Python alone")
    return [*sorted(found - {_MINOR}, key=Version)[-1:], _MINOR]


def _target(minor: str) -> str:
    return f"cp{minor.replace('.', '')}-{platform_here()}"


def _snapshot(mirrored: Mirrored) -> dict[str, int]:
    web = mirrored.layout.web
    return {str(path): path.stat().st_mtime_ns for path in web.rglob("*") if path.is_file()}
