"""Distribution files and their metadata (checks F01 to F10, M01 to M03, J07)."""

import hashlib
import http.client
import json
import time

import pytest

from serve.running import Reply, RunningServer
from serve.small_yard import SmallYard, metadata_of
from wheelyard.serve.files import CHECKED_FIRST

JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "tinylib-2.0-py3-none-any.whl"


@pytest.fixture
def wheel(standing_yard: SmallYard) -> bytes:
    return standing_yard.bodies[WHEEL]


@pytest.fixture
def path(standing_yard: SmallYard) -> str:
    return f"/{standing_yard.paths[WHEEL]}"


def test_f01_a_file_comes_whole_and_never_in_a_content_coding(
    site: RunningServer, standing_yard: SmallYard
) -> None:
    for filename, body in standing_yard.bodies.items():
        reply = site.get(f"/{standing_yard.paths[filename]}", accept_encoding="gzip, zstd")
        assert reply.status == 200
        assert reply.body == body
        assert int(reply.headers["content-length"]) == len(body)
        assert reply.headers["content-type"] == "application/octet-stream"
        assert "content-encoding" not in reply.headers


def test_f02_head_tells_all_that_range_requests_need(
    site: RunningServer, path: str, wheel: bytes
) -> None:
    got, head = site.get(path), site.get(path, "HEAD")
    assert head.body == b""
    assert int(head.headers["content-length"]) == len(wheel)
    assert head.headers["accept-ranges"] == "bytes"
    assert head.headers["etag"] == f'"{hashlib.blake2b(wheel, digest_size=32).hexdigest()}"'
    assert "last-modified" in head.headers
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        pytest.param("bytes=0-99", 0, 99, id="F03 from the start"),
        pytest.param("bytes=-16384", -16384, None, id="F04 a tail"),
        pytest.param("bytes=290000-", 290_000, None, id="F04 open"),
        pytest.param("bytes=7-7", 7, 7, id="one byte"),
        pytest.param("bytes=100-99999999", 100, None, id="more than there is"),
        pytest.param("bytes=-99999999", 0, None, id="a longer tail than there is"),
        pytest.param("bytes=0-", 0, None, id="all"),
    ],
)
def test_f03_f04_a_range_is_answered_with_exactly_its_bytes(
    site: RunningServer, path: str, wheel: bytes, wanted: str, first: int, last: int | None
) -> None:
    start = first if first >= 0 else len(wheel) + first
    end = len(wheel) - 1 if last is None else last
    reply = site.get(path, range=wanted)
    assert reply.status == 206
    assert reply.body == wheel[start : end + 1]
    assert reply.headers["content-range"] == f"bytes {start}-{end}/{len(wheel)}"
    assert int(reply.headers["content-length"]) == end - start + 1


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
def test_f05_a_range_outside_the_file_is_416(
    site: RunningServer, path: str, wheel: bytes, wanted: str
) -> None:
    reply = site.get(path, range=wanted)
    assert (reply.status, reply.headers["content-range"]) == (416, f"bytes */{len(wheel)}")


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-2", "bytes=x-y", "bytes=", "bytes=-", "é"]
)
def test_ranges_that_we_do_not_serve_give_the_whole_file(
    site: RunningServer, path: str, wheel: bytes, wanted: str
) -> None:
    assert _status_and_size(site.get(path, range=wanted)) == (200, len(wheel))


def test_f06_a_range_of_another_file_is_not_mixed_with_this_one(
    site: RunningServer, path: str, wheel: bytes
) -> None:
    reply = site.get(path, range="bytes=0-99", if_range='"another"')
    assert (reply.status, len(reply.body)) == (200, len(wheel))
    before = "Mon, 01 Jan 2001 00:00:00 GMT"
    assert site.get(path, range="bytes=0-99", if_range=before).status == 200


def test_a_range_resumes_by_either_validator(site: RunningServer, path: str) -> None:
    known = site.get(path, "HEAD").headers
    for validator in (known["etag"], known["last-modified"]):
        assert site.get(path, range="bytes=0-99", if_range=validator).status == 206


def test_f07_a_client_that_has_the_file_gets_304(site: RunningServer, path: str) -> None:
    known = site.get(path, "HEAD").headers
    for condition in (known["etag"], f'"x", W/{known["etag"]}', "*"):
        reply = site.get(path, if_none_match=condition)
        assert (reply.status, reply.body) == (304, b"")
        assert reply.headers["etag"] == known["etag"]
        assert reply.headers["cache-control"] == known["cache-control"]
    assert site.get(path, if_modified_since=known["last-modified"]).status == 304


def test_if_none_match_beats_if_modified_since(site: RunningServer, path: str) -> None:
    modified = site.get(path, "HEAD").headers["last-modified"]
    assert site.get(path, if_none_match='"x"', if_modified_since=modified).status == 200
    assert site.get(path, if_modified_since="yesterday").status == 200


