"""The cache folder: what is read is what was written, or nothing."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wheelyard.upstream.cache import CacheFolder


@given(content=st.binary())
def test_what_was_written_is_read(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        cache = CacheFolder(Path(directory))
        cache.write("a/b", content)
        assert cache.read("a/b") == content


def test_what_was_torn_is_absent(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    cache.write("name", b"content")
    whole = (tmp_path / "name").read_bytes()
    for torn in (b"", whole[:-1], whole + b"x", bytes(len(whole))):
        (tmp_path / "name").write_bytes(torn)
        assert cache.read("name") is None


def test_writing_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    cache.write("name", b"one")
    cache.write("name", b"two")
    assert cache.read("name") == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["name"]


def test_what_was_forgotten_is_absent(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    cache.write("name", b"content")
    cache.forget("name")
    cache.forget("name")
    assert cache.read("name") is None
