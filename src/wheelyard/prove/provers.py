"""What asking installers takes: a server of virtual indexes, processes, and uv itself."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import uv

from wheelyard.closure.formats import Formats
from wheelyard.mirror.resolver import ResolverFailed
from wheelyard.prove.pretended import Description, parse_description, write_listener
from wheelyard.prove.processes import Processes
from wheelyard.prove.virtual import Sight, VirtualIndex, VirtualServer, serve_virtual


class Provers:
    """Installers ready to be asked, and what they are asked over."""

    def __init__(
        self, server: VirtualServer, processes: Processes, uv: Path, shown: ExitStack
    ) -> None:
        self.server, self.processes, self.uv = server, processes, uv
        self._shown = shown
        self._own: asyncio.Task[Description] | None = None

    def show(self, index: VirtualIndex, formats: Formats) -> Sight:
        """Show an index for as long as there are questions."""
        return self._shown.enter_context(self.server.showing(index, formats))

    async def own_description(self) -> Description:
        """What uv learns of the Python that this runs on; it is asked once. Raises ResolverFailed.

        Its fields are those that this very uv wants.
        """
        if self._own is None:
            self._own = asyncio.ensure_future(self._describe_own())
        return await asyncio.shield(self._own)

    async def _describe_own(self) -> Description:
        with tempfile.TemporaryDirectory(prefix="wheelyard-uv-") as name:
            folder = Path(name)
            told = folder / "python.json"
            (folder / "none.in").touch()
            python = write_listener(sys.executable, told, folder)
            command = [
                str(self.uv), "pip", "compile", "none.in", "--python", str(python), "--offline",
                "--no-config", "--cache-dir", str(folder / "cache"), "--color", "never",
            ]  # fmt: skip
            ended = await self.processes.run(command, folder, {})
            if ended.status != 0 or not told.exists():
                raise ResolverFailed("uv pip compile", ended.error)
            return parse_description(told.read_bytes())


@asynccontextmanager
async def open_provers(at_once: int | None = None) -> AsyncIterator[Provers]:
    """Installers to ask, `at_once` at the same time: by default as many as there are cores."""
    async with serve_virtual() as server:
        with ExitStack() as shown:
            yield Provers(server, Processes(at_once), Path(uv.find_uv_bin()), shown)
