from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given

from wheelyard.model.digests import Sha256
from wheelyard.model.files import DistributionFile, MetadataOffer, Yank
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import (
    ListedProject,
    ProjectList,
    ProjectPage,
    ProjectStatus,
    Status,
)
from wheelyard.wire.entries import InvalidPage
from wheelyard.wire.simple_html import (
    parse_project_list,
    parse_project_page,
    render_project_list,
    render_project_page,
)
from wire.page_strategies import lists, pages

TINYLIB = ProjectName("tinylib")
BASE = "https://index.example/simple/tinylib/"
SHA256 = "ab" * 32
WHEEL = "tinylib-1.0-py3-none-any.whl"
URL = f"https://files.example/{WHEEL}"
FILE = DistributionFile(filename=WHEEL, url=URL, hashes={"sha256": SHA256})


def page_of(body: str, head: str = "") -> ProjectPage:
    document = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return parse_project_page(document.encode(), TINYLIB, BASE)


def read(attributes: str = "", href: str = URL) -> DistributionFile:
    page = page_of(f'<a href="{href}" {attributes}>{WHEEL}</a>')
    assert page.unreadable == ()
    return page.files[0]


def rendered(*files: DistributionFile, status: ProjectStatus | None = None) -> str:
    page = ProjectPage(name=TINYLIB, files=files, status=status or ProjectStatus())
    return render_project_page(page).decode()


@given(pages())
def test_a_page_survives_the_round_trip_but_for_further_digests_and_versions(
    page: ProjectPage,
) -> None:
    offers_files = page.status.status is not Status.QUARANTINED
    back = parse_project_page(render_project_page(page), page.name, BASE)
    assert (back.status, back.serial, back.unreadable) == (page.status, page.serial, ())
    assert [replace(file, hashes={}) for file in back.files] == [
        replace(file, hashes={}) for file in page.files if offers_files
    ]
    for file, written in zip(back.files, page.files, strict=False):
        assert file.hashes.items() <= written.hashes.items()
        assert "sha256" in file.hashes or "sha256" not in written.hashes
    assert parse_project_page(render_project_page(back), page.name, BASE) == back


@given(lists)
def test_a_list_survives_the_round_trip_but_for_its_projects_serials(
    projects: ProjectList,
) -> None:
    expected = tuple(ListedProject(line.name) for line in projects.projects)
    assert parse_project_list(render_project_list(projects)) == ProjectList(
        expected, projects.serial
    )


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", None),
        ("data-core-metadata", None),
        ('data-core-metadata=""', None),
        ('data-core-metadata="false"', None),
        ('data-core-metadata="true"', MetadataOffer()),
        (f'data-core-metadata="sha256={SHA256}"', MetadataOffer(Sha256(SHA256))),
        (f'data-dist-info-metadata="sha256={SHA256}"', MetadataOffer(Sha256(SHA256))),
        ('data-core-metadata="sha256=ab"', MetadataOffer()),
        ('data-core-metadata="md5=ab"', MetadataOffer()),
    ],
)
def test_an_offer_of_metadata_is_read_as_pip_reads_it(
    attributes: str, expected: MetadataOffer | None
) -> None:
    assert read(attributes).core_metadata == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", None),
        ("data-yanked", Yank()),
        ('data-yanked=""', Yank()),
        ('data-yanked="a &lt;b&gt; &quot;c&quot;"', Yank('a <b> "c"')),
    ],
)
def test_a_yank_may_have_no_value(attributes: str, expected: Yank | None) -> None:
    assert read(attributes).yank == expected


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", {}),
        (f"#sha256={SHA256}", {"sha256": SHA256}),
        (f"#egg=tinylib&amp;sha256={SHA256}", {"sha256": SHA256}),
        ("#sha256=ab", {}),
        ("#egg=tinylib", {}),
        (f"#md5={'cd' * 16}", {"md5": "cd" * 16}),
    ],
)
def test_the_digest_is_in_the_fragment(fragment: str, expected: dict[str, str]) -> None:
    file = read(href=URL + fragment)
    assert file.hashes == expected
    assert file.url == URL


def test_what_else_the_attributes_say_is_read() -> None:
    file = read(
        'data-requires-python="&gt;=3.8" data-size="12" '
        'data-upload-time="2024-01-02T03:04:05.5Z" data-provenance="https://files.example/p"'
    )
    assert file.requires_python == ">=3.8"
    assert file.size == 12
    assert file.uploaded == datetime(2024, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)
    assert file.provenance == "https://files.example/p"


@pytest.mark.parametrize(
    "attributes",
    ['data-size="x" data-upload-time="x"', "data-size data-upload-time", f'data-size="{2**63}"'],
)
def test_attributes_that_no_standard_has_are_passed_over_when_odd(attributes: str) -> None:
    file = read(attributes)
    assert (file.size, file.uploaded) == (None, None)


