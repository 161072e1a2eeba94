"""Shared work: once for all, and still done when the one who began it goes away."""

import asyncio

import pytest

from wheelyard.upstream.sharing import Shared


class Work:
    """Counts how often it is begun, and ends when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        await self.may_end.wait()
        return self.begun


def test_all_who_come_meanwhile_get_the_one_outcome() -> None:
    async def main() -> None:
        shared: Shared[str, int] = Shared()
        work = Work()
        tasks = [asyncio.create_task(shared.get("key", work)) for _ in range(3)]
        other = asyncio.create_task(shared.get("other", work))
        await asyncio.sleep(0)
        assert work.begun == 2
        work.may_end.set()
        assert len({await task for task in tasks}) == 1
        await other
        assert await shared.get("key", work) == 3  # nothing is remembered

    asyncio.run(main())


def test_when_the_first_goes_away_the_next_takes_over() -> None:
    async def main() -> None:
        shared: Shared[str, int] = Shared()
        work = Work()
        tasks = [asyncio.create_task(shared.get("key", work)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0.01)
        work.may_end.set()
        assert [await task for task in tasks[1:]] == [2, 2]
        assert tasks[0].cancelled()

    asyncio.run(main())


def test_one_who_waits_may_go_away_without_harm() -> None:
    async def main() -> None:
        shared: Shared[str, int] = Shared()
        work = Work()
        tasks = [asyncio.create_task(shared.get("key", work)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0.01)
        work.may_end.set()
        assert [await tasks[0], await tasks[2]] == [1, 1]

    asyncio.run(main())


def test_an_error_is_shared_and_forgotten() -> None:
    async def main() -> None:
        shared: Shared[str, int] = Shared()

        async def fail() -> int:
            await asyncio.sleep(0)
            raise KeyError("once")

        outcomes = await asyncio.gather(
            *(shared.get("key", fail) for _ in range(2)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [KeyError, KeyError]
        with pytest.raises(KeyError):
            await shared.get("key", fail)

    asyncio.run(main())
