"""The shelf of prepared answers: bounded, current, and made once for all who wait."""

import asyncio
import gzip
from pathlib import Path

import pytest

from serve.small_yard import replace
from wheelyard.serve.prepared import LARGEST_KEPT, Prepared, Presentation, Shelf, prepare
from wheelyard.wire.negotiation import Encoding

PLAIN = Presentation(((b"content-type", b"text/plain"),))


def body_of(prepared: Prepared) -> bytes:
    body: bytes = prepared.full.body["body"]
    return body


def test_what_is_held_never_exceeds_the_budget(tmp_path: Path) -> None:
    shelf = Shelf(budget=100_000)

    async def ask_for_all() -> None:
        for number in range(50):
            path = tmp_path / str(number)
            path.write_bytes(b"x" * 10_000)
            assert await shelf.take(str(path), PLAIN, Encoding.IDENTITY)
            assert shelf.held <= 100_000

    asyncio.run(ask_for_all())
    assert shelf.held > 50_000


def test_the_answer_that_was_asked_for_last_is_kept(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_bytes(b"x" * 1000)

    async def take(shelf: Shelf, name: str) -> Prepared | None:
        return await shelf.take(str(tmp_path / name), PLAIN, Encoding.IDENTITY)

    async def scenario() -> None:
        shelf = Shelf(budget=11_000)  # two of them, with what lies beside each
        first, second = await take(shelf, "a"), await take(shelf, "b")
        assert await take(shelf, "a") is first
        await take(shelf, "c")
        assert await take(shelf, "a") is first
        assert await take(shelf, "b") is not second

    asyncio.run(scenario())


def test_a_budget_of_nothing_still_answers(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(b"content")
    shelf = Shelf(budget=0)
    prepared = asyncio.run(shelf.take(str(path), PLAIN, Encoding.IDENTITY))
    assert prepared is not None
    assert body_of(prepared) == b"content"
    assert shelf.held == 0


def test_a_page_is_prepared_once_for_all_who_wait(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(b"x" * 2_000_000)
    shelf = Shelf(budget=10_000_000)

    async def ask_together() -> list[Prepared | None]:
        asked = (shelf.take(str(path), PLAIN, Encoding.GZIP) for _ in range(20))
        return await asyncio.gather(*asked)

    assert len({id(prepared) for prepared in asyncio.run(ask_together())}) == 1


@pytest.mark.parametrize("size", [10, 0])
def test_a_replaced_page_is_prepared_anew(tmp_path: Path, size: int) -> None:
    path = tmp_path / "page"
    shelf = Shelf(budget=100_000)

    async def take() -> Prepared | None:
        return await shelf.take(str(path), PLAIN, Encoding.IDENTITY)

    async def scenario() -> None:
        assert await take() is None
        for content in (b"a" * size, b"b" * size, b"c" * size):
            replace(path, content)
            prepared = await take()
            assert prepared is not None
            assert body_of(prepared) == content
        path.unlink()
        assert await take() is None

    asyncio.run(scenario())


def test_gzip_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    """An entity tag that changed from worker to worker would make every 304 a matter of luck."""
    path = tmp_path / "page"
    path.write_bytes(b"content " * 1000)
    first, second = (prepare(str(path), PLAIN, Encoding.GZIP) for _ in range(2))
    assert body_of(first) == body_of(second)
    assert first.etag == second.etag
    assert gzip.decompress(body_of(first)) == path.read_bytes()


def test_what_stays_large_when_compressed_comes_from_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "page"
    noise = b"".join(bytes([n * n % 251, n % 241]) for n in range(1000))
    path.write_bytes(noise * (LARGEST_KEPT // len(noise) + 1))
    packed = prepare(str(path), PLAIN, Encoding.GZIP)
    plain = prepare(str(path), PLAIN, Encoding.IDENTITY)
    assert not packed.from_disk
    assert plain.from_disk
    assert plain.size < 10_000
    assert packed.etag != plain.etag


@pytest.mark.parametrize(
    ("page", "serial"),
    [
        (b'{"meta": {"_last-serial": 17, "api-version": "1.4"}}', b"17"),
        (b'{"meta": {"_last-serial": "18"}}', b"18"),
        (b"<!DOCTYPE html>\n<!--SERIAL 19-->\n", b"19"),
        (b"x" * 5_000_000 + b"<!-- SERIAL 20-->", b"20"),
        (b'{"meta": {}}', None),
    ],
)
def test_the_serial_of_a_page_is_told_in_a_header(
    tmp_path: Path, page: bytes, serial: bytes | None
) -> None:
    path = tmp_path / "page"
    path.write_bytes(page)
    presentation = Presentation(PLAIN.headers, tells_serial=True)
    start = prepare(str(path), presentation, Encoding.IDENTITY).full.start
    assert dict(start["headers"]).get(b"x-pypi-last-serial") == serial
