"""Whatever the bytes, a parser gives a value or raises an error of ours."""

import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import ProjectName
from wheelyard.wire import simple_html, simple_json
from wheelyard.wire.core_metadata import parse_core_metadata
from wheelyard.wire.requires_txt import parse_requires_txt
from wheelyard.wire.sdist_facts import parse_sdist_facts, render_sdist_facts
from wheelyard.wire.sdists import sdist_facts
from wheelyard.wire.wheels import wheel_metadata
from wire.page_strategies import damaged, tarred, zipped

TINYLIB = ProjectName("tinylib")
BASE = "https://index.example/simple/tinylib/"

JSON = b"""{"meta": {"api-version": "1.4", "_last-serial": 7}, "name": "tinylib", "files": [
{"filename": "tinylib-1.0.zip", "url": "https://files.example/tinylib-1.0.zip#x",
"hashes": {"sha256": "abababababababababababababababababababababababababababababababab"}, "size": 7,
"upload-time": "2024-01-02T03:04:05.678Z", "yanked": "bad", "core-metadata": {"sha256": "00"}}],
"versions": ["1.0"], "project-status": {"status": "archived"}}"""
JSON_LIST = b'{"meta": {"api-version": "1.4"}, "projects": [{"name": "a", "_last-serial": 7}]}'
HTML = b"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4">
<base href="https://files.example/"></head><body><![CDATA[x]]><!-- x --><?php ?>
<a href="tinylib-1.0.zip#sha256=ab&amp;x" data-yanked="&lt;" data-size="7"
data-upload-time="2024-01-02T03:04:05.678Z" data-core-metadata="sha256=00">tinylib-1.0.zip</a>
<!--SERIAL 7--></body></html>"""
METADATA = b"""Metadata-Version: 2.2
Name: tinylib
Version: 1.0
Author: =?utf-8?b?SsO8cmdlbg==?=
Content-Type: multipart/mixed; boundary=x
Requires-Dist: idna[a]>=2; python_version < "3" and extra == "b"
Dynamic: Summary
"""
REQUIRES = b"idna\n[a:python_version < '3']\nsix\n"
PYPROJECT = b"""[build-system]
requires = ["a"]
[project]
name = "x"
dependencies = ["a; os_name == 'nt'"]
optional-dependencies.b = ["c"]
"""
MEMBERS = {
    "tinylib-1.0/PKG-INFO": METADATA,
    "tinylib-1.0/pyproject.toml": PYPROJECT,
    "tinylib-1.0/tinylib.egg-info/requires.txt": REQUIRES,
}
TAR = tarred(MEMBERS, "").getvalue()
TAR_GZ = tarred(MEMBERS).getvalue()
ZIP = zipped(MEMBERS).getvalue()
WHEEL = zipped({"tinylib-1.0.dist-info/METADATA": METADATA}).getvalue()
FACTS = render_sdist_facts(sdist_facts(io.BytesIO(TAR), "tinylib-1.0.tar", TINYLIB))


def read_sdist(document: bytes, suffix: str) -> object:
    return sdist_facts(io.BytesIO(document), f"tinylib-1.0{suffix}", TINYLIB)


PARSERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "json page": (JSON, lambda text: simple_json.parse_project_page(text, TINYLIB, BASE)),
    "json list": (JSON_LIST, simple_json.parse_project_list),
    "html page": (HTML, lambda text: simple_html.parse_project_page(text, TINYLIB, BASE)),
    "html list": (HTML, simple_html.parse_project_list),
    "core metadata": (METADATA, parse_core_metadata),
    "requires.txt": (REQUIRES, parse_requires_txt),
    "sdist facts": (FACTS, parse_sdist_facts),
    "wheel": (
        WHEEL,
        lambda text: wheel_metadata(io.BytesIO(text), "tinylib-1.0-py3-none-any.whl"),
    ),
    "tar": (TAR, lambda text: read_sdist(text, ".tar")),
    "tar.gz": (TAR_GZ, lambda text: read_sdist(text, ".tar.gz")),
    "zip": (ZIP, lambda text: read_sdist(text, ".zip")),
    "pyproject.toml": (
        PYPROJECT,
        lambda text: read_sdist(tarred({"x/pyproject.toml": text}, "").getvalue(), ".tar"),
    ),
}


@pytest.mark.parametrize("kind", PARSERS)
@given(st.data())
def test_a_parser_raises_nothing_but_our_error(kind: str, data: st.DataObject) -> None:
    valid, parse = PARSERS[kind]
    document = data.draw(damaged(valid) | st.binary(max_size=200))
    with suppress(WheelyardError):
        parse(document)


@pytest.mark.parametrize("kind", PARSERS)
def test_a_valid_document_is_read(kind: str) -> None:
    valid, parse = PARSERS[kind]
    parse(valid)


@pytest.mark.parametrize("kind", PARSERS)
def test_a_document_cut_short_anywhere_raises_nothing_but_our_error(kind: str) -> None:
    valid, parse = PARSERS[kind]
    for end in range(0, len(valid), max(1, len(valid) // 150)):
        with suppress(WheelyardError):
            parse(valid[:end])


@pytest.mark.parametrize("parse", [simple_html.parse_project_list, simple_json.parse_project_list])
@pytest.mark.parametrize(
    "document",
    [b"<![if x", b"<!x[", b"<![CDATA[", b"<!DOCTYPE html [", b"<a href='&#xD800;'>", b"&"],
)
def test_what_the_standard_library_stumbles_over_is_our_error(
    parse: Callable[[bytes], object], document: bytes
) -> None:
    with suppress(WheelyardError):
        parse(b"<html>" + document)
