"""kill -9 at random moments: no page names a missing file, no final name has wrong bytes."""

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from wheelyard.model.names import parse_project_name
from wheelyard.wire.wheels import wheel_metadata
from wheelyard.yard import holdings
from wheelyard.yard.files import add_files
from wheelyard.yard.layout import Layout
from wheelyard.yard.pages import publish_projects, publish_root, stale_projects
from wheelyard.yard.yard import open_yard
from yard.arrivals import json_page, wheel_arrival

WORK = """
import itertools, sys
from pathlib import Path
from wheelyard.yard.files import add_files
from wheelyard.yard.pages import publish_projects, publish_root
from wheelyard.yard.yard import open_yard
from yard.arrivals import wheel_arrival

first = int(sys.argv[2])
with open_yard(Path(sys.argv[1]), create=True) as yard, yard.exclusive() as writer:
    print("ready", flush=True)
    for turn in itertools.count(first):
        names = [f"lib{number}" for number in range(turn % 5 + 1)]
        arrivals = [wheel_arrival(yard.layout, name, f"1.{turn}", payload=3000) for name in names]
        add_files(writer, arrivals)
        publish_projects(writer, [one.project for one in arrivals])
        publish_root(writer)
"""
TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_run_leaves_a_yard_that_is_right(root: Path, seed: int) -> None:
    moments = random.Random(seed)  # noqa: S311
    for kill in range(6):
        _run_and_kill(root, first=kill * 100_000, seconds=moments.uniform(0.005, 0.25))
        _assert_right(Layout(root))
    with open_yard(root, create=False) as yard, yard.exclusive() as writer:
        before = writer.inventory()
        for held in before:
            body = yard.layout.file(held.path).read_bytes()
            assert hashlib.sha256(body).hexdigest() == held.sha256
        stale = stale_projects(yard)
        assert set(publish_projects(writer, stale)) <= set(stale)
        publish_root(writer)
        assert stale_projects(yard) == ()
        for project in holdings.projects(yard.catalog):
            listed = {file["filename"] for file in json_page(yard.layout, project.name)["files"]}
            assert listed == {held.filename for held in before if held.project == project.name}
    _assert_right(Layout(root))


def test_what_was_lost_between_file_and_catalogue_is_taken_in_again(root: Path) -> None:
    """The file has its final name, and the power went before the catalogue said so."""
    with open_yard(root, create=True) as yard, yard.exclusive() as writer:
        (first,) = add_files(writer, [wheel_arrival(yard.layout, "tinylib", "1.0")])
        with writer.catalog.transaction() as connection:
            connection.execute("DELETE FROM files")
            connection.execute("DELETE FROM projects")
        (second,) = add_files(writer, [wheel_arrival(yard.layout, "tinylib", "1.0")])
        assert first == second
        assert publish_projects(writer, [parse_project_name("tinylib")]) != ()


def _run_and_kill(root: Path, *, first: int, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, root, str(first)],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(TESTS)},
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
        assert process.wait() == -signal.SIGKILL


def _assert_right(layout: Layout) -> None:
    for path in layout.packages.rglob("*.whl"):
        body = path.read_bytes()
        digest = hashlib.blake2b(body, digest_size=32).hexdigest()
        assert path.parent == layout.packages / digest[:2] / digest[2:4] / digest[4:]
        metadata = path.with_name(f"{path.name}.metadata").read_bytes()
        with path.open("rb") as wheel:
            assert wheel_metadata(wheel, path.name) == metadata
    for page in layout.simple.glob("*/index.v1_json"):
        base = f"http://yard.example/simple/{page.parent.name}/"
        for file in json.loads(page.read_bytes())["files"]:
            target = layout.web / urlsplit(urljoin(base, file["url"])).path.removeprefix("/")
            assert target.stat().st_size == file["size"]
            metadata = target.with_name(f"{target.name}.metadata").read_bytes()
            assert hashlib.sha256(metadata).hexdigest() == file["core-metadata"]["sha256"]
    root_page = layout.simple / "index.v1_json"
    if root_page.exists():
        for project in json.loads(root_page.read_bytes())["projects"]:
            assert (layout.simple / project["name"] / "index.html").is_file()
