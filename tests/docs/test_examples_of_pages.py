"""Every example in the documents is run."""

import subprocess
import sys
from pathlib import Path

import pytest

from documents import DOCUMENTS, ROOT, local_links
from examples import blocks, run_console, run_python
from tools import clean_environment
from world import World

_PROGRAMS = {"wheelyard": [str(Path(sys.executable).parent / "wheelyard")]}
_pages = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS]
)


@pytest.fixture
def django_world(world: World) -> World:
    """The small world with the projects that the documents name."""
    world.add_wheel("asgiref", "3.8.1")
    world.add_wheel("sqlparse", "0.5.1")
    world.add_wheel("tzdata", "2024.1")
    world.add_wheel(
        "django",
        "5.1",
        requires=["asgiref>=3.8.1", "sqlparse>=0.3.1", 'tzdata; sys_platform == "win32"'],
    )
    return world


@_pages
def test_console_examples_print_what_the_page_shows(
    path: Path, django_world: World, tmp_path: Path
) -> None:
    environment = clean_environment(tmp_path, WHEELYARD_UPSTREAM=django_world.simple_url)
    run_console(path.read_text(), _PROGRAMS, tmp_path, environment)


@_pages
def test_python_examples_are_true(path: Path) -> None:
    run_python(path.read_text(), str(path))


@_pages
def test_examples_for_a_shell_can_be_read_by_one(path: Path) -> None:
    for block in blocks(path.read_text(), "sh"):
        done = subprocess.run(["sh", "-n"], input=block.body, text=True, check=False)
        assert done.returncode == 0, f"line {block.line}"


@_pages
def test_links_lead_somewhere(path: Path) -> None:
    broken = {link for link in local_links(path.read_text()) if not (path.parent / link).exists()}
    assert not broken
