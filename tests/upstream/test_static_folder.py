"""A static simple index in a folder as an upstream: a yard's site, bandersnatch's, a plain one."""

import hashlib
from pathlib import Path

import pytest

from upstream.folders import TINYLIB, Folder
from wheelyard.index import DigestMismatch, FileNotFound, ProjectNotFound, Unavailable
from wheelyard.upstream.flat_folder import FlatFolder
from wheelyard.upstream.folder import StaticFolder
from world import make_sdist, make_wheel

WHEEL = "tinylib-1.0+cpu-py3-none-any.whl"
QUOTED = "tinylib-1.0%2Bcpu-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """`web/` as bandersnatch writes it: HTML pages, relative URLs with `%2B`, a digest."""
    made = Folder(tmp_path / "mirror", tmp_path / "state")
    body = make_wheel("tinylib", "1.0+cpu", requires=["other>=2"])
    made.add(f"web/packages/ab/{WHEEL}", body)
    sdist = make_sdist("tinylib", "1.0")
    made.add("web/packages/cd/tinylib-1.0.tar.gz", sdist)
    made.add(
        "web/simple/tinylib/index.html",
        f"""<!DOCTYPE html><html><body>
        <a href="../../packages/ab/{QUOTED}#sha256={hashlib.sha256(body).hexdigest()}"
           data-requires-python="&gt;=3.9">{WHEEL}</a>
        <a href="../../packages/cd/tinylib-1.0.tar.gz">tinylib-1.0.tar.gz</a>
        </body></html>""".encode(),
    )
    return made


@pytest.mark.parametrize("place", ["", "web", "web/simple"])
def test_pages_are_found_from_any_folder_above_them(folder: Folder, place: str) -> None:
    folder.root /= place
    page = folder.page()
    assert [file.filename for file in page.files] == [WHEEL, "tinylib-1.0.tar.gz"]
    assert page.files[0].requires_python == ">=3.9"


def test_json_pages_come_before_html_ones(folder: Folder) -> None:
    folder.add("web/simple/tinylib/index.v1_json", b'{"files": [], "name": "tinylib"}')
    assert folder.filenames() == []


def test_metadata_and_facts_are_read_from_the_files(folder: Folder) -> None:
    assert b"Requires-Dist: other>=2" in folder.metadata(folder.file(WHEEL))
    sdist = folder.file("tinylib-1.0.tar.gz")
    facts = folder.ask(lambda index: index.sdist_facts(sdist, TINYLIB))
    assert facts.metadata.name == "tinylib"


def test_an_offered_document_that_is_not_there_is_read_from_the_wheel(folder: Folder) -> None:
    page = folder.root / "web/simple/tinylib/index.html"
    page.write_text(
        page.read_text().replace("data-requires", "data-core-metadata='true' data-requires")
    )
    file = folder.file(WHEEL)
    assert file.core_metadata is not None
    assert b"Requires-Dist: other>=2" in folder.metadata(file)
    folder.add(f"web/packages/ab/{WHEEL}.metadata", b"Name: tinylib")
    assert folder.metadata(file) == b"Name: tinylib"


def test_a_download_is_a_checked_copy(folder: Folder) -> None:
    file = folder.file(WHEEL)
    arrived = folder.download(file)
    assert arrived.sha256 == file.sha256
    path = folder.root / "web/packages/ab" / WHEEL
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(DigestMismatch):
        folder.download(file)
    path.unlink()
    with pytest.raises(FileNotFound) as caught:
        folder.download(file)
    assert str(path) in str(caught.value)


def test_a_link_that_leaves_the_site_is_not_followed(folder: Folder) -> None:
    folder.add("secret.whl", b"secret")
    folder.add("web/simple/tinylib/index.html", b"<a href='../../../secret.whl'>secret.whl</a>")
    file = folder.file("secret.whl")
    with pytest.raises(FileNotFound, match="is not in"):
        folder.download(file)


def test_files_may_lie_on_another_disk_behind_a_symbolic_link(folder: Folder) -> None:
    packages = folder.root / "web/packages"
    packages.rename(folder.state.parent / "elsewhere")
    packages.symlink_to(folder.state.parent / "elsewhere")
    assert folder.download(folder.file(WHEEL)).size > 0


def test_a_project_without_a_page_is_not_found_and_a_broken_page_is_not_missing(
    folder: Folder,
) -> None:
    with pytest.raises(ProjectNotFound):
        folder.page("other")
    folder.add("web/simple/other/index.v1_json", b"{")
    with pytest.raises(Unavailable, match=r"index\.v1_json"):
        folder.page("other")


def test_a_site_that_goes_away_says_nothing_about_projects(folder: Folder) -> None:
    index = folder.ask(_itself)
    (folder.root / "web").rename(folder.root / "away")
    with pytest.raises(Unavailable, match="no such folder"):
        index.site.page(TINYLIB)


async def _itself(index: StaticFolder | FlatFolder) -> StaticFolder:
    assert isinstance(index, StaticFolder)
    return index
