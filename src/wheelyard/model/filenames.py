"""What a distribution file's name says: wheel or sdist, version, tags.

Spec: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
      https://packaging.python.org/en/latest/specifications/source-distribution-format/
"""

from dataclasses import dataclass
from functools import lru_cache

from packaging.tags import Tag
from packaging.utils import BuildTag, InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import ProjectName, parse_project_name

# What uv unpacks; it gave up bz2 and xz, and a file that one installer refuses is no answer.
SDIST_SUFFIXES = (".tar.gz", ".zip", ".tgz", ".tar")


class InvalidFilename(WheelyardError):
    """No installer would take a file of this name for a file of this project."""

    def __init__(self, filename: str, project: ProjectName, reason: str) -> None:
        self.filename, self.project, self.reason = filename, project, reason
        super().__init__(f"`{filename}` is not a distribution file of `{project}`: {reason}")


@dataclass(frozen=True, slots=True)
class WheelName:
    """A wheel's name, taken apart."""

    version: Version
    build: BuildTag
    tags: frozenset[Tag]


@dataclass(frozen=True, slots=True)
class SdistName:
    """An sdist's name, taken apart."""

    version: Version


def parse_filename(filename: str, project: ProjectName) -> WheelName | SdistName:
    """Take the name of one of `project`'s files apart.

    Raises InvalidFilename for eggs, installers, wheels that do not conform, archives that uv cannot
    unpack, and files that belong to another project.
    """
    if filename.endswith(".whl"):
        return _parse_wheel(filename, project)
    for suffix in SDIST_SUFFIXES:
        if filename.endswith(suffix):
            return _parse_sdist(filename, filename.removesuffix(suffix), project)
    raise InvalidFilename(filename, project, "neither a wheel nor an sdist that installers unpack")


def is_wheel(filename: str) -> bool:
    """Whether the name ends as a wheel's does."""
    return filename.endswith(".whl")


def _parse_wheel(filename: str, project: ProjectName) -> WheelName:
    try:
        distribution, version, tail = filename.split("-", 2)
        name, release = _parse_release(distribution, version)
        build, tags = _parse_tail(tail)
    except (InvalidWheelFilename, InvalidVersion, ValueError) as error:
        raise InvalidFilename(filename, project, "its name is not that of a wheel") from error
    if name != project:
        raise InvalidFilename(filename, project, f"it belongs to `{name}`")
    return WheelName(release, build, tags)


# A page lists thousands of wheels, of some hundred releases and with few different tags. Each part
# is read once, by packaging and as part of a whole name, and then shared.
@lru_cache(maxsize=4096)
def _parse_release(distribution: str, version: str) -> tuple[str, Version]:
    name, release, _, _ = parse_wheel_filename(f"{distribution}-{version}-py3-none-any.whl")
    return str(name), release


@lru_cache(maxsize=4096)
def _parse_tail(tail: str) -> tuple[BuildTag, frozenset[Tag]]:
    _, _, build, tags = parse_wheel_filename(f"any-0-{tail}")
    return build, tags


def _parse_sdist(filename: str, stem: str, project: ProjectName) -> SdistName:
    # Old sdists have hyphens in the name and sometimes in the version (`foo-1.0-1.tar.gz`), so
    # the only safe way to split one is to know the project it must belong to.
    for cut, letter in enumerate(stem):
        if letter == "-" and _is_spelling_of(stem[:cut], project):
            try:
                return SdistName(Version(stem[cut + 1 :]))
            except InvalidVersion:
                continue
    raise InvalidFilename(filename, project, "it is not the project's name, a hyphen and a version")


def _is_spelling_of(text: str, project: ProjectName) -> bool:
    try:
        return parse_project_name(text) == project
    except WheelyardError:
        return False
