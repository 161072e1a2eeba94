"""What uv takes from all that the index has, and when it need not be asked again."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from closure.values import LINUX, WINDOWS, group
from mirror.small_index import SmallIndex
from wheelyard.closure.groups import Group
from wheelyard.index import Unavailable
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.installer import Installation
from wheelyard.mirror.kept import KeptAnswers
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.resolver import ResolverFailed
from wheelyard.model.files import Yank
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target
from wheelyard.prove.online import UvInstaller
from wheelyard.prove.processes import Processes
from wheelyard.prove.provers import Provers, open_provers
from wheelyard.prove.virtual import serve_virtual
from wheelyard.upstream.cache import CacheFolder

pytestmark = pytest.mark.installer

Pins = Mapping[ProjectName, Version]

APP, LIB = ProjectName("app"), ProjectName("lib")
PYTHON = Version("3.12.4")


class Runs:
    """Runs over one index that keep their answers in one folder."""

    def __init__(self, folder: Path) -> None:
        self.kept = KeptAnswers(CacheFolder(folder))
        self.index = SmallIndex()
        self.index.wheel("app", "1.0", "lib")
        self.index.wheel("lib", "1.0")

    def pins(self, asked: Group, target: Target = LINUX, python: Version = PYTHON) -> Pins | None:
        async def work() -> Pins | None:
            async with open_provers() as provers:
                installer = UvInstaller(provers, self.kept)
                facts = Facts(self.index, Silent())
                return (await installer.find(asked, target, python, facts)).pins

        return asyncio.run(work())

    def pins_without_uv(
        self, asked: Group, target: Target = LINUX, python: Version = PYTHON
    ) -> Pins | None:
        """The same where uv does not work."""

        async def work() -> Pins | None:
            async with serve_virtual() as server:
                with ExitStack() as shown:
                    provers = Provers(server, Processes(), Path("/bin/false"), shown)
                    installer = UvInstaller(provers, self.kept)
                    facts = Facts(self.index, Silent())
                    return (await installer.find(asked, target, python, facts)).pins

        return asyncio.run(work())


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_over_the_same_pages_uv_is_not_started(runs: Runs) -> None:
    expected = {APP: Version("1.0"), LIB: Version("1.0")}
    assert runs.pins(group("app")) == expected
    assert runs.pins_without_uv(group("app")) == expected


def test_that_there_is_no_installation_is_kept_too(runs: Runs) -> None:
    asked = group("app", "lib>1")
    assert runs.pins(asked) is None
    assert runs.pins_without_uv(asked) is None


def test_that_nothing_is_needed_is_not_taken_for_a_refusal(runs: Runs) -> None:
    asked = group("app; sys_platform == 'win32'")
    assert runs.pins(asked) == {}
    assert runs.pins_without_uv(asked) == {}


@pytest.mark.parametrize("change", ["release", "yank", "target", "python", "group", "order"])
def test_after_any_change_it_is_asked(runs: Runs, change: str) -> None:
    asked, target, python = group("app", "lib"), LINUX, PYTHON
    runs.pins(asked)
    match change:
        case "release":
            runs.index.wheel("lib", "2.0")
        case "yank":
            runs.index.files[LIB] = [replace(file, yank=Yank()) for file in runs.index.files[LIB]]
        case "target":
            target = WINDOWS
        case "python":
            python = Version("3.12.5")
        case "group":
            asked = replace(asked, prereleases=True)
        case "order":
            asked = group("lib", "app")
    with pytest.raises(ResolverFailed):
        runs.pins_without_uv(asked, target, python)


def test_files_that_the_digests_of_a_group_rule_out_are_not_seen(runs: Runs) -> None:
    (old,) = runs.index.files[LIB]
    runs.index.wheel("lib", "2.0")
    asked = replace(group("app"), digests={LIB: frozenset({f"sha256:{old.sha256}"})})
    assert runs.pins(asked) == {APP: Version("1.0"), LIB: Version("1.0")}
    assert runs.pins(group("app")) == {APP: Version("1.0"), LIB: Version("2.0")}


def test_an_index_that_cannot_be_read_is_no_refusal(runs: Runs) -> None:
    runs.index.failures["lib"] = Unavailable("https://index.example", "503")
    with pytest.raises(Unavailable):
        runs.pins(group("app"))
    del runs.index.failures["lib"]
    assert runs.pins(group("app")) is not None


def test_what_one_target_alone_cannot_read_fails_no_other(runs: Runs) -> None:
    runs.index.wheel("app", "2.0", "lib", "other; sys_platform == 'win32'")
    runs.index.failures["other"] = Unavailable("https://index.example", "503")

    async def work() -> list[Installation | BaseException]:
        async with open_provers() as provers:
            installer, facts = UvInstaller(provers), Facts(runs.index, Silent())
            asked = [
                installer.find(group("app"), target, PYTHON, facts)
                for target in (WINDOWS, LINUX, WINDOWS, LINUX)
            ]
            return await asyncio.gather(*asked, return_exceptions=True)

    windows, linux, *again = asyncio.run(work())
    assert isinstance(windows, Unavailable)
    assert isinstance(linux, Installation)
    assert linux.pins == {APP: Version("2.0"), LIB: Version("1.0")}
    assert isinstance(again[0], Unavailable)
    assert again[1] == linux


def test_what_was_read_for_another_question_draws_its_lines_too(runs: Runs) -> None:
    runs.index.wheel("lib", "2.0", requires_python=">=3.12.7")
    patches = [Version("3.12.4"), Version("3.12.5")]

    async def work() -> list[Installation]:
        async with open_provers() as provers:
            installer, facts = UvInstaller(provers), Facts(runs.index, Silent())
            return [await installer.find(group("app"), LINUX, python, facts) for python in patches]

    for found in asyncio.run(work()):
        assert found.pins == {APP: Version("1.0"), LIB: Version("1.0")}
        assert Version("3.12.7") in found.pythons
    assert runs.index.asked["lib"] == 1
