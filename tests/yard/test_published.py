import asyncio
from pathlib import Path

import pytest

from wheelyard.index import FileNotFound, ProjectNotFound, Unavailable
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import MetadataSource
from wheelyard.model.names import parse_project_name
from wheelyard.upstream.local_files import path_of_url
from wheelyard.yard.files import add_file
from wheelyard.yard.layout import Layout, PageForm
from wheelyard.yard.pages import publish_projects, publish_root
from wheelyard.yard.published import PublishedIndex
from wheelyard.yard.yard import YardWriter
from yard.arrivals import sdist_arrival, wheel_arrival

TINYLIB = parse_project_name("tinylib")
WHEEL = "tinylib-1.0+cu121-py3-none-any.whl"
SDIST = "tinylib-1.0.tar.gz"


@pytest.fixture
def published(yard: YardWriter) -> Layout:
    """A yard with one project."""
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0+cu121", requires=["other>=2"]))
    add_file(yard, sdist_arrival(yard.layout, "tinylib", "1.0"))
    publish_projects(yard, [TINYLIB])
    publish_root(yard)
    return yard.layout


def listed(layout: Layout, filename: str) -> DistributionFile:
    page = asyncio.run(PublishedIndex(layout).page(TINYLIB))
    return next(file for file in page.files if file.filename == filename)


def on_disk(layout: Layout, filename: str) -> Path:
    (path,) = layout.packages.rglob(filename)
    return path


def metadata_of(layout: Layout, file: DistributionFile) -> bytes:
    return asyncio.run(PublishedIndex(layout).core_metadata(file))


def test_a_page_lists_what_the_yard_offers_by_path(published: Layout) -> None:
    file = listed(published, WHEEL)
    assert path_of_url(file.url) == on_disk(published, WHEEL)
    assert file.sha256 is not None
    assert file.size == on_disk(published, WHEEL).stat().st_size


def test_metadata_is_what_lies_beside_the_wheel(published: Layout) -> None:
    document = metadata_of(published, listed(published, WHEEL))
    assert document == on_disk(published, f"{WHEEL}.metadata").read_bytes()
    assert b"Requires-Dist: other>=2" in document


def test_an_sdist_tells_its_facts(published: Layout) -> None:
    file = listed(published, SDIST)
    facts = asyncio.run(PublishedIndex(published).sdist_facts(file, TINYLIB))
    assert facts.source is MetadataSource.PKG_INFO


def test_a_relative_or_moved_yard_is_read_as_well(
    published: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = published.root.with_name("moved here")
    published.root.rename(moved)
    monkeypatch.chdir(moved.parent)
    relative = Layout(Path(moved.name))
    assert b"Requires-Dist" in metadata_of(relative, listed(relative, WHEEL))
    moved.rename(published.root)


def test_a_project_without_a_page_is_not_found(published: Layout) -> None:
    with pytest.raises(ProjectNotFound, match="`other` does not exist on"):
        asyncio.run(PublishedIndex(published).page(parse_project_name("other")))
    for form in PageForm:
        published.project_page(TINYLIB, form).unlink()
    with pytest.raises(ProjectNotFound):
        asyncio.run(PublishedIndex(published).page(TINYLIB))


def test_a_yard_that_is_gone_says_nothing_about_its_projects(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such folder"):
        asyncio.run(PublishedIndex(Layout(tmp_path / "gone")).page(TINYLIB))


def test_a_damaged_page_is_no_missing_project(published: Layout) -> None:
    published.project_page(TINYLIB, PageForm.V1_JSON).write_bytes(b"{")
    with pytest.raises(Unavailable, match=r"index\.v1_json"):
        asyncio.run(PublishedIndex(published).page(TINYLIB))


@pytest.mark.parametrize("filename", [WHEEL, f"{WHEEL}.metadata"])
def test_a_wheel_or_its_metadata_that_is_gone_is_named(published: Layout, filename: str) -> None:
    file = listed(published, WHEEL)
    path = on_disk(published, filename)
    path.unlink()
    with pytest.raises(FileNotFound) as caught:
        metadata_of(published, file)
    assert str(path) in str(caught.value)
    assert caught.value.hint is not None
    assert "wheelyard mirror" in caught.value.hint


def test_a_file_of_another_size_is_not_the_one_that_is_listed(published: Layout) -> None:
    wheel, sdist = listed(published, WHEEL), listed(published, SDIST)
    for filename in (WHEEL, SDIST):
        on_disk(published, filename).write_bytes(b"torn")
    with pytest.raises(FileNotFound, match="has 4 bytes"):
        metadata_of(published, wheel)
    with pytest.raises(FileNotFound, match="has 4 bytes"):
        asyncio.run(PublishedIndex(published).sdist_facts(sdist, TINYLIB))


def test_metadata_that_was_altered_is_not_what_is_listed(published: Layout) -> None:
    file = listed(published, WHEEL)
    on_disk(published, f"{WHEEL}.metadata").write_bytes(b"Name: tinylib")
    with pytest.raises(FileNotFound, match="not the document"):
        metadata_of(published, file)


def test_a_file_outside_of_the_yard_is_not_read(published: Layout, tmp_path: Path) -> None:
    outside = tmp_path / WHEEL
    outside.write_bytes(on_disk(published, WHEEL).read_bytes())
    file = DistributionFile(filename=WHEEL, url=outside.as_uri(), hashes={})
    with pytest.raises(FileNotFound, match="is not in"):
        metadata_of(published, file)
