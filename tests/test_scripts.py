"""`scripts/venv` and `scripts/up`, run over a project that installs without an index."""

import os
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from pythons import local_pythons
from tools import clean_environment, fall_short, require_tool

_ROOT = Path(__file__).parents[1]

# A stand-in for wheelyard that needs no download: its build backend lies in the project, and its
# command prints its arguments.
_PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "wheelyard"
version = "1.0"
"""
_BACKEND = """
import pathlib, zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "wheelyard-1.0-py3-none-any.whl"
    here = pathlib.Path(__file__).parent
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as wheel:
        info = "wheelyard-1.0.dist-info"
        wheel.writestr("wheelyard.pth", str(here / "src"))
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: wheelyard\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\nwheelyard = wheelyard:main\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""  # noqa: E501 - the text of files
_PACKAGE = """
import sys

def main():
    print("wheelyard", *sys.argv[1:])
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout where nothing is installed yet."""
    return _check_out(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout where `scripts/up` ran. Making one takes seconds, so every test mends its own."""
    root = _check_out(tmp_path_factory.mktemp("installed"))
    done = _up(root, "django", "--port", "0", "a b")
    assert done.stderr.startswith("making ")
    assert (done.returncode, done.stdout) == (0, "wheelyard up django --port 0 a b\n")
    return root


def _check_out(folder: Path) -> Path:
    root = folder / "a checkout"
    (root / "src").mkdir(parents=True)
    shutil.copytree(_ROOT / "scripts", root / "scripts")
    (root / "pyproject.toml").write_text(_PYPROJECT)
    (root / "backend.py").write_text(_BACKEND)
    (root / "src" / "wheelyard.py").write_text(_PACKAGE)
    return root


def _up(checkout: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    newest = list(local_pythons().values())[-1]
    environment = clean_environment(checkout.parent, **{"PYTHON": str(newest), **extra})
    return subprocess.run(
        [checkout / "scripts" / "up", *arguments],
        env=environment,
        cwd=checkout.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_up_runs_wheelyard_at_once_when_it_is_installed(installed: Path) -> None:
    done = _up(installed, "django")
    assert (done.returncode, done.stdout, done.stderr) == (0, "wheelyard up django\n", "")


def test_up_installs_again_when_the_project_changed(installed: Path) -> None:
    (installed / "pyproject.toml").write_text(_PYPROJECT + "\n# a new dependency\n")
    done = _up(installed)
    assert done.stderr.startswith("installing ")
    assert done.stdout == "wheelyard up\n"


@pytest.mark.parametrize("lost", ["bin/python", "bin/wheelyard", "lib", "installed-run"])
def test_a_broken_environment_is_repaired(installed: Path, lost: str) -> None:
    path = installed / ".venv" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = _up(installed)
    assert (done.returncode, done.stdout) == (0, "wheelyard up\n")


def test_a_failed_installation_is_not_taken_for_a_good_one(installed: Path) -> None:
    good = (installed / "backend.py").read_text()
    (installed / "backend.py").write_text("def build_editable(*args): raise SystemExit(1)")
    (installed / "pyproject.toml").write_text(_PYPROJECT + "\n# another dependency\n")
    for _ in range(2):
        failed = _up(installed)
        assert (failed.returncode, failed.stdout) == (3, "")
        assert "hint: " in failed.stderr

    (installed / "backend.py").write_text(good)
    assert _up(installed).stdout == "wheelyard up\n"


def test_an_environment_that_was_copied_from_elsewhere_is_made_anew(
    installed: Path, checkout: Path
) -> None:
    # Its scripts would run the Python of the place they were made at.
    shutil.copytree(installed / ".venv", checkout / ".venv", symlinks=True)
    done = _up(checkout)
    assert done.stderr.startswith("making ")
    assert done.stdout == "wheelyard up\n"


def test_without_a_recent_python_up_says_what_to_install(checkout: Path) -> None:
    done = _up(checkout, PYTHON="/nonexistent/python3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: no Python 3.11 or later was found" in done.stderr
    assert "apt install" in done.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_not_used(checkout: Path) -> None:
    oldest = next(iter(local_pythons()))
    if tuple(map(int, oldest.split("."))) >= (3, 11):
        fall_short("needs a Python older than 3.11")
    done = _up(checkout, PYTHON=str(local_pythons()[oldest]))
    assert (done.returncode, done.stdout) == (2, "")


def test_without_ensurepip_up_says_what_to_install(checkout: Path) -> None:
    # Debian splits ensurepip off into python3-venv.
    split = checkout.parent / "debian"
    split.mkdir()
    (split / "ensurepip.py").write_text("raise ImportError")
    done = _up(checkout, PYTHONPATH=str(split))
    assert (done.returncode, done.stdout) == (2, "")
    assert "apt install python3-venv" in done.stderr


def test_python_is_found_on_path(checkout: Path) -> None:
    # The first one named is broken, as pyenv's shims are for versions that are switched off.
    programs = checkout.parent / "bin"
    programs.mkdir()
    shim = programs / "python3"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    newest, python = list(local_pythons().items())[-1]
    (programs / f"python{newest}").write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    (programs / f"python{newest}").chmod(0o755)
    done = _up(checkout, PYTHON="", PATH=f"{programs}:/usr/bin:/bin")
    assert done.stdout == "wheelyard up\n"


def test_shell_scripts_are_clean() -> None:
    shellcheck = require_tool("shellcheck")
    scripts = sorted((_ROOT / "scripts").iterdir())
    done = subprocess.run(
        [shellcheck, *scripts, _ROOT / ".ci" / "run"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


@pytest.mark.parametrize("script", ["scripts/up", "scripts/test", "scripts/venv", ".ci/run"])
def test_scripts_can_be_run(script: str) -> None:
    assert os.access(_ROOT / script, os.X_OK)


def test_debian_packages_that_are_there_are_not_installed_again(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "tests").mkdir()
    script = shutil.copy(_ROOT / "scripts" / "debian-packages", tmp_path / "scripts")
    (tmp_path / "tests" / "debian-packages.txt").write_text(
        textwrap.dedent("""\
            # a comment
            sh dash
            env coreutils
            """)
    )
    done = subprocess.run([script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
