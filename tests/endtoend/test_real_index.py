"""A handful of projects from the public PyPI, installed where nothing but the yard is to be had."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from endtoend.commands import Serving, run
from endtoend.cut_off import CutOff
from endtoend.environments import PYTHONS, Environment, Environments, pythons_here, require_one

pytestmark = [pytest.mark.real_index, pytest.mark.installer]

_INDEX = "https://pypi.org/simple/"
_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A yard with django, docopt and pip for the Pythons of this machine, and its server."""

    home: Path
    command: list[str]  # of the run that filled it
    plan: dict[str, Any]  # that the run carried out
    index: str

    def versions(self, python: str) -> dict[str, set[str]]:
        """By project, the releases that may be installed on a Python."""
        tag = f"cp{python.replace('.', '')}-"
        found: defaultdict[str, set[str]] = defaultdict(set)
        for file in self.plan["keep"]:
            if any(target.startswith(tag) for target in file["targets"]):
                found[file["project"]].add(file["version"])
        return found

    def check(self, environment: Environment, python: str) -> None:
        """Hold an environment to the plan: both are there, and nothing else than was planned."""
        installed = environment.installed()
        assert {"django", "docopt"} <= {canonicalize_name(name) for name in installed}
        planned = self.versions(python)
        for name, version in installed.items():
            assert version in planned[canonicalize_name(name)]


@pytest.fixture(scope="module")
def mirrored(network: CutOff, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirrored]:
    """The yard, mirrored once for all tests."""
    home = tmp_path_factory.mktemp("real")
    targets = [item for version in pythons_here() for item in ("--python", version)]
    what = ["django", "docopt", "pip", *targets, "--yard", str(home / "yard")]
    run(home, ["mirror", *what])
    plan = json.loads(run(home, ["plan", "--json", *what]).stdout)
    with Serving(home, home / "yard", host=network.outside) as server:
        yield Mirrored(home, ["mirror", *what], plan, server.url)


def test_the_second_run_changes_nothing(mirrored: Mirrored) -> None:
    assert mirrored.plan["add"] == mirrored.plan["drop"] == []
    web = mirrored.home / "yard" / "web"
    before = {path: path.stat() for path in web.rglob("*")}
    said = run(mirrored.home, mirrored.command).stdout
    assert "; nothing changed; " in said
    assert {path: path.stat().st_mtime_ns for path in web.rglob("*")} == {
        path: stat.st_mtime_ns for path, stat in before.items()
    }


@pytest.mark.parametrize("version", PYTHONS)
def test_pip_installs_as_python_brings_it_and_as_it_is_newest(
    version: str, environments: Environments, mirrored: Mirrored
) -> None:
    environment = environments.with_pip(require_one(version), mirrored.index)
    old = environment.pip_version()
    environment.pip("docopt")
    environment.pip("--upgrade", "pip")
    assert environment.pip_version() in mirrored.versions(version)["pip"]
    environment.pip("--force-reinstall", "--no-cache-dir", "docopt", "django")
    mirrored.check(environment, version)
    print(f"Python {version}, pip {old}, then {environment.pip_version()}")  # noqa: T201


@pytest.mark.parametrize("version", PYTHONS)
def test_uv_installs_real_projects(
    version: str, environments: Environments, mirrored: Mirrored
) -> None:
    environment = environments.without_pip(require_one(version), mirrored.index)
    environment.uv("docopt", "django")
    mirrored.check(environment, version)


def test_a_plan_has_a_release_for_every_patch_of_a_python(tmp_path: Path) -> None:
    """Newer releases of soupsieve leave out the first patch releases of Python 3.11."""
    what = ["jupyterlab", "--python", "3.11", "--platform", "linux"]
    plan = json.loads(run(tmp_path, ["plan", "--json", *what, "--yard", tmp_path / "yard"]).stdout)
    planned = {file["version"] for file in plan["add"] if file["project"] == "soupsieve"}
    pythons = _pythons_needed()
    newest = {patch: _newest_for(pythons, Version(f"3.11.{patch}")) for patch in range(20)}
    assert {str(version) for version in newest.values()} == planned
    if newest[0] == newest[19]:
        pytest.skip("no release of soupsieve tells patch releases of 3.11 apart any more")
    assert not pythons[newest[19]].contains("3.11.0")


def test_a_plan_names_what_an_sdist_leaves_open(tmp_path: Path) -> None:
    said = run(tmp_path, ["plan", "--json", "docopt", "--yard", tmp_path / "yard"])
    (obligation,) = [
        one for one in json.loads(said.stdout)["obligations"] if one["kind"] == "build"
    ]
    assert obligation["project"] == "docopt"
    assert "compilers" in obligation["message"]
    assert not (tmp_path / "yard").exists()


def _pythons_needed() -> dict[Version, SpecifierSet]:
    """The `Requires-Python` of each release of soupsieve that has a wheel, by the index itself."""
    request = Request(f"{_INDEX}soupsieve/", headers={"Accept": _JSON})
    with urlopen(request, timeout=30) as answer:
        files = json.load(answer)["files"]
    return {
        parse_wheel_filename(file["filename"])[1]: SpecifierSet(file["requires-python"] or "")
        for file in files
        if file["filename"].endswith(".whl") and not file["yanked"]
    }


def _newest_for(pythons: dict[Version, SpecifierSet], python: Version) -> Version:
    return max(
        version
        for version, needed in pythons.items()
        if needed.contains(python) and not version.is_prerelease
    )
