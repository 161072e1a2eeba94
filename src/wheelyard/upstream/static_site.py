"""Project pages in a folder, laid out for any web server: read as one would serve them.

Every answer is of the disk at that moment; nothing is remembered.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wheelyard.index import FileNotFound, ProjectNotFound, Unavailable
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.local_files import LocalFiles, told_by
from wheelyard.wire import simple_html, simple_json
from wheelyard.wire.entries import InvalidPage

# The forms of a page as static mirrors name them, the one that says most first.
PAGE_PARSERS: Mapping[str, Callable[[bytes, ProjectName, str], ProjectPage]] = {
    "index.v1_json": simple_json.parse_project_page,
    "index.v1_html": simple_html.parse_project_page,
    "index.html": simple_html.parse_project_page,
}


@dataclass(frozen=True, slots=True)
class StaticSite:
    """A static simple index: the pages below `simple`, and the files that they lead to.

    Relative URLs are given as `file:` URLs; all others as they stand.
    """

    simple: Path  # absolute
    files: LocalFiles

    def page(self, name: ProjectName) -> ProjectPage:
        """The project's page. Raises ProjectNotFound, and Unavailable if it cannot be read or if
        there is no folder of pages at all, as on a disk that is not mounted.
        """
        folder = self.simple / name
        for form, parse in PAGE_PARSERS.items():
            path = folder / form
            with told_by(path):
                try:
                    document = path.read_bytes()
                except (FileNotFoundError, NotADirectoryError):
                    continue
            try:
                return parse(document, name, f"{folder.as_uri()}/")
            except InvalidPage as error:
                raise Unavailable(f"`{path}`", error.reason, self.files.hint) from error
        if not self.simple.is_dir():
            raise Unavailable(f"`{self.simple}`", "there is no such folder")
        raise ProjectNotFound(name, f"`{self.simple}`")

    def offered_metadata(self, file: DistributionFile) -> bytes | None:
        """The `.metadata` beside a wheel, or None if its page offers none.

        Raises FileNotFound if it is offered and not there, or not the document that the page
        lists; Unavailable.
        """
        if file.core_metadata is None:
            return None
        path = self.files.path_of(file)
        path = path.with_name(f"{path.name}.metadata")
        with told_by(path):
            try:
                document = path.read_bytes()
            except FileNotFoundError:
                raise FileNotFound(f"`{path}`", hint=self.files.hint) from None
        listed = file.core_metadata.sha256
        if listed is not None and hashlib.sha256(document).hexdigest() != listed:
            reason = "is not the document that its page lists"
            raise FileNotFound(f"`{path}`", reason, self.files.hint)
        return document
