"""Asking a folder on the disk as an upstream."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from wheelyard.index import Downloaded
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.flat_folder import FlatFolder
from wheelyard.upstream.folder import StaticFolder, open_folder
from world import make_sdist, make_wheel, sdist_filename, wheel_filename

_T = TypeVar("_T")


@dataclass
class Folder:
    """A folder; each `ask` is a run of its own."""

    root: Path
    state: Path

    def ask(self, question: Callable[[StaticFolder | FlatFolder], Awaitable[_T]]) -> _T:
        async def answer() -> _T:
            return await question(open_folder(self.root, self.state))

        return asyncio.run(answer())

    def page(self, name: str = "tinylib") -> ProjectPage:
        return self.ask(lambda index: index.page(parse_project_name(name)))

    def file(self, filename: str, name: str = "tinylib") -> DistributionFile:
        return next(file for file in self.page(name).files if file.filename == filename)

    def filenames(self, name: str = "tinylib") -> list[str]:
        return [file.filename for file in self.page(name).files]

    def metadata(self, file: DistributionFile) -> bytes:
        return self.ask(lambda index: index.core_metadata(file))

    def download(self, file: DistributionFile, told: list[int] | None = None) -> Downloaded:
        report = (lambda _: None) if told is None else told.append
        return self.ask(lambda index: index.download(file, self.partial(file), report))

    def partial(self, file: DistributionFile) -> Path:
        return self.state / "partial" / file.filename

    def add_wheel(self, name: str, version: str, below: str = "", **more: object) -> Path:
        tags = str(more.get("tags", "py3-none-any"))
        body = make_wheel(name, version, **more)  # type: ignore[arg-type]
        return self.add(f"{below}{wheel_filename(name, version, tags)}", body)

    def add_sdist(self, name: str, version: str, below: str = "", **more: object) -> Path:
        body = make_sdist(name, version, **more)  # type: ignore[arg-type]
        return self.add(f"{below}{sdist_filename(name, version)}", body)

    def add(self, place: str, body: bytes) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path


TINYLIB = ProjectName("tinylib")
