"""The facts of an sdist as JSON, so that a cache spares reading the archive again."""

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from wheelyard.model.errors import WheelyardError
from wheelyard.model.metadata import CoreMetadata, MetadataSource, SdistFacts
from wheelyard.model.names import InvalidProjectName, normalize_extra, parse_project_name

_SCHEMA = 1  # goes up when facts are read differently, so that old ones are read anew


class InvalidFacts(WheelyardError):
    """The document holds no facts that this wheelyard wrote; read the sdist again."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the facts of an sdist cannot be read: {reason}")


class _Facts(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    schema: int
    name: str
    version: str
    source: str  # the name of a MetadataSource
    requires_dist: list[str]
    provides_extra: list[str]
    requires_python: str | None
    unreadable: list[str]
    build_requires: list[str]
    build_backend: str
    has_backend_path: bool


_decode = msgspec.json.Decoder(_Facts).decode


def render_sdist_facts(facts: SdistFacts) -> bytes:
    """Write the facts; equal facts give equal bytes."""
    metadata = facts.metadata
    return msgspec.json.encode(
        _Facts(
            schema=_SCHEMA,
            name=metadata.name,
            version=str(metadata.version),
            source=facts.source.name,
            requires_dist=list(map(str, metadata.requires_dist)),
            provides_extra=sorted(metadata.provides_extra),
            requires_python=metadata.requires_python,
            unreadable=list(metadata.unreadable),
            build_requires=list(map(str, facts.build_requires)),
            build_backend=facts.build_backend,
            has_backend_path=facts.has_backend_path,
        )
    )


def parse_sdist_facts(document: bytes) -> SdistFacts:
    """Read what `render_sdist_facts` wrote. Raises InvalidFacts, also for another schema."""
    try:
        facts = _decode(document)
        if facts.schema != _SCHEMA:
            raise InvalidFacts(f"they are of schema {facts.schema}")
        return _build(facts)
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        RecursionError,
        InvalidProjectName,
        InvalidRequirement,
        InvalidVersion,
        KeyError,
    ) as error:
        raise InvalidFacts(str(error)) from error


def _build(facts: _Facts) -> SdistFacts:
    return SdistFacts(
        metadata=CoreMetadata(
            name=parse_project_name(facts.name),
            version=Version(facts.version),
            requires_dist=tuple(map(Requirement, facts.requires_dist)),
            provides_extra=frozenset(map(normalize_extra, facts.provides_extra)),
            requires_python=facts.requires_python,
            unreadable=tuple(facts.unreadable),
        ),
        source=MetadataSource[facts.source],
        build_requires=tuple(map(Requirement, facts.build_requires)),
        build_backend=facts.build_backend,
        has_backend_path=facts.has_backend_path,
    )
