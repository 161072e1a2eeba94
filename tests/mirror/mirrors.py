"""Whole runs from the small world into a yard, and what readers of the yard then see."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from mirror.small_index import RESOLVER
from wheelyard.closure.groups import Group
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.run import Report, Tools, carry_out, plan_study, study_groups
from wheelyard.mirror.witnessing import Solvers
from wheelyard.plan.plan import Plan
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Patience, open_transport
from wheelyard.yard.errors import writing
from wheelyard.yard.layout import Layout, PageForm
from wheelyard.yard.yard import Yard, open_yard
from world import World

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


async def _no_nap(seconds: float) -> None:
    """Waits between attempts are for real upstreams."""


@dataclass
class Mirror:
    """One yard and the world that it mirrors. Every run is a new one, as of a new process."""

    world: World
    root: Path
    patience: Patience = field(default_factory=lambda: Patience(attempts=2))

    def run(self, *groups: Group) -> Report:
        """Mirror the groups."""

        async def work() -> Report:
            with open_yard(self.root, create=True) as yard, yard.exclusive() as writer:
                async with open_transport({}, patience=self.patience) as transport:
                    transport = replace(transport, sleep=_no_nap)
                    layout = writer.layout
                    index = HttpIndex(
                        transport, self.world.simple_url, layout.upstream, layout.partial
                    )
                    tools = Tools(index, index, Solvers(RESOLVER), Silent(), lambda: NOON)
                    with writing(layout.state):
                        study = await study_groups(groups, tools)
                    return await carry_out(study, writer, tools)

        return asyncio.run(work())

    def plan(self, *groups: Group) -> Plan:
        """Plan the groups over the yard."""

        async def work() -> Plan:
            async with open_transport({}, patience=self.patience) as transport:
                transport = replace(transport, sleep=_no_nap)
                with open_yard(self.root, create=False) as yard:
                    layout = yard.layout
                    index = HttpIndex(
                        transport, self.world.simple_url, layout.upstream, layout.partial
                    )
                    tools = Tools(index, index, Solvers(RESOLVER), Silent(), lambda: NOON)
                    return plan_study(await study_groups(groups, tools), yard)

        return asyncio.run(work())

    @property
    def layout(self) -> Layout:
        """Where everything lies."""
        return Layout(self.root)

    @contextmanager
    def yard(self) -> Iterator[Yard]:
        """The yard, to be read."""
        with open_yard(self.root, create=False) as yard:
            yield yard

    def page(self, name: str) -> dict[str, Any]:
        """A project's page as it is published."""
        path = self.layout.simple / name / PageForm.V1_JSON.value
        page: dict[str, Any] = json.loads(path.read_bytes())
        return page

    def published(self) -> dict[str, list[str]]:
        """Project -> the files of its page, after a look at every byte that the pages promise."""
        listing = json.loads(self.layout.root_page(PageForm.V1_JSON).read_bytes())
        return {
            project["name"]: [self._checked(project["name"], file) for file in files]
            for project in listing["projects"]
            if (files := self.page(project["name"])["files"]) is not None
        }

    def _checked(self, project: str, file: dict[str, Any]) -> str:
        url = urljoin(f"http://yard.example/simple/{project}/", file["url"])
        path = self.layout.web / urlsplit(url).path.removeprefix("/")
        body = path.read_bytes()
        assert hashlib.sha256(body).hexdigest() == file["hashes"]["sha256"]
        if file.get("core-metadata"):
            metadata = path.with_name(f"{path.name}.metadata").read_bytes()
            assert hashlib.sha256(metadata).hexdigest() == file["core-metadata"]["sha256"]
        name: str = file["filename"]
        return name

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """Every published file and page: its time stamp and its bytes."""
        return {
            str(path.relative_to(self.root)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(self.layout.web.rglob("*"))
            if path.is_file()
        }
