"""Building the real objects of a run, and closing them: the one place that does."""

import gc
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import uv

from wheelyard.cli.upstreams import UpstreamChoice
from wheelyard.index.ordered import Member, OrderedIndex, Source
from wheelyard.mirror.built import WithBuiltWheels
from wheelyard.mirror.kept import KeptAnswers
from wheelyard.mirror.locks import KeptLocks
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.resolver import Resolver, resolver_environment
from wheelyard.mirror.run import Tools
from wheelyard.mirror.witnessing import Solvers
from wheelyard.model.errors import InvalidInput
from wheelyard.prove.online import UvInstaller
from wheelyard.prove.provers import Provers, open_provers
from wheelyard.upstream.cache import CacheFolder
from wheelyard.upstream.credentials import Credentials
from wheelyard.upstream.folder import open_folder
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Traffic, Transport, open_transport
from wheelyard.yard.layout import Layout
from wheelyard.yard.yard import Yard


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tools of a run, and the count of what it asked of its upstreams."""

    tools: Tools
    provers: Provers
    traffic: Traffic


class NoSuchFolder(InvalidInput):
    """An upstream is neither a URL nor a folder that there is."""

    hint = "give a URL that starts with `https://`, or the path of a folder that exists"

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"`{path}` is not a URL to fetch from, and there is no such folder")


@asynccontextmanager
async def open_workshop(
    upstreams: Sequence[UpstreamChoice],
    yard: Yard | None,
    facts: Layout,
    downloads: Layout,
    progress: Progress,
) -> AsyncIterator[Workshop]:
    """The tools for a run against these upstreams, those that are asked first in front.

    The wheels that were built for `yard` are seen beside their sdists; None: there is no yard yet.
    What is learnt is kept below `facts`, which runs may share. Files are downloaded below
    `downloads`, which is one run's alone. Raises NoSuchFolder, and Unavailable for a folder that
    cannot be read.
    """
    with _collecting_rarely():
        async with open_transport(os.environ) as transport, open_provers() as provers:
            source = _open_upstreams(upstreams, transport, facts, downloads)
            index = source if yard is None else WithBuiltWheels(source, yard)
            resolver = Resolver(
                Path(uv.find_uv_bin()),
                resolver_environment(os.environ),
                KeptLocks(CacheFolder(facts.resolved), f"uv {version('uv')}"),
            )
            installer = UvInstaller(provers, KeptAnswers(CacheFolder(facts.resolved)))
            solvers = Solvers(resolver, installer)
            tools = Tools(index, source, solvers, progress, lambda: datetime.now(UTC))
            yield Workshop(tools, provers, transport.traffic)


def _open_upstreams(
    choices: Sequence[UpstreamChoice], transport: Transport, facts: Layout, downloads: Layout
) -> Source:
    members = [
        Member(
            name=choice.name,
            source=_open_upstream(choice, transport, facts, downloads),
            projects=choice.projects,
            explicit=choice.explicit,
        )
        for choice in choices
    ]
    is_plain = len(members) == 1 and not members[0].explicit
    return members[0].source if is_plain else OrderedIndex(members)


def _open_upstream(
    choice: UpstreamChoice, transport: Transport, facts: Layout, downloads: Layout
) -> Source:
    if choice.folder is not None:
        if not choice.folder.is_dir():
            raise NoSuchFolder(choice.folder)
        return open_folder(choice.folder, facts.upstream)
    # Two upstreams on one host may know us as two users.
    own = Credentials(transport.credentials.machines)
    if choice.login is not None:
        own.use(choice.url, *choice.login)
    own_transport = replace(transport, credentials=own)
    return HttpIndex(own_transport, choice.url, facts.upstream, downloads.partial, choice.refusals)


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
