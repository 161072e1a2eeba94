"""Answers that are at hand, given in the thread that granian reads requests in.

granian hands every request to the event loop of another thread, as a task. Measured, that is two
thirds of the time that a prepared page takes; what needs no waiting is answered on the spot.

granian has no place for that, so it is put where granian makes its scheduler, and uses four names
that are granian's own affair. Where one of them is missing, all requests go the long way, which
gives the same answers. Where one is there and no longer does the same, the first request that
meets it is ended with an error, and all after it go the long way.

What no check here sees is a `send` that takes a message and sends nothing. The tests would.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from granian import _futures

from wheelyard.serve.answers import Answer, Scope

AtOnce: TypeAlias = Callable[[Scope], Answer | None]

_MAKER = "_cbsched_aioschedule"  # makes the function that hands a request to the event loop
_WATCHER = ("scope", "proto", "done", "err")  # what is used of the object that is handed over

_log = logging.getLogger(__name__)


@contextmanager
def answering_at_once(at_once: AtOnce) -> Iterator[None]:
    """Servers that start inside ask `at_once` first; where it gives None they go the long way."""
    make = getattr(_futures, _MAKER, None)
    if make is None:
        _tell_off(_MAKER)
        yield
        return

    def make_with_shortcut(*arguments: Any) -> Callable[[Any], None]:
        return Shortcut(at_once, make(*arguments))

    setattr(_futures, _MAKER, make_with_shortcut)
    try:
        yield
    finally:
        setattr(_futures, _MAKER, make)


class Shortcut:
    """Called with each request: answers it, or has it scheduled for the long way.

    One thread calls it. It raises nothing of its own, for all of granian runs in that thread.
    """

    def __init__(self, at_once: AtOnce, schedule: Callable[[Any], None]) -> None:
        self._at_once, self._schedule = at_once, schedule
        self._is_tried = self._is_off = False

    def __call__(self, watcher: Any) -> None:
        """Answer or schedule the request of this watcher of granian's."""
        if not self._is_tried:
            self._try(watcher)
        answer = None if self._is_off else self._answer(watcher.scope)
        if answer is None:
            self._schedule(watcher)
        else:
            self._send(answer, watcher)

    def _try(self, watcher: Any) -> None:
        self._is_tried = True
        missing = [name for name in _WATCHER if not hasattr(watcher, name)]
        if missing:
            self._is_off = True
            _tell_off(missing[0])

    def _answer(self, scope: Scope) -> Answer | None:
        try:
            return self._at_once(scope)
        except Exception:  # noqa: BLE001 - the long way meets it again, and tells
            return None

    def _send(self, answer: Answer, watcher: Any) -> None:
        try:
            # What `send` gives back could be awaited until the client has taken what was sent; an
            # answer in one piece has nothing to send after that.
            watcher.proto.send(answer.start)
            watcher.proto.send(answer.body)
            watcher.done()
        except Exception as error:  # noqa: BLE001 - whatever granian makes of what it does not know
            self._is_off = True
            _log.exception("an answer could not be sent at once; from now on none is")
            # A part may be sent already, so the long way is none for this one.
            watcher.err(error)


def _tell_off(missing: str) -> None:
    _log.info("answers take the long way: this granian has no `%s`", missing)
