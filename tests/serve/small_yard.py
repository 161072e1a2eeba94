"""A yard written by hand: a few projects' pages and files under `web`, and nothing else."""

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from wheelyard.model.digests import Sha256
from wheelyard.model.files import DistributionFile, MetadataOffer, Yank
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ListedProject, ProjectList, ProjectPage
from wheelyard.wire import simple_html, simple_json
from wheelyard.yard.layout import Layout, PageForm

UPLOADED = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


class SmallYard:
    """Keeps what it published, so that a test can ask for it by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = Layout(root)
        self.paths: dict[str, str] = {}  # filename -> path below `web`
        self.bodies: dict[str, bytes] = {}
        self._pages: dict[ProjectName, ProjectPage] = {}
        self._serial = 100
        self.publish_list()

    def add(
        self,
        project: str,
        version: str,
        files: Mapping[str, bytes],
        yank: Yank | None = None,
        requires_python: str | None = None,
    ) -> None:
        """Put a release's files into the yard and publish the project's page."""
        name = parse_project_name(project)
        old = self._pages.get(name, ProjectPage(name=name, files=()))
        added = tuple(
            self._stored(filename, body, yank, requires_python) for filename, body in files.items()
        )
        self._serial += 1
        self._pages[name] = ProjectPage(
            name=name,
            files=(*old.files, *added),
            versions=(*old.versions, version),
            serial=self._serial,
        )
        self.publish(name)
        self.publish_list()

    def publish(self, name: ProjectName) -> None:
        """Replace a project's page, each form by one rename."""
        page = self._pages[name]
        html = simple_html.render_project_page(page)
        replace(self.layout.project_page(name, PageForm.HTML), html)
        replace(self.layout.project_page(name, PageForm.V1_HTML), html)
        replace(
            self.layout.project_page(name, PageForm.V1_JSON), simple_json.render_project_page(page)
        )

    def publish_list(self) -> None:
        """Replace the list of projects."""
        projects = ProjectList(
            tuple(ListedProject(name, page.serial) for name, page in self._pages.items()),
            self._serial,
        )
        html = simple_html.render_project_list(projects)
        replace(self.layout.root_page(PageForm.HTML), html)
        replace(self.layout.root_page(PageForm.V1_HTML), html)
        replace(self.layout.root_page(PageForm.V1_JSON), simple_json.render_project_list(projects))

    def stored(self, filename: str) -> Path:
        """Where a file lies on disk."""
        return self.layout.web / self.paths[filename]

    def _stored(
        self, filename: str, body: bytes, yank: Yank | None, requires_python: str | None
    ) -> DistributionFile:
        digest = hashlib.blake2b(body, digest_size=32).hexdigest()
        path = f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{filename}"
        self.paths[filename], self.bodies[filename] = path, body
        replace(self.layout.web / path, body)
        metadata = metadata_of(body) if filename.endswith(".whl") else None
        if metadata is not None:
            replace(self.layout.web / f"{path}.metadata", metadata)
        return DistributionFile(
            filename=filename,
            url=f"../../{path}",
            hashes={"sha256": hashlib.sha256(body).hexdigest()},
            size=len(body),
            uploaded=UPLOADED,
            requires_python=requires_python,
            core_metadata=None
            if metadata is None
            else MetadataOffer(Sha256(hashlib.sha256(metadata).hexdigest())),
            yank=yank,
        )


def metadata_of(wheel: bytes) -> bytes | None:
    """The METADATA inside a wheel; None if it is no archive, which some tests have use for."""
    if not zipfile.is_zipfile(io.BytesIO(wheel)):
        return None
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return archive.read(name)


def replace(path: Path, content: bytes) -> None:
    """Write a file beside its final name and rename it there, as a yard does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
