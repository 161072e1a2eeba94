"""Planning jupyterlab for twelve targets beside `uv lock` alone, and how soon `--help` is there.

Both plan over the same recorded pages, and both know all metadata already: what is left is to ask
whether the pages have changed, to resolve, and what wheelyard does besides: choosing the files,
checking the answer and telling the reasons.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import uv
from packaging.version import Version

from bench.measuring import Line, ours_over_theirs, take_turns
from bench.processes import clean_environment, seconds_of
from bench.recorded_index import recording, replaying
from wheelyard.closure.groups import Group
from wheelyard.closure.question import Question, render_lock_project
from wheelyard.model.platforms import parse_platform
from wheelyard.model.requirements import parse_requirement
from wheelyard.model.targets import Target, parse_python
from wheelyard.yard.yard import open_yard

_TURNS = 7
_REQUIREMENT = "jupyterlab"
_PYTHONS = ("3.11", "3.12", "3.13")
_PLATFORMS = ("linux", "raspberrypi", "windows", "macos")
_WHEELYARD = Path(sys.executable).with_name("wheelyard")
_UV_TIMES, _BESIDES = 3, 0.3  # what planning may take: so many times `uv lock`, and seconds


class Planners:
    """Both sides, over one index; each keeps what it has read in a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._url = f"{url}/simple/"
        self._environment = clean_environment(folder)
        self._project, self._yard = folder / "project", folder / "yard"
        self._project.mkdir()
        python = Version("{}.{}.{}".format(*sys.version_info))
        document = render_lock_project(question(), python)
        (self._project / "pyproject.toml").write_text(document)
        open_yard(self._yard, create=True).close()

    def uv_lock(self) -> float:
        """`uv lock` with all that it has read before at hand."""
        (self._project / "uv.lock").unlink(missing_ok=True)
        command: list[str | Path] = [
            *(uv.find_uv_bin(), "lock", "--no-build", "--default-index", self._url),
            *("--cache-dir", self._project / "cache", "--python", sys.executable),
        ]
        return seconds_of(command, self._environment, self._project)

    def uv_lock_afresh(self) -> float:
        """`uv lock` with an empty cache."""
        shutil.rmtree(self._project / "cache", ignore_errors=True)
        return self.uv_lock()

    def plan_anew(self) -> float:
        """As if some page had changed: the lock of the last run is not there to be taken."""
        shutil.rmtree(self._yard / "state" / "resolved", ignore_errors=True)
        return self.plan()

    def plan(self) -> float:
        pythons = [f"--python={python}" for python in _PYTHONS]
        platforms = [f"--platform={platform}" for platform in _PLATFORMS]
        command: list[str | Path] = [
            *(_WHEELYARD, "plan", "--quiet", _REQUIREMENT, "--yard", self._yard),
            *("--upstream", self._url, *pythons, *platforms),
        ]
        return seconds_of(command, self._environment)


def measure() -> Iterator[Line]:
    """Measure all of it. The first time, some hundred requests go to the real index."""
    with tempfile.TemporaryDirectory(prefix="wheelyard-bench-") as name:
        folder = Path(name)
        with replaying(recorded(), folder) as url:
            yield from _plans(folder, url)
        yield _help(clean_environment(folder))


def recorded() -> Path:
    """The folder of the recording, which is made if it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "wheelyard-bench")
    finished = cache / _REQUIREMENT
    if not finished.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as name:
            folder = Path(name)
            with recording(folder) as url:
                planners = Planners(folder, url)
                planners.uv_lock()
                planners.plan()
            shutil.copytree(folder / "tree", finished / "tree")
    return finished


def question() -> Question:
    """jupyterlab for twelve targets."""
    targets = tuple(
        Target(parse_python(python), parse_platform(platform))
        for python, platform in product(_PYTHONS, _PLATFORMS)
    )
    requirements = (parse_requirement(_REQUIREMENT),)
    group = Group(name="default", requirements=requirements, targets=targets)
    return Question(group, targets, exact=False)


def _plans(folder: Path, url: str) -> Iterator[Line]:
    planners = Planners(folder, url)
    planners.uv_lock()
    planners.plan()
    works = (("a page has changed", planners.plan_anew), ("no page has changed", planners.plan))
    for state, ours in works:
        yield Line(
            work=f"planning {_REQUIREMENT} for 12 targets, {state}",
            peer=f"{_UV_TIMES} x `uv lock` + {_BESIDES} s",
            unit="s",
            turns=take_turns(_TURNS, lambda: _allowed(planners.uv_lock()), ours),
            ratio=ours_over_theirs,
            wanted="< 1",
        )


def _allowed(uv_lock: float) -> float:
    return _UV_TIMES * uv_lock + _BESIDES


def _help(environment: dict[str, str]) -> Line:
    return Line(
        work="`wheelyard --help`",
        peer="`python -c pass`",
        unit="s",
        turns=take_turns(
            _TURNS,
            lambda: seconds_of([sys.executable, "-c", "pass"], environment),
            lambda: seconds_of([_WHEELYARD, "--help"], environment),
        ),
        ratio=ours_over_theirs,
        wanted="ours < 0.25 s",
    )
