import errno
import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tools import require_root
from wheelyard.index import DigestMismatch
from wheelyard.model.errors import Unreachable
from wheelyard.model.files import Yank
from wheelyard.model.names import parse_project_name
from wheelyard.plan.inventory import HeldFile
from wheelyard.yard.errors import YardUnwritable
from wheelyard.yard.files import FilenameTaken, add_file, add_files
from wheelyard.yard.layout import UnsafeFilename
from wheelyard.yard.pages import publish_projects
from wheelyard.yard.yard import YardWriter, open_yard
from world import make_wheel, sdist_filename, wheel_filename
from world.archives import core_metadata
from yard.arrivals import UPLOADED, arrival, listed, sdist_arrival, wheel_arrival

TINYLIB = parse_project_name("tinylib")
WHEEL = wheel_filename("tinylib", "1.0")


def test_a_wheel_is_held_with_its_metadata_beside_it(yard: YardWriter) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0", requires=["otherlib>=2"])
    held = add_file(yard, came)
    metadata = core_metadata("tinylib", "1.0", requires=["otherlib>=2"]).encode()
    assert yard.layout.metadata(held.path).read_bytes() == metadata
    assert held.core_metadata == hashlib.sha256(metadata).hexdigest()
    body = yard.layout.file(held.path).read_bytes()
    assert hashlib.sha256(body).hexdigest() == held.sha256 == came.file.sha256
    assert hashlib.blake2b(body, digest_size=32).hexdigest() == held.blake2b
    assert not came.partial.exists()
    assert list(yard.layout.staging.iterdir()) == []


def test_what_the_upstream_said_of_a_file_is_kept(yard: YardWriter) -> None:
    body = make_wheel("tinylib", "1.0")
    file = listed(WHEEL, body, requires_python=">=3.9", yank=Yank("broken"))
    held = add_file(yard, arrival(yard.layout, "tinylib", file, body))
    assert (held.version, held.size, held.uploaded) == ("1.0", len(body), UPLOADED)
    assert (held.requires_python, held.yank) == (">=3.9", Yank("broken"))
    assert (held.hashes, held.upstream_url) == (file.hashes, file.url)
    assert list(yard.inventory()) == [held]
    assert yard.inventory().find(TINYLIB, file) == held


def test_an_inventory_does_not_mistake_another_file_of_the_same_name(yard: YardWriter) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0")
    add_file(yard, came)
    assert yard.inventory().find(TINYLIB, listed(WHEEL, b"other bytes")) is None
    assert yard.inventory().find(TINYLIB, replace(came.file, hashes={}, size=None)) is not None
    assert yard.inventory().find(parse_project_name("otherlib"), came.file) is None


def test_an_sdist_is_held_without_metadata(yard: YardWriter) -> None:
    held = add_file(yard, sdist_arrival(yard.layout, "tinylib", "1.0"))
    assert held.filename == sdist_filename("tinylib", "1.0")
    assert held.core_metadata is None
    assert not yard.layout.metadata(held.path).exists()


@pytest.mark.parametrize("body", [b"no archive", b"PK\x05\x06" + b"\0" * 18])
def test_a_wheel_without_readable_metadata_is_held_without(yard: YardWriter, body: bytes) -> None:
    held = add_file(yard, arrival(yard.layout, "tinylib", listed(WHEEL, body), body))
    assert held.core_metadata is None
    assert yard.layout.file(held.path).read_bytes() == body


def test_a_file_whose_name_tells_no_version_is_held(yard: YardWriter) -> None:
    file = listed("tinylib-1.0-py2.7.egg", b"egg")
    assert add_file(yard, arrival(yard.layout, "tinylib", file, b"egg")).version is None


def test_a_file_that_is_held_already_is_no_error(yard: YardWriter) -> None:
    held = add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    before = yard.layout.file(held.path).stat()
    again = wheel_arrival(yard.layout, "tinylib", "1.0")
    assert add_file(yard, again) == held
    assert yard.layout.file(held.path).stat() == before
    assert not again.partial.exists()
    assert add_file(yard, again) == held  # and its partial file is gone by now


def test_a_file_that_comes_twice_in_one_batch_is_taken_once(yard: YardWriter) -> None:
    came = wheel_arrival(yard.layout, "tinylib", "1.0")
    first, second = add_files(yard, [came, came])
    assert first == second
    assert len(yard.inventory()) == 1


