"""`kill -9` of real runs at random moments: what they leave is right, and the next run ends it.

The seed is printed; `WHEELYARD_TEST_SEED` repeats one.
"""

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest

from endtoend.commands import WHEELYARD, run, start_command, wait_until
from endtoend.published import check_packages, check_pages, contents
from wheelyard.yard.ledger import Selection, selections
from wheelyard.yard.yard import Yard, open_yard
from world import World

pytestmark = pytest.mark.installer

_LIBRARIES = 24
_SDISTS = 6
_PYTHONS = ("--python", "3.9", "--python", "3.12", "--platform", "linux")

# Ends itself as `kill -9` does, before the rename of so many files into `web` plus one.
_ENDED_BY_A_RENAME = """
import os, signal, sys
from wheelyard.cli import main

renames, web = int(sys.argv[1]), sys.argv[2]

def watch(event, arguments):
    global renames
    if event == "os.rename" and os.fspath(arguments[1]).startswith(web):
        renames -= 1
        if renames < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
sys.exit(main(sys.argv[3:]))
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """An upstream, the yard before a run, and the yard after the same run without a crash."""

    world: World
    folder: Path
    before: Path | None  # None: there is no yard yet
    after: Path
    seconds: float  # that the run took while the upstream was slow

    def yard(self, name: str) -> Path:
        """A yard of its own as it was before the run."""
        yard = self.folder / name
        if self.before is not None:
            shutil.copytree(self.before, yard)
        return yard

    def command(self, yard: Path) -> list[str | Path]:
        """The run, as arguments of `wheelyard`."""
        sources = [f"source{number}" for number in range(_SDISTS)]
        upstream = ["--upstream", self.world.simple_url]
        return ["mirror", "app", *sources, *_PYTHONS, *upstream, "--yard", yard]

    def renames(self) -> int:
        """How many files the run gives their names in `web`."""
        old = {} if self.before is None else contents(self.before / "web", blank_serials=False)
        new = contents(self.after / "web", blank_serials=False)
        return sum(body != old.get(name) for name, body in new.items())


@pytest.fixture(scope="module", params=["first run", "update"])
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """A first run into no yard, or one that finds new releases, new projects and a yank."""
    folder = tmp_path_factory.mktemp("scene")
    with World() as world:
        _fill(world)
        scene = Scene(world, folder, None, folder / "after", 0)
        if request.param == "update":
            before = folder / "before"
            run(folder, scene.command(before))
            _move_on(world)
            scene = Scene(world, folder, before, scene.after, 0)
        yard = scene.yard("after")
        _slow_down(world)
        begun = time.monotonic()
        run(folder, scene.command(yard))
        seconds = time.monotonic() - begun
        world.heal()
        assert check_pages(yard / "web") == []
        yield Scene(world, folder, scene.before, yard, seconds)


@pytest.fixture
def chance() -> random.Random:
    """Random numbers whose seed is in the output of a test that fails."""
    seed = int(os.environ.get("WHEELYARD_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"WHEELYARD_TEST_SEED={seed}")  # noqa: T201
    return random.Random(seed)  # noqa: S311


def test_a_run_killed_at_any_moment_is_made_good_by_the_next(
    scene: Scene, chance: random.Random
) -> None:
    yards = (scene.yard(f"killed {number}") for number in itertools.count())
    phases: Counter[str] = Counter()
    for yard, phase in _kill_each(5, scene, yards, chance):
        phases[phase] += 1
        _assert_made_good(scene, yard)
    _tell(scene, phases)


def test_runs_killed_one_after_the_other_on_one_yard_are_made_good(
    scene: Scene, chance: random.Random
) -> None:
    yard = scene.yard("killed often")
    phases = Counter(phase for _, phase in _kill_each(4, scene, itertools.repeat(yard), chance))
    _assert_made_good(scene, yard)
    _tell(scene, phases)


def test_a_run_killed_before_any_rename_is_made_good_by_the_next(
    scene: Scene, chance: random.Random
) -> None:
    count, kills, uneven = scene.renames(), 4, 0
    for part in range(kills):
        renames = int((part + chance.random()) * count / kills)
        yard = scene.yard(f"killed after {renames} renames")
        program = [sys.executable, "-c", _ENDED_BY_A_RENAME, str(renames), str(yard / "web")]
        with start_command(scene.folder, [*program, *scene.command(yard)]) as process:
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        uneven += _assert_sound(yard)
        _assert_made_good(scene, yard)
    _tell(scene, Counter({"before a rename": kills, "between the forms of a page": uneven}))


def test_a_download_goes_on_where_it_was_killed(world: World, tmp_path: Path) -> None:
    large = world.add_wheel("large", "1.0", payload=300_000)
    for number in range(3):
        world.add_wheel(f"lib{number}", "1.0")
    world.stall("*/large-1.0-py3-none-any.whl", after=200_000)
    arguments: list[str | Path] = ["mirror", "large", "lib0", "lib1", "lib2"]
    arguments += ["--upstream", world.simple_url, "--yard", tmp_path / "yard"]
    with start_command(tmp_path, [WHEELYARD, *arguments]) as process:
        partial = tmp_path / "yard" / "state" / "partial" / large.hashes["sha256"]
        pages = [tmp_path / "yard" / "web" / "simple" / f"lib{number}" for number in range(3)]
        wait_until(lambda: all((page / "index.html").is_file() for page in pages))
        wait_until(lambda: partial.is_file() and partial.stat().st_size > 0)
        process.kill()
        process.communicate()
    kept = partial.stat().st_size
    assert 0 < kept <= 200_000
    world.heal()
    world.forget_requests()
    run(tmp_path, arguments)
    (resumed,) = world.requests_to(large.path)
    assert resumed.headers["range"] == f"bytes={kept}-"
    assert not world.requests_to("*/lib?-1.0-py3-none-any.whl"), "what was finished stays"
    assert check_packages(tmp_path / "yard" / "web") == 4
    assert not partial.exists()


def _fill(world: World) -> None:
    for number in range(_LIBRARIES):
        payload = 60_000 if number % 4 == 0 else 2_000
        world.add_wheel(f"lib{number}", "1.0", payload=payload)
    for number in range(0, _LIBRARIES, 6):
        world.add_wheel(f"lib{number}", "2.0", requires_python=">=3.10")
    world.add_wheel("backend", "1.0", requires=["lib1"])
    for number in range(_SDISTS):
        needs = ["backend"] if number % 2 else []
        world.add_sdist(f"source{number}", "1.0", build_requires=needs, payload=30_000)
    world.add_wheel("app", "1.0", requires=[f"lib{number}" for number in range(_LIBRARIES)])


def _move_on(world: World) -> None:
    for number in range(0, _LIBRARIES, 2):
        world.add_wheel(f"lib{number}", "3.0", requires=["late"], payload=40_000)
    world.add_wheel("late", "1.0")
    world.yank("lib0-1.0-py3-none-any.whl", "broken")
    world.yank("source0-1.0.tar.gz", "broken")
    world.add_sdist("source0", "1.1", build_requires=["backend>=2"])
    world.add_wheel("backend", "2.0", requires=["lib2"])


def _slow_down(world: World) -> None:
    """Spread the upstream's answers, so that each phase of a run takes a while."""
    world.slow("/simple/lib1?/", 0.06)
    world.slow("*/lib1?-*.metadata", 0.03)
    world.slow("*/lib*.whl", 0.15)
    world.slow("*/lib4-*.whl", 0.4)
    world.slow("*.tar.gz", 0.06)


