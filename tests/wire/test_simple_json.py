import json
import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

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
    UnreadableFile,
)
from wheelyard.wire.entries import InvalidPage
from wheelyard.wire.simple_json import (
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


def entry(**fields: object) -> dict[str, object]:
    wheel = {"filename": WHEEL, "url": f"https://files.example/{WHEEL}", "hashes": {}}
    return wheel | {name.replace("_", "-"): value for name, value in fields.items()}


def page_of(*entries: object, **fields: object) -> ProjectPage:
    document = {"meta": {"api-version": "1.1"}, "files": entries, **fields}
    return parse_project_page(json.dumps(document).encode(), TINYLIB, BASE)


def read(**fields: object) -> DistributionFile:
    page = page_of(entry(**fields))
    assert page.unreadable == ()
    return page.files[0]


def rendered(page: ProjectPage) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render_project_page(page))
    return document


FILE = DistributionFile(
    filename=WHEEL, url=f"https://files.example/{WHEEL}", hashes={"sha256": SHA256}, size=7
)
PAGE = ProjectPage(name=TINYLIB, files=(FILE,), versions=("1.0",))


@given(pages())
def test_a_page_survives_the_round_trip_but_for_what_its_version_cannot_say(
    page: ProjectPage,
) -> None:
    offers_files = page.status.status is not Status.QUARANTINED
    files = page.files if offers_files else ()
    sized = all(file.size is not None for file in files)
    expected = tuple(file if sized else replace(file, size=None) for file in files)
    back = parse_project_page(render_project_page(page), page.name, BASE)
    assert back.files == expected
    assert (back.status, back.serial, back.unreadable) == (page.status, page.serial, ())
    if sized:
        assert back.versions[: len(page.versions)] == page.versions
    assert parse_project_page(render_project_page(back), page.name, BASE) == back


@given(pages())
def test_nothing_that_a_client_refuses_is_written(page: ProjectPage) -> None:
    document = rendered(page)
    for file in document["files"]:
        assert isinstance(file["hashes"], dict)
        assert None not in file.values()
        assert file.get("yanked") != ""
        assert "dist-info-metadata" not in file
        assert file.get("upload-time", "Z").endswith("Z")
    if document["meta"]["api-version"] == "1.0":
        assert "versions" not in document
        assert all("size" not in file for file in document["files"])
    else:
        assert all(isinstance(file["size"], int) for file in document["files"])
        assert len(set(document["versions"])) == len(document["versions"])


@given(lists)
def test_a_list_survives_the_round_trip(projects: ProjectList) -> None:
    assert parse_project_list(render_project_list(projects)) == projects


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (7, 7),
        ("7", 7),
        (None, None),
        ("", None),
        ("x", None),
        (True, None),
        (1.5, None),
        ("²", None),
    ],
)
def test_a_serial_may_be_a_number_or_its_text(serial: object, expected: int | None) -> None:
    assert page_of(meta={"_last-serial": serial}).serial == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"core_metadata": False, "dist_info_metadata": True}, None),
        ({"core_metadata": True}, MetadataOffer()),
        ({"core_metadata": {"sha256": SHA256}}, MetadataOffer(Sha256(SHA256))),
        ({"core_metadata": {"sha256": "ab"}}, MetadataOffer()),
        ({"core_metadata": {}}, None),
        ({"core_metadata": {"sha256": 7}}, MetadataOffer()),
        ({"core_metadata": None, "dist_info_metadata": True}, MetadataOffer()),
        ({"data_dist_info_metadata": {"sha256": SHA256}}, MetadataOffer(Sha256(SHA256))),
    ],
)
def test_an_offer_of_metadata_has_three_names(
    fields: dict[str, object], expected: MetadataOffer | None
) -> None:
    assert read(**fields).core_metadata == expected


@pytest.mark.parametrize(
    ("yanked", "expected"),
    [
        (None, None),
        (False, None),
        (True, Yank()),
        ("", Yank()),
        ("broken", Yank("broken")),
    ],
)
def test_a_yank_is_a_truth_or_a_reason(yanked: object, expected: Yank | None) -> None:
    assert read(yanked=yanked).yank == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05.678901Z", datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)),
        ("2024-01-02T03:04:05", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05+02:00", datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)),
        (None, None),
    ],
)
def test_upload_times_are_utc(text: str | None, expected: datetime | None) -> None:
    assert read(upload_time=text).uploaded == expected


