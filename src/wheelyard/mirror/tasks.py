"""Tasks that belong together and end together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the first error of its tasks by itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors


async def gather_in_order(tasks: Iterable[Awaitable[T]]) -> list[T]:
    """Await all at once; results in the order given. The first error cancels the rest."""
    async with task_group() as group:
        running = [group.create_task(_run(task)) for task in tasks]
    return [task.result() for task in running]


async def _run(awaitable: Awaitable[T]) -> T:
    return await awaitable
