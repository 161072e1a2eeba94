"""Requirements that name a place: direct URLs, version control, local files and folders.

Spec: https://packaging.python.org/en/latest/specifications/version-specifiers/#direct-references
"""

import re
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.outside import UNNAMED, OutsideRequirement, Place

# pip's own list; what ends so is looked for as a file before it is taken for a name.
_ARCHIVES = (
    ".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz",
    ".tar.lz", ".tar.lzma",
)  # fmt: skip
_REPOSITORIES = ("git", "hg", "svn", "bzr")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9.+-]+):(?=/)")  # one letter: a drive
_SPECIFIED = re.compile(r"[A-Za-z0-9._-]+\s*(\[[^][]*])?\s*(===?|[<>!~]=?)")
_EXTRAS = re.compile(r"\s*\[[^][]*]\s*$")
_MARKER = re.compile(r"\s*;.*$", re.DOTALL)
# The user of an ssh URL is no secret; a token may stand in its place over http.
_CREDENTIALS = re.compile(
    r"(?:(?<=http://)|(?<=https://))[^/@\s]+@|(?<=://)[^/@\s]*:[^/@\s]*@", re.IGNORECASE
)
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9._-]+)")


def read_place(text: str, where: str) -> OutsideRequirement | None:
    """What the text asks for if it names a place, or None if it asks an index for a project.

    `text` may have a name before the place (`name @ URL`), and extras and a marker behind it.
    Whether it is a requirement at all is not looked at.
    """
    named = _named_url(text)
    if named is not None:
        return outside(named.url or "", where, text=text, name=named.name)
    place = _EXTRAS.sub("", _MARKER.sub("", text)).strip()
    return outside(place, where, text=text) if _is_place(place) else None


def outside(
    place: str, where: str, *, text: str | None = None, name: str | None = None
) -> OutsideRequirement:
    """The requirement for what lies at `place`; `text` is how it was written, where it differs."""
    return OutsideRequirement(
        project=_project(name or _guess(place)),
        text=_CREDENTIALS.sub("", text or place),
        place=_kind(place),
        where=where,
    )


def _named_url(text: str) -> Requirement | None:
    with suppress(InvalidRequirement):
        requirement = Requirement(text)
        if requirement.url is not None:
            return requirement
    return None


def _is_place(place: str) -> bool:
    if _SCHEME.match(place):
        return True
    if _SPECIFIED.match(place):
        return False  # a slip in a version, as `django>=5/2`, is no path
    return (
        place.startswith(".") or "/" in place or "\\" in place or place.lower().endswith(_ARCHIVES)
    )


def _kind(place: str) -> Place:
    match = _SCHEME.match(place)
    scheme = match["scheme"].lower() if match else ""
    if scheme.split("+")[0] in _REPOSITORIES:
        return Place.REPOSITORY
    return Place.URL if scheme and scheme != "file" else Place.LOCAL


def _guess(place: str) -> str:
    """The project's name, as far as the place tells it."""
    if egg := _EGG.search(place):
        return egg["name"]
    with suppress(ValueError):  # what is no URL has no path in it
        place = urlsplit(place).path if _SCHEME.match(place) else place
    last = unquote(re.split(r"[/\\]", place.rstrip("/\\"))[-1])
    with suppress(InvalidWheelFilename):
        return parse_wheel_filename(last)[0]
    with suppress(InvalidSdistFilename):
        return parse_sdist_filename(last)[0]
    return last.partition("@")[0].removesuffix(".git")


def _project(name: str) -> ProjectName:
    with suppress(InvalidProjectName):
        return parse_project_name(name)
    return UNNAMED
