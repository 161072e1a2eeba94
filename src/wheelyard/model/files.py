"""One wheel or sdist, as an index lists it.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wheelyard.model.digests import Sha256


@dataclass(frozen=True, slots=True)
class Yank:
    """A release file withdrawn by its maintainers; only an exact pin may select it (PEP 592)."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class MetadataOffer:
    """The index serves the file's core metadata at `<url>.metadata` (PEP 658, PEP 714)."""

    sha256: Sha256 | None = None  # of the metadata document; None: the index names no digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionFile:
    """One distribution file of a project, as an index lists it."""

    filename: str
    url: str  # absolute, without query and fragment
    hashes: Mapping[str, str] = field(hash=False)  # algorithm -> lowercase hex, checked lengths
    size: int | None = None  # bytes; None: the index does not say
    uploaded: datetime | None = None  # UTC; None: the index does not say
    requires_python: str | None = None  # as listed; None: any Python
    core_metadata: MetadataOffer | None = None  # None: not offered
    yank: Yank | None = None  # None: not yanked
    provenance: str | None = None  # URL of the attestations (PEP 740); None: none listed

    @property
    def sha256(self) -> Sha256 | None:
        """The file's sha256, or None if the index does not list one."""
        digest = self.hashes.get("sha256")
        return None if digest is None else Sha256(digest)
