"""What wheels and sdists share as archives: their limits and their errors.

Archives come from strangers: nothing is unpacked to disk, and no more is read than the limits say.
"""

import errno
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tarfile import TarError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from wheelyard.model.errors import WheelyardError

LARGEST_DOCUMENT = 16 * 2**20  # bytes of one METADATA, PKG-INFO, pyproject.toml or requires.txt
MOST_MEMBERS = 100_000

# What zipfile, tarfile and gzip let through when an archive is damaged.
_DAMAGE = (
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    TarError,
    ValueError,
    struct.error,
    zlib.error,
)
_METHODS = (ZIP_STORED, ZIP_DEFLATED)


class InvalidArchive(WheelyardError):
    """The bytes are not the archive of a distribution that installers could read."""

    hint = "the file is damaged, or its project published it so; choose another release"

    def __init__(self, filename: str, reason: str) -> None:
        self.filename, self.reason = filename, reason
        super().__init__(f"`{filename}` cannot be read: {reason}")


@contextmanager
def damage_as_invalid(filename: str) -> Iterator[None]:
    """Turn what the standard library raises over damaged archives into InvalidArchive.

    An error of the machine, such as a disk that cannot be read, passes through.
    """
    try:
        yield
    except WheelyardError:
        raise
    except _DAMAGE as error:
        # zipfile says "not a zip file" of one that it could not read, too.
        _raise_if_of_the_machine(error.__context__)
        raise InvalidArchive(filename, str(error) or type(error).__name__) from error
    except OSError as error:
        _raise_if_of_the_machine(error)
        raise InvalidArchive(filename, str(error)) from error


def _raise_if_of_the_machine(error: BaseException | None) -> None:
    # gzip raises OSError without a number; a false offset in a zip is an invalid seek.
    if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
        raise error


def read_zip_member(archive: ZipFile, member: str, filename: str) -> bytes:
    """One member's bytes. Raises InvalidArchive if they are more than LARGEST_DOCUMENT."""
    info = archive.getinfo(member)
    if info.compress_type not in _METHODS:
        # zipfile bounds what it unpacks only for these, and PyPI takes no others.
        raise InvalidArchive(filename, f"`{member}` is compressed by method {info.compress_type}")
    with archive.open(info) as stream:
        document = stream.read(LARGEST_DOCUMENT + 1)
    if len(document) > LARGEST_DOCUMENT:
        raise InvalidArchive(filename, f"`{member}` has more than {LARGEST_DOCUMENT} bytes")
    return document
