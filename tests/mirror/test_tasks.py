"""Tasks that end together."""

import asyncio
from collections.abc import Awaitable

import pytest

from wheelyard.index import Unavailable
from wheelyard.mirror.tasks import gather_in_order, task_group


async def after(seconds: float, answer: int) -> int:
    await asyncio.sleep(seconds)
    return answer


def gather(*tasks: Awaitable[int]) -> list[int]:
    async def work() -> list[int]:
        return await gather_in_order(tasks)

    return asyncio.run(work())


def test_answers_come_in_the_order_of_the_questions() -> None:
    assert gather(after(0.02, 1), after(0.0, 2), after(0.01, 3)) == [1, 2, 3]
    assert gather() == []


def test_the_first_error_comes_by_itself_and_ends_the_rest() -> None:
    ended: list[str] = []

    async def fail() -> int:
        raise Unavailable("https://index.example", "503")

    async def wait() -> int:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")
        return 0

    with pytest.raises(Unavailable):
        gather(wait(), fail(), fail())
    assert ended == ["cancelled"]


def test_an_error_beside_the_tasks_comes_by_itself_too() -> None:
    async def work() -> None:
        async with task_group() as group:
            group.create_task(asyncio.sleep(60))
            raise Unavailable("https://index.example", "503")

    with pytest.raises(Unavailable):
        asyncio.run(work())
