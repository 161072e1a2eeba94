"""The metadata ladder, rung by rung, and the number of requests that each costs."""

import asyncio

import pytest

from upstream.asking import TINYLIB, Asker
from wheelyard.index import DigestMismatch, FileNotFound, Unavailable
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import MetadataSource
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Patience
from wheelyard.wire.archives import InvalidArchive
from world import HostedFile, World

FILENAME = "tinylib-1.0-py3-none-any.whl"


@pytest.fixture
def hosted(world: World) -> HostedFile:
    return world.add_wheel("tinylib", "1.0", requires=["other>=2"], payload=400_000)


def metadata_of(asker: Asker, file: DistributionFile | None = None) -> bytes:
    wanted = asker.file(FILENAME) if file is None else file
    asker.world.forget_requests()
    return asker.ask(lambda index: index.core_metadata(wanted))


def file_requests(world: World) -> list[tuple[str, int]]:
    """What was asked of files: `.metadata`, or the range of the file itself."""
    return [
        (
            ".metadata"
            if request.path.endswith(".metadata")
            else request.headers.get("range", "whole"),
            request.status,
        )
        for request in world.requests_to("/packages/*")
    ]


def test_an_offered_document_is_one_request(world: World, asker: Asker, hosted: HostedFile) -> None:
    assert metadata_of(asker) == hosted.metadata
    assert file_requests(world) == [(".metadata", 200)]


def test_a_wheel_is_asked_about_once_ever(world: World, asker: Asker, hosted: HostedFile) -> None:
    first = metadata_of(asker)
    assert metadata_of(asker) == first
    assert file_requests(world) == []