def test_f08_files_may_be_kept_for_good(site: RunningServer, path: str) -> None:
    assert site.get(path).headers["cache-control"] == "max-age=365000000, immutable, public"


@pytest.mark.parametrize("plus", ["+", "%2B", "%2b"])
def test_f09_a_plus_in_a_name_may_be_encoded_or_not(
    site: RunningServer, standing_yard: SmallYard, plus: str
) -> None:
    filename = "local-1.0+cu121-py3-none-any.whl"
    path = f"/{standing_yard.paths[filename]}".replace("+", plus)
    assert site.get(path).body == standing_yard.bodies[filename]
    assert site.get(f"{path}.metadata").status == 200


def test_f10_an_unknown_file_is_404(site: RunningServer, path: str) -> None:
    assert site.get(path.replace("2.0", "3.0")).status == 404
    assert site.get(f"{path}.provenance").status == 404


@pytest.mark.parametrize("damage", ["truncated", "altered", "emptied"])
@pytest.mark.parametrize("request_headers", [{}, {"range": "bytes=0-99"}])
def test_f10_a_damaged_file_is_an_error_of_the_server_and_never_sent(
    yard: SmallYard, server: RunningServer, damage: str, request_headers: dict[str, str]
) -> None:
    body = yard.bodies[WHEEL]
    broken = {"truncated": body[:-1], "altered": b"!" + body[1:], "emptied": b""}[damage]
    yard.stored(WHEEL).write_bytes(broken)
    for _ in range(2):
        assert server.get(f"/{yard.paths[WHEEL]}", **request_headers).status == 500
    yard.stored(WHEEL).write_bytes(body)
    assert server.get(f"/{yard.paths[WHEEL]}").body == body


def test_f10_a_large_damaged_file_is_broken_off_before_its_end(
    yard: SmallYard, server: RunningServer
) -> None:
    """It is checked while it is first sent, so that nobody waits for a large file to be read."""
    body = bytes(CHECKED_FIRST + 1)
    yard.add("large", "1.0", {"large-1.0.tar.gz": body})
    path = f"/{yard.paths['large-1.0.tar.gz']}"
    yard.stored("large-1.0.tar.gz").write_bytes(b"!" + body[1:])
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        server.get(path)
    assert server.get(path).status == 500
    yard.stored("large-1.0.tar.gz").write_bytes(body)
    assert server.get(path).body == body
    assert server.get(path).body == body


def test_m01_metadata_is_the_document_inside_the_wheel(
    site: RunningServer, standing_yard: SmallYard
) -> None:
    page = json.loads(site.get("/simple/tinylib/", accept=JSON).body)
    for file in page["files"]:
        path = "/" + file["url"].removeprefix("../../")
        assert path.endswith(f"/{file['filename']}"), "J07: the URL ends in the file's name"
        reply = site.get(f"{path}.metadata")
        if file.get("core-metadata"):
            assert reply.status == 200
            assert hashlib.sha256(reply.body).hexdigest() == file["core-metadata"]["sha256"]
            assert reply.body == metadata_of(standing_yard.bodies[file["filename"]])
        else:
            assert reply.status == 404, "M03: not offered, not there"


def test_metadata_may_be_compressed_and_kept_for_good(site: RunningServer, path: str) -> None:
    plain = site.get(f"{path}.metadata")
    packed = site.get(f"{path}.metadata", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert "immutable" in plain.headers["cache-control"]
    tag = packed.headers["etag"]
    again = site.get(f"{path}.metadata", accept_encoding="gzip", if_none_match=tag)
    assert again.status == 304


def test_a_download_that_the_client_gives_up_is_not_read_to_its_end(
    yard: SmallYard, server: RunningServer
) -> None:
    """Otherwise every interrupted download of a large wheel costs the disk all of the rest."""
    size = 300 * 1024 * 1024
    yard.add("large", "1.0", {"large-1.0.tar.gz": b""})
    stored = yard.stored("large-1.0.tar.gz")
    with stored.open("wb") as sparse:
        sparse.truncate(size)
    connection = server.connect()
    connection.request("GET", f"/{yard.paths['large-1.0.tar.gz']}", headers={"Range": "bytes=1-"})
    assert connection.getresponse().status == 206
    time.sleep(0.3)
    before = _memory(server)
    connection.close()
    read = _bytes_read(server)
    time.sleep(0.5)
    assert before < 80
    assert _bytes_read(server) < size / 2
    assert _bytes_read(server) - read < 32 * 1024 * 1024


def _memory(server: RunningServer) -> float:
    """In MB."""
    with open(f"/proc/{server.process.pid}/status") as status:  # noqa: PTH123
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _bytes_read(server: RunningServer) -> int:
    with open(f"/proc/{server.process.pid}/io") as counters:  # noqa: PTH123
        return int(counters.readline().split()[1])


def _status_and_size(reply: Reply) -> tuple[int, int]:
    return reply.status, len(reply.body)