def _kill_each(
    kills: int, scene: Scene, yards: Iterator[Path], chance: random.Random
) -> Iterator[tuple[Path, str]]:
    """Kill a run in each yard, at random moments spread over the run; gives yards and phases.

    A run that ends before its moment tells how long runs take by now, and the next one has to serve
    for it: they are shorter on a quieter machine, and where earlier ones have done the work.
    """
    seconds = scene.seconds
    for part in range(kills):
        phase = None
        while phase is None:
            moment = (part + chance.random()) * seconds / kills
            yard = next(yards)
            begun = time.monotonic()
            phase = _run_and_kill(scene, yard, moment)
            if phase is None:
                seconds = min(moment, time.monotonic() - begun)
            _assert_sound(yard)
        yield yard, phase


def _run_and_kill(scene: Scene, yard: Path, moment: float) -> str | None:
    """Kill a run after so many seconds; gives the phase that it was in, or None if it had ended."""
    scene.world.forget_requests()
    _slow_down(scene.world)
    log = yard.with_name(f"{yard.name}.log")
    with log.open("w") as errors:
        command = [WHEELYARD, *scene.command(yard)]
        with start_command(scene.folder, command, errors=errors) as process:
            try:
                process.wait(timeout=moment)
            except subprocess.TimeoutExpired:
                process.kill()
    scene.world.heal()
    assert process.returncode in (0, -signal.SIGKILL), log.read_text()
    _assert_nothing_goes_on(process.pid)
    if process.returncode == 0:
        return None
    said = log.read_text()
    if "Fetching: " in said:
        return "finishing"
    if "Reading the index: " in said:
        return "fetching"
    return "reading" if scene.world.requests else "starting"


def _assert_nothing_goes_on(session: int) -> None:
    """What a killed run has started ends by itself."""

    def is_over() -> bool:
        try:
            os.killpg(session, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(is_over)


def _assert_sound(yard: Path) -> bool:
    """Hold a yard to its promises after a crash; gives whether a page was being replaced."""
    check_packages(yard / "web")
    uneven = check_pages(yard / "web")
    assert len(uneven) <= 1, f"more than one page was being replaced: {uneven}"
    return bool(uneven)


def _assert_made_good(scene: Scene, yard: Path) -> None:
    """Run without a crash, and compare with the yard that never saw one."""
    run(scene.folder, scene.command(yard))
    assert contents(yard / "web") == contents(scene.after / "web")
    check_packages(yard / "web")
    assert check_pages(yard / "web") == []
    assert not list((yard / "state" / "partial").iterdir())
    assert not list((yard / "state" / "staging").iterdir())
    with open_yard(yard, create=False) as made, open_yard(scene.after, create=False) as after:
        assert made.inventory() == after.inventory()
        assert _selections(made) == _selections(after)
    shutil.rmtree(yard)


def _selections(yard: Yard) -> list[Selection]:
    return sorted(selections(yard.catalog), key=astuple)


def _tell(scene: Scene, counts: Counter[str]) -> None:
    kind = "first run" if scene.before is None else "update"
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    print(f"{kind} of {scene.seconds:.2f} s, {scene.renames()} renames: {listed}")  # noqa: T201
