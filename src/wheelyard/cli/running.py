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
    upstream: str, layout: Layout, progress: Progress
) -> AsyncIterator[Workshop]:
    """The tools for a run against one upstream, keeping its facts in the layout's folders."""
    async with open_transport(os.environ) as transport:
        index = HttpIndex(transport, upstream, layout.state / "upstream", layout.partial)
        resolver = Resolver(
            Path(uv.find_uv_bin()),
            resolver_environment(os.environ),
            KeptLocks(CacheFolder(layout.state / "resolved"), f"uv {version('uv')}"),
        )
        tools = Tools(index, index, resolver, progress, lambda: datetime.now(UTC))
        yield Workshop(tools, transport.traffic)


@contextmanager
def yard_to_plan_for(root: Path) -> Iterator[tuple[Yard | None, Layout]]:
    """The yard if there is one, else a throw-away layout for the facts of one plan."""
    if root.exists():
        with open_yard(root, create=False) as yard:
            yield yard, yard.layout
        return
    with tempfile.TemporaryDirectory(prefix="wheelyard-plan-") as folder:
        layout = Layout(Path(folder))
        layout.partials.mkdir(parents=True)
        yield None, layout
