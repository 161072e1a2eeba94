"""Fetching: the plan's new files, many at a time, each taken in and published as it completes."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wheelyard.index import FileSource
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.tasks import task_group
from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import ProjectName
from wheelyard.plan.inventory import HeldFile
from wheelyard.plan.plan import PlannedFile
from wheelyard.yard.errors import YardUnwritable, writing
from wheelyard.yard.files import Arrival, add_files
from wheelyard.yard.pages import publish_projects
from wheelyard.yard.yard import YardWriter

_log = logging.getLogger(__name__)

_AT_ONCE = 32  # downloads; the upstream's own cap per host may be lower
_BATCH = 256  # files taken in together, for the disk is waited for once per batch
_LARGE = 32_000_000  # bytes; such files are begun first, so that none is left over at the end


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that could not be had; everything else was fetched all the same."""

    planned: PlannedFile
    error: WheelyardError


@dataclass(slots=True)
class Fetched:
    """What a fetch brought."""

    files: int = 0
    size: int = 0  # bytes
    pages: set[ProjectName] = field(default_factory=set)  # projects whose pages were written
    failed: list[FailedFile] = field(default_factory=list)


async def fetch_files(
    wanted: Sequence[PlannedFile], source: FileSource, yard: YardWriter, progress: Progress
) -> Fetched:
    """Fetch files into the yard and publish each project when its last file is there.

    A file that fails is listed and does not stop the others. Raises YardUnwritable, and what was
    finished until then is kept.
    """
    fetch = _Fetch(source, yard, progress, Counter(planned.project for planned in wanted))
    in_order = iter(sorted(wanted, key=_large_first))
    async with task_group() as group:
        workers = [group.create_task(fetch.download_all(in_order)) for _ in range(_AT_ONCE)]
        taking_in = group.create_task(fetch.take_in_all())
        await asyncio.wait(workers)
        fetch.arrivals.put_nowait(None)
        await taking_in
    return fetch.fetched


def _large_first(planned: PlannedFile) -> bool:
    return (planned.file.size or 0) < _LARGE


@dataclass(slots=True)
class _Fetch:
    """One fetch under way."""

    source: FileSource
    yard: YardWriter
    progress: Progress
    outstanding: Counter[ProjectName]  # files of each project that are not yet in the yard
    fetched: Fetched = field(default_factory=Fetched)
    arrivals: asyncio.Queue[tuple[PlannedFile, Arrival] | None] = field(
        default_factory=asyncio.Queue
    )

    async def download_all(self, waiting: Iterator[PlannedFile]) -> None:
        """Download one file after the other until none waits."""
        for planned in waiting:
            partial = self.yard.layout.partial(planned.file)
            try:
                with writing(partial):
                    downloaded = await self.source.download(
                        planned.file, partial, lambda size: self.progress.advance(size=size)
                    )
            except YardUnwritable:
                raise
            except WheelyardError as error:
                self._fail(planned, error)
                continue
            arrival = Arrival(planned.project, planned.file, partial, downloaded)
            self.arrivals.put_nowait((planned, arrival))

    async def take_in_all(self) -> None:
        """Take in what arrives, in batches, until there is no more to come."""
        more = True
        while more:
            batch: list[tuple[PlannedFile, Arrival]] = []
            item = await self.arrivals.get()
            while item is not None:
                batch.append(item)
                if len(batch) == _BATCH or self.arrivals.empty():
                    break
                item = self.arrivals.get_nowait()
            more = item is not None
            await self._take_in(batch)
            self.progress.advance(files=len(batch))

    async def _take_in(self, batch: list[tuple[PlannedFile, Arrival]]) -> None:
        arrivals = [arrival for _, arrival in batch]
        outcomes = await asyncio.to_thread(add_files, self.yard, arrivals)
        for (planned, arrival), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, HeldFile):
                _log.info("fetched %s", planned.file.filename)
                self.fetched.files += 1
                self.fetched.size += arrival.downloaded.size
                self.outstanding[planned.project] -= 1
            else:
                self._fail(planned, outcome)
        complete = {
            planned.project for planned, _ in batch if not self.outstanding[planned.project]
        }
        self.fetched.pages.update(await asyncio.to_thread(publish_projects, self.yard, complete))

    def _fail(self, planned: PlannedFile, error: WheelyardError) -> None:
        self.fetched.failed.append(FailedFile(planned, error))
        self.outstanding[planned.project] -= 1
