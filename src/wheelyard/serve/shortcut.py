"""Answers that are at hand, given in the thread that granian reads requests in.

granian hands every request to the event loop of another thread, as a task. Measured, that is two
thirds of the time that a prepared page takes; what needs no waiting is answered on the spot.

granian has no place for that, so it is put where granian makes its scheduler. Should another
release of granian do so elsewhere, all requests go the long way, which gives the same answers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

from granian import _futures

from wheelyard.serve.answers import Answer, Scope

AtOnce: TypeAlias = Callable[[Scope], Answer | None]

_MAKER = "_cbsched_aioschedule"  # makes the function that hands a request to the event loop


@contextmanager
def answering_at_once(at_once: AtOnce) -> Iterator[None]:
    """Servers that start inside ask `at_once` first; where it gives None they go the long way."""
    make = getattr(_futures, _MAKER, None)
    if make is None:
        yield
        return

    def make_with_shortcut(*arguments: Any) -> Callable[[Any], None]:
        return partial(_answer_or_schedule, at_once, make(*arguments))

    setattr(_futures, _MAKER, make_with_shortcut)
    try:
        yield
    finally:
        setattr(_futures, _MAKER, make)


def _answer_or_schedule(at_once: AtOnce, schedule: Callable[[Any], None], watcher: Any) -> None:
    try:
        answer = at_once(watcher.scope)
    except Exception:  # noqa: BLE001 - this is the thread that all of granian runs in
        answer = None  # the long way meets it again, and tells
    if answer is None:
        schedule(watcher)
        return
    # What `send` gives back could be awaited until the client has taken what was sent; an answer in
    # one piece has nothing to send after that.
    watcher.proto.send(answer.start)
    watcher.proto.send(answer.body)
    watcher.done()
