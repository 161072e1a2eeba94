"""One piece of work for all who want its result at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Shared(Generic[_K, _V]):
    """Runs at most one piece of work per key at a time; whoever comes meanwhile gets its outcome.

    The work runs in the first caller's task. When that task is cancelled the next one takes over.
    Nothing is remembered once the work is done.
    """

    def __init__(self) -> None:
        self._running: dict[_K, asyncio.Future[_V]] = {}

    async def get(self, key: _K, work: Callable[[], Awaitable[_V]]) -> _V:
        """The outcome of `work`, or of that which is already under way for the same key."""
        while (running := self._running.get(key)) is not None:
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                if not running.cancelled():
                    raise
        return await self._lead(key, work)

    async def _lead(self, key: _K, work: Callable[[], Awaitable[_V]]) -> _V:
        future: asyncio.Future[_V] = asyncio.get_running_loop().create_future()
        self._running[key] = future
        try:
            result = await work()
        except Exception as error:
            future.set_exception(error)
            future.exception()  # so that asyncio does not warn when nobody else waited
            raise
        except BaseException:
            future.cancel()
            raise
        else:
            future.set_result(result)
            return result
        finally:
            del self._running[key]
