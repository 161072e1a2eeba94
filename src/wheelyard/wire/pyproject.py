"""The parts of an sdist's pyproject.toml that installers read: `[build-system]`, `[project]`.

Spec: https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from wheelyard.model.names import ExtraName, normalize_extra
from wheelyard.wire.archives import InvalidArchive
from wheelyard.wire.core_metadata import read_requirements
from wheelyard.wire.markers import for_extra

# What installers assume where there is no `[build-system]` table. uv and today's pip ask for
# setuptools alone, but the pip of Debian 12 and of Python 3.12.1 (23.0, 23.2) for wheel as well.
DEFAULT_REQUIRES = (Requirement("setuptools>=40.8.0"), Requirement("wheel"))
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"

_RESOLUTION_KEYS = frozenset({"dependencies", "optional-dependencies", "requires-python"})


@dataclass(frozen=True, slots=True)
class ProjectTable:
    """A `[project]` table that leaves nothing which resolution reads to the build."""

    requires_dist: tuple[Requirement, ...]
    provides_extra: frozenset[ExtraName]
    requires_python: str | None  # as written; None: any Python
    unreadable: tuple[str, ...]  # entries that are no requirements


@dataclass(frozen=True, slots=True)
class Pyproject:
    """A pyproject.toml, with the defaults for what it leaves out."""

    build_requires: tuple[Requirement, ...]
    build_backend: str
    has_backend_path: bool
    project: ProjectTable | None  # None: there is no table, or a build may change what it says


def parse_pyproject(document: bytes | None, filename: str) -> Pyproject:
    """Read the document from the sdist `filename`; None stands for an sdist without one.

    Raises InvalidArchive, naming both, for a document that pip and uv would refuse to build.
    """
    try:
        return _read(tomllib.loads((document or b"").decode()))
    except (ValueError, RecursionError) as error:
        raise InvalidArchive(filename, f"its pyproject.toml: {error}") from error


def _read(document: Mapping[str, Any]) -> Pyproject:
    build_system = document.get("build-system", {"requires": list(map(str, DEFAULT_REQUIRES))})
    if not isinstance(build_system, dict) or not _is_texts(build_system.get("requires")):
        # "requires ... is mandatory" where the table exists; pip and uv both refuse.
        raise ValueError("`[build-system]` has no list `requires`")
    try:
        requires = tuple(map(Requirement, build_system["requires"]))
    except InvalidRequirement as error:
        raise ValueError(f"`[build-system]`: {error}") from error
    backend = build_system.get("build-backend", DEFAULT_BACKEND)
    if not isinstance(backend, str):
        raise ValueError("`build-backend` is no text")
    return Pyproject(
        build_requires=requires,
        build_backend=backend,
        has_backend_path=bool(build_system.get("backend-path")),
        project=_read_project(document.get("project")),
    )


def _read_project(table: object) -> ProjectTable | None:
    if not isinstance(table, dict) or not _is_static(table):
        return None
    dependencies = table.get("dependencies", [])
    optional = table.get("optional-dependencies", {})
    requires_dist, unreadable = read_requirements(dependencies)
    for extra, texts in optional.items():
        found, failed = read_requirements(texts, partial(_read_for_extra, extra))
        requires_dist, unreadable = requires_dist + found, unreadable + failed
    return ProjectTable(
        requires_dist=requires_dist,
        provides_extra=frozenset(map(normalize_extra, optional)),
        requires_python=table.get("requires-python") or None,
        unreadable=unreadable,
    )


def _read_for_extra(extra: str, text: str) -> Requirement:
    return for_extra(Requirement(text), extra)


def _is_static(table: Mapping[str, Any]) -> bool:
    """Whether the table is well formed, and nothing that resolution reads is dynamic."""
    dynamic = table.get("dynamic", [])
    optional = table.get("optional-dependencies", {})
    return (
        isinstance(table.get("name"), str)
        and _is_texts(dynamic)
        and _RESOLUTION_KEYS.isdisjoint(dynamic)
        and _is_texts(table.get("dependencies", []))
        and isinstance(optional, dict)
        and all(map(_is_texts, optional.values()))
        and isinstance(table.get("requires-python", ""), str)
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