@pytest.mark.parametrize(
    ("hashes", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"sha256": SHA256.upper()}, {"sha256": SHA256}),
        ({"SHA256": SHA256}, {"sha256": SHA256}),
        ({"sha256": "ab"}, {}),
        ({"sha256": "ab", "md5": "cd" * 16}, {"md5": "cd" * 16}),
        ({"sha256": SHA256, "md5": ""}, {"sha256": SHA256}),
        ({"blake3": "ab"}, {}),
    ],
)
def test_digests_that_uv_would_refuse_are_dropped(hashes: object, expected: dict[str, str]) -> None:
    assert read(hashes=hashes).hashes == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://files.example/a/{WHEEL}", f"https://files.example/a/{WHEEL}"),
        (f"https://files.example/a/{WHEEL}#sha256=00", f"https://files.example/a/{WHEEL}"),
        (f"https://files.example/a/{WHEEL}?sig=1", f"https://files.example/a/{WHEEL}"),
        (f"../../packages/{WHEEL}", f"https://index.example/packages/{WHEEL}"),
        (f"/packages/{WHEEL}", f"https://index.example/packages/{WHEEL}"),
        (f"//files.example/{WHEEL}", f"https://files.example/{WHEEL}"),
        ("tinylib-1%2E0-py3-none-any.whl", f"{BASE}tinylib-1%2E0-py3-none-any.whl"),
    ],
)
def test_urls_become_absolute_without_query_and_fragment(url: str, expected: str) -> None:
    assert read(url=url).url == expected


def test_a_local_version_may_be_escaped_or_not() -> None:
    filename = "tinylib-1.0+cu121-py3-none-any.whl"
    for spelling in (filename, filename.replace("+", "%2B")):
        assert read(filename=filename, url=f"https://files.example/{spelling}").url.endswith(
            spelling
        )


@pytest.mark.parametrize(
    "bad",
    [
        {},
        None,
        7,
        {"filename": WHEEL},
        entry(filename=None),
        entry(filename="other-1.0-py3-none-any.whl"),
        entry(url=7),
        entry(url="https://files.example/"),
        entry(url="javascript:" + WHEEL),
        entry(url="https://[::1/" + WHEEL),
        entry(filename="../x.whl", url="https://files.example/..%2Fx.whl"),
        entry(filename="..", url="https://files.example/.."),
        entry(filename="a\\b.whl", url="https://files.example/a%5Cb.whl"),
        entry(filename="a\nb.whl", url="https://files.example/a%0Ab.whl"),
        entry(filename="a\ufffdb.whl", url="https://files.example/a%FFb.whl"),
        entry(size=-1),
        entry(size="7"),
        entry(size=2**63),
        entry(upload_time="yesterday"),
        entry(upload_time="0001-01-01T00:00:00+01:00"),
        entry(yanked=7),
        entry(requires_python=3),
        entry(hashes=["sha256"]),
    ],
)
def test_a_bad_entry_leaves_the_page_alone(bad: object) -> None:
    sdist = {"filename": "tinylib-1.0.zip", "url": "https://files.example/tinylib-1.0.zip"}
    page = page_of(bad, sdist)
    assert [file.filename for file in page.files] == ["tinylib-1.0.zip"]
    assert len(page.unreadable) == 1
    assert page.unreadable[0].reason


def test_of_files_with_one_name_the_first_stands() -> None:
    page = page_of(entry(size=1), entry(size=2))
    assert [file.size for file in page.files] == [1]
    assert page.unreadable == (UnreadableFile(WHEEL, "an earlier entry has the same file name"),)


@pytest.mark.parametrize("text", [None, ""])
def test_an_empty_requires_python_is_none(text: str | None) -> None:
    assert read(requires_python=text).requires_python is None


def test_versions_are_the_listed_ones_or_else_those_of_the_files() -> None:
    sdist = entry(filename="Tiny.Lib-0.9.tar.gz", url="https://files.example/Tiny.Lib-0.9.tar.gz")
    listed = page_of(entry(), versions=["1.0", "0.1-legacy?", "1.0"])
    assert listed.versions == ("1.0", "0.1-legacy?")
    assert page_of(entry(), sdist).versions == ("1.0",)
    document = json.dumps({"files": [entry(filename="tinylib-2.tar.gz", url="tinylib-2.tar.gz")]})
    assert parse_project_page(document.encode(), TINYLIB, BASE).versions == ("2",)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ProjectStatus()),
        ({"project-status": {"status": "archived"}}, ProjectStatus(Status.ARCHIVED)),
        (
            {"project-status": {"status": "quarantined", "reason": "malware"}},
            ProjectStatus(Status.QUARANTINED, "malware"),
        ),
        ({"meta": {"project-status": {"status": "archived"}}}, ProjectStatus(Status.ARCHIVED)),
        ({"project-status": {"status": "sleeping"}}, ProjectStatus()),
        ({"project-status": "archived"}, ProjectStatus()),
        ({"project-status": {}}, ProjectStatus()),
    ],
)
def test_a_status_is_one_of_four(fields: dict[str, object], expected: ProjectStatus) -> None:
    assert page_of(**fields).status == expected


