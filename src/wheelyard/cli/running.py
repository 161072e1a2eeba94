"""Building the real objects of a run, and closing them: the one place that does."""

import os
import tempfile
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
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Traffic, open_transport
from wheelyard.yard.layout import Layout
from wheelyard.yard.yard import Yard, open_yard


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
    async with open_transport(os.environ) as transport:
        index = HttpIndex(transport, upstream, facts.state / "upstream", downloads.partial)
        resolver = Resolver(
            Path(uv.find_uv_bin()),
            resolver_environment(os.environ),
            KeptLocks(CacheFolder(facts.state / "resolved"), f"uv {version('uv')}"),
        )
        tools = Tools(index, index, resolver, progress, lambda: datetime.now(UTC))
        yield Workshop(tools, transport.traffic)


@contextmanager
def yard_to_plan_for(root: Path) -> Iterator[tuple[Yard | None, Layout, Layout]]:
    """The yard if there is one, and the `facts` and `downloads` for the tools of one plan.

    A plan does without the yard's lock, so it leaves the yard's partial files to the run that has
    it, and downloads what it must read to a folder that is thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="wheelyard-plan-") as folder:
        scratch = Layout(Path(folder))
        if not root.exists():
            yield None, scratch, scratch
            return
        with open_yard(root, create=False) as yard:
            yield yard, yard.layout, scratch
