"""What an sdist tells without being built.

Where the metadata is read from, best first: a PKG-INFO that guarantees it, the `[project]` table,
the requirements that setuptools left behind, any PKG-INFO.

Spec: https://packaging.python.org/en/latest/specifications/source-distribution-format/
      https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

import re
from dataclasses import replace
from typing import BinaryIO

from packaging.version import Version

from wheelyard.model.filenames import parse_filename
from wheelyard.model.metadata import CoreMetadata, MetadataSource, SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.wire.core_metadata import (
    MetadataFields,
    build_metadata,
    read_fields,
    read_name,
    read_version,
)
from wheelyard.wire.pyproject import Pyproject, parse_pyproject
from wheelyard.wire.requires_txt import parse_requires_txt
from wheelyard.wire.sdist_members import SdistMembers, read_members

# The fields of PKG-INFO that, when Dynamic, only a build can tell.
_RELEVANT = frozenset({"requires-dist", "requires-python", "provides-extra", "version"})
_METADATA_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})", re.ASCII)
_FIRST_WITH_DYNAMIC = (2, 2)


def sdist_facts(archive: BinaryIO, filename: str, project: ProjectName) -> SdistFacts:
    """What the sdist `filename` of `project` tells of its requirements and of its build.

    A name or version that the sdist does not tell is that of its file name. Raises InvalidArchive
    if the archive or its pyproject.toml cannot be read, and InvalidFilename if the version is
    neither inside nor in the file name.
    """
    members = read_members(archive, filename, project)
    fields = read_fields(members.pkg_info or b"")
    pyproject = parse_pyproject(members.pyproject, filename)
    name = read_name(fields) or project
    version = read_version(fields) or parse_filename(filename, project).version
    source, metadata = _climb(fields, pyproject, members, name, version)
    return SdistFacts(
        metadata=metadata,
        source=source,
        build_requires=pyproject.build_requires,
        build_backend=pyproject.build_backend,
        has_backend_path=pyproject.has_backend_path,
    )


def _climb(
    fields: MetadataFields,
    pyproject: Pyproject,
    members: SdistMembers,
    name: ProjectName,
    version: Version,
) -> tuple[MetadataSource, CoreMetadata]:
    """The best source that the sdist has, and what it says."""
    written = build_metadata(fields, name, version)
    if _is_guaranteed(fields):
        return MetadataSource.PKG_INFO, written
    if (table := pyproject.project) is not None:
        return MetadataSource.PROJECT_TABLE, CoreMetadata(
            name=name,
            version=version,
            requires_dist=table.requires_dist,
            provides_extra=table.provides_extra,
            requires_python=table.requires_python,
            unreadable=table.unreadable,
        )
    if members.requires_txt is not None:
        left = parse_requires_txt(members.requires_txt)
        return MetadataSource.EGG_INFO, replace(
            written,
            requires_dist=left.requires_dist,
            provides_extra=left.provides_extra | written.provides_extra,
            unreadable=left.unreadable,
        )
    return MetadataSource.OLD_PKG_INFO, written


def _is_guaranteed(fields: MetadataFields) -> bool:
    """Whether building may change nothing that resolution reads (PEP 643)."""
    match = _METADATA_VERSION.fullmatch(fields.metadata_version or "")
    if match is None or (int(match[1]), int(match[2])) < _FIRST_WITH_DYNAMIC:
        return False
    return _RELEVANT.isdisjoint(field.lower() for field in fields.dynamic)
