"""Wheels that were built here from the sdists of a yard, and how later plans see them.

Such a wheel's build tag tells the sdist that it comes from: `1_49b3a825_wheelyard` holds the first
digits of its sha256. So it belongs to these bytes alone, no upstream has a file of its name, and
nothing besides the yard's files has to be remembered.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wheelyard.closure.closed import Addition
from wheelyard.closure.releases import Candidate
from wheelyard.closure.witness import Pin, Witness
from wheelyard.index import Index
from wheelyard.mirror.facts import Facts
from wheelyard.model.digests import Sha256
from wheelyard.model.filenames import InvalidFilename, WheelName, parse_filename
from wheelyard.model.files import DistributionFile, MetadataOffer
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.plan.inventory import HeldFile, PackagePath
from wheelyard.yard import holdings
from wheelyard.yard.errors import reading
from wheelyard.yard.presence import is_whole
from wheelyard.yard.yard import Yard

_SCHEME = "yard:"
_DIGITS = 8  # of the sdist's sha256; one project has a few hundred files
_BUILD_TAG = re.compile(rf"_([0-9a-f]{{{_DIGITS}}})_wheelyard")


def build_tag(sdist: Sha256) -> str:
    """The build tag of wheels that are built here from this sdist.

    "Must start with a digit"; with the lowest one, any other build of the release is preferred.
    """
    return f"1_{sdist[:_DIGITS]}_wheelyard"


def is_built_from(wheel: WheelName, sdist: DistributionFile) -> bool:
    """Whether a wheel was built here from this very sdist."""
    digits = _sdist_digits(wheel)
    return digits is not None and (sdist.sha256 or "").startswith(digits)


def built_url(path: PackagePath) -> str:
    """What stands for the URL of a wheel that no upstream has: the same wherever the yard is."""
    return f"{_SCHEME}{path}"


def built_wheels(yard: Yard, project: ProjectName) -> Iterator[HeldFile]:
    """The wheels of a project that were built here, and are whole."""
    for held in holdings.files_of(yard.catalog, project):
        name = _wheel_name(held.filename, project)
        if name is not None and _sdist_digits(name) and is_whole(yard.layout, held):
            yield held


@dataclass(frozen=True, slots=True)
class WithBuiltWheels:
    """An index whose pages list the yard's built wheels beside the sdists they come from.

    An sdist that the inner index has withdrawn or replaced takes its wheels with it; one that it
    has yanked has yanked wheels.
    """

    inner: Index
    yard: Yard

    async def page(self, name: ProjectName) -> ProjectPage:
        """The inner page with the built wheels at its end."""
        page = await self.inner.page(name)
        listed = {file.filename for file in page.files}
        built = (
            _listed(held, sdist)
            for held in built_wheels(self.yard, name)
            if held.filename not in listed and (sdist := _sdist_of(held, page)) is not None
        )
        return ProjectPage(
            name=page.name,
            files=(*page.files, *built),
            versions=page.versions,
            status=page.status,
            serial=page.serial,
            unreadable=page.unreadable,
        )

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The METADATA of a wheel; of a built one, that which lies beside it in the yard."""
        path = file.url.removeprefix(_SCHEME)
        if path == file.url:
            return await self.inner.core_metadata(file)
        metadata = self.yard.layout.web / f"{path}.metadata"
        with reading(metadata):
            return metadata.read_bytes()

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What the inner index says of an sdist."""
        return await self.inner.sdist_facts(file, project)


async def sources_beside(group: str, witness: Witness, facts: Facts) -> tuple[Addition, ...]:
    """The sdists of the built wheels in a witness: they stay, and with them what builds them."""
    additions = []
    for pin in witness.pins:
        if isinstance(pin.candidate.name, WheelName) and _sdist_digits(pin.candidate.name):
            releases = await facts.releases(pin.project)
            for other in _sources(pin.candidate.name, releases.by_version[pin.version]):
                reason = f"the source of {pin.file.filename}"
                addition = Addition(group, witness.target, Pin(pin.project, other), reason)
                additions.append(addition)
    return tuple(additions)


def _sources(wheel: WheelName, files: Iterable[Candidate]) -> Iterator[Candidate]:
    return (other for other in files if not other.is_wheel and is_built_from(wheel, other.file))


def _sdist_of(held: HeldFile, page: ProjectPage) -> DistributionFile | None:
    name = _wheel_name(held.filename, page.name)
    if name is None:
        return None
    return next((file for file in page.files if is_built_from(name, file)), None)


def _listed(held: HeldFile, sdist: DistributionFile) -> DistributionFile:
    return DistributionFile(
        filename=held.filename,
        url=built_url(held.path),
        hashes=held.hashes,
        size=held.size,
        uploaded=sdist.uploaded,
        requires_python=held.requires_python,
        core_metadata=None if held.core_metadata is None else MetadataOffer(held.core_metadata),
        yank=sdist.yank,
    )


def _wheel_name(filename: str, project: ProjectName) -> WheelName | None:
    try:
        name = parse_filename(filename, project)
    except InvalidFilename:
        return None
    return name if isinstance(name, WheelName) else None


def _sdist_digits(wheel: WheelName) -> str | None:
    match = _BUILD_TAG.fullmatch(wheel.build[1]) if wheel.build else None
    return match[1] if match else None
