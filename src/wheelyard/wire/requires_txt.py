"""The requires.txt that setuptools leaves in an sdist's `.egg-info` directory.

One requirement per line, under headings: `[extra]`, `[extra:marker]`, `[:marker]`, or none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from wheelyard.model.names import ExtraName, normalize_extra
from wheelyard.wire.markers import for_extra, under_marker


@dataclass(frozen=True, slots=True)
class RequiresTxt:
    """The document's requirements, with its headings turned into markers."""

    requires_dist: tuple[Requirement, ...]
    provides_extra: frozenset[ExtraName]
    unreadable: tuple[str, ...]  # lines that are no requirements, or under no readable marker


def parse_requires_txt(document: bytes) -> RequiresTxt:
    """Read the document; nothing in it is an error."""
    requires_dist: list[Requirement] = []
    unreadable: list[str] = []
    extras: set[ExtraName] = set()
    extra = marker = ""
    for line in _lines(document):
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = (part.strip() for part in line[1:-1].partition(":"))
            extras |= {normalize_extra(extra)} if extra else set()
            continue
        try:
            requires_dist.append(_read(line, extra, marker))
        except InvalidRequirement:
            unreadable.append(line)
    return RequiresTxt(tuple(requires_dist), frozenset(extras), tuple(unreadable))


def _lines(document: bytes) -> Iterator[str]:
    for line in document.decode("utf-8", errors="replace").splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            yield text


def _read(line: str, extra: str, marker: str) -> Requirement:
    requirement = Requirement(line)
    if marker:
        requirement = under_marker(requirement, marker)
    return for_extra(requirement, extra) if extra else requirement
