"""Witnesses: for one group, target and span of Pythons, the exact files of one installation."""

from dataclasses import dataclass

from packaging.version import Version

from wheelyard.closure.releases import Candidate
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True)
class Pin:
    """One release of a witness and the file that is installed of it."""

    project: ProjectName
    candidate: Candidate

    @property
    def version(self) -> Version:
        """The release."""
        return self.candidate.name.version

    @property
    def file(self) -> DistributionFile:
        """The file."""
        return self.candidate.file


@dataclass(frozen=True, slots=True)
class PythonSpan:
    """Neighbouring patch releases of one Python, both ends included."""

    first: Version
    last: Version | None  # None: and every later patch release

    def __contains__(self, python: Version) -> bool:
        return self.first <= python and (self.last is None or python <= self.last)

    def __str__(self) -> str:
        if self.last is None:
            return f"{self.first} and later"
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One complete installation of a group on a target."""

    group: str
    target: Target
    pythons: PythonSpan
    pins: tuple[Pin, ...]  # sorted by project; one release per project


def join_spans(
    group: str, target: Target, answers: list[tuple[Version, tuple[Pin, ...]]]
) -> list[Witness]:
    """Witnesses for a target from its answers at each breakpoint, oldest Python first.

    Neighbouring breakpoints with the same pins become one witness.
    """
    starts = [
        (python, pins)
        for index, (python, pins) in enumerate(answers)
        if index == 0 or pins != answers[index - 1][1]
    ]
    ends = [_before(python) for python, _ in starts[1:]]
    return [
        Witness(group=group, target=target, pythons=PythonSpan(first, last), pins=pins)
        for (first, pins), last in zip(starts, [*ends, None], strict=True)
    ]


def _before(python: Version) -> Version:
    return Version(f"{python.major}.{python.minor}.{python.micro - 1}")
