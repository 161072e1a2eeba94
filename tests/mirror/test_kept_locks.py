"""Locks that are kept: when uv need not be asked, and when it must."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from closure.values import LINUX, WINDOWS, group
from mirror.small_index import RESOLVER, SmallIndex
from wheelyard.closure.question import Question
from wheelyard.index import Unavailable
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.locks import KeptLocks
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.resolver import Refusal, Resolver, ResolverFailed
from wheelyard.model.files import Yank
from wheelyard.model.locks import MarkedLock
from wheelyard.model.names import ProjectName
from wheelyard.upstream.cache import CacheFolder
from wheelyard.wire.archives import InvalidArchive

QUESTION = Question(group("app", "optional"), (LINUX,), True)
APP = ProjectName("app")


class Runs:
    """Runs over one index that keep their locks in one folder."""

    def __init__(self, folder: Path) -> None:
        self.kept = KeptLocks(CacheFolder(folder), "uv 1")
        self.index = SmallIndex()
        self.index.wheel("app", "1.0", "lib")
        self.index.wheel("lib", "1.0")
        self.index.wheel("optional", "1.0")

    def lock(self, question: Question = QUESTION) -> MarkedLock | Refusal:
        return self._run(replace(RESOLVER, kept=self.kept), question)

    def lock_without_uv(self, question: Question = QUESTION) -> MarkedLock | Refusal:
        """The same where uv does not work."""
        return self._run(Resolver(Path("/bin/false"), {}, self.kept), question)

    def _run(self, resolver: Resolver, question: Question) -> MarkedLock | Refusal:
        async def work() -> MarkedLock | Refusal:
            return await resolver.lock(question, Facts(self.index, Silent()))

        return asyncio.run(work())


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_over_the_same_pages_uv_is_not_asked_again(runs: Runs) -> None:
    first = runs.lock()
    assert isinstance(first, MarkedLock)
    assert runs.lock_without_uv() == first


def add_a_release(index: SmallIndex) -> None:
    index.wheel("lib", "2.0")


def yank_a_file(index: SmallIndex) -> None:
    index.files[APP] = [replace(file, yank=Yank()) for file in index.files[APP]]


def require_another_python(index: SmallIndex) -> None:
    index.files[APP] = [replace(file, requires_python=">=3.99") for file in index.files[APP]]


def replace_a_file(index: SmallIndex) -> None:
    index.files[APP] = [replace(file, hashes={"sha256": "0" * 64}) for file in index.files[APP]]


def remove_a_project(index: SmallIndex) -> None:
    del index.files[ProjectName("lib")]


def lose_a_project(index: SmallIndex) -> None:
    index.failures["lib"] = Unavailable("https://index.example/simple/lib/", "it is asleep")


@pytest.mark.parametrize(
    "change",
    [
        add_a_release,
        yank_a_file,
        require_another_python,
        replace_a_file,
        remove_a_project,
        lose_a_project,
    ],
)
def test_after_any_change_it_is(runs: Runs, change: Callable[[SmallIndex], None]) -> None:
    runs.lock()
    change(runs.index)
    with pytest.raises(ResolverFailed):
        runs.lock_without_uv()


@pytest.mark.parametrize(
    "other",
    [
        replace(QUESTION, targets=(WINDOWS,)),
        replace(QUESTION, exact=False),
        replace(QUESTION, group=group("app")),
        replace(QUESTION, group=replace(QUESTION.group, prereleases=True)),
    ],
)
def test_another_question_has_another_answer(runs: Runs, other: Question) -> None:
    runs.lock()
    with pytest.raises(ResolverFailed):
        runs.lock_without_uv(other)


def test_another_uv_is_asked_itself(runs: Runs) -> None:
    runs.lock()
    runs.kept = replace(runs.kept, resolver="uv 2")
    with pytest.raises(ResolverFailed):
        runs.lock_without_uv()


def test_a_project_that_was_missing_and_is_there_now_is_a_change(runs: Runs) -> None:
    runs.index.wheel("app", "2.0", "missing")
    assert isinstance(runs.lock(), MarkedLock)
    assert isinstance(runs.lock_without_uv(), MarkedLock)
    runs.index.wheel("missing", "1.0")
    with pytest.raises(ResolverFailed):
        runs.lock_without_uv()


def test_files_without_digests_may_change_unseen(runs: Runs) -> None:
    old = runs.index.wheel("app", "0.5")
    runs.index.files[APP] = [*runs.index.files[APP][:-1], replace(old, hashes={})]
    assert isinstance(runs.lock(), MarkedLock)
    with pytest.raises(ResolverFailed):
        runs.lock_without_uv()


def test_a_damaged_file_may_be_whole_the_next_time(runs: Runs) -> None:
    damaged = runs.index.wheel("app", "2.0")
    runs.index.failures[damaged.filename] = InvalidArchive(damaged.filename, "it is cut off")
    assert isinstance(runs.lock(), MarkedLock)
    with pytest.raises(ResolverFailed):
        runs.lock_without_uv()


def test_what_cannot_be_read_was_never_kept(runs: Runs) -> None:
    first = runs.lock()
    (name,) = (path.name for path in runs.kept.folder.directory.iterdir())
    runs.kept.folder.write(name, b"{}")
    with pytest.raises(ResolverFailed):
        runs.lock_without_uv()
    assert runs.lock() == first
