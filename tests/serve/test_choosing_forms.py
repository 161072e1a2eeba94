"""Content negotiation, over real HTTP (PEP 691; checks N01 to N14, J01, J12, H01)."""

import gzip
import json

import pytest

from serve.running import RunningServer
from wheelyard.model.names import parse_project_name
from wheelyard.wire import simple_html, simple_json

JSON = "application/vnd.pypi.simple.v1+json"
HTML_V1 = "application/vnd.pypi.simple.v1+html"
HTML = "text/html; charset=utf-8"
PIP = f"{JSON}, {HTML_V1}; q=0.1, text/html; q=0.01"
UV = f"{JSON}, {HTML_V1};q=0.2, text/html;q=0.01"
PAGES = ("/simple/", "/simple/tinylib/")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param(JSON, JSON, id="N01 JSON"),
        pytest.param(HTML_V1, HTML_V1, id="N03 versioned HTML"),
        pytest.param("text/html", HTML, id="N04 HTML"),
        pytest.param(PIP, JSON, id="N05 as pip asks"),
        pytest.param(UV, JSON, id="N06 as uv asks"),
        pytest.param(f"{JSON};q=0.1, text/html", HTML, id="N07 weights"),
        pytest.param(f"{JSON};q=0, */*", HTML, id="N08 a refusal"),
        pytest.param("*/*", HTML, id="N09 anything"),
        pytest.param("application/vnd.pypi.simple.latest+json", JSON, id="N10 latest is v1"),
        pytest.param(";;q=x, */*", HTML, id="N12 partly unreadable"),
    ],
)
def test_n_the_accept_header_chooses_the_type(
    site: RunningServer, path: str, accept: str, content_type: str
) -> None:
    reply = site.get(path, accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (200, content_type)
    assert reply.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("path", PAGES)
def test_n02_without_an_accept_header_the_answer_is_html(site: RunningServer, path: str) -> None:
    reply = site.get(path)
    assert reply.headers["content-type"] == HTML
    assert reply.text.lower().startswith("<!doctype html>")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "accept", ["application/vnd.pypi.simple.v2+json", "application/json", "image/png"]
)
def test_n11_a_type_that_is_not_offered_is_refused_with_406(
    site: RunningServer, path: str, accept: str
) -> None:
    reply = site.get(path, accept=accept)
    assert (reply.status, reply.headers["vary"]) == (406, "Accept, Accept-Encoding")
    assert reply.headers["content-type"].startswith("text/plain")
    assert JSON in reply.text


@pytest.mark.parametrize("accept", [";;q=x", ",,,", "a" * 5000, '"', "text/html;q=9"])
def test_n12_an_unreadable_header_never_fails_the_server(site: RunningServer, accept: str) -> None:
    assert site.get("/simple/tinylib/", accept=accept).status in (200, 400, 406)


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("plus", ["+", "%2B"])
def test_n14_the_format_parameter_beats_the_header(
    site: RunningServer, accept: str, plus: str
) -> None:
    wanted = JSON.replace("+", plus)
    reply = site.get(f"/simple/tinylib/?format={wanted}", accept=accept)
    assert reply.headers["content-type"] == JSON


def test_n14_an_unknown_format_parameter_is_refused(site: RunningServer) -> None:
    assert site.get("/simple/tinylib/?format=application/json").status == 406


def test_accept_headers_that_repeat_are_one_list(site: RunningServer) -> None:
    """A list may come in several lines of the same name (RFC 9110 section 5.3)."""
    connection = site.connect()
    connection.putrequest("GET", "/simple/tinylib/")
    connection.putheader("Accept", "image/png")
    connection.putheader("Accept", JSON)
    connection.endheaders()
    assert connection.getresponse().headers["content-type"] == JSON
    connection.close()


def test_j01_the_json_page_is_sent_as_it_was_written(site: RunningServer) -> None:
    document = json.loads(site.get("/simple/tinylib/", accept=JSON).body)
    assert document["meta"]["api-version"].startswith("1.")
    assert document["name"] == "tinylib"
    assert len(document["files"]) == 4


def test_j12_all_forms_of_a_page_list_the_same_files(site: RunningServer) -> None:
    def listed(accept: str) -> object:
        body = site.get("/simple/tinylib/", accept=accept).body
        parse = simple_json.parse_project_page if accept == JSON else simple_html.parse_project_page
        page = parse(body, parse_project_name("tinylib"), f"{site.url}tinylib/")
        return [
            (each.filename, each.url, each.hashes, each.yank, each.requires_python)
            for each in page.files
        ]

    assert listed(JSON) == listed("text/html") == listed(HTML_V1)


@pytest.mark.parametrize("accept", [JSON, HTML_V1, "text/html"])
@pytest.mark.parametrize("path", PAGES)
def test_c04_gzip_is_used_where_it_is_accepted_and_holds_the_same_page(
    site: RunningServer, path: str, accept: str
) -> None:
    plain = site.get(path, accept=accept)
    packed = site.get(path, accept=accept, accept_encoding="gzip, deflate")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept, Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["content-length"]) == len(packed.body)


def test_c04_gzip_that_is_refused_is_not_used(site: RunningServer) -> None:
    reply = site.get("/simple/tinylib/", accept_encoding="gzip;q=0, br")
    assert "content-encoding" not in reply.headers
