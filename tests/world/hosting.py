"""What the world holds and how it answers while nothing is broken."""

from collections.abc import Sequence
from typing import Any

from packaging.utils import canonicalize_name

from world import archives
from world.hosted import HostedFile, HostedProject, PageSettings, digests


class Hosting:
    """Projects and files, and the abilities of the server that hosts them."""

    def __init__(self) -> None:
        self.projects: dict[str, HostedProject] = {}
        self.files: dict[str, HostedFile] = {}  # by path
        self.pages = PageSettings()
        self.serves_json = True
        self.serves_ranges = True
        self.serves_etags = True
        self.serves_head = True
        self.compresses = False  # gzip pages when the client accepts it
        self.credentials: tuple[str, str] | None = None  # (user, password) that every request needs
        self.files_url: str | None = None  # another host to list files on; None: this one

    def add_wheel(
        self,
        name: str,
        version: str,
        *,
        requires: Sequence[str] = (),
        requires_python: str | None = None,
        tags: str = "py3-none-any",
        **more: Any,
    ) -> HostedFile:
        """Host a new wheel; `more` is what `make_wheel` takes besides."""
        body = archives.make_wheel(
            name, version, requires=requires, requires_python=requires_python, tags=tags, **more
        )
        metadata = archives.core_metadata(
            name,
            version,
            requires=requires,
            requires_python=requires_python,
            extras=more.get("extras", {}),
        )
        return self.add_file(
            name,
            archives.wheel_filename(name, version, tags),
            body,
            metadata=metadata.encode(),
            requires_python=requires_python,
        )

    def add_sdist(
        self, name: str, version: str, *, requires_python: str | None = None, **more: Any
    ) -> HostedFile:
        """Host a new sdist; `more` is what `make_sdist` takes besides."""
        body = archives.make_sdist(name, version, requires_python=requires_python, **more)
        filename = archives.sdist_filename(name, version)
        return self.add_file(name, filename, body, requires_python=requires_python)

    def add_file(
        self,
        name: str,
        filename: str,
        body: bytes,
        *,
        metadata: bytes | None = None,
        requires_python: str | None = None,
    ) -> HostedFile:
        """Host any bytes under a file name."""
        file = HostedFile(
            filename=filename,
            body=body,
            hashes=digests(body),
            metadata=metadata,
            requires_python=requires_python,
        )
        project = self.add_project(name)
        project.files.append(file)
        self.files[file.path] = file
        return file

    def add_project(self, name: str) -> HostedProject:
        """The project of that name, new and without files if there was none; counts as a change."""
        normalized = canonicalize_name(name)
        project = self.projects.setdefault(
            normalized, HostedProject(name=normalized, display_name=name)
        )
        project.serial = self.next_serial()
        return project

    def file(self, filename: str) -> HostedFile:
        """The hosted file of that name."""
        return next(file for file in self.files.values() if file.filename == filename)

    def yank(self, filename: str, reason: str | None = None) -> None:
        """Yank a file (PEP 592)."""
        self.file(filename).yanked = reason or True
        self._project_of(filename).serial = self.next_serial()

    def remove(self, filename: str) -> None:
        """Delete a file from its page and from the host."""
        project = self._project_of(filename)
        file = self.file(filename)
        project.files.remove(file)
        del self.files[file.path]
        project.serial = self.next_serial()

    def remove_project(self, name: str) -> None:
        """Delete a project and its files."""
        project = self.projects.pop(canonicalize_name(name))
        for file in project.files:
            del self.files[file.path]

    def set_status(self, name: str, status: str | None, reason: str | None = None) -> None:
        """Set a project's status (PEP 792); `quarantined` also hides its files."""
        project = self.add_project(name)
        project.status, project.status_reason = status, reason

    def next_serial(self) -> int:
        """One more than the newest project's serial."""
        return max((project.serial for project in self.projects.values()), default=0) + 1

    def _project_of(self, filename: str) -> HostedProject:
        return next(
            project
            for project in self.projects.values()
            if any(file.filename == filename for file in project.files)
        )