@pytest.mark.parametrize(
    ("head", "href", "expected"),
    [
        ("", WHEEL, BASE + WHEEL),
        ("", f"../../packages/{WHEEL}", f"https://index.example/packages/{WHEEL}"),
        ('<base href="https://files.example/x/">', WHEEL, f"https://files.example/x/{WHEEL}"),
        ('<base href="/y/">', WHEEL, f"https://index.example/y/{WHEEL}"),
        ('<base href="https://[::1/">', WHEEL, BASE + WHEEL),
        ("<base>", WHEEL, BASE + WHEEL),
    ],
)
def test_urls_are_relative_to_the_base(head: str, href: str, expected: str) -> None:
    page = page_of(f'<a href="{href}">some text</a>', head)
    assert [(file.filename, file.url) for file in page.files] == [(WHEEL, expected)]


def test_links_that_lead_to_no_file_are_passed_over() -> None:
    page = page_of('<a href="../">..</a><a href="?C=N">Name</a><a name="x">x</a><a href="#y">y</a>')
    assert (page.files, page.unreadable) == ((), ())


@pytest.mark.parametrize(
    "href", ["mailto:a@b.whl", "javascript:x.whl", "https://[::1/x.whl", "a%2Fb"]
)
def test_a_bad_link_leaves_the_page_alone(href: str) -> None:
    page = page_of(f'<a href="{href}">bad</a><a href="{URL}">{WHEEL}</a>')
    assert [file.filename for file in page.files] == [WHEEL]
    assert [entry.filename for entry in page.unreadable] == ["bad"]


def test_the_serial_and_the_status_are_read() -> None:
    head = (
        '<meta name="pypi:project-status" content="archived">'
        '<meta name="pypi:project-status-reason" content="a &amp; b">'
    )
    page = page_of("<!--SERIAL 42-->", head)
    assert page.serial == 42
    assert page.status == ProjectStatus(Status.ARCHIVED, "a & b")


def test_versions_are_those_of_the_files() -> None:
    page = page_of(
        f'<a href="{WHEEL}"></a><a href="tinylib-0.9.zip"></a><a href="tinylib.exe"></a>'
    )
    assert page.versions == ("0.9", "1.0")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"Not Found",
        b'{"files": []}',
        b"\xff\xfe",
        b'<html><meta name="pypi:repository-version" content="2.0"></html>',
        b'<html><meta name="pypi:repository-version"></html>',
    ],
)
def test_what_is_no_page_is_an_error_that_names_the_place(document: bytes) -> None:
    with pytest.raises(InvalidPage) as caught:
        parse_project_page(document, TINYLIB, BASE)
    assert caught.value.where == BASE
    with pytest.raises(InvalidPage):
        parse_project_list(document)


def test_a_list_is_read_from_texts_or_else_from_urls() -> None:
    document = (
        b'<!DOCTYPE html><a href="../">../</a><a href="/simple/tiny-lib/">Tiny.Lib</a>'
        b'<a href="/simple/other/">the other one</a><a href="tiny_lib/">tiny_lib</a><a>x</a>'
    )
    assert parse_project_list(document) == ProjectList(
        (ListedProject(ProjectName("tiny-lib")), ListedProject(ProjectName("other")))
    )


def test_a_file_is_written_as_every_installer_reads_it() -> None:
    file = replace(
        FILE,
        requires_python=">=3.8,<4",
        core_metadata=MetadataOffer(Sha256(SHA256)),
        yank=Yank(),
    )
    assert (
        f'<a href="{URL}#sha256={SHA256}" data-requires-python="&gt;=3.8,&lt;4"'
        f' data-core-metadata="sha256={SHA256}" data-dist-info-metadata="sha256={SHA256}"'
        f' data-yanked="">{WHEEL}</a>'
    ) in rendered(file)


def test_what_is_not_offered_is_not_mentioned() -> None:
    assert f'<a href="{URL}#sha256={SHA256}">{WHEEL}</a>' in rendered(FILE)


@pytest.mark.parametrize(
    ("hashes", "fragment"),
    [
        ({}, ""),
        ({"sha1": "a" * 40, "blake2b_256": "b" * 64}, ""),
        ({"md5": "c" * 32, "sha512": "d" * 128}, "#sha512=" + "d" * 128),
    ],
)
def test_only_digests_that_uv_takes_are_in_fragments(hashes: dict[str, str], fragment: str) -> None:
    assert f'<a href="{URL}{fragment}">' in rendered(replace(FILE, hashes=hashes))


def test_nothing_in_a_page_can_leave_its_place() -> None:
    evil = '"><script>alert(1)</script>&amp;'
    url = f"https://files.example/{evil}.zip"
    file = replace(FILE, filename=f"{evil}.zip", url=url, requires_python=evil, yank=Yank(evil))
    text = rendered(file, status=ProjectStatus(Status.ARCHIVED, evil))
    assert "<script>" not in text
    assert escape(evil) in text


def test_a_quarantined_project_offers_no_files() -> None:
    text = rendered(FILE, status=ProjectStatus(Status.QUARANTINED, "malware"))
    assert "<a " not in text
    assert '<meta name="pypi:project-status" content="quarantined">' in text
    assert '<meta name="pypi:project-status-reason" content="malware">' in text


def test_a_page_is_html5_of_version_1_4() -> None:
    text = rendered(FILE)
    assert text.startswith("<!DOCTYPE html>\n")
    assert '<meta name="pypi:repository-version" content="1.4">' in text
    assert render_project_page(ProjectPage(name=TINYLIB, files=(), serial=3)).endswith(
        b"<!--SERIAL 3-->\n"
    )
