"""Validators of pages, and a yard that changes under a running server (checks C01 to C03)."""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from serve.running import RunningServer, ask
from serve.small_yard import SmallYard, replace
from wheelyard.serve.app import AppSettings
from wheelyard.yard.layout import PageForm
from world import make_wheel

JSON = "application/vnd.pypi.simple.v1+json"
PAGES = ("/simple/", "/simple/tinylib/")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_c01_an_unchanged_page_is_304_with_its_validators(
    site: RunningServer, path: str, encoding: str
) -> None:
    first = site.get(path, accept=JSON, accept_encoding=encoding)
    tag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]+"', tag), "a strong tag"
    for condition in (tag, f'"other", W/{tag}', "*"):
        again = site.get(path, accept=JSON, accept_encoding=encoding, if_none_match=condition)
        assert (again.status, again.body) == (304, b"")
        kept = ("etag", "vary", "cache-control")
        assert [again.headers[name] for name in kept] == [first.headers[name] for name in kept]


@pytest.mark.parametrize("path", PAGES)
def test_c02_every_form_and_coding_has_a_tag_of_its_own(site: RunningServer, path: str) -> None:
    forms = (JSON, JSON.replace("json", "html"), "text/html")
    tags = {
        (accept, encoding): site.get(path, accept=accept, accept_encoding=encoding).headers["etag"]
        for accept in forms
        for encoding in ("identity", "gzip")
    }
    assert len(set(tags.values())) == 6
    crossed = site.get(path, accept="text/html", if_none_match=tags[JSON, "identity"])
    assert crossed.status == 200


@pytest.mark.parametrize("accept", [JSON, "text/html"])
def test_c03_a_new_file_shows_at_once_with_another_tag_and_serial(
    yard: SmallYard, server: RunningServer, accept: str
) -> None:
    before = server.get("/simple/tinylib/", accept=accept)
    listing = server.get("/simple/", accept=accept)
    wheel = make_wheel("tinylib", "3.0")
    yard.add("tinylib", "3.0", {"tinylib-3.0-py3-none-any.whl": wheel})
    after = server.get("/simple/tinylib/", accept=accept, if_none_match=before.headers["etag"])
    assert after.status == 200
    assert b"tinylib-3.0" in after.body
    assert after.headers["etag"] != before.headers["etag"]
    serials = [int(reply.headers["x-pypi-last-serial"]) for reply in (before, after)]
    assert serials[0] < serials[1]
    assert server.get(f"/{yard.paths['tinylib-3.0-py3-none-any.whl']}").body == wheel
    yard.add("newcomer", "1.0", {"newcomer-1.0-py3-none-any.whl": make_wheel("newcomer", "1.0")})
    assert server.get("/simple/newcomer/", accept=accept).status == 200
    assert server.get("/simple/", accept=accept).body != listing.body


def test_the_serial_in_the_header_is_the_page_s(site: RunningServer) -> None:
    reply = site.get("/simple/tinylib/", accept=JSON)
    told = json.loads(reply.body)["meta"]["_last-serial"]
    assert reply.headers["x-pypi-last-serial"] == str(told)
    assert site.get("/simple/tinylib/").headers["x-pypi-last-serial"] == str(told)


def test_a_removed_project_is_gone_at_once(yard: SmallYard, server: RunningServer) -> None:
    assert server.get("/simple/local/").status == 200
    for form in PageForm:
        (yard.layout.simple / "local" / form.value).unlink()
    assert server.get("/simple/local/").status == 404


def test_pages_may_be_kept_for_as_long_as_the_operator_says(yard: SmallYard) -> None:
    with RunningServer(yard.root, answers=AppSettings(page_max_age=600)) as server:
        for path in PAGES:
            assert server.get(path).headers["cache-control"] == "max-age=600, public"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_page_that_is_being_replaced_is_always_whole(yard: SmallYard, workers: int) -> None:
    page = yard.layout.simple / "tinylib" / "index.v1_json"

    def turn(number: int) -> bytes:
        # A page tells its own digest, so that half a page cannot pass for one.
        filler = f"{number}-" * (200 + 997 * (number % 7))
        digest = hashlib.sha256(filler.encode()).hexdigest()
        return json.dumps({"meta": {"_last-serial": number}, "d": digest, "f": filler}).encode()

    def is_whole(body: bytes, headers_serial: str) -> bool:
        read = json.loads(body)
        same = hashlib.sha256(read["f"].encode()).hexdigest() == read["d"]
        return same and str(read["meta"]["_last-serial"]) == headers_serial

    replace(page, turn(0))
    with RunningServer(yard.root, workers=workers) as server:
        seen = _ask_while(server, lambda number: replace(page, turn(number)), is_whole)
    assert seen == 200


def test_a_page_too_large_to_keep_is_served_whole_and_with_validators(
    yard: SmallYard, server: RunningServer
) -> None:
    page = yard.layout.simple / "index.v1_json"
    large = b'{"projects": [' + b'{"name": "a"},' * 800_000 + b'{"name": "b"}]}'
    replace(page, large)
    plain = server.get("/simple/", accept=JSON)
    assert plain.body == large
    assert server.get("/simple/", "HEAD", accept=JSON).headers["etag"] == plain.headers["etag"]
    unchanged = server.get("/simple/", accept=JSON, if_none_match=plain.headers["etag"])
    assert unchanged.status == 304
    packed = server.get("/simple/", accept=JSON, accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    replace(page, large[:-2] + b" ]}")
    assert server.get("/simple/", accept=JSON).body == large[:-2] + b" ]}"


def _ask_while(
    server: RunningServer, change: Callable[[int], None], is_whole: Callable[[bytes, str], bool]
) -> int:
    """The number of whole answers of 200 requests by 20 clients while `change` runs on."""
    done = threading.Event()

    def keep_changing() -> None:
        number = 0
        while not done.is_set():
            number += 1
            change(number)

    def fetch(_: int) -> int:
        connection: HTTPConnection = server.connect()
        replies = [
            ask(connection, "/simple/tinylib/", accept=JSON, accept_encoding="identity")
            for _ in range(10)
        ]
        connection.close()
        return sum(
            reply.status == 200 and is_whole(reply.body, reply.headers["x-pypi-last-serial"])
            for reply in replies
        )

    changer = threading.Thread(target=keep_changing)
    changer.start()
    try:
        with ThreadPoolExecutor(20) as pool:
            return sum(pool.map(fetch, range(20)))
    finally:
        done.set()
        changer.join()