def test_without_an_offer_one_range_of_the_end_is_enough(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    world.pages.core_metadata = False
    assert metadata_of(asker) == hosted.metadata
    size = len(hosted.body)
    assert file_requests(world) == [(f"bytes={size - 32768}-{size - 1}", 206)]


def test_an_unlisted_size_is_no_hindrance(world: World, asker: Asker, hosted: HostedFile) -> None:
    world.pages.core_metadata = world.pages.sizes = False
    assert metadata_of(asker) == hosted.metadata
    assert file_requests(world) == [("bytes=-65536", 206)]


def test_a_wheel_with_its_metadata_in_front_takes_two_ranges(world: World, asker: Asker) -> None:
    hosted = world.add_wheel("tinylib", "1.0", payload=400_000, metadata_first=True)
    world.pages.core_metadata = False
    assert metadata_of(asker) == hosted.metadata
    assert len(file_requests(world)) == 2
    assert asker.traffic.received < 70_000


def test_a_wheel_of_many_files_takes_two_ranges(world: World, asker: Asker) -> None:
    modules = {f"tinylib/{'x' * 60}{number}.py": f"{number}" for number in range(600)}
    hosted = world.add_wheel("tinylib", "1.0", modules=modules)
    world.pages.core_metadata = False
    assert metadata_of(asker) == hosted.metadata
    assert len(file_requests(world)) == 2


@pytest.mark.parametrize("size", [0, 20_000])
def test_a_small_wheel_is_one_range(world: World, asker: Asker, size: int) -> None:
    hosted = world.add_wheel("tinylib", "1.0", payload=size)
    world.pages.core_metadata = False
    assert metadata_of(asker) == hosted.metadata
    assert len(file_requests(world)) == 1


@pytest.mark.parametrize("status", [404, 403])
def test_an_offer_that_is_not_kept_leads_down_the_ladder(
    world: World, asker: Asker, hosted: HostedFile, status: int
) -> None:
    world.answer("*.metadata", status)
    assert metadata_of(asker) == hosted.metadata
    assert [answered for _, answered in file_requests(world)] == [status, 206]


def test_a_document_that_is_not_the_listed_one_is_not_believed(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    world.lie("*.metadata", b"Metadata-Version: 2.1\nName: tinylib\nVersion: 1.0\n")
    assert metadata_of(asker) == hosted.metadata


def test_an_unavailable_document_does_not_lead_to_a_heavier_request(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    asker.patience = Patience(attempts=2)
    world.answer("*.metadata", 503)
    with pytest.raises(Unavailable):
        metadata_of(asker)
    assert [kind for kind, _ in file_requests(world)] == [".metadata", ".metadata"]


def test_without_ranges_the_whole_wheel_is_read_and_kept(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    world.pages.core_metadata = world.serves_ranges = False
    second = world.add_wheel("tinylib", "2.0", payload=400_000)
    files = asker.page().files

    async def both(index: HttpIndex) -> list[bytes]:
        return [await index.core_metadata(file) for file in files]

    world.forget_requests()
    assert asker.ask(both) == [hosted.metadata, second.metadata]
    kinds = [kind.partition("=")[0] for kind, _ in file_requests(world)]
    assert kinds == ["bytes", "whole", "whole"]  # the host is not asked for ranges again
    world.forget_requests()
    asker.download(files[0])
    assert world.requests == []


@pytest.mark.parametrize("content_range", ["bytes 0-9/500", "nonsense", None])
def test_an_answer_with_another_range_is_not_read(
    world: World, asker: Asker, hosted: HostedFile, content_range: str | None
) -> None:
    world.pages.core_metadata = False
    file = asker.file(FILENAME)
    world.alter("*.whl", {"Content-Range": content_range}, times=1)
    assert metadata_of(asker, file) == hosted.metadata


def test_a_wheel_that_lies_is_found_out(world: World, asker: Asker, hosted: HostedFile) -> None:
    world.pages.core_metadata = False
    file = asker.file(FILENAME)
    world.lie("*.whl", bytes(len(hosted.body)))
    with pytest.raises(DigestMismatch):
        metadata_of(asker, file)


def test_a_wheel_that_is_none_says_so(world: World, asker: Asker) -> None:
    world.add_file("tinylib", FILENAME, b"no wheel at all")
    with pytest.raises(InvalidArchive):
        metadata_of(asker)


def test_a_missing_wheel_is_missing(world: World, asker: Asker, hosted: HostedFile) -> None:
    file = asker.file(FILENAME)
    world.remove(FILENAME)
    with pytest.raises(FileNotFound):
        metadata_of(asker, file)


def test_callers_at_the_same_time_share_the_request(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    file = asker.file(FILENAME)
    world.forget_requests()

    async def often(index: HttpIndex) -> set[bytes]:
        return set(await asyncio.gather(*(index.core_metadata(file) for _ in range(9))))

    assert asker.ask(often) == {hosted.metadata}
    assert len(world.requests) == 1


def test_wheels_that_are_listed_with_the_same_document_take_one_request(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    world.add_wheel("tinylib", "1.0", requires=["other>=2"], tags="cp312-cp312-win_amd64")
    files = [asker.file(FILENAME), asker.file("tinylib-1.0-cp312-cp312-win_amd64.whl")]
    world.forget_requests()

    async def at_once(index: HttpIndex) -> set[bytes]:
        return set(await asyncio.gather(*map(index.core_metadata, files)))

    assert asker.ask(at_once) == {hosted.metadata}
    assert file_requests(world) == [(".metadata", 200)]
    assert metadata_of(asker, files[1]) == hosted.metadata
    assert file_requests(world) == []


def test_what_was_read_in_place_of_a_listed_document_is_of_one_wheel_alone(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    other = world.add_wheel("tinylib", "1.0", requires=["else>=3"], tags="cp312-cp312-win_amd64")
    hosted.metadata = other.metadata = b"what the wheels do not hold"
    plain, windows = asker.file(FILENAME), asker.file(other.filename)
    hosted.metadata = other.metadata = b"and what is not listed"
    assert b"other>=2" in metadata_of(asker, plain)
    assert b"else>=3" in metadata_of(asker, windows)


def test_an_sdist_is_fetched_once_for_its_facts_and_for_the_yard(
    world: World, asker: Asker
) -> None:
    world.add_sdist("tinylib", "1.0", requires=["other>=2"], build_requires=["hatchling"])
    file = asker.file("tinylib-1.0.tar.gz")
    world.forget_requests()
    facts = asker.ask(lambda index: index.sdist_facts(file, TINYLIB))
    assert facts.source is MetadataSource.PKG_INFO
    assert [str(requirement) for requirement in facts.metadata.requires_dist] == ["other>=2"]
    assert [str(requirement) for requirement in facts.build_requires] == ["hatchling"]
    assert asker.download(file).sha256 == file.sha256
    asker.partial(file).unlink()
    assert asker.ask(lambda index: index.sdist_facts(file, TINYLIB)) == facts
    assert len(world.requests) == 1
