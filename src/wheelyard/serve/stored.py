"""Opening what a yard holds, and telling one state of a file from the next.

The last segment of a path is never followed when it is a link, so no link can lead out of the
yard. The folders above it may be links: administrators put `packages` on another disk.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeAlias

# When it was last written, which file it is, and its size. A file that is replaced by a rename gets
# another inode, so two states of a page never have the same stamp. What is made of several files
# has their stamps one after the other.
Stamp: TypeAlias = tuple[int, ...]

# O_NONBLOCK: opening a named pipe must not wait for its writer.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


def look(path: str) -> os.stat_result | None:
    """The status of a regular file; None if there is none. Raises OSError if nobody can tell."""
    try:
        status = os.lstat(path)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise
    return status if stat.S_ISREG(status.st_mode) else None


def stamp_of(status: os.stat_result) -> Stamp:
    """What changes whenever the file is replaced."""
    return (status.st_mtime_ns, status.st_ino, status.st_size)


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a regular file to read. Raises FileNotFoundError for anything else at the path."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in _ABSENT:
            raise FileNotFoundError(path) from error
        raise
    with os.fdopen(descriptor, "rb", buffering=0) as raw:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(path)
        yield raw


def read_from_memory(path: str, size: int) -> bytes | None:
    """The `size` bytes of a regular file, if the system has all of them in memory already.

    None when the disk would have to be waited for, or the file system cannot tell, or there is no
    such file any more.
    """
    if not hasattr(os, "RWF_NOWAIT"):  # Linux has it
        return None
    content = bytearray(size)
    try:
        # Without `opened`, which would take longer than all the rest; only a regular file can be
        # read at an offset.
        descriptor = os.open(path, _FLAGS)
        try:
            count = os.preadv(descriptor, [content], 0, os.RWF_NOWAIT)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return bytes(content) if count == size else None
