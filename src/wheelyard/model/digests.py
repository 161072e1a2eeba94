"""Digests of files, as lowercase hexadecimal text."""

import re
from typing import NewType

from wheelyard.model.errors import WheelyardError

Sha256 = NewType("Sha256", str)  # 64 lowercase hex digits, of a whole file
Blake2b = NewType("Blake2b", str)  # BLAKE2b with 32 bytes of digest: PyPI's path of a file

# Hex digits of each digest that indexes list. uv rejects a page with a digest of the wrong
# length, so one that does not fit must never leave us.
DIGEST_LENGTHS = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "blake2b_256": 64,
}

_HEX = re.compile(r"[0-9a-f]+", re.ASCII)


class InvalidDigest(WheelyardError):
    """The text is no digest of the algorithm it is listed under."""

    def __init__(self, algorithm: str, text: str) -> None:
        self.algorithm, self.text = algorithm, text
        super().__init__(f"`{text[:80]}` is not a {algorithm} digest")


def parse_digest(algorithm: str, text: str) -> str:
    """Read a hexadecimal digest in either case; raises InvalidDigest for the wrong length.

    A digest of an algorithm that is not in DIGEST_LENGTHS is accepted at any length.
    """
    digest = text.lower()
    if not _HEX.fullmatch(digest) or len(digest) != DIGEST_LENGTHS.get(algorithm, len(digest)):
        raise InvalidDigest(algorithm, text)
    return digest


def parse_sha256(text: str) -> Sha256:
    """Read a sha256 in either case; raises InvalidDigest."""
    return Sha256(parse_digest("sha256", text))
