"""A project page sorted into releases, and the choice of a file for a target.

Of the wheels that fit a target the best-ranked is taken, an sdist where no wheel fits: the order
that pip and uv follow.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from packaging.utils import BuildTag
from packaging.version import Version

from wheelyard.model.filenames import (
    SDIST_SUFFIXES,
    InvalidFilename,
    SdistName,
    WheelName,
    parse_filename,
)
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage, Status
from wheelyard.model.pythons import accepts_python
from wheelyard.model.targets import Target, accepts_wheel, tag_ranks


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that some installer could take, with its name taken apart."""

    file: DistributionFile
    name: WheelName | SdistName

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel; the alternative is an sdist."""
        return isinstance(self.name, WheelName)

    @property
    def digests(self) -> frozenset[str]:
        """What the index lists of its digests, each as `sha256:<hex>`."""
        return frozenset(f"{name}:{digest}" for name, digest in self.file.hashes.items())

    def fits(self, target: Target) -> bool:
        """Whether the target accepts one of the wheel's tags. An sdist fits wherever it builds."""
        if isinstance(self.name, SdistName):
            return True
        return accepts_wheel(target, self.name.tags)


@dataclass(frozen=True)
class Releases:
    """One project's releases, without the files that no installer takes."""

    project: ProjectName
    candidates: tuple[Candidate, ...]

    @cached_property
    def by_version(self) -> Mapping[Version, tuple[Candidate, ...]]:
        """The candidates of each release."""
        table: defaultdict[Version, list[Candidate]] = defaultdict(list)
        for candidate in self.candidates:
            table[candidate.name.version].append(candidate)
        return {version: tuple(files) for version, files in table.items()}

    @cached_property
    def newest_first(self) -> tuple[Version, ...]:
        """The versions of the releases, the newest first."""
        return tuple(sorted(self.by_version, reverse=True))

    @cached_property
    def python_bounds(self) -> frozenset[str]:
        """Every `Requires-Python` that the page tells."""
        bounds = (candidate.file.requires_python for candidate in self.candidates)
        return frozenset(bound for bound in bounds if bound is not None)

    def ranked(self, version: Version, target: Target) -> list[Candidate]:
        """The files of a release that fit the target, the one installers prefer first.

        Yanked files come last: they are taken only where the release has no other.
        """
        fitting = [item for item in self.by_version.get(version, ()) if item.fits(target)]
        return sorted(fitting, key=lambda item: _preference(item, target), reverse=True)

    def best(self, version: Version, target: Target, python: Version) -> Candidate | None:
        """The file of a release that installers take on this target, or None if none fits."""
        for candidate in self.ranked(version, target):
            if accepts_python(candidate.file.requires_python, python):
                return candidate
        return None


def sort_into_releases(page: ProjectPage) -> Releases:
    """Sort a page's installable files into releases. A quarantined project offers none."""
    if page.status.status is Status.QUARANTINED:
        return Releases(page.name, ())
    return Releases(page.name, tuple(_candidates(page)))


def _candidates(page: ProjectPage) -> Iterator[Candidate]:
    for file in page.files:
        try:
            yield Candidate(file, parse_filename(file.filename, page.name))
        except InvalidFilename:
            continue


def _preference(candidate: Candidate, target: Target) -> tuple[bool, bool, int, BuildTag, str]:
    """A key that is greatest for the file installers prefer."""
    is_offered = candidate.file.yank is None
    match candidate.name:
        case WheelName(build=build, tags=tags):
            ranks = tag_ranks(target)
            rank = min(ranks[tag] for tag in tags if tag in ranks)
            # "The build number acts as a tie-breaker": a higher one wins, none loses.
            return is_offered, True, -rank, build, candidate.file.filename
        case SdistName():
            suffixes = enumerate(SDIST_SUFFIXES)
            rank = next(
                rank for rank, suffix in suffixes if candidate.file.filename.endswith(suffix)
            )
            return is_offered, False, -rank, (), candidate.file.filename