def test_a_held_file_that_was_lost_is_put_back(yard: YardWriter) -> None:
    held = add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    for lost in (yard.layout.file(held.path), yard.layout.metadata(held.path)):
        lost.unlink()
        assert add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0")) == held
        assert lost.exists()


def test_a_filename_never_changes_its_bytes(yard: YardWriter) -> None:
    held = add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    other = wheel_arrival(yard.layout, "tinylib", "1.0", payload=10)
    with pytest.raises(FilenameTaken, match=WHEEL) as caught:
        add_file(yard, other)
    assert (caught.value.held, caught.value.got) == (held, other.downloaded.sha256)
    assert list(yard.inventory()) == [held]


def test_the_same_bytes_can_be_two_projects_files(yard: YardWriter) -> None:
    body = b"the same"
    for name in ("tinylib", "otherlib"):
        filename = sdist_filename(name, "1.0")
        add_file(yard, arrival(yard.layout, name, listed(filename, body), body))
    assert [held.project for held in yard.inventory()] == ["otherlib", "tinylib"]


def test_one_refused_file_does_not_hold_up_its_batch(yard: YardWriter) -> None:
    add_file(yard, wheel_arrival(yard.layout, "tinylib", "1.0"))
    taken = wheel_arrival(yard.layout, "tinylib", "1.0", payload=10)
    good = wheel_arrival(yard.layout, "tinylib", "2.0")
    unsafe = arrival(yard.layout, "tinylib", listed("../x.whl", b"x"), b"x")
    wrong = replace(
        wheel_arrival(yard.layout, "tinylib", "3.0"), file=listed(WHEEL, b"something else")
    )
    outcomes = add_files(yard, [taken, unsafe, good, wrong])
    assert [type(outcome) for outcome in outcomes] == [
        FilenameTaken, UnsafeFilename, HeldFile, DigestMismatch,
    ]  # fmt: skip
    assert len(yard.inventory()) == 2
    assert all(one.partial.exists() for one in (taken, unsafe, wrong))


def test_a_large_batch_is_taken_in(yard: YardWriter) -> None:
    arrivals = [wheel_arrival(yard.layout, f"lib{number}", "1.0") for number in range(40)]
    outcomes = add_files(yard, arrivals)
    assert [outcome.project for outcome in outcomes if isinstance(outcome, HeldFile)] == [
        one.project for one in arrivals
    ]
    assert all(yard.layout.file(held.path).is_file() for held in yard.inventory())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    require_root()
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("spare", range(0, 80_000, 7_000))
def test_a_full_disk_is_an_error_with_a_hint_and_loses_nothing(
    small_disk: Path, spare: int
) -> None:
    with open_yard(small_disk / "yard", create=True) as yard, yard.exclusive() as writer:
        finished = add_file(writer, wheel_arrival(yard.layout, "tinylib", "1.0"))
        publish_projects(writer, [TINYLIB])
        arrivals = [wheel_arrival(yard.layout, f"lib{number}", "1.0") for number in range(10)]
        _fill(small_disk / "ballast", spare)
        with pytest.raises(YardUnwritable, match="no space left on device") as caught:
            add_files(writer, arrivals)
            publish_projects(writer, [one.project for one in arrivals])
        assert isinstance(caught.value, Unreachable)
        assert "free some space" in (caught.value.hint or "")
        _assert_nothing_is_half_written(writer)
        (small_disk / "ballast").unlink()
        kept = [one for one in arrivals if one.partial.exists()]
        add_files(writer, kept)
        publish_projects(writer, [one.project for one in arrivals])
        assert finished in list(writer.inventory())
        _assert_nothing_is_half_written(writer)


def _fill(path: Path, spare: int) -> None:
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
    except OSError as error:
        assert error.errno == errno.ENOSPC
    with path.open("r+b") as file:
        file.truncate(max(0, path.stat().st_size - spare))


def _assert_nothing_is_half_written(yard: YardWriter) -> None:
    for path in yard.layout.packages.rglob("*.whl"):
        digest = hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
        assert path.parent == yard.layout.packages / digest[:2] / digest[2:4] / digest[4:]
    for held in yard.inventory():
        assert yard.layout.file(held.path).stat().st_size == held.size
        metadata = yard.layout.metadata(held.path).read_bytes()
        assert hashlib.sha256(metadata).hexdigest() == held.core_metadata
