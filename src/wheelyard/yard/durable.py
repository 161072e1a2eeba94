"""Giving files their final names so that neither a kill nor a power cut leaves a torn one.

A file that is renamed without being flushed can come back from a power cut with its name and
without its bytes. So bytes are flushed, then names are given, then the folders are flushed. Each
flush waits for the disk, which is tens of milliseconds on an SD card, so files go in batches: on
Linux one `syncfs` flushes a whole batch, and its cost hardly depends on the number of files.
"""

import ctypes
import os
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# Up to this many files are flushed one by one: `syncfs` also waits for what other programs wrote.
_FEW = 12


@dataclass(frozen=True, slots=True)
class Move:
    """A file in the yard's `state` and the name it shall have in `web`."""

    source: Path
    final: Path


def stage(folder: Path, content: bytes) -> Path:
    """Write what shall get a final name; the name it has until then says nothing."""
    path = folder / uuid.uuid4().hex
    path.write_bytes(content)
    return path


def place(moves: Sequence[Move], top: Path) -> None:
    """Give every source its final name, replacing what is there; all lie below `top`.

    No final name appears before the bytes of all sources are on disk; names appear in the order of
    `moves`; when it returns, names and folders are on disk too. Raises OSError; the moves
    made so far stay, and each of them is whole.
    """
    if not moves:
        return
    _flush([move.source for move in moves], top)
    folders = {move.final.parent for move in moves}
    grown = {parent for folder in folders for parent in _make_folder(folder, top)}
    for move in moves:
        move.source.replace(move.final)
    _flush(folders | grown, top)


def _make_folder(folder: Path, top: Path) -> list[Path]:
    """Make a folder and what is missing above it; gives the folders that got a new entry."""
    # Most folders are new and most parents are there, so trying is cheaper than looking.
    try:
        folder.mkdir()
    except FileExistsError:
        return []
    except FileNotFoundError:
        if folder.parent == top:
            raise
        return [*_make_folder(folder.parent, top), *_make_folder(folder, top)]
    return [folder.parent]


def _flush(paths: Collection[Path], top: Path) -> None:
    syncfs = _syncfs()
    if syncfs is None or len(paths) <= _FEW:
        for path in paths:
            _with_descriptor(path, os.fsync)
    else:
        _with_descriptor(top, syncfs)


def _with_descriptor(path: Path, act: Callable[[int], None]) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        act(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=1)
def _syncfs() -> Callable[[int], None] | None:
    """Linux's `syncfs(2)`, which Python does not offer; None where the C library has none."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if function is None:
        return None

    def syncfs(descriptor: int) -> None:
        if function(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return syncfs
