"""The part of the core metadata that resolution reads.

Spec: https://packaging.python.org/en/latest/specifications/core-metadata/
"""

from dataclasses import dataclass
from enum import StrEnum

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.model.names import ExtraName, ProjectName


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreMetadata:
    """What a wheel, or an sdist that can say so without being built, asks of an environment."""

    name: ProjectName
    version: Version
    requires_dist: tuple[Requirement, ...] = ()  # entries that cannot be read are left out
    provides_extra: frozenset[ExtraName] = frozenset()
    requires_python: str | None = None  # as written; None: any Python
    unreadable: tuple[str, ...] = ()  # `Requires-Dist` entries that are no requirements


class MetadataSource(StrEnum):
    """Where an sdist's metadata was read; all but the first two may differ once it is built."""

    PKG_INFO = "PKG-INFO 2.2 or newer with nothing relevant Dynamic"
    PROJECT_TABLE = "[project] table with nothing relevant dynamic"
    EGG_INFO = "requires.txt that setuptools left in the sdist"
    OLD_PKG_INFO = "PKG-INFO that gives no guarantee"

    @property
    def is_guaranteed(self) -> bool:
        """Whether the standards promise that building changes nothing of it."""
        return self in (MetadataSource.PKG_INFO, MetadataSource.PROJECT_TABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistFacts:
    """What an sdist tells without being built."""

    metadata: CoreMetadata
    source: MetadataSource
    build_requires: tuple[Requirement, ...]  # `[build-system] requires`, or its default
    build_backend: str  # `build-backend`, or its default
    has_backend_path: bool = False  # the backend lies in the sdist itself
