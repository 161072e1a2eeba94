"""The METADATA of a wheel and the PKG-INFO of an sdist, as far as resolution reads them.

Old documents are duplicated, in Latin-1 or malformed; no document is refused for a metadata
version that is not known yet.

Spec: https://packaging.python.org/en/latest/specifications/core-metadata/
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from wheelyard.model.errors import WheelyardError
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import (
    InvalidProjectName,
    ProjectName,
    normalize_extra,
    parse_project_name,
)

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_ON_PYTHON = re.compile(
    rb"^(?:Requires-Dist:[^;\n]*;([^\n]*python[^\n]*)|Requires-Python:([^\n]*))",
    re.IGNORECASE | re.MULTILINE,
)
_BEFORE_HEADERS = b"\xef\xbb\xbf\r\n"  # a byte order mark, blank lines


class InvalidMetadata(WheelyardError):
    """The document does not say which release it belongs to."""

    def __init__(self, field: str, text: str | None) -> None:
        self.field, self.text = field, text
        said = "is missing" if text is None else f"`{text[:80]}` cannot be read"
        super().__init__(f"the core metadata's {field} {said}")


@dataclass(frozen=True, slots=True)
class MetadataFields:
    """The fields of a document as they are written; None or () where one is missing."""

    metadata_version: str | None
    name: str | None
    version: str | None
    requires_python: str | None
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    dynamic: tuple[str, ...]


def parse_core_metadata(document: bytes) -> CoreMetadata:
    """Read a document. Raises InvalidMetadata if its name or version cannot be read."""
    fields = read_fields(document)
    name, version = read_name(fields), read_version(fields)
    if name is None:
        raise InvalidMetadata("Name", fields.name)
    if version is None:
        raise InvalidMetadata("Version", fields.version)
    return build_metadata(fields, name, version)


@lru_cache(maxsize=4096)
def python_conditions(document: bytes) -> frozenset[str]:
    """The markers in a document that speak of Python, and its `Requires-Python`, as written.

    Resolvers look at far more documents than are ever parsed, and at each of them often.
    """
    found = (one or other for one, other in _ON_PYTHON.findall(document))
    return frozenset(text.decode("utf-8", "replace").strip() for text in found)


def without_description(document: bytes) -> bytes:
    """The headers of a document and the blank line that ends them: all that resolution reads."""
    begin = len(document) - len(document.lstrip(_BEFORE_HEADERS))
    end = _END_OF_HEADERS.search(document, begin)
    return document if end is None else document[: end.end()]


def render_core_metadata(metadata: CoreMetadata) -> bytes:
    """A METADATA document that says what resolution reads of `metadata`, and nothing more."""
    lines = ["Metadata-Version: 2.1", f"Name: {metadata.name}", f"Version: {metadata.version}"]
    if metadata.requires_python is not None:
        lines.append(f"Requires-Python: {metadata.requires_python}")
    lines += [f"Provides-Extra: {extra}" for extra in sorted(metadata.provides_extra)]
    lines += [f"Requires-Dist: {requirement}" for requirement in metadata.requires_dist]
    return ("\n".join(lines) + "\n\n").encode()


def read_fields(document: bytes) -> MetadataFields:
    """Take the headers of a document apart. The description that follows them is not read.

    Of a field that may be given once, the first stands.
    """
    # A description may hold anything, and is most of the document.
    headers = _END_OF_HEADERS.split(document.lstrip(_BEFORE_HEADERS), maxsplit=1)[0]
    raw, unparsed = parse_email(headers + b"\n\n")
    parsed = cast("Mapping[str, str | list[str]]", raw)

    def one(key: str, header: str) -> str | None:
        return next(iter(every(key, header)), None)

    def every(key: str, header: str) -> tuple[str, ...]:
        value = parsed.get(key, unparsed.get(header, []))
        # A long line may be folded.
        return tuple(
            " ".join(text.split()) for text in ([value] if isinstance(value, str) else value)
        )

    return MetadataFields(
        metadata_version=one("metadata_version", "metadata-version"),
        name=one("name", "name"),
        version=one("version", "version"),
        requires_python=one("requires_python", "requires-python"),
        requires_dist=every("requires_dist", "requires-dist"),
        provides_extra=every("provides_extra", "provides-extra"),
        dynamic=every("dynamic", "dynamic"),
    )


def read_name(fields: MetadataFields) -> ProjectName | None:
    """The project's name, or None if it is missing or cannot be read."""
    try:
        return parse_project_name(fields.name or "")
    except InvalidProjectName:
        return None


def read_version(fields: MetadataFields) -> Version | None:
    """The release's version, or None if it is missing or cannot be read."""
    try:
        return Version(fields.version or "")
    except InvalidVersion:
        return None


def build_metadata(fields: MetadataFields, name: ProjectName, version: Version) -> CoreMetadata:
    """The metadata that the fields say, for the release that is given."""
    requires_dist, unreadable = read_requirements(fields.requires_dist)
    return CoreMetadata(
        name=name,
        version=version,
        requires_dist=requires_dist,
        provides_extra=frozenset(map(normalize_extra, fields.provides_extra)),
        requires_python=fields.requires_python or None,
        unreadable=unreadable,
    )


def read_requirements(
    texts: Iterable[str], read: Callable[[str], Requirement] = Requirement
) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    """The requirements that can be read, and the texts of those that cannot, both in order."""
    requirements, unreadable = [], []
    for text in texts:
        try:
            requirements.append(read(text))
        except InvalidRequirement:
            unreadable.append(text)
    return tuple(requirements), tuple(unreadable)
