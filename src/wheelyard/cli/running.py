"""Building the real objects of a run, and closing them: the one place that does."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import uv

from wheelyard.mirror.locks import KeptLocks
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.resolver import Resolver, resolver_environment
from wheelyard.mirror.run import Tools
from wheelyard.mirror.witnessing import Solvers
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Traffic, open_transport
from wheelyard.yard.layout import Layout


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tools of a run, and the count of what it asked of its upstream."""

    tools: Tools
    traffic: Traffic


@asynccontextmanager
async def open_workshop(
    upstream: str, facts: Layout, downloads: Layout, progress: Progress
) -> AsyncIterator[Workshop]:
    """The tools for a run against one upstream.

    What is learnt is kept below `facts`, which runs may share. Files are downloaded below
    `downloads`, which is one run's alone.
    """
    with _collecting_rarely():
        async with open_transport(os.environ) as transport:
            index = HttpIndex(transport, upstream, facts.upstream, downloads.partial)
            resolver = Resolver(
                Path(uv.find_uv_bin()),
                resolver_environment(os.environ),
                KeptLocks(CacheFolder(facts.resolved), f"uv {version('uv')}"),
            )
            tools = Tools(index, index, Solvers(resolver), progress, lambda: datetime.now(UTC))
            yield Workshop(tools, transport.traffic)


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Look for garbage in cycles a thirtieth as often as Python does by itself.

    A run makes hundreds of thousands of values that live to its end. Going through them again and
    again took a quarter of a plan's time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(20_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
