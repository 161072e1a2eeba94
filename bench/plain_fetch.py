"""A floor for mirroring: only fetch files and write them, with no digest, plan or page.

`python -m bench.plain_fetch URL LIST FOLDER CONNECTIONS`, where LIST is a file of paths.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

_READ_BUFFER = 256 * 1024


async def fetch_all(url: str, paths: list[str], folder: Path, connections: int) -> None:
    """Write every file into `folder`, by its name."""
    waiting = iter(paths)
    connector = TCPConnector(limit=connections)
    async with ClientSession(connector=connector, read_bufsize=_READ_BUFFER) as session:
        workers = (_fetch(session, url, waiting, folder) for _ in range(connections))
        await asyncio.gather(*workers)


async def _fetch(session: ClientSession, url: str, waiting: Iterator[str], folder: Path) -> None:
    for path in waiting:
        async with session.get(f"{url}/{path}") as response:
            response.raise_for_status()
            (folder / path.rpartition("/")[2]).write_bytes(await response.read())


if __name__ == "__main__":
    _, _url, _list, _folder, _connections = sys.argv
    _paths = Path(_list).read_text().splitlines()
    asyncio.run(fetch_all(_url, _paths, Path(_folder), int(_connections)))
