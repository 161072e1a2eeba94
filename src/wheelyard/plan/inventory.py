"""What a yard holds, as a value that planning can compare with what is wanted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.files import DistributionFile, Yank
from wheelyard.model.names import ProjectName

# Where a file lies below the yard's `web/`: `packages/ab/cd/<60 hex>/<filename>`.
PackagePath = NewType("PackagePath", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """One distribution file in the yard: what its upstream said of it, and what was measured."""

    project: ProjectName
    version: str | None  # normalized; None: the file's name tells none
    filename: str
    path: PackagePath
    sha256: Sha256
    blake2b: Blake2b
    size: int  # bytes
    hashes: Mapping[str, str] = field(hash=False)  # all that were listed, and the sha256
    uploaded: datetime | None = None  # UTC; None: the index did not say
    requires_python: str | None = None  # as listed; None: any Python
    yank: Yank | None = None  # None: not yanked
    core_metadata: Sha256 | None = None  # of the `.metadata` beside it; None: there is none
    provenance: str | None = None  # the upstream's URL of the attestations; None: none listed
    upstream_url: str | None = None  # None: uploaded here, or the catalogue was rebuilt

    def is_the_same_as(self, file: DistributionFile) -> bool:
        """Whether an index lists this very file: the same name, and no digest or size against it.

        An index that lists nothing to compare is believed.
        """
        if file.filename != self.filename or file.size not in (None, self.size):
            return False
        return all(self.hashes.get(name, digest) == digest for name, digest in file.hashes.items())


@dataclass(frozen=True, slots=True)
class Inventory:
    """All files of a yard.

    Keyed by project and filename, since the same bytes can be listed under two names.
    """

    files: Mapping[tuple[ProjectName, str], HeldFile] = field(hash=False)

    @classmethod
    def of(cls, files: Iterable[HeldFile]) -> "Inventory":
        """The inventory of these files, in their order."""
        return cls({(file.project, file.filename): file for file in files})

    def find(self, project: ProjectName, file: DistributionFile) -> HeldFile | None:
        """The held file that `project`'s page lists as `file`, or None if it is not held."""
        held = self.files.get((project, file.filename))
        return held if held is not None and held.is_the_same_as(file) else None

    def __iter__(self) -> Iterator[HeldFile]:
        return iter(self.files.values())

    def __len__(self) -> int:
        return len(self.files)
