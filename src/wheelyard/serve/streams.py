"""Long answers in pieces, off the event loop and never more than a piece ahead of the client."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import BinaryIO

from wheelyard.model.errors import WheelyardError
from wheelyard.serve.answers import NO_BODY, Exchange, Message, Receive
from wheelyard.serve.conditions import Span

PIECE = 256 * 1024  # bytes


class BrokenAnswer(WheelyardError):
    """An answer that began cannot be finished; the connection must be broken off."""

    def __init__(self, path: str, reason: object) -> None:
        self.path = path
        super().__init__(f"the answer with `{path}` was broken off: {reason}")


async def read_pieces(file: BinaryIO, part: Span) -> AsyncGenerator[bytes, None]:
    """The bytes of a part of an open file. Raises EOFError if the file ends before."""
    position = part.first
    while position <= part.last:
        wanted = min(PIECE, part.last + 1 - position)
        piece = await asyncio.to_thread(os.pread, file.fileno(), wanted, position)
        if not piece:
            raise EOFError(f"it has only {position} bytes")
        position += len(piece)
        yield piece


async def send_pieces(
    opening: Message, pieces: AsyncGenerator[bytes, None], exchange: Exchange
) -> None:
    """Send an answer whose length is in `opening`, until the client hangs up.

    Raises BrokenAnswer for an error from `pieces`, which comes after the answer began.
    """
    gone = asyncio.ensure_future(_hang_up(exchange.receive))
    try:
        await exchange.send(opening)
        async with aclosing(pieces):
            async for piece in pieces:
                # The server takes and drops what is sent after a hang-up; reading on for nobody
                # would keep the disk busy.
                if gone.done():
                    return
                await exchange.send(
                    {"type": "http.response.body", "body": piece, "more_body": True}
                )
        await exchange.send(NO_BODY)
    except (OSError, EOFError, WheelyardError) as error:
        raise BrokenAnswer(exchange.request.scope["path"], error) from error
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
