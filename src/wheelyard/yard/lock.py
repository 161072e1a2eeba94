"""One writer at a time: the lock that a run holds from its beginning to its end.

It is a `flock`, so the kernel frees it when the process ends in whichever way. Who holds it is
written into a file of its own, only to be told to those who find it taken.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from wheelyard.model.errors import Unreachable
from wheelyard.yard.errors import writing
from wheelyard.yard.layout import Layout


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The process that holds a yard's lock."""

    pid: int
    host: str
    since: datetime  # UTC


class YardLocked(Unreachable):
    """Another run is at work in the yard."""

    hint = (
        "wait until it has ended, or end it; the lock of a process that is gone is free by itself"
    )

    def __init__(self, root: Path, holder: LockHolder | None) -> None:
        self.root, self.holder = root, holder  # None: the holder has not said yet who it is
        who = (
            "another process"
            if holder is None
            else f"process {holder.pid} on `{holder.host}` since {holder.since:%Y-%m-%d %H:%M:%S}Z"
        )
        super().__init__(f"the yard `{root}` is in use by {who}")


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the yard's lock. Raises YardLocked at once if it is taken, YardUnwritable."""
    # A soft lock, which is a file that exists, would outlive a killed process.
    lock = FileLock(layout.lock, timeout=0, thread_local=False, fallback_to_soft=False)
    with writing(layout.lock):
        try:
            lock.acquire()
        except Timeout as error:  # an OSError too, so it is told apart in here
            raise YardLocked(layout.root, _read_holder(layout)) from error
    try:
        _write_holder(layout)
        yield
    finally:
        with suppress(OSError):
            layout.lock_holder.unlink(missing_ok=True)
        lock.release()


def _write_holder(layout: Layout) -> None:
    holder = LockHolder(os.getpid(), socket.gethostname(), datetime.now(UTC))
    written = layout.lock_holder.with_suffix(".new")
    # It is only told to others, so a full disk that keeps it from being written ends no run.
    with suppress(OSError):
        written.write_bytes(msgspec.json.encode(holder))
        written.replace(layout.lock_holder)


def _read_holder(layout: Layout) -> LockHolder | None:
    try:
        return msgspec.json.decode(layout.lock_holder.read_bytes(), type=LockHolder)
    except (OSError, msgspec.DecodeError):
        return None
