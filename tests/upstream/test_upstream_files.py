"""Downloading: what arrives is what was listed, and nothing is fetched twice."""

import asyncio
from dataclasses import replace

import pytest

from upstream.asking import Asker, noise
from wheelyard.index import DigestMismatch, FileNotFound, Refused, Unavailable
from wheelyard.model.files import DistributionFile
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Patience
from world import HostedFile, World

FILENAME = "tinylib-1.0.tar.gz"
BODY = noise(300_000)
OTHER = BODY[::-1]


@pytest.fixture
def hosted(world: World) -> HostedFile:
    return world.add_file("tinylib", FILENAME, BODY)


@pytest.fixture
def file(hosted: HostedFile, asker: Asker) -> DistributionFile:
    found = asker.file(FILENAME)
    asker.world.forget_requests()
    return found


def ranges(world: World) -> list[str | None]:
    return [request.headers.get("range") for request in world.requests_to("/packages/*")]


def test_a_download_is_measured_while_it_is_written(
    asker: Asker, file: DistributionFile, hosted: HostedFile
) -> None:
    arrivals: list[int] = []
    got = asker.ask(lambda index: index.download(file, asker.partial(file), arrivals.append))
    assert asker.partial(file).read_bytes() == BODY
    assert (got.sha256, got.blake2b) == (hosted.hashes["sha256"], hosted.hashes["blake2b_256"])
    assert got.size == sum(arrivals) == asker.traffic.received == len(BODY)
    assert asker.traffic.requests == 1


def test_a_broken_download_asks_for_exactly_what_is_missing(
    world: World, asker: Asker, file: DistributionFile, hosted: HostedFile
) -> None:
    world.truncate("*.tar.gz", 100_000)
    world.truncate("*.tar.gz", 0)
    world.truncate("*.tar.gz", 50_000)
    assert asker.download(file).size == len(BODY)
    assert asker.partial(file).read_bytes() == BODY
    assert ranges(world) == [None, "bytes=50000-", "bytes=50000-", "bytes=150000-"]
    conditions = [request.headers.get("if-range") for request in world.requests_to("*.tar.gz")]
    assert conditions[1] is not None
    assert len(asker.naps) == 3


