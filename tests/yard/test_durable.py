import os
from pathlib import Path

import pytest

from wheelyard.yard import durable
from wheelyard.yard.durable import Move, place, stage


@pytest.fixture(params=["syncfs", "fsync"])
def flushes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of flushing: Linux's, and that of systems without `syncfs`."""
    way = str(request.param)
    if way == "fsync":
        monkeypatch.setattr(durable, "_syncfs", lambda: None)
    return way


@pytest.mark.parametrize("count", [0, 1, 40])
@pytest.mark.usefixtures("flushes")
def test_every_source_gets_its_final_name(tmp_path: Path, count: int) -> None:
    finals = [tmp_path / "web" / f"{number}" / "deep" / "file" for number in range(count)]
    moves = [Move(stage(tmp_path, final.parts[-3].encode()), final) for final in finals]
    place(moves, tmp_path)
    assert [final.read_bytes() for final in finals] == [str(n).encode() for n in range(count)]
    assert [path.name for path in tmp_path.iterdir()] == (["web"] if count else [])


def test_a_final_name_is_replaced(tmp_path: Path) -> None:
    final = tmp_path / "page"
    for content in (b"old", b"new"):
        place([Move(stage(tmp_path, content), final)], tmp_path)
    assert final.read_bytes() == b"new"


def test_no_final_name_is_given_when_a_source_is_missing(tmp_path: Path) -> None:
    moves = [
        Move(stage(tmp_path, b"there"), tmp_path / "first"),
        Move(tmp_path / "missing", tmp_path / "second"),
    ]
    with pytest.raises(FileNotFoundError):
        place(moves, tmp_path)
    assert not (tmp_path / "first").exists()


@pytest.mark.usefixtures("flushes")
def test_bytes_are_flushed_before_names_and_folders_after(tmp_path: Path) -> None:
    """Seen from outside: which files and folders the process flushes, and when."""
    source, final = stage(tmp_path, b"content"), tmp_path / "web" / "new" / "file"
    order: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        order.append(f"{path.relative_to(tmp_path)} {'named' if final.exists() else 'unnamed'}")
        real(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        place([Move(source, final)], tmp_path)
    assert order[0] == f"{source.name} unnamed"
    assert sorted(order[1:]) == [". named", "web named", "web/new named"]


def test_an_error_of_syncfs_is_an_error(tmp_path: Path) -> None:
    syncfs = durable._syncfs()
    if syncfs is None:
        pytest.skip("this C library has no syncfs")
    with pytest.raises(OSError, match="Bad file descriptor"):
        syncfs(-1)
