"""Closing groups where an installer is asked for each target alone."""

import asyncio
from dataclasses import replace

import pytest

from closure.values import group
from mirror.small_index import RESOLVER, SmallIndex, versions_taken
from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.mirror.closing import close_groups
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.witnessing import Solvers
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import parse_target
from wheelyard.prove.online import UvInstaller
from wheelyard.prove.provers import open_provers

pytestmark = pytest.mark.installer

TARGET = parse_target("cp312-manylinux_2_28_x86_64")


@pytest.fixture
def index() -> SmallIndex:
    return SmallIndex()


def close(index: SmallIndex, asked: Group) -> Closure:
    async def work() -> Closure:
        async with open_provers() as provers:
            solvers = Solvers(RESOLVER, UvInstaller(provers))
            return await close_groups([asked], Facts(index, Silent()), solvers)

    return asyncio.run(work())


def versions(index: SmallIndex, *texts: str) -> dict[str, dict[str, str]]:
    closure = close(index, group(*texts, targets=[TARGET]))
    assert not closure.problems
    return {
        pythons.removeprefix(f"{TARGET} "): {name: str(version) for name, version in pins.items()}
        for pythons, pins in versions_taken(closure).items()
    }


def test_the_order_of_requirements_decides_as_it_does_for_an_installer(index: SmallIndex) -> None:
    index.wheel("one", "1.0", "base")
    index.wheel("one", "2.0", "base<2")
    index.wheel("base", "1.0")
    index.wheel("base", "2.0")
    every = "3.12.0 and later"
    assert versions(index, "one", "base") == {every: {"one": "2.0", "base": "1.0"}}
    assert versions(index, "base", "one") == {every: {"one": "1.0", "base": "2.0"}}


def test_each_patch_release_may_need_a_release_of_its_own(index: SmallIndex) -> None:
    index.wheel(
        "app",
        "1.0",
        "lib<2; python_full_version < '3.12.4'",
        "lib>=2; python_full_version >= '3.12.4'",
    )
    index.wheel("lib", "1.0", requires_python="<3.12.4")
    index.wheel("lib", "2.0", requires_python=">=3.12.4")
    assert versions(index, "app") == {
        "3.12.0 to 3.12.3": {"app": "1.0", "lib": "1.0"},
        "3.12.4 and later": {"app": "1.0", "lib": "2.0"},
    }


def test_an_index_without_digests_is_read_like_any_other(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib")
    index.wheel("cap", "1.0", "lib<2")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0")
    for name in ("app", "cap", "lib"):
        project = ProjectName(name)
        index.files[project] = [replace(file, hashes={}) for file in index.files[project]]
    found = versions(index, "app", "cap")
    assert found["3.12.0 and later"]["lib"] == "1.0"


def test_what_cannot_be_installed_stays_a_problem(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("cap", "1.0", "lib>=2")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0")
    (problem,) = close(index, group("app", "cap", targets=[TARGET])).problems
    assert "lib" in problem.message