def test_a_stalled_download_goes_on_by_range(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    asker.read_timeout = 0.1
    world.stall("*.tar.gz", after=80_000, times=1)
    assert asker.download(file).sha256 == file.sha256
    assert ranges(world) == [None, "bytes=80000-"]


def test_a_connection_that_makes_progress_is_not_given_up(world: World, asker: Asker) -> None:
    body = noise(9 * 2**20)
    world.add_file("tinylib", FILENAME, body)
    asker.patience = Patience(attempts=2)
    file = asker.file(FILENAME)
    for _ in range(6):
        world.truncate("*.tar.gz", 2**20 + 2**19)
    assert asker.download(file).size == len(body)


def test_a_later_run_goes_on_where_the_last_one_gave_up(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    asker.patience = Patience(attempts=1)
    world.truncate("*.tar.gz", 70_000)
    with pytest.raises(Unavailable, match="70000 bytes"):
        asker.download(file)
    assert asker.download(file).size == len(BODY)
    assert ranges(world) == [None, "bytes=70000-"]


def test_a_complete_partial_needs_no_request(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    asker.download(file)
    world.forget_requests()
    assert asker.download(file).sha256 == file.sha256
    assert world.requests == []


@pytest.mark.parametrize("left", [OTHER[:1000], OTHER, OTHER + b"+"])
def test_what_an_earlier_run_left_of_another_file_is_replaced(
    asker: Asker, file: DistributionFile, left: bytes
) -> None:
    asker.partial(file).parent.mkdir()
    asker.partial(file).write_bytes(left)
    assert asker.download(file).sha256 == file.sha256
    assert asker.partial(file).read_bytes() == BODY


def test_without_ranges_a_broken_download_starts_again(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    world.serves_ranges = False
    world.truncate("*.tar.gz", 100_000)
    assert asker.download(file).sha256 == file.sha256
    assert asker.partial(file).read_bytes() == BODY


@pytest.mark.parametrize(
    "content_range", ["bytes 0-9/300000", "bytes 1000-299999/400000", "nonsense"]
)
def test_an_answer_with_another_range_is_not_appended(
    world: World, asker: Asker, file: DistributionFile, content_range: str
) -> None:
    asker.partial(file).parent.mkdir()
    asker.partial(file).write_bytes(BODY[:1000])
    world.alter("*.tar.gz", {"Content-Range": content_range}, times=1)
    assert asker.download(file).sha256 == file.sha256
    assert ranges(world) == ["bytes=1000-", None]


def test_a_file_that_changes_between_two_attempts_is_read_from_its_start(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    world.lie("*.tar.gz", OTHER[1:], times=1)
    world.truncate("*.tar.gz", 1000)
    assert asker.download(file).sha256 == file.sha256
    assert ranges(world) == [None, "bytes=1000-", f"bytes={len(OTHER) - 1}-"]
    statuses = [request.status for request in world.requests_to("*.tar.gz")]
    assert statuses == [200, 200, 200]  # `If-Range` did not hold


@pytest.mark.parametrize("body", [OTHER, OTHER + b"+"])
def test_other_bytes_than_listed_are_refused_and_removed(
    world: World, asker: Asker, file: DistributionFile, body: bytes
) -> None:
    world.lie("*.tar.gz", body)
    with pytest.raises(DigestMismatch) as caught:
        asker.download(file)
    assert caught.value.file == file
    assert not asker.partial(file).exists()
    assert asker.traffic.received <= len(BODY) + 512 * 1024


def test_more_bytes_than_listed_are_cut_off(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    world.lie("*.tar.gz", BODY + noise(20_000_000))
    assert asker.download(file).size == len(BODY)
    assert asker.partial(file).read_bytes() == BODY
    assert asker.traffic.received < 2_000_000


def test_fewer_bytes_than_listed_are_unavailable_not_wrong(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    world.lie("*.tar.gz", BODY[:1000])
    with pytest.raises(Unavailable):
        asker.download(file)
    assert asker.partial(file).exists()


def test_a_file_of_unlisted_size_arrives_and_resumes(
    world: World, asker: Asker, hosted: HostedFile
) -> None:
    world.pages.sizes = False
    file = asker.file(FILENAME)
    assert file.size is None
    world.truncate("*.tar.gz", 100_000)
    assert asker.download(file).size == len(BODY)
    assert asker.download(file).size == len(BODY)
    assert ranges(world) == [None, "bytes=100000-", "bytes=300000-"]


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_the_digest_that_is_listed_is_checked(
    world: World, asker: Asker, hosted: HostedFile, algorithm: str
) -> None:
    world.pages.hash_names = (algorithm,)
    file = asker.file(FILENAME)
    assert list(file.hashes) == [algorithm]
    world.lie("*.tar.gz", OTHER, times=1)
    with pytest.raises(DigestMismatch):
        asker.download(file)
    assert asker.download(file).sha256 == hosted.hashes["sha256"]


def test_a_file_without_any_digest_is_never_pieced_together_from_two_runs(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    unchecked = replace(file, hashes={})
    asker.partial(file).parent.mkdir()
    asker.partial(file).write_bytes(noise(1000))
    assert asker.download(unchecked).sha256 == file.sha256
    assert ranges(world) == [None]


def test_an_empty_file_arrives(world: World, asker: Asker) -> None:
    world.add_file("tinylib", FILENAME, b"")
    assert asker.download(asker.file(FILENAME)).size == 0


def test_missing_refused_and_unavailable_are_three_things(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    asker.patience = Patience(attempts=2)
    for status, error in ((404, FileNotFound), (410, FileNotFound), (403, Refused), (401, Refused)):
        world.answer("*.tar.gz", status, times=1)
        with pytest.raises(error):
            asker.download(file)
    for status in (500, 503, 418, 501):
        world.answer("*.tar.gz", status, times=2)
        with pytest.raises(Unavailable):
            asker.download(file)
        world.heal()
    assert asker.download(file).size == len(BODY)


def test_two_who_want_the_same_file_share_one_download(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    async def twice(index: HttpIndex) -> None:
        partial = asker.partial(file)
        await asyncio.gather(*(index.download(file, partial, lambda _: None) for _ in range(2)))

    asker.ask(twice)
    assert len(world.requests) == 1


def test_a_compressed_archive_is_kept_as_it_comes(
    world: World, asker: Asker, file: DistributionFile
) -> None:
    # Some web servers take `.tar.gz` for a content encoding and say so.
    world.alter("*.tar.gz", {"Content-Encoding": "gzip"})
    assert asker.download(file).sha256 == file.sha256
