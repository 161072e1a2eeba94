"""Facts are asked for once, errors included."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from closure.values import candidate
from mirror.small_index import SmallIndex
from wheelyard.index import ProjectNotFound, Unavailable
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.model.names import ProjectName

APP = ProjectName("app")
WHEEL, SDIST = "app-1.0-py3-none-any.whl", "app-1.0.tar.gz"


class Counting(Silent):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.files = 0

    def advance(self, *, files: int = 0, size: int = 0) -> None:
        self.files += files


@pytest.fixture
def index() -> SmallIndex:
    index = SmallIndex(delay=0.01)
    index.wheel("app", "1.0", "lib>=1")
    index.sdist("app", "1.0", "other", build_requires=["setuptools"])
    return index


def ask(
    index: SmallIndex, *questions: Callable[[Facts], Awaitable[object]]
) -> tuple[Facts, list[object]]:
    """Ask all at once, and errors are answers."""

    async def work() -> tuple[Facts, list[object]]:
        facts = Facts(index, Silent())
        asked = (question(facts) for question in questions)
        return facts, await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(work())


def test_who_comes_second_waits_for_the_first_answer(index: SmallIndex) -> None:
    _, (first, second) = ask(index, lambda it: it.page(APP), lambda it: it.page(APP))
    assert first is second
    assert index.asked["app"] == 1


def test_releases_and_pages_share_one_request(index: SmallIndex) -> None:
    facts, _ = ask(index, lambda it: it.releases(APP), lambda it: it.page(APP))
    assert index.asked["app"] == 1
    assert facts.projects_read() == ["app"]


def test_a_wheels_metadata_is_read_and_parsed_once(index: SmallIndex) -> None:
    wheel = candidate(WHEEL)
    facts, (one, two, document) = ask(
        index,
        lambda it: it.metadata(APP, wheel),
        lambda it: it.metadata(APP, wheel),
        lambda it: it.metadata_document(APP, wheel.file),
    )
    assert one is two
    assert [str(item) for item in one.requires_dist] == ["lib>=1"]  # type: ignore[attr-defined]
    assert document == index.documents[WHEEL]
    assert index.asked[WHEEL] == 1
    assert facts.wheel_metadata_read() == {WHEEL: index.documents[WHEEL]}


def test_an_sdist_is_read_once_for_its_metadata_and_its_build(index: SmallIndex) -> None:
    sdist = candidate(SDIST)
    facts, (metadata, told, document) = ask(
        index,
        lambda it: it.metadata(APP, sdist),
        lambda it: it.sdist(APP, sdist.file),
        lambda it: it.metadata_document(APP, sdist.file),
    )
    assert metadata is told.metadata  # type: ignore[attr-defined]
    assert isinstance(document, bytes)
    assert b"Requires-Dist: other\n" in document
    assert index.asked[SDIST] == 1
    assert facts.wheel_metadata_read() == {}


@pytest.mark.parametrize(
    "error",
    [ProjectNotFound(APP, "https://index.example"), Unavailable("https://index.example", "503")],
)
def test_an_error_is_remembered_like_an_answer(index: SmallIndex, error: Exception) -> None:
    index.failures["app"] = error  # type: ignore[assignment]
    facts, answers = ask(index, *[lambda it: it.releases(APP)] * 3)
    assert answers == [error] * 3
    assert index.asked["app"] == 1
    assert facts.projects_read() == []


def test_a_caller_that_gives_up_does_not_take_the_answer_from_the_others(
    index: SmallIndex,
) -> None:
    async def work() -> object:
        facts = Facts(index, Silent())
        hasty = asyncio.ensure_future(facts.page(APP))
        patient = asyncio.ensure_future(facts.page(APP))
        await asyncio.sleep(0)
        hasty.cancel()
        return await patient

    assert asyncio.run(work()).name == "app"  # type: ignore[attr-defined]


def test_progress_counts_what_is_asked_of_the_index(index: SmallIndex) -> None:
    counting = Counting()

    async def work() -> None:
        facts = Facts(index, counting)
        await facts.releases(APP)
        await facts.metadata(APP, candidate(WHEEL))
        await facts.metadata(APP, candidate(WHEEL))

    asyncio.run(work())
    assert counting.files == 2
