"""The Index protocol, and the small components that wrap one index in another."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage


class ProjectNotFound(WheelyardError):
    """The index answered, and it has no such project."""

    hint = "check the spelling, or name another index with `--upstream`"

    def __init__(self, project: ProjectName, where: str, hint: str | None = None) -> None:
        self.project, self.where = project, where
        self.hint = hint or type(self).hint
        super().__init__(f"`{project}` does not exist on {where}")


class FileNotFound(WheelyardError):
    """The index answered, and it has no such file."""

    hint = (
        "the upstream lists a file that it does not have; run it again later, or ask its operator"
    )

    def __init__(self, url: str, reason: str = "does not exist", hint: str | None = None) -> None:
        self.url, self.reason = url, reason
        self.hint = hint or type(self).hint
        super().__init__(f"{url} {reason}")


class Unavailable(Unreachable):
    """The index did not answer, or not in time, or with an error of its own. Nothing is known."""

    def __init__(self, url: str, reason: str, hint: str | None = None) -> None:
        self.url, self.reason = url, reason
        self.hint = hint or "check the connection and try again; what was fetched is kept"
        super().__init__(f"{url} is unavailable: {reason}")


class Refused(Unreachable):
    """The index answered that we may not have it: credentials, rights or a policy are missing."""

    def __init__(
        self, url: str, reason: str, hint: str | None = None, status: int | None = None
    ) -> None:
        self.url, self.reason = url, reason
        self.status = status  # of HTTP; None: it was refused without an answer
        self.hint = hint or "put credentials for this host into the URL or into `~/.netrc`"
        super().__init__(f"{url} is refused: {reason}")


class DigestMismatch(WheelyardError):
    """The bytes that arrived are not the bytes the index promised."""

    hint = "run it again; if it repeats, the upstream or a proxy is altering files"

    def __init__(self, file: DistributionFile, got: str) -> None:
        self.file, self.got = file, got
        promised = f"sha256 {file.sha256}" if file.sha256 else "other digests"
        super().__init__(
            f"`{file.filename}` from {file.url} has sha256 {got}, but the index lists {promised}"
        )


class Index(Protocol):
    """Answers for projects by name. Compose indexes by wrapping one in another.

    Every method raises Unavailable or Refused when nothing can be said; only an index that
    answered may say ProjectNotFound or FileNotFound.
    """

    async def page(self, name: ProjectName) -> ProjectPage:
        """The project's page. Raises ProjectNotFound."""
        ...

    async def core_metadata(self, file: DistributionFile) -> bytes:
        """The METADATA document of a wheel. Raises FileNotFound."""
        ...

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        """What an sdist tells without being built. Raises FileNotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What arrived, measured while it was written."""

    sha256: Sha256
    blake2b: Blake2b
    size: int  # bytes


class FileSource(Protocol):
    """Gives the bytes of distribution files."""

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        """Write the file to `partial`, resuming what an earlier attempt left there.

        `report` is told the number of new bytes as they arrive. Returns only when the whole file is
        on disk and its sha256 and size are what the index lists. Raises DigestMismatch (and removes
        `partial`), FileNotFound, Unavailable or Refused (and keeps `partial` for the next attempt).
        """
        ...
