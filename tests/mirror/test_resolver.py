"""uv as a process: what it is told, what it may not see, and when it gives up."""

import asyncio
import errno
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from closure.values import LINUX, group
from mirror.small_index import RESOLVER, SmallIndex
from wheelyard.closure.question import Question
from wheelyard.index import Unavailable
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.resolver import Refusal, Resolver, ResolverFailed, resolver_environment
from wheelyard.model.files import DistributionFile
from wheelyard.model.locks import MarkedLock


def lock(index: SmallIndex, resolver: Resolver = RESOLVER) -> MarkedLock | Refusal:
    async def work() -> MarkedLock | Refusal:
        return await resolver.lock(Question(group("app"), (LINUX,), True), Facts(index, Silent()))

    return asyncio.run(work())


@pytest.fixture
def index() -> SmallIndex:
    index = SmallIndex()
    index.wheel("app", "1.0")
    return index


def test_uv_gets_none_of_its_settings_and_no_proxy() -> None:
    environment = {
        "PATH": "/bin",
        "UV_INDEX": "https://elsewhere.example/simple",
        "UV_OFFLINE": "1",
        "HTTPS_PROXY": "http://proxy.example",
        "http_proxy": "http://proxy.example",
        "no_proxy": "*",
    }
    assert resolver_environment(environment) == {"PATH": "/bin", "UV_NO_CONFIG": "1"}


def test_settings_of_the_user_do_not_reach_uv(index: SmallIndex, tmp_path: Path) -> None:
    """Each of these by itself would make uv give another answer, or none."""
    settings = tmp_path / "uv" / "uv.toml"
    settings.parent.mkdir()
    settings.write_text('index-url = "http://127.0.0.1:9/simple"\noffline = true\n')
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_CONFIG_DIRS": str(tmp_path),
        "UV_INDEX": "http://127.0.0.1:9/simple",
        "UV_EXCLUDE_NEWER": "2001-01-01",
        "UV_OFFLINE": "1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }
    resolver = Resolver(RESOLVER.uv, resolver_environment(environment))
    assert isinstance(lock(index, resolver), MarkedLock)


def test_uv_waits_as_long_as_the_index_takes(index: SmallIndex) -> None:
    index.delay = 1.5
    patient = {**RESOLVER.environment, "UV_HTTP_TIMEOUT": "1"}
    assert isinstance(lock(index, Resolver(RESOLVER.uv, patient)), MarkedLock)


def test_a_refusal_is_an_answer(index: SmallIndex) -> None:
    index.files.clear()
    index.wheel("app", "1.0", "lib")
    answer = lock(index)
    assert isinstance(answer, Refusal)
    assert answer.explanation.startswith("Because lib was not found")


def test_an_index_that_fails_ends_uv_at_once_with_its_own_error(index: SmallIndex) -> None:
    error = Unavailable("https://index.example/simple/app/", "503")
    index.failures["app"] = error
    with pytest.raises(Unavailable) as caught:
        lock(index)
    assert caught.value is error


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo 'uv has lost its mind' >&2; exit 101", "`uv lock` failed:\nuv has lost its mind"),
        ('[ "$1" = lock ] || { echo no export >&2; exit 2; }', "`uv export` failed:\nno export"),
    ],
)
def test_a_uv_that_fails_otherwise_is_told_in_its_own_words(
    index: SmallIndex, tmp_path: Path, script: str, told: str
) -> None:
    broken = tmp_path / "uv"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    with pytest.raises(ResolverFailed) as caught:
        lock(index, Resolver(broken, RESOLVER.environment))
    assert str(caught.value) == told
    assert caught.value.hint


def test_a_cancelled_question_leaves_no_process(index: SmallIndex, tmp_path: Path) -> None:
    sleeper = tmp_path / "uv"
    pid = tmp_path / "pid"
    sleeper.write_text(f"#!/bin/sh\necho $$ > {pid}.new\nmv {pid}.new {pid}\nexec sleep 60\n")
    sleeper.chmod(0o755)

    async def work() -> None:
        resolver = Resolver(sleeper, RESOLVER.environment)
        question = Question(group("app"), (LINUX,), True)
        asking = asyncio.ensure_future(resolver.lock(question, Facts(index, Silent())))
        while not pid.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(work())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_page_that_does_not_come_does_not_hold_up_the_end(index: SmallIndex) -> None:
    """Ctrl-C, or another page's error, while the index is silent."""
    index.delay = 600

    async def work() -> None:
        question = Question(group("app"), (LINUX,), True)
        asking = asyncio.ensure_future(RESOLVER.lock(question, Facts(index, Silent())))
        while not index.asked["app"]:  # noqa: ASYNC110 - another process asks for it
            await asyncio.sleep(0.01)
        asking.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await asking

    asyncio.run(work())


def test_a_workspace_above_the_temporary_folder_is_not_joined(
    index: SmallIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a shared machine anybody can put files into /tmp."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "other"\nversion = "1"\nrequires-python = ">=3.8"\n'
        '[tool.uv]\nconstraint-dependencies = ["app>9"]\n'
        '[tool.uv.workspace]\nmembers = ["*"]\n'
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert isinstance(lock(index), MarkedLock)
    assert not (tmp_path / "uv.lock").exists()


def test_a_disk_that_fails_while_uv_asks_is_told_as_such(index: SmallIndex) -> None:
    class FullDisk(SmallIndex):
        async def core_metadata(self, file: DistributionFile) -> bytes:
            raise OSError(errno.ENOSPC, "no space left on device")

    with pytest.raises(OSError, match="no space left"):
        lock(FullDisk(index.files, index.documents))


def test_files_without_any_digest_are_locked_without_being_downloaded(index: SmallIndex) -> None:
    index.files = {
        name: [replace(file, hashes={}) for file in files] for name, files in index.files.items()
    }
    assert isinstance(lock(index), MarkedLock)
