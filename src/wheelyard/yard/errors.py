"""What can be wrong with a whole yard, and the translation of the operating system's errors."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wheelyard.model.errors import InvalidInput, Unreachable

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class YardMissing(Unreachable):
    """There is no yard at this place."""

    hint = "make one with `wheelyard mirror` or `wheelyard up`, or name another with `--yard`"

    def __init__(self, root: Path) -> None:
        self.root = root
        super().__init__(f"there is no yard at `{root}`")


class NotAYard(InvalidInput):
    """The folder holds something else, and a yard is never mixed with other files."""

    def __init__(self, root: Path, reason: str) -> None:
        self.root, self.reason = root, reason
        self.hint = "name an empty folder, or one that does not exist yet, with `--yard`"
        super().__init__(f"`{root}` is not a yard: {reason}")


class YardUnwritable(Unreachable):
    """The operating system would not let us write into the yard."""

    def __init__(self, path: Path, reason: str, number: int | None = None) -> None:
        self.path, self.reason = path, reason
        if number in _FULL:
            self.hint = "free some space, or put the yard elsewhere with `--yard`; nothing is lost"
        elif number in _FORBIDDEN:
            self.hint = "run it as the yard's owner, or put the yard elsewhere with `--yard`"
        else:
            self.hint = "put the yard elsewhere with `--yard`"
        super().__init__(f"`{path}` cannot be written: {reason}")

    @classmethod
    def full(cls, path: Path) -> "YardUnwritable":
        """The error for a full disk."""
        return cls(path, _text(errno.ENOSPC), errno.ENOSPC)


class YardUnreadable(Unreachable):
    """The operating system would not let us read the yard."""

    hint = "run it as a user who may read the yard"

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"`{path}` cannot be read: {reason}")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn every OSError inside into YardUnwritable; `path` is named when the error names none."""
    try:
        yield
    except OSError as error:
        raise YardUnwritable(_path_of(error, path), _reason(error), error.errno) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn every OSError inside into YardUnreadable; `path` is named when the error names none."""
    try:
        yield
    except OSError as error:
        raise YardUnreadable(_path_of(error, path), _reason(error)) from error


def _path_of(error: OSError, path: Path) -> Path:
    name = error.filename2 or error.filename
    return Path(name) if isinstance(name, str) else path


def _reason(error: OSError) -> str:
    return _text(error.errno) if error.errno else str(error)


def _text(number: int) -> str:
    text = os.strerror(number)
    return text[:1].lower() + text[1:]
