"""Asking an HttpIndex over the small world, with naps in place of waits."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from wheelyard.index import Downloaded
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.session import Limits
from wheelyard.upstream.transport import Patience, Traffic, open_transport
from world import World

TINYLIB = ProjectName("tinylib")
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)

_T = TypeVar("_T")


@dataclass
class Asker:
    """One yard's worth of state; each `ask` is a run of its own."""

    world: World
    directory: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    read_timeout: float = 5.0  # seconds
    simple_url: str | None = None
    naps: list[float] = field(default_factory=list)  # what was waited between attempts
    traffic: Traffic = field(default_factory=Traffic)

    def ask(self, question: Callable[[HttpIndex], Awaitable[_T]]) -> _T:
        """The answer of a fresh index over the state that earlier runs left."""
        return asyncio.run(self._ask(question))

    def page(self, name: ProjectName = TINYLIB) -> ProjectPage:
        return self.ask(lambda index: index.page(name))

    def file(self, filename: str, name: ProjectName = TINYLIB) -> DistributionFile:
        return next(file for file in self.page(name).files if file.filename == filename)

    def download(self, file: DistributionFile) -> Downloaded:
        return self.ask(lambda index: index.download(file, self.partial(file), lambda _: None))

    def partial(self, file: DistributionFile) -> Path:
        return self.directory / "partials" / file.filename

    async def _ask(self, question: Callable[[HttpIndex], Awaitable[_T]]) -> _T:
        environ = {"HOME": str(self.directory), **self.environ}
        limits = Limits(read_timeout=self.read_timeout)
        async with open_transport(environ, limits=limits, patience=self.patience) as opened:
            transport = replace(opened, sleep=self._nap, now=lambda: NOON, jitter=lambda: 1.0)
            self.traffic = transport.traffic
            url = self.simple_url or self.world.simple_url
            return await question(HttpIndex(transport, url, self.directory, self.partial))

    async def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)


def noise(size: int) -> bytes:
    """Bytes that no compression shortens, the same for the same size."""
    return random.Random(size).randbytes(size)  # noqa: S311
