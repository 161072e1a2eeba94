import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from wheelyard.model.files import Yank
from wheelyard.model.names import parse_project_name
from wheelyard.model.pages import ProjectStatus, Status
from wheelyard.yard import holdings
from wheelyard.yard.files import add_file, add_files
from wheelyard.yard.layout import PageForm
from wheelyard.yard.listing import update_listing
from wheelyard.yard.pages import publish_projects, publish_root, stale_projects
from wheelyard.yard.yard import YardWriter
from yard.arrivals import (
    json_page,
    linked_file,
    sdist_arrival,
    upstream_page,
    wheel_arrival,
)

TINYLIB = parse_project_name("tinylib")
OTHERLIB = parse_project_name("otherlib")
QUARANTINED = ProjectStatus(Status.QUARANTINED, "malware")


class Links(HTMLParser):
    """The links of an HTML page: their text and attributes."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.attributes: list[dict[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.attributes.append(dict(attrs))
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts and not self.texts[-1]:
            self.texts[-1] = data


def test_every_url_is_relative_and_leads_to_the_file(yard: YardWriter) -> None:
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0+cu121"))
    add_file(yard, sdist_arrival(yard.layout, "tinylib", "1.0"))
    assert publish_projects(yard, [TINYLIB]) == (TINYLIB,)
    page = json_page(yard.layout, TINYLIB)
    assert [file["filename"] for file in page["files"]] == [
        "tinylib-1.0.tar.gz",
        "tinylib-1.0+cu121-py3-none-any.whl",
    ]
    assert page["versions"] == ["1.0", "1.0+cu121"]
    for file in page["files"]:
        assert file["url"].startswith("../../packages/")
        assert linked_file(yard.layout, TINYLIB, file["url"]).stat().st_size == file["size"]


def test_the_html_page_lists_what_the_json_page_lists(yard: YardWriter) -> None:
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0", requires_python=">=3.9,<4"))
    publish_projects(yard, [TINYLIB])
    (file,) = json_page(yard.layout, TINYLIB)["files"]
    html = yard.layout.project_page(TINYLIB, PageForm.HTML)
    links = Links(html)
    assert links.texts == [file["filename"]]
    assert links.attributes[0]["href"] == f"{file['url']}#sha256={file['hashes']['sha256']}"
    assert links.attributes[0]["data-requires-python"] == ">=3.9,<4"
    digest = file["core-metadata"]["sha256"]
    assert links.attributes[0]["data-core-metadata"] == f"sha256={digest}"
    versioned = yard.layout.project_page(TINYLIB, PageForm.V1_HTML)
    assert versioned.read_bytes() == html.read_bytes()


def test_only_digests_that_pip_takes_are_listed(yard: YardWriter) -> None:
    arrival = wheel_arrival(yard.layout, "tinylib", "1.0")
    assert "md5" in arrival.file.hashes
    held = add_file(yard, arrival)
    publish_projects(yard, [TINYLIB])
    (file,) = json_page(yard.layout, TINYLIB)["files"]
    assert file["hashes"] == {"sha256": held.sha256}


def test_an_unchanged_page_is_not_touched(yard: YardWriter) -> None:
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    publish_projects(yard, [TINYLIB])
    publish_root(yard)
    before = _stats(yard)
    assert publish_projects(yard, [TINYLIB]) == ()
    assert publish_root(yard) is False
    assert _stats(yard) == before


def test_a_new_file_gives_the_page_a_new_serial(yard: YardWriter) -> None:
    for version in ("1.0", "2.0"):
        add_file(yard, wheel_arrival(yard.layout, "tinylib", version))
        publish_projects(yard, [TINYLIB])
    assert json_page(yard.layout, TINYLIB)["meta"]["_last-serial"] == 2
    assert [project.serial for project in holdings.projects(yard.catalog)] == [2]


def test_metadata_is_offered_only_while_it_is_there(yard: YardWriter) -> None:
    held = add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    sdist = add_file(yard, sdist_arrival(yard.layout, "tinylib", "1.0"))
    publish_projects(yard, [TINYLIB])
    offers = {
        file["filename"]: file.get("core-metadata")
        for file in json_page(yard.layout, TINYLIB)["files"]
    }
    assert offers == {held.filename: {"sha256": held.core_metadata}, sdist.filename: None}
    yard.layout.metadata(held.path).unlink()
    publish_projects(yard, [TINYLIB])
    offers = {
        file["filename"]: file.get("core-metadata")
        for file in json_page(yard.layout, TINYLIB)["files"]
    }
    assert offers == {held.filename: None, sdist.filename: None}


def test_a_file_that_was_lost_is_not_listed(yard: YardWriter) -> None:
    held = add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    yard.layout.file(held.path).unlink()
    publish_projects(yard, [TINYLIB])
    assert json_page(yard.layout, TINYLIB)["files"] == []


def test_a_name_that_is_not_held_is_passed_over(yard: YardWriter) -> None:
    assert publish_projects(yard, [TINYLIB]) == ()
    assert not yard.layout.project_page(TINYLIB, PageForm.HTML).exists()


def test_many_projects_are_published_together(yard: YardWriter) -> None:
    arrivals = [wheel_arrival(yard.layout, f"lib{number:03}", "1.0") for number in range(300)]
    add_files(yard, arrivals)
    names = tuple(one.project for one in arrivals)
    assert publish_projects(yard, reversed(names)) == names
    assert stale_projects(yard) == ()
    serials = [json_page(yard.layout, name)["meta"]["_last-serial"] for name in names]
    assert serials == list(range(1, 301))


def test_the_root_lists_projects_that_have_a_page(yard: YardWriter) -> None:
    for name in ("tinylib", "otherlib", "unpublished"):
        add_file(yard, wheel_arrival(yard.layout, name, "1.0"))
    publish_projects(yard, [TINYLIB, OTHERLIB])
    assert publish_root(yard) is True
    document = json.loads(yard.layout.root_page(PageForm.V1_JSON).read_bytes())
    assert document["projects"] == [
        {"name": "otherlib", "_last-serial": 1},
        {"name": "tinylib", "_last-serial": 2},
    ]
    assert document["meta"]["_last-serial"] == 2
    links = Links(yard.layout.root_page(PageForm.HTML))
    assert [yard.layout.simple / str(link["href"]) for link in links.attributes] == [
        yard.layout.simple / "otherlib",
        yard.layout.simple / "tinylib",
    ]


def test_a_page_is_stale_until_it_is_published(yard: YardWriter) -> None:
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    assert stale_projects(yard) == (TINYLIB,)
    publish_projects(yard, [TINYLIB])
    assert stale_projects(yard) == ()
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "2.0"))
    assert stale_projects(yard) == (TINYLIB,)


@pytest.mark.parametrize("form", PageForm)
def test_a_page_that_was_lost_is_stale_and_comes_back(yard: YardWriter, form: PageForm) -> None:
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    publish_projects(yard, [TINYLIB])
    yard.layout.project_page(TINYLIB, form).unlink()
    assert stale_projects(yard) == (TINYLIB,)
    publish_projects(yard, [TINYLIB])
    assert yard.layout.project_page(TINYLIB, form).is_file()
    assert stale_projects(yard) == ()


def test_a_yank_and_its_end_reach_the_page(yard: YardWriter) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0")
    add_file(yard, came)
    publish_projects(yard, [TINYLIB])
    for yank, shown in ((Yank("broken"), "broken"), (Yank(), True), (None, None)):
        page = upstream_page("tinylib", replace(came.file, yank=yank))
        assert update_listing(yard, page) is True
        assert update_listing(yard, page) is False
        publish_projects(yard, [TINYLIB])
        assert json_page(yard.layout, TINYLIB)["files"][0].get("yanked") == shown


def test_a_changed_requires_python_reaches_the_page(yard: YardWriter) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0")
    add_file(yard, came)
    assert update_listing(
        yard, upstream_page("tinylib", replace(came.file, requires_python=">=3.8"))
    )
    publish_projects(yard, [TINYLIB])
    assert json_page(yard.layout, TINYLIB)["files"][0]["requires-python"] == ">=3.8"


def test_an_upload_time_is_not_forgotten_when_an_html_upstream_says_none(
    yard: YardWriter,
) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0")
    held = add_file(yard, came)
    file = replace(came.file, uploaded=None)
    assert update_listing(yard, upstream_page("tinylib", file)) is False
    assert list(yard.inventory()) == [held]


def test_another_url_or_serial_upstream_leaves_the_page_alone(yard: YardWriter) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0")
    add_file(yard, came)
    publish_projects(yard, [TINYLIB])
    file = replace(came.file, url="https://mirror.example/tinylib-1.0-py3-none-any.whl")
    assert update_listing(yard, upstream_page("tinylib", file, serial=77)) is False
    assert stale_projects(yard) == ()
    assert [held.upstream_url for held in yard.inventory()] == [file.url]
    assert [project.upstream_serial for project in holdings.projects(yard.catalog)] == [77]


def test_other_bytes_under_the_same_name_upstream_change_nothing(yard: YardWriter) -> None:
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    other = wheel_arrival(yard.layout, "tinylib", "1.0", payload=5)
    page = upstream_page("tinylib", replace(other.file, yank=Yank("replaced")))
    assert update_listing(yard, page) is False


def test_a_project_that_is_not_held_is_not_noted(yard: YardWriter) -> None:
    assert update_listing(yard, upstream_page("tinylib", status=QUARANTINED)) is False
    assert holdings.projects(yard.catalog) == []


def test_a_quarantined_project_offers_no_files_but_keeps_them(yard: YardWriter) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0")
    held = add_file(yard, came)
    publish_projects(yard, [TINYLIB])
    assert update_listing(yard, upstream_page("tinylib", status=QUARANTINED)) is True
    publish_projects(yard, [TINYLIB])
    publish_root(yard)
    page = json_page(yard.layout, TINYLIB)
    assert (page["files"], page["project-status"]["status"]) == ([], "quarantined")
    assert Links(yard.layout.project_page(TINYLIB, PageForm.HTML)).texts == []
    assert Links(yard.layout.root_page(PageForm.HTML)).texts == []
    assert yard.layout.file(held.path).exists()
    assert update_listing(yard, upstream_page("tinylib", came.file)) is True
    publish_projects(yard, [TINYLIB])
    assert len(json_page(yard.layout, TINYLIB)["files"]) == 1


def _stats(yard: YardWriter) -> dict[Path, tuple[int, int]]:
    pages = [path for path in yard.layout.simple.rglob("*") if path.is_file()]
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in pages}
