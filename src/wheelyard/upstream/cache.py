"""Small files that may be lost but never misread: what is kept of an upstream between runs."""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CacheFolder:
    """A folder of bytes under relative names.

    A file is replaced in one rename and starts with the digest of the rest. It is not flushed to
    the disk, so a power cut may tear it: then it reads as absent.
    """

    directory: Path

    def read(self, name: str) -> bytes | None:
        """What was written under that name, or None."""
        try:
            stored = (self.directory / name).read_bytes()
        except OSError:
            return None
        digest, _, content = stored.partition(b"\n")
        return content if digest == _digest(content) else None

    def write(self, name: str, content: bytes) -> None:
        """Keep `content` under that name, in place of what was there. Raises OSError."""
        final = self.directory / name
        temporary = final.with_name(f".{final.name[:100]}.{secrets.token_hex(4)}")
        stored = _digest(content) + b"\n" + content
        try:
            temporary.write_bytes(stored)
        except FileNotFoundError:
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(stored)
        temporary.replace(final)

    def forget(self, name: str) -> None:
        """Drop what was written under that name, if anything was."""
        (self.directory / name).unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
