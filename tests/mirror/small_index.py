"""An index with dictionaries inside, and closing groups over it with a real uv."""

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version
from uv import find_uv_bin

from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.index import FileNotFound, ProjectNotFound
from wheelyard.mirror.closing import close_groups
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.resolver import Resolver, resolver_environment
from wheelyard.mirror.witnessing import Solvers
from wheelyard.model.errors import WheelyardError
from wheelyard.model.files import DistributionFile, Yank
from wheelyard.model.metadata import CoreMetadata, MetadataSource, SdistFacts
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.wire.core_metadata import parse_core_metadata
from world.archives import core_metadata, sdist_filename, wheel_filename

RESOLVER = Resolver(Path(find_uv_bin()), resolver_environment(os.environ))
_NO_EXTRAS: Mapping[str, Sequence[str]] = {}


@dataclass
class SmallIndex:
    """An Index with dictionaries inside. It counts what it is asked."""

    files: dict[ProjectName, list[DistributionFile]] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)  # of wheels, by file name
    sdists: dict[str, SdistFacts] = field(default_factory=dict)
    failures: dict[str, WheelyardError] = field(default_factory=dict)  # by project or file name
    delay: float = 0.0  # seconds until a page is there
    asked: Counter[str] = field(default_factory=Counter)  # by project or file name

    def wheel(
        self,
        name: str,
        version: str,
        *requires: str,
        tags: str = "py3-none-any",
        requires_python: str | None = None,
        extras: Mapping[str, Sequence[str]] = _NO_EXTRAS,
        yanked: bool = False,
        listed_python: bool = True,
    ) -> DistributionFile:
        """Add a wheel; with `listed_python` its page tells what its metadata tells."""
        filename = wheel_filename(name, version, tags)
        self.documents[filename] = core_metadata(
            name, version, requires=requires, requires_python=requires_python, extras=extras
        ).encode()
        return self._add(name, filename, requires_python if listed_python else None, yanked)

    def sdist(
        self,
        name: str,
        version: str,
        *requires: str,
        build_requires: Sequence[str] = (),
        backend: str = "backend",
        source: MetadataSource = MetadataSource.PKG_INFO,
        requires_python: str | None = None,
        filename: str | None = None,
    ) -> DistributionFile:
        """Add an sdist."""
        filename = filename or sdist_filename(name, version)
        text = core_metadata(name, version, requires=requires, requires_python=requires_python)
        self.sdists[filename] = SdistFacts(
            metadata=parse_core_metadata(text.encode()),
            source=source,
            build_requires=tuple(map(Requirement, build_requires)),
            build_backend=backend,
        )
        return self._add(name, filename, requires_python, yanked=False)

    def _add(
        self, name: str, filename: str, requires_python: str | None, yanked: bool
    ) -> DistributionFile:
        file = DistributionFile(
            filename=filename,
            url=f"https://files.example/{filename}",
            hashes={"sha256": hashlib.sha256(filename.encode()).hexdigest()},
            size=len(filename),
            requires_python=requires_python,
            yank=Yank() if yanked else None,
        )
        self.files.setdefault(parse_project_name(name), []).append(file)
        return file

    async def page(self, name: ProjectName) -> ProjectPage:
        self._count(name)
        if name not in self.files:
            raise ProjectNotFound(name, "https://index.example/simple/")
        await asyncio.sleep(self.delay)
        return ProjectPage(name=name, files=tuple(self.files[name]))

    async def core_metadata(self, file: DistributionFile) -> bytes:
        self._count(file.filename)
        if file.filename not in self.documents:
            raise FileNotFound(file.url)
        return self.documents[file.filename]

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        self._count(file.filename)
        return self.sdists[file.filename]

    def _count(self, key: str) -> None:
        self.asked[key] += 1
        if key in self.failures:
            raise self.failures[key]


def close(index: SmallIndex, *groups: Group, resolver: Resolver = RESOLVER) -> Closure:
    """Close the groups over the index."""

    async def work() -> Closure:
        return await close_groups(groups, Facts(index, Silent()), Solvers(resolver))

    return asyncio.run(work())


def taken(closure: Closure, group: str = "default") -> dict[str, list[str]]:
    """What each witness of a group takes: `TARGET PYTHONS` -> file names."""
    return {
        f"{checked.witness.target} {checked.witness.pythons}": [
            pin.file.filename for pin in checked.witness.pins
        ]
        for checked in closure.witnesses
        if checked.witness.group == group
    }


def parsed(document: bytes) -> CoreMetadata:
    return parse_core_metadata(document)


def versions_taken(closure: Closure, group: str = "default") -> dict[str, dict[str, Version]]:
    """What each witness of a group takes: `TARGET PYTHONS` -> project -> version."""
    return {
        f"{checked.witness.target} {checked.witness.pythons}": {
            pin.project: pin.version for pin in checked.witness.pins
        }
        for checked in closure.witnesses
        if checked.witness.group == group
    }
