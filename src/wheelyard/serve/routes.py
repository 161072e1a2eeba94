"""From the path of a request to the thing it names.

A path is cut at its slashes first and each segment is then decoded once, so an encoded slash never
becomes a separator and nothing is decoded twice.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from wheelyard.model.digests import Blake2b
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.plan.inventory import PackagePath
from wheelyard.yard.layout import InvalidPackagePath, parse_package_path

METADATA_SUFFIX = ".metadata"

_LONGEST_PATH = 1024  # bytes; the longest file name with every byte encoded is shorter
_REMEMBERED = 4096  # paths: 4 MiB at the most
_PART_OF_VIEW = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]+")  # the name of a group, or a target


@dataclass(frozen=True, slots=True)
class Home:
    """The page for people at `/`."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the server runs, for machines."""


@dataclass(frozen=True, slots=True)
class ProjectListing:
    """The list of projects."""


@dataclass(frozen=True, slots=True)
class Project:
    """One project's page."""

    name: ProjectName


@dataclass(frozen=True, slots=True)
class PageOfView:
    """A page of the index for one group and target, if the yard has a proof of them."""

    group: str  # ASCII, safe in a URL; likewise the target
    target: str
    project: ProjectName | None = None  # None: the list of projects


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A distribution file."""

    path: PackagePath
    digest: Blake2b  # of the whole file; the path is made of it


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """The METADATA document beside a wheel (PEP 658)."""

    path: PackagePath  # of the wheel


@dataclass(frozen=True, slots=True)
class Moved:
    """The canonical path of what was asked for."""

    path: str  # absolute, ASCII


@dataclass(frozen=True, slots=True)
class Nothing:
    """No such thing can exist here."""

    in_simple: bool = False  # the path starts as those of the simple API do


Route: TypeAlias = (
    Home
    | Health
    | ProjectListing
    | Project
    | PageOfView
    | StoredFile
    | CoreMetadata
    | Moved
    | Nothing
)


def route(raw_path: bytes) -> Route:
    """What a path as it stands in the request line names; raises nothing."""
    return Nothing() if len(raw_path) > _LONGEST_PATH else _route(raw_path)


def view_path(group: str, target: str) -> str:
    """The path of the index for a group and a target."""
    return f"/v/{group}/{target}/simple/"


@lru_cache(maxsize=_REMEMBERED)
def _route(raw_path: bytes) -> Route:
    try:
        segments = [_decoded(segment) for segment in raw_path.split(b"/")]
    except ValueError:
        return Nothing()
    match segments:
        case ["", ""]:
            return Home()
        case ["", "-", "health"]:
            return Health()
        case ["", "simple"]:
            return Moved("/simple/")
        case ["", "simple", ""]:
            return ProjectListing()
        case ["", "simple", name] | ["", "simple", name, ""]:
            return _project(name, slash=len(segments) == 4)
        case ["", "packages", *_]:
            return _package("/".join(segments[1:]))
        case ["", "v", group, target, "simple", *below]:
            return _of_view(group, target, below)
        case ["", "simple", *_]:
            return Nothing(in_simple=True)
    return Nothing()


def _decoded(segment: bytes) -> str:
    """Raises ValueError for what no path of ours has: other than ASCII, or a slash inside."""
    text = (unquote_to_bytes(segment) if b"%" in segment else segment).decode("ascii")
    if "/" in text:
        raise ValueError(text)
    return text


def _project(text: str, *, slash: bool) -> Route:
    try:
        name = parse_project_name(text)
    except InvalidProjectName:
        return Nothing(in_simple=True)
    return Project(name) if slash and name == text else Moved(f"/simple/{name}/")


def _of_view(group: str, target: str, below: list[str]) -> Route:
    if not (_PART_OF_VIEW.fullmatch(group) and _PART_OF_VIEW.fullmatch(target)):
        return Nothing(in_simple=True)
    match below:
        case []:
            return Moved(view_path(group, target))
        case [""]:
            return PageOfView(group, target)
        case [name] | [name, ""]:
            match _project(name, slash=len(below) == 2):
                case Project(project):
                    return PageOfView(group, target, project)
                case Moved(path):
                    return Moved(f"/v/{group}/{target}{path}")
    return Nothing(in_simple=True)


def _package(path: str) -> Route:
    wheel = path.removesuffix(METADATA_SUFFIX)
    try:
        digest, _ = parse_package_path(wheel)
    except InvalidPackagePath:
        return Nothing()
    if wheel != path:
        return CoreMetadata(PackagePath(wheel))
    return StoredFile(PackagePath(path), digest)
