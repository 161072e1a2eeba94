"""The check without a resolver: does a witness meet every requirement that can be met on the way?

It walks from the group's requirements over the metadata of exactly the files that the witness
names, as an installer does, and knows nothing of how they were chosen.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.groups import Group
from wheelyard.closure.rules import NO_EXTRA, Rules, rules_of
from wheelyard.closure.witness import Witness
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ExtraName, ProjectName, normalize_extra
from wheelyard.model.pythons import accepts_python
from wheelyard.model.requirements import required_project


@dataclass(frozen=True, slots=True)
class Chain:
    """How a project came in: requirements from a root of the group down to the project itself."""

    requirements: tuple[str, ...]

    def __str__(self) -> str:
        return " > ".join(self.requirements)

    def then(self, requirement: Requirement) -> "Chain":
        """This chain, one requirement longer."""
        return Chain((*self.requirements, *Chain.to(requirement).requirements))

    @classmethod
    def to(cls, requirement: Requirement) -> "Chain":
        """The chain to a root of a group."""
        # ` > ` stands between requirements, so none may be left within a marker.
        return cls((str(requirement).replace(" > ", ">"),))


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A requirement that the witness does not meet."""

    chain: Chain
    reason: str


@dataclass(frozen=True, slots=True)
class DirectUrl:
    """A requirement that names a place instead of an index's project."""

    requirement: Requirement
    chain: Chain


@dataclass(frozen=True, slots=True)
class Walk:
    """What the walk over one witness found."""

    chains: Mapping[ProjectName, Chain]  # of every project reached, the shortest chain to it
    shortfalls: tuple[Shortfall, ...]  # empty: the witness is a complete installation
    direct_urls: tuple[DirectUrl, ...]


def walk_witness(
    witness: Witness,
    python: Version,
    group: Group,
    metadata: Mapping[str, CoreMetadata],
) -> Walk:
    """Follow the group's requirements through its witness, on one Python of the witness's span.

    `metadata` is that of every file of the witness, by file name.
    """
    walker = _Walker(witness, python, rules_of(group, witness.target, python), metadata)
    walker.follow(group.requirements, NO_EXTRA, None)
    while walker.waiting:
        walker.enter(*walker.waiting.popleft())
    return Walk(walker.chains, tuple(walker.shortfalls), tuple(walker.direct_urls))


class _Walker:
    """The state of one walk: what was reached, what is still to be entered."""

    def __init__(
        self,
        witness: Witness,
        python: Version,
        rules: Rules,
        metadata: Mapping[str, CoreMetadata],
    ) -> None:
        self.pins = {pin.project: pin for pin in witness.pins}
        self.metadata = metadata
        self.python = python
        self.rules = rules
        self.chains: dict[ProjectName, Chain] = {}
        self.shortfalls: list[Shortfall] = []
        self.direct_urls: list[DirectUrl] = []
        self.waiting: deque[tuple[ProjectName, ExtraName, Chain]] = deque()
        self.seen: set[tuple[ProjectName, ExtraName]] = set()

    def enter(self, project: ProjectName, extra: ExtraName, chain: Chain) -> None:
        """Follow what the project's file requires for itself ("") or for one of its extras."""
        document = self.metadata[self.pins[project].file.filename]
        self.follow(document.requires_dist, extra, chain)

    def follow(
        self, requirements: Sequence[Requirement], extra: ExtraName, parent: Chain | None
    ) -> None:
        for requirement in self.rules.applying(requirements, extra):
            self.reach(requirement, parent.then(requirement) if parent else Chain.to(requirement))

    def reach(self, requirement: Requirement, chain: Chain) -> None:
        if requirement.url is not None:
            self.direct_urls.append(DirectUrl(requirement, chain))
            return
        project = required_project(requirement)
        pin = self.pins.get(project)
        if pin is None:
            self.shortfalls.append(Shortfall(chain, f"no release of `{project}` is there"))
            return
        self.chains.setdefault(project, chain)
        if not requirement.specifier.contains(pin.version, prereleases=True):
            reason = f"`{project}` {pin.version} is there, which is not `{requirement.specifier}`"
            self.shortfalls.append(Shortfall(chain, reason))
        for constraint in self.rules.bounds(project):
            if not constraint.specifier.contains(pin.version, prereleases=True):
                bars = f"which the constraint `{constraint}` bars"
                reason = f"`{project}` {pin.version} is there, {bars}"
                self.shortfalls.append(Shortfall(chain, reason))
        document = self.metadata[pin.file.filename]
        # Installers read it on the page, where old indexes leave it off, and in the file again.
        for bound in dict.fromkeys((pin.file.requires_python, document.requires_python)):
            if not accepts_python(bound, self.python):
                reason = f"`{pin.file.filename}` requires Python {bound}"
                self.shortfalls.append(Shortfall(chain, reason))
        for extra in (NO_EXTRA, *map(normalize_extra, sorted(requirement.extras))):
            if (project, extra) not in self.seen:
                self.seen.add((project, extra))
                self.waiting.append((project, extra, chain))
