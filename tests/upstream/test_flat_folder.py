"""A folder of wheels and sdists as an upstream."""

import hashlib
import os
from pathlib import Path

import pytest

from upstream.folders import TINYLIB, Folder
from wheelyard.index import DigestMismatch, FileNotFound, ProjectNotFound, Unavailable
from wheelyard.model.files import DistributionFile
from wheelyard.wire.archives import InvalidArchive
from world import make_sdist

WHEEL = "tinylib-1.0-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = tmp_path / "wheels here"
    root.mkdir()
    return Folder(root, tmp_path / "state")


def test_files_are_listed_as_an_index_lists_them(folder: Folder) -> None:
    path = folder.add_wheel("tinylib", "1.0", requires_python=">=3.9", requires=["other>=2"])
    folder.add_sdist("tinylib", "1.1", requires_python=">=3.10")
    page = folder.page()
    assert [(file.filename, file.requires_python) for file in page.files] == [
        (WHEEL, ">=3.9"),
        ("tinylib-1.1.tar.gz", ">=3.10"),
    ]
    assert page.versions == ("1.0", "1.1")
    wheel = page.files[0]
    assert wheel.size == path.stat().st_size
    assert wheel.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert b"Requires-Dist: other>=2" in folder.metadata(wheel)


def test_sdists_tell_their_facts(folder: Folder) -> None:
    folder.add_sdist("tinylib", "1.1", requires=["other"])
    file = folder.file("tinylib-1.1.tar.gz")
    facts = folder.ask(lambda index: index.sdist_facts(file, TINYLIB))
    assert [str(item) for item in facts.metadata.requires_dist] == ["other"]


def test_folders_inside_are_read_and_hidden_ones_are_not(folder: Folder) -> None:
    folder.add_wheel("tinylib", "1.0", below="tinylib/")
    folder.add_wheel("tinylib", "2.0", below="packages/ab/cd/")
    folder.add_wheel("tinylib", "3.0", below=".trash/")
    assert folder.filenames() == ["tinylib-2.0-py3-none-any.whl", WHEEL]


def test_what_is_no_distribution_is_passed_over(folder: Folder) -> None:
    folder.add_wheel("tinylib", "1.0")
    for name in (
        "README.txt",
        "tinylib.whl",
        "tinylib-1.0.egg",
        "tinylib-1.0-py3.whl",
        "tinylib.tar.gz",
        "index.html",
        ".tinylib-2.0-py3-none-any.whl",
    ):
        folder.add(name, b"")
    assert folder.filenames() == [WHEEL]
    assert folder.page().unreadable == ()


def test_a_name_in_any_spelling_is_the_same_project(folder: Folder) -> None:
    folder.add_wheel("Tiny.Lib", "1.0")
    folder.add("Tiny_Lib-0.9.zip", b"broken, and nobody needs it")
    assert len(folder.filenames("tiny-lib")) == 2


@pytest.mark.parametrize("name", ["foo", "foo-2"])
def test_an_ambiguous_sdist_belongs_to_the_project_that_it_says(folder: Folder, name: str) -> None:
    folder.add("foo-2-1.tar.gz", make_sdist(name, "1"))
    assert folder.filenames(name) == ["foo-2-1.tar.gz"]
    with pytest.raises(ProjectNotFound):
        folder.page({"foo": "foo-2", "foo-2": "foo"}[name])


def test_the_folder_of_a_project_tells_whose_an_ambiguous_sdist_is(folder: Folder) -> None:
    folder.add("foo-2/foo-2-1.tar.gz", b"not even an archive")
    assert folder.filenames("foo-2") == ["foo-2-1.tar.gz"]


def test_of_two_files_with_one_name_the_first_is_listed(folder: Folder) -> None:
    first = folder.add_wheel("tinylib", "1.0", below="a/")
    folder.add_wheel("tinylib", "1.0", below="b/", requires=["other"])
    page = folder.page()
    assert [file.url for file in page.files] == [first.as_uri()]
    assert [file.filename for file in page.unreadable] == [WHEEL]


def test_a_project_that_has_no_file_is_not_found(folder: Folder) -> None:
    with pytest.raises(ProjectNotFound, match=r"`tinylib` does not exist on `.*wheels here`"):
        folder.page()


def test_a_folder_that_is_gone_says_nothing_about_projects(folder: Folder) -> None:
    folder.root.rmdir()
    with pytest.raises(Unavailable, match="no such folder"):
        folder.page()


def test_a_broken_wheel_is_an_error_only_when_it_is_needed(folder: Folder) -> None:
    folder.add(WHEEL, b"torn")
    folder.add_wheel("tinylib", "2.0")
    file = folder.file(WHEEL)
    assert file.requires_python is None
    with pytest.raises(InvalidArchive, match=WHEEL):
        folder.metadata(file)


def test_a_file_is_read_once_while_it_stays_the_same(folder: Folder) -> None:
    path = folder.add_wheel("tinylib", "1.0", requires_python=">=3.9")
    before, status = folder.file(WHEEL), path.stat()
    path.write_bytes(b"x" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert folder.file(WHEEL) == before
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert folder.file(WHEEL).sha256 != before.sha256


def test_what_is_kept_of_a_file_may_be_lost(folder: Folder) -> None:
    folder.add_wheel("tinylib", "1.0")
    before = folder.file(WHEEL)
    for kept in (folder.state / "folders").rglob("*"):
        if kept.is_file():
            kept.write_bytes(b"torn")
    assert folder.file(WHEEL) == before


def test_a_download_is_a_checked_copy(folder: Folder) -> None:
    path = folder.add_wheel("tinylib", "1.0", payload=5_000_000)
    file = folder.file(WHEEL)
    folder.partial(file).parent.mkdir()
    folder.partial(file).write_bytes(b"left by an earlier attempt, and of another file")
    told: list[int] = []
    arrived = folder.download(file, told)
    body = path.read_bytes()
    assert folder.partial(file).read_bytes() == body
    assert arrived.sha256 == hashlib.sha256(body).hexdigest()
    assert arrived.blake2b == hashlib.blake2b(body, digest_size=32).hexdigest()
    assert arrived.size == sum(told) == len(body)
    assert len(told) > 1
    assert folder.partial(file).stat().st_nlink == 1


def test_a_file_that_changed_since_it_was_listed_is_not_taken(folder: Folder) -> None:
    path = folder.add_wheel("tinylib", "1.0")
    file = folder.file(WHEEL)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(DigestMismatch):
        folder.download(file)
    assert not folder.partial(file).exists()
    path.write_bytes(b"longer or shorter")
    with pytest.raises(FileNotFound, match="has 17 bytes"):
        folder.download(file)
    path.unlink()
    with pytest.raises(FileNotFound, match="does not exist"):
        folder.download(file)


def test_a_file_of_another_place_is_not_read(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "secret.whl"
    outside.write_bytes(b"secret")
    for url in (
        outside.as_uri(),
        f"{folder.root.as_uri()}/../secret.whl",
        "https://other.example/secret.whl",
    ):
        file = DistributionFile(filename="secret.whl", url=url, hashes={})
        with pytest.raises(FileNotFound, match="is not in"):
            folder.download(file)


def test_a_file_that_may_not_be_read_is_unavailable(folder: Folder) -> None:
    path = folder.root / WHEEL
    path.symlink_to(path)  # even root cannot read a loop
    with pytest.raises(Unavailable, match=WHEEL):
        folder.page()
