"""The digest of a page: whether an installer would see the same on it as before."""

import hashlib

from wheelyard.model.files import DistributionFile
from wheelyard.model.pages import ProjectPage


def page_digest(page: ProjectPage) -> str | None:
    """A digest of all that decides what an installer takes of a page.

    None if the page lists files that it tells no digest of: they may change unseen.
    """
    if not all(file.hashes for file in page.files):
        return None
    lines = [page.status.status.value, *map(_line, page.files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _line(file: DistributionFile) -> str:
    offered = None if file.core_metadata is None else file.core_metadata.sha256
    return repr((file.filename, file.hashes, file.requires_python, offered, file.yank is None))
