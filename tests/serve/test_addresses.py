"""Which addresses exist, and what the others answer (checks U01 to U08, C06)."""

import json
import os
import re
import socket
from pathlib import Path

import pytest

from serve.running import RunningServer
from serve.small_yard import SmallYard
from wheelyard.serve.instructions import install_commands

JSON = "application/vnd.pypi.simple.v1+json"


def test_u01b_the_list_without_its_slash_redirects_to_it(site: RunningServer) -> None:
    reply = site.get("/simple?x=1&y=2")
    assert (reply.status, reply.headers["location"]) == (301, "/simple/?x=1&y=2")
    assert reply.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    "asked", ["dot-ted", "Dot.Ted", "Dot.Ted/", "dot_ted/", "DOT--.ted/", "dot%2Eted/"]
)
def test_u01_u02_any_spelling_and_a_missing_slash_cost_one_redirect(
    site: RunningServer, asked: str
) -> None:
    reply = site.get(f"/simple/{asked}?format={JSON}")
    assert (reply.status, reply.headers["location"]) == (301, f"/simple/dot-ted/?format={JSON}")
    assert site.get(reply.headers["location"]).status == 200


def test_u03_an_unknown_project_is_a_short_lived_404(site: RunningServer) -> None:
    reply = site.get("/simple/unknown/")
    assert (reply.status, reply.text) == (404, "404 Not Found\n")
    assert reply.headers["cache-control"] == "max-age=0, public"
    assert reply.headers["vary"] == "Accept, Accept-Encoding"


def test_u04_u05_every_listed_project_answers(site: RunningServer) -> None:
    listed = json.loads(site.get("/simple/", accept=JSON).body)["projects"]
    names = [each["name"] for each in listed]
    assert sorted(names) == ["dot-ted", "local", "tinylib"]
    linked = re.findall(r'href="([^"]+)"', site.get("/simple/").text)
    assert sorted(linked) == [f"{name}/" for name in sorted(names)]
    assert {site.get(f"/simple/{name}/").status for name in names} == {200}


HOSTILE = [
    "/simple/../../etc/passwd",
    "/simple/..",
    "/simple/../",
    "/simple/%2e%2e/",
    "/simple/%2e%2e%2f%2e%2e%2fstate/",
    "/simple/tinylib%2F",
    "/simple/tinylib%2F..%2Flocal/",
    "/simple/%00/",
    "/simple/tinylib%00/",
    "/simple/tinylib%0a/",
    "/simple/%ff/",
    "/simple/%",
    "/simple/%zz/",
    "/simple/%252e%252e/",
    "/simple//",
    "/simple/tinylib//",
    "/simple/tinylib/index.html",
    "/simple/-tinylib/",
    "/simple/" + "a" * 10_000 + "/",
    "/simple/" + "%61" * 10_000 + "/",
    "/simple/" + "a" * 201,
    "//simple/",
    "/state/catalog.sqlite",
    "/packages/",
    "/packages/../simple/index.html",
    "/packages/ab/cd/../../../../state/secret",
    "/packages/ab/cd/" + "e" * 60 + "/../x.whl",
    "/packages/ab/cd/" + "e" * 60 + "/%2e%2e",
    "/packages/ab/cd/" + "e" * 60 + "/%2e%2e%2fx.whl",
    "/packages/ab/cd/" + "e" * 60 + "/a%00.whl",
    "/packages/ab/cd/" + "e" * 60 + "/.hidden",
    "/packages/ab/cd/" + "e" * 60 + "/" + "x" * 300,
    "/packages/AB/cd/" + "e" * 60 + "/x.whl",
    "/packages/ab/cd/" + "e" * 59 + "/x.whl",
]


@pytest.mark.parametrize("path", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_u06_hostile_paths_find_nothing(site: RunningServer, path: str, method: str) -> None:
    # http.client refuses to send some of these, and others would be tidied up.
    with socket.create_connection((site.host, site.port), timeout=10) as raw:
        raw.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        status = int(raw.makefile("rb").readline().split()[1])
    assert 400 <= status < 500


def test_u06_a_link_that_leads_out_of_the_yard_is_not_followed(
    yard: SmallYard, server: RunningServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    stored = yard.stored("tinylib-1.0-py3-none-any.whl")
    page = yard.layout.simple / "tinylib" / "index.html"
    metadata = stored.with_name(f"{stored.name}.metadata")
    for link in (stored, page, metadata):
        link.unlink()
        link.symlink_to(secret)
    path = yard.paths[stored.name]
    asked = ["/simple/tinylib/", f"/{path}", f"/{path}.metadata"]
    assert [server.get(each).status for each in asked] == [404, 404, 404]


def test_u06_a_named_pipe_in_place_of_a_page_blocks_nobody(
    yard: SmallYard, server: RunningServer
) -> None:
    page = yard.layout.simple / "tinylib" / "index.html"
    page.unlink()
    os.mkfifo(page)
    assert server.get("/simple/tinylib/").status == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/-/health", "/simple/", "/simple", "/simple/tinylib/", "/simple/Tinylib", "/nothing"],
)
def test_u07_head_answers_as_get_does_without_a_body(site: RunningServer, path: str) -> None:
    got, head = site.get(path), site.get(path, "HEAD")
    assert head.body == b""
    assert head.status == got.status
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/simple/tinylib/", "/simple/", "/-/health"])
def test_u08_other_methods_are_refused_and_the_right_ones_named(
    site: RunningServer, method: str, path: str
) -> None:
    reply = site.get(path, method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    ["/", "/-/health", "/simple/", "/simple", "/simple/tinylib/", "/simple/unknown/", "/nothing"],
)
def test_c06_every_answer_has_a_date(site: RunningServer, path: str) -> None:
    assert site.get(path).headers["date"].endswith(" GMT")


def test_health_is_json_for_machines(site: RunningServer) -> None:
    reply = site.get("/-/health")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert json.loads(reply.body) == {"status": "ok"}


def test_the_home_page_tells_how_to_install_by_the_address_it_was_asked_by(
    site: RunningServer,
) -> None:
    text = site.get("/", host="classroom.local:8080").text
    commands = install_commands("http://classroom.local:8080/simple/", ["PROJECT"])
    assert f"<pre>{commands.pip}\n{commands.uv}</pre>" in text


@pytest.mark.parametrize(
    "host", ['"><script>alert(1)</script>', "a b", "[::1", "[..]", "[1:2]:80", "a:99999999", "é"]
)
def test_the_home_page_never_repeats_a_host_that_is_none(site: RunningServer, host: str) -> None:
    with socket.create_connection((site.host, site.port), timeout=10) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = raw.makefile("rb").read().decode()
    assert "script" not in answer
    assert "HTTP/1.1 400" in answer or f"http://{site.host}:{site.port}/simple/" in answer


def test_a_yard_whose_disk_is_gone_is_unavailable_not_empty(
    yard: SmallYard, server: RunningServer
) -> None:
    """Installers believe a 404 and go on to the next index."""
    yard.layout.web.rename(yard.root / "unmounted")
    reply = server.get("/simple/tinylib/")
    assert (reply.status, reply.headers["retry-after"]) == (503, "30")
    (yard.root / "unmounted").rename(yard.layout.web)
    assert server.get("/simple/tinylib/").status == 200
