"""A trial: some random worlds, mirrored into one yard, and what uv says of both."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urljoin

from packaging.version import Version

from property.oracle import Asked, Oracle, Pins
from property.subject import group_of, mirror
from property.worlds import RandomWorld
from serve.running import RunningServer
from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.witness import Witness
from wheelyard.model.targets import Target
from world import World

Answers = dict["Case", Pins | None]  # None: there is no solution


@dataclass(frozen=True, slots=True)
class Case:
    """One question about a world, or about what its sdists need to build."""

    group: Group
    target: Target
    python: str

    def __str__(self) -> str:
        return f"{self.group.name}, {self.target} on {self.python}"

    @property
    def asked(self) -> Asked:
        """The question as uv is asked."""
        return Asked(
            requirements=tuple(map(str, self.group.requirements)),
            constraints=tuple(map(str, self.group.constraints)),
            platform=self.target.platform.tag,
            python=self.python,
        )


@dataclass
class Trial:
    """The worlds, the yard, and what is known of them."""

    worlds: Sequence[RandomWorld]
    online_url: str
    yard_url: str
    closure: Closure
    oracle: Oracle

    def view_url(self, case: Case) -> str:
        """The simple index of the case's view."""
        return urljoin(self.yard_url, f"/v/{case.group.name}/{case.target}/simple/")

    @cached_property
    def cases(self) -> list[Case]:
        """Every group on each Python of each of its targets that may make a difference."""
        return [
            Case(group, target, python)
            for group in self.closure.groups
            for target in group.targets
            for python in dict.fromkeys(self._world_of(group).pythons(str(target)))
        ]

    @cached_property
    def online(self) -> Answers:
        """What uv takes online."""
        return self.ask(self.cases, lambda _: self.online_url)

    def ask(self, cases: Sequence[Case], index: Callable[[Case], str]) -> Answers:
        """What uv takes in each case from an index."""
        # The processes are uv's; the threads wait for them.
        with ThreadPoolExecutor(max_workers=4) as threads:
            pins = threads.map(lambda case: self.oracle.pins(case.asked, index(case)), cases)
            return dict(zip(cases, pins, strict=True))

    def is_claimed(self, case: Case) -> bool:
        """Whether wheelyard claims to have everything for the group and target."""
        return not self.problems(case)

    def problems(self, case: Case) -> list[str]:
        """Why it has not."""
        return [
            problem.message
            for problem in self.closure.problems
            if problem.group == case.group.name
            and (not problem.targets or str(case.target) in problem.targets)
        ]

    def witness(self, case: Case) -> Witness:
        """The one witness for the case."""
        (found,) = (
            checked.witness
            for checked in self.closure.witnesses
            if (checked.witness.group, checked.witness.target) == (case.group.name, case.target)
            if Version(case.python) in checked.witness.pythons
        )
        return found

    def witness_pins(self, case: Case) -> Pins:
        """What the witness takes."""
        return {str(pin.project): str(pin.version) for pin in self.witness(case).pins}

    def _world_of(self, group: Group) -> RandomWorld:
        name = group.name
        if group.builds:  # named after an sdist of the world, such as `s17_a-1.0.tar.gz`
            name = f"seed-{group.builds[0].partition('_')[0].removeprefix('s')}"
        (world,) = (world for world in self.worlds if world.name == name)
        return world


@contextmanager
def running_trial(worlds: Sequence[RandomWorld], folder: Path) -> Iterator[Trial]:
    """Host the worlds, mirror them, serve the yard."""
    with World() as online:
        for world in worlds:
            world.host(online)
        root = folder / "yard"
        closure = mirror([group_of(world) for world in worlds], online.simple_url, root)
        with RunningServer(root) as server:
            yield Trial(worlds, online.simple_url, server.url, closure, Oracle(folder))
