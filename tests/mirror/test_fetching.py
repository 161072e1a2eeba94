"""Fetching into a yard, from a source with a dictionary inside."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wheelyard.index import DigestMismatch, Downloaded, Unavailable
from wheelyard.mirror.fetching import Fetched, fetch_files
from wheelyard.mirror.progress import Silent
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.plan.plan import PlannedFile
from wheelyard.yard.errors import YardUnwritable
from wheelyard.yard.files import measure
from wheelyard.yard.yard import YardWriter, open_yard
from world import make_wheel, wheel_filename


@dataclass
class Source:
    """A FileSource with dictionaries inside."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0
    order: list[str] = field(default_factory=list)

    def add(self, name: str, version: str = "1.0", *, size: int | None = None) -> PlannedFile:
        filename = wheel_filename(name, version)
        body = self.bodies[filename] = make_wheel(name, version)
        file = DistributionFile(
            filename=filename,
            url=f"https://files.example/{filename}",
            hashes={"sha256": hashlib.sha256(body).hexdigest()},
            size=size or len(body),
        )
        return PlannedFile(project=ProjectName(name), version=version, file=file)

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        self.order.append(file.filename)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        if file.filename in self.failures:
            raise self.failures[file.filename]
        partial.write_bytes(self.bodies[file.filename])
        report(len(self.bodies[file.filename]))
        return measure(partial)


class Counting(Silent):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.files = self.size = 0

    def advance(self, *, files: int = 0, size: int = 0) -> None:
        self.files += files
        self.size += size


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[YardWriter]:
    with open_yard(tmp_path / "yard", create=True) as opened, opened.exclusive() as writer:
        yield writer


def fetch(wanted: list[PlannedFile], source: Source, yard: YardWriter) -> Fetched:
    return asyncio.run(fetch_files(wanted, source, yard, Silent()))


def test_everything_is_fetched_held_and_published(yard: YardWriter) -> None:
    source = Source()
    wanted = [source.add(f"lib{number}") for number in range(200)]
    counting = Counting()
    fetched = asyncio.run(fetch_files(wanted, source, yard, counting))
    assert (fetched.files, len(fetched.pages), fetched.failed) == (200, 200, [])
    assert fetched.size == counting.size == sum(map(len, source.bodies.values()))
    assert counting.files == 200
    assert len(yard.inventory()) == 200
    assert not list(yard.layout.partials.iterdir())
    assert 1 < source.most_at_once <= 32


def test_the_large_files_are_begun_first(yard: YardWriter) -> None:
    source = Source()
    small = [source.add(f"small{number}") for number in range(40)]
    large = source.add("large", size=50_000_000)
    fetch([*small, large], source, yard)
    assert source.order[0] == "large-1.0-py3-none-any.whl"
    assert source.order[1:] == [planned.file.filename for planned in small]


def test_nothing_wanted_is_nothing_fetched(yard: YardWriter) -> None:
    assert fetch([], Source(), yard) == Fetched()


def test_a_file_that_fails_does_not_stop_the_others(yard: YardWriter) -> None:
    source = Source()
    good, bad = source.add("good"), source.add("bad")
    error = Unavailable("https://files.example", "503")
    source.failures[bad.file.filename] = error
    fetched = fetch([bad, good], source, yard)
    assert [(failed.planned, failed.error) for failed in fetched.failed] == [(bad, error)]
    assert (fetched.files, fetched.pages) == (1, {"good"})


def test_a_file_that_the_yard_refuses_is_told_and_the_rest_of_its_batch_taken(
    yard: YardWriter,
) -> None:
    source = Source()
    good, bad = source.add("good"), source.add("bad")
    source.bodies[bad.file.filename] = b"not what was listed"
    fetched = fetch([bad, good], source, yard)
    assert [type(failed.error) for failed in fetched.failed] == [DigestMismatch]
    assert (fetched.files, fetched.pages) == (1, {"good"})


@pytest.mark.parametrize("number", [5, 28])
def test_a_disk_that_fails_ends_the_run_and_keeps_what_was_finished(
    yard: YardWriter, number: int
) -> None:
    source = Source()
    wanted = [source.add(f"lib{number}") for number in range(100)]
    source.failures[wanted[90].file.filename] = OSError(number, "no good")
    with pytest.raises(YardUnwritable) as caught:
        fetch(wanted, source, yard)
    assert str(yard.layout.partials) in str(caught.value)
    for held in yard.inventory():
        assert measure(yard.layout.file(held.path)).sha256 == held.sha256


def test_a_bug_is_a_bug(yard: YardWriter) -> None:
    source = Source()
    wanted = [source.add("lib")]
    source.failures[wanted[0].file.filename] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        fetch(wanted, source, yard)