@pytest.mark.parametrize("name", ["Tiny_Lib", None, 7, "tinylib"])
def test_the_name_in_the_document_is_passed_over(name: object) -> None:
    assert page_of(name=name).name == TINYLIB


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"message": "Not Found"}',
        b'{"files": {}}',
        b'{"files": []',
        b'{"files": [], "meta": 7}',
        b'{"files": [], "meta": {"api-version": "2.0"}}',
        b'{"files": [], "meta": {"api-version": "11"}}',
        b'{"files": [], "meta": {"api-version": "x"}}',
        b'{"files": [], "meta": {"api-version": null}}',
        b'{"files": "\xff"}',
        b'{"files": ' + b"[" * 100_000,
        b"<!DOCTYPE html><html></html>",
    ],
)
def test_what_is_no_page_is_an_error_that_names_the_place(document: bytes) -> None:
    with pytest.raises(InvalidPage) as caught:
        parse_project_page(document, TINYLIB, BASE)
    assert caught.value.where == BASE


@pytest.mark.parametrize("version", ["1.0", "1.99", "1", 1.1, 1, "0.9"])
def test_every_version_of_the_first_api_is_read(version: object) -> None:
    assert page_of(entry(), meta={"api-version": version}).files


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"projects": 7}', b'{"projects":[],"meta":{"api-version":"2"}}'],
)
def test_what_is_no_list_is_an_error(document: bytes) -> None:
    with pytest.raises(InvalidPage):
        parse_project_list(document)


def test_a_list_is_read_in_any_spelling_and_without_what_names_no_project() -> None:
    document = json.dumps(
        {
            "meta": {"api-version": "1.1", "_last-serial": "9"},
            "projects": [
                {"name": "Tiny.Lib", "_last-serial": 3},
                {"name": "tiny-lib"},
                {"name": "-"},
                {"name": None},
                "tinylib",
                {"name": "other", "_last-serial": "4", "extra": {}},
            ],
        }
    )
    assert parse_project_list(document.encode()) == ProjectList(
        (ListedProject(ProjectName("tiny-lib"), 3), ListedProject(ProjectName("other"), 4)), 9
    )


def test_a_page_with_all_sizes_has_version_1_4() -> None:
    assert rendered(PAGE) == {
        "meta": {"api-version": "1.4"},
        "name": "tinylib",
        "files": [
            {
                "filename": WHEEL,
                "url": f"https://files.example/{WHEEL}",
                "hashes": {"sha256": SHA256},
                "size": 7,
            }
        ],
        "versions": ["1.0"],
    }


def test_a_page_with_an_unknown_size_has_version_1_0_and_neither_sizes_nor_versions() -> None:
    other = replace(FILE, filename="tinylib-1.0.zip", size=None)
    document = rendered(replace(PAGE, files=(FILE, other)))
    assert document["meta"] == {"api-version": "1.0"}
    assert "versions" not in document
    assert all("size" not in file for file in document["files"])


def test_every_files_version_is_among_the_versions() -> None:
    newer = replace(FILE, filename="tinylib-2.0.tar.gz")
    page = replace(PAGE, files=(FILE, newer), versions=("1", "0.5", "odd!"))
    assert rendered(page)["versions"] == ["1", "0.5", "odd!", "2.0"]


def test_a_quarantined_project_offers_no_files() -> None:
    document = rendered(replace(PAGE, status=ProjectStatus(Status.QUARANTINED, "malware")))
    assert document["files"] == []
    assert document["project-status"] == {"status": "quarantined", "reason": "malware"}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02T03:04:05Z"),
        (datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2024-01-02T03:04:05.000006Z"),
    ],
)
def test_upload_times_are_written_as_the_standard_has_them(moment: datetime, expected: str) -> None:
    file = replace(FILE, uploaded=moment)
    assert rendered(replace(PAGE, files=(file,)))["files"][0]["upload-time"] == expected


@pytest.mark.parametrize(("yank", "expected"), [(Yank(), True), (Yank("bad"), "bad")])
def test_a_yank_without_a_reason_is_written_as_true(yank: Yank, expected: object) -> None:
    document = rendered(replace(PAGE, files=(replace(FILE, yank=yank),)))
    assert document["files"][0]["yanked"] == expected


def test_serials_are_written_as_numbers() -> None:
    assert rendered(replace(PAGE, serial=9))["meta"]["_last-serial"] == 9


def test_a_file_name_of_every_printable_character_is_read_when_its_url_escapes_it() -> None:
    for letter in string.punctuation.replace("/", "").replace("\\", ""):
        filename = f"tinylib-1.0{letter}x.zip"
        url = f"https://files.example/tinylib-1.0%{ord(letter):02X}x.zip"
        assert read(filename=filename, url=url).filename == filename
