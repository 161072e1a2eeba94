"""Two runs at once on one yard, and serving while a run works."""

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import pytest

from endtoend.commands import Serving, run, start, wait_until
from world import World

pytestmark = pytest.mark.installer

_JSON = "application/vnd.pypi.simple.v1+json"


def _arguments(world: World, yard: Path, *requirements: str) -> list[str | Path]:
    return ["mirror", *requirements, "--upstream", world.simple_url, "--yard", yard]


def test_a_second_run_ends_at_once_and_names_the_first(world: World, tmp_path: Path) -> None:
    world.add_wheel("tinylib", "1.0")
    world.slow("*.whl", 5)
    arguments = _arguments(world, tmp_path / "yard", "tinylib")
    with start(tmp_path, arguments) as first:
        wait_until(lambda: bool(world.requests_to("*.whl")))
        begun = time.monotonic()
        second = run(tmp_path, arguments, expected=3)
        seconds = time.monotonic() - begun
        assert first.poll() is None, "the first run was to be at work still"
        assert first.communicate()[1]
    assert seconds < 4, "the second run waited"
    assert re.search(rf"^error: .* in use by process {first.pid} on ", second.stderr)
    assert (second.stdout, first.returncode) == ("", 0)
    run(tmp_path, arguments)


def test_of_runs_that_start_together_in_no_yard_one_works(world: World, tmp_path: Path) -> None:
    world.add_wheel("tinylib", "1.0")
    world.slow("*.whl", 4)
    arguments = _arguments(world, tmp_path / "yard", "tinylib")
    runs = [start(tmp_path, arguments) for _ in range(4)]
    errors = [one.communicate()[1] for one in runs]
    assert sorted(one.returncode for one in runs) == [0, 3, 3, 3], errors
    assert run(tmp_path, ["status", "--yard", tmp_path / "yard"]).stdout


def test_a_plan_and_a_run_at_once_do_not_disturb_one_another(world: World, tmp_path: Path) -> None:
    """Both read an sdist for what it tells, from a host that cannot go on in the middle of it."""
    world.add_wheel("tinylib", "1.0")
    sdist = world.add_sdist("source", "1.0", build_requires=["tinylib"], payload=200_000)
    world.serves_ranges = False
    yard = tmp_path / "yard"
    run(tmp_path, _arguments(world, yard, "tinylib"))
    world.slow("*.tar.gz", 4)
    arguments = _arguments(world, yard, "source")
    with start(tmp_path, arguments) as mirror:
        wait_until(lambda: bool(world.requests_to(sdist.path)))
        time.sleep(1)
        with start(tmp_path, ["plan", *arguments[1:]]) as plan:
            outputs = [mirror.communicate(), plan.communicate()]
    assert (mirror.returncode, plan.returncode) == (0, 0), outputs
    assert (yard / "web" / sdist.path.removeprefix("/")).read_bytes() == sdist.body
    world.heal()
    assert "; nothing changed; " in run(tmp_path, arguments).stdout


def test_a_server_shows_new_projects_and_never_a_file_that_is_not_there(
    world: World, tmp_path: Path
) -> None:
    names = [f"lib{number}" for number in range(16)]
    for number, name in enumerate(names):
        world.add_wheel(name, "1.0", payload=20_000)
        world.slow(f"*/{name}-1.0-*.whl", number * 0.12)
        world.slow(f"*/{name}-2.0-*.whl", number * 0.12)
    yard = tmp_path / "yard"
    run(tmp_path, _arguments(world, yard, names[0]))
    with Serving(tmp_path, yard) as server, Polling(server.url, names) as polling:
        run(tmp_path, _arguments(world, yard, *names))
        for name in names:
            world.add_wheel(name, "2.0", requires=["late"], payload=20_000)
        world.add_wheel("late", "1.0")
        run(tmp_path, _arguments(world, yard, *names))
        polling.wait_for_a_round()
    assert not polling.problems
    assert polling.files == {f"{name}-1.0-py3-none-any.whl" for name in names} | {
        f"{name}-2.0-py3-none-any.whl" for name in names
    }
    assert {1, len(names)} < polling.counts, "nothing was seen between the beginning and the end"
    print(f"{polling.rounds} rounds, {len(polling.counts)} states seen")  # noqa: T201


@dataclass
class Polling:
    """A client that reads all pages over and over, and each file that is new on them."""

    url: str
    names: list[str]
    rounds: int = 0
    problems: list[str] = field(default_factory=list)
    files: set[str] = field(default_factory=set)  # that were fetched and right
    counts: set[int] = field(default_factory=set)  # how many files all pages named in a round

    def __enter__(self) -> "Polling":
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._poll)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def wait_for_a_round(self) -> None:
        """Wait until everything was read anew."""
        begun = self.rounds
        wait_until(lambda: self.rounds >= begun + 2)

    def _poll(self) -> None:
        while not self._ends.is_set():
            for project in self._read(self.url)["projects"]:
                if self._read(urljoin(self.url, f"{project['name']}/")) == {}:
                    self.problems.append(f"{project['name']} is listed without a page")
            pages = [urljoin(self.url, f"{name}/") for name in self.names]
            self.counts.add(sum(self._check(page) for page in pages))
            self.rounds += 1

    def _check(self, page: str) -> int:
        listed = self._read(page).get("files", [])
        for file in listed:
            url = urljoin(page, file["url"])
            if file["filename"] not in self.files and self._is_right(url, file):
                self.files.add(file["filename"])
        return len(listed)

    def _is_right(self, url: str, file: dict[str, Any]) -> bool:
        try:
            body, metadata = _get(url), _get(f"{url}.metadata")
        except HTTPError as error:
            error.close()
            self.problems.append(f"{error.code} for {error.url}")
            return False
        digests = [hashlib.sha256(one).hexdigest() for one in (body, metadata)]
        listed = [file["hashes"]["sha256"], file["core-metadata"]["sha256"]]
        if digests == listed:
            return True
        self.problems.append(f"{url} has other bytes than the page says")
        return False

    def _read(self, url: str) -> dict[str, Any]:
        """A page, or nothing if there is none."""
        try:
            page: dict[str, Any] = json.loads(_get(url))
        except HTTPError as error:
            error.close()
            if error.code != 404:
                self.problems.append(f"{error.code} for {url}")
            return {}
        return page


def _get(url: str) -> bytes:
    with urlopen(Request(url, headers={"Accept": _JSON}), timeout=10) as answer:
        body: bytes = answer.read()
    return body
