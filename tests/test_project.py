"""The project itself: what it imports, what it declares, what it leaves lying about."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from documents import DOCUMENTS, ROOT, document
from tools import require_tool

_PROJECT = tomllib.loads(document("pyproject.toml"))["project"]
_SOURCES = sorted((ROOT / "src").rglob("*.py"))
_DEPENDENCIES = {Requirement(text).name for text in _PROJECT["dependencies"]}
_RUN_AS_COMMANDS = {"uv"}


def _imported(path: Path) -> Iterator[str]:
    """The top-level names that a module imports."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


_IMPORTED = {name for path in _SOURCES for name in _imported(path)}
_ELSEWHERE = _IMPORTED - sys.stdlib_module_names - {"wheelyard"}


def test_what_is_imported_is_declared() -> None:
    assert _ELSEWHERE <= _DEPENDENCIES


def test_what_is_declared_is_used() -> None:
    assert _DEPENDENCIES - _RUN_AS_COMMANDS <= _ELSEWHERE


def test_the_sources_know_nothing_of_tests() -> None:
    of_tests = {path.stem for path in (ROOT / "tests").iterdir()} | {"tests", "pytest"}
    assert not _IMPORTED & of_tests
    mentions = re.compile(r"\b(tests?/|pytest|conftest|hypothesis|unittest)")
    assert not [path for path in _SOURCES if mentions.search(path.read_text())]


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_nothing_is_left_to_do_in_a_comment(word: str) -> None:
    files = [*_SOURCES, *(ROOT / "tests").rglob("*.py"), *DOCUMENTS]
    others = [path for path in files if path != Path(__file__)]
    assert not [path for path in others if re.search(rf"\b{word}\b", path.read_text())]


def test_no_module_is_named_after_nothing() -> None:
    assert not {path.stem for path in _SOURCES} & {"utils", "util", "helpers", "common", "misc"}


def test_the_installed_version_is_the_declared_one() -> None:
    assert version("wheelyard") == _PROJECT["version"]


def test_the_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"^## (\S+)$|^## (\S+),", document("CHANGELOG.md"), re.MULTILINE)
    assert next(filter(None, headings[0])) == _PROJECT["version"]


def test_the_licence_is_whole() -> None:
    licence = document("LICENSE")
    assert "Version 2.0, January 2004" in licence
    assert licence.rstrip().endswith("limitations under the License.")


def test_importing_wheelyard_reads_no_environment_and_prints_nothing() -> None:
    modules = [".".join(path.relative_to(ROOT / "src").with_suffix("").parts) for path in _SOURCES]
    names = [name.removesuffix(".__init__") for name in modules if not name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(f"import {name}" for name in names)],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert (done.returncode, done.stdout) == (0, "")


def test_no_document_is_missing_from_the_contents() -> None:
    contents = document("docs/index.md")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in contents} == set()


def test_what_git_ignores_is_not_tracked() -> None:
    git = require_tool("git")
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(
        [git, "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout == ""
