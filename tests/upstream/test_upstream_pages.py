"""Pages: one request each, conditional from the second run on, and never a false absence."""

import asyncio
from pathlib import Path

import pytest

from upstream.asking import TINYLIB, Asker
from wheelyard.index import ProjectNotFound, Refused, Unavailable
from wheelyard.model.pages import ProjectPage
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Patience
from world import World


def test_a_page_is_read_from_json_and_from_html(world: World, asker: Asker) -> None:
    hosted = world.add_wheel("tinylib", "1.0", requires_python=">=3.9")
    world.pages.serial_as_text = True
    from_json = asker.page()
    assert [file.filename for file in from_json.files] == [hosted.filename]
    assert from_json.files[0].url == world.url + hosted.path
    assert from_json.serial == world.projects["tinylib"].serial
    world.serves_json = False
    from_html = asker.page()
    assert from_html.files[0].requires_python == ">=3.9"
    assert from_html.files[0].sha256 == from_json.files[0].sha256


def test_a_page_that_has_not_changed_costs_an_answer_without_a_body(
    world: World, asker: Asker
) -> None:
    world.add_wheel("tinylib", "1.0")
    first, again = asker.page(), asker.page()
    assert [request.status for request in world.requests] == [200, 304]
    assert first == again
    assert asker.traffic.received == 0


def test_a_change_is_seen_with_and_without_etags(world: World, asker: Asker) -> None:
    for etags in (True, False):
        world.serves_etags = etags
        world.add_wheel("tinylib", f"{1 + etags}.0")
        before = asker.page()
        assert asker.page() == before
        world.yank(f"tinylib-{1 + etags}.0-py3-none-any.whl", "broken")
        assert any(file.yank for file in asker.page().files)


def test_a_page_without_an_etag_is_asked_for_by_its_date(world: World, asker: Asker) -> None:
    world.add_wheel("tinylib", "1.0")
    world.serves_etags = False
    date = "Fri, 02 Jan 2026 03:04:05 GMT"
    world.alter("/simple/*", {"Last-Modified": date}, times=1)
    before = asker.page()
    world.answer("/simple/*", 304, times=1)
    assert asker.page() == before
    assert world.requests[-1].headers["if-modified-since"] == date


def test_who_asks_at_the_same_time_shares_a_request(world: World, asker: Asker) -> None:
    world.add_wheel("tinylib", "1.0")

    async def often(index: HttpIndex) -> set[int]:
        pages = await asyncio.gather(*(index.page(TINYLIB) for _ in range(5)))
        return {len(page.files) for page in pages}

    assert asker.ask(often) == {1}
    assert len(world.requests) == 1


def test_a_missing_project_is_missing_and_forgotten(world: World, asker: Asker) -> None:
    world.add_wheel("tinylib", "1.0")
    asker.page()
    world.remove_project("tinylib")
    with pytest.raises(ProjectNotFound) as caught:
        asker.page()
    assert caught.value.project == TINYLIB
    world.add_wheel("tinylib", "1.0")
    assert len(asker.page().files) == 1
    assert world.requests[-1].status == 200


@pytest.mark.parametrize("after", [None, 10])
def test_a_stalled_upstream_is_not_a_missing_project(
    world: World, asker: Asker, after: int | None
) -> None:
    world.add_wheel("tinylib", "1.0")
    world.stall("/simple/*", after=after)
    asker.read_timeout, asker.patience = 0.1, Patience(attempts=2)
    with pytest.raises(Unavailable, match=r"no data for 0\.1 seconds"):
        asker.page()


def test_a_host_that_is_not_there_is_unavailable(asker: Asker) -> None:
    asker.simple_url = "http://127.0.0.1:9/simple/"
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        asker.page()


def test_a_refusal_says_what_to_do(world: World, asker: Asker) -> None:
    world.add_wheel("tinylib", "1.0")
    world.credentials = ("user", "secret")
    with pytest.raises(Refused, match="401") as caught:
        asker.page()
    assert caught.value.hint is not None
    assert "netrc" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"files": []}', "application/json"),
        (b"<html>Please log in</html>", "application/xhtml+xml"),
        (b"{not json", "application/vnd.pypi.simple.v1+json"),
        (b'{"meta": {"api-version": "2.0"}, "files": []}', "application/vnd.pypi.simple.v1+json"),
    ],
)
def test_what_is_no_page_says_nothing_about_the_project(
    world: World, asker: Asker, body: bytes, content_type: str
) -> None:
    world.answer("/simple/*", 200, body=body, content_type=content_type)
    with pytest.raises(Unavailable):
        asker.page()
    assert not list(Path(asker.directory).glob("pages/*/*"))


def test_a_redirect_to_a_login_page_says_nothing_about_the_project(
    world: World, asker: Asker
) -> None:
    world.redirect("/simple/tinylib/", "/login")
    world.answer("/login", 200, body=b"<html>Welcome to the hotel</html>", content_type="text/html")
    with pytest.raises(Unavailable, match="/login"):
        asker.page()


def test_relative_urls_belong_to_where_the_page_was_found(
    world: World, asker: Asker, tmp_path: Path
) -> None:
    with World() as real:
        hosted = real.add_wheel("tinylib", "1.0")
        real.pages.relative_urls = True
        world.redirect("/simple/tinylib/", f"{real.simple_url}Tinylib/")
        page: ProjectPage = asker.page()
        assert page.files[0].url == real.url + hosted.path


def test_a_torn_cache_entry_is_as_good_as_none(world: World, asker: Asker) -> None:
    world.add_wheel("tinylib", "1.0")
    asker.page()
    (stored,) = asker.directory.glob("pages/*/tinylib")
    stored.write_bytes(stored.read_bytes()[:-3])
    assert len(asker.page().files) == 1
    assert [request.status for request in world.requests] == [200, 200]


def test_a_compressed_page_is_read(world: World, asker: Asker) -> None:
    world.add_wheel("tinylib", "1.0")
    world.compresses = True
    assert len(asker.page().files) == 1


def test_an_index_without_simple_in_its_url_has_a_hint_for_what_it_lacks(
    world: World, asker: Asker
) -> None:
    asker.simple_url = f"{world.url}/"
    with pytest.raises(ProjectNotFound) as caught:
        asker.page()
    assert "ends in `/simple/`" in (caught.value.hint or "")
    asker.simple_url = None
    with pytest.raises(ProjectNotFound) as caught:
        asker.page()
    assert caught.value.hint == ProjectNotFound.hint
