"""Whether stored files still are what their paths say, so that wrong bytes are never sent as right.

A disk that failed or a write that was lost leaves a file under its final name with other bytes. The
path holds the file's BLAKE2b, so each file is read once when it is first asked for, and again
only if it was replaced.
"""

import asyncio
import hashlib
from collections import OrderedDict
from typing import TypeAlias

from wheelyard.model.digests import Blake2b
from wheelyard.serve.stored import Stamp, opened

PIECE = 1024 * 1024  # bytes hashed at once; hashing them lets other threads run

_REMEMBERED = 16384  # files: 4 MiB at the most

Running: TypeAlias = "asyncio.Task[bool]"


class Soundness:
    """What is known of each file's bytes, for the files asked for last."""

    def __init__(self) -> None:
        self._known: OrderedDict[Blake2b, tuple[Stamp, bool]] = OrderedDict()
        self._under_way: dict[tuple[Blake2b, Stamp], Running] = {}

    def known(self, digest: Blake2b, stamp: Stamp) -> bool | None:
        """Whether the file in this state is sound; None if it was not read yet."""
        found = self._known.get(digest)
        return found[1] if found is not None and found[0] == stamp else None

    def learn(self, digest: Blake2b, stamp: Stamp, *, is_sound: bool) -> None:
        """Remember it."""
        self._known[digest] = (stamp, is_sound)
        self._known.move_to_end(digest)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def check(self, path: str, digest: Blake2b, stamp: Stamp) -> bool:
        """Read the file in a thread, once for all who wait. Raises OSError."""
        key = (digest, stamp)
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(asyncio.to_thread(_is_sound, path, digest))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key))
        is_sound = await asyncio.shield(task)
        self.learn(digest, stamp, is_sound=is_sound)
        return is_sound


def new_digest() -> "hashlib.blake2b":
    """The hash that package paths are made of."""
    return hashlib.blake2b(digest_size=32)


def _is_sound(path: str, digest: Blake2b) -> bool:
    found = new_digest()
    with opened(path) as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest() == digest
