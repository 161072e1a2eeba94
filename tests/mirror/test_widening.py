"""What policies keep besides one complete installation."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from closure.values import LINUX, WINDOWS, group
from mirror.small_index import SmallIndex, close, taken
from wheelyard.closure.closed import Closure
from wheelyard.closure.formats import ANY_FORMAT, Format
from wheelyard.closure.groups import Group
from wheelyard.closure.policies import LOCK, LOCK_AND_EDGES, Policy, parse_policy
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target


@pytest.fixture
def index() -> SmallIndex:
    return SmallIndex()


def asking(
    *texts: str, policy: Policy = LOCK_AND_EDGES, targets: Sequence[Target] = (LINUX,)
) -> Group:
    return replace(group(*texts, targets=targets), policy=policy)


def added(closure: Closure) -> dict[str, str]:
    """What is kept besides the witnesses, and why."""
    assert not closure.problems
    return {one.pin.file.filename: one.reason for one in closure.additions}


def wheel(stem: str) -> str:
    return f"{stem}-py3-none-any.whl"


def test_lock_keeps_the_answer_alone(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("tool", "1.0", "lib")
    for version in ("1.0", "1.5", "2.0"):
        index.wheel("lib", version)
    assert added(close(index, asking("app", "tool", policy=LOCK))) == {}


def test_edges_keep_the_newest_for_each_requirement_met_on_the_way(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("tool", "1.0", "lib")
    for version in ("1.0", "1.5", "2.0"):
        index.wheel("lib", version)
    assert added(close(index, asking("app", "tool"))) == {
        wheel("lib-2.0"): "tool > lib (the newest)"
    }


def test_edges_follow_what_the_newest_needs(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("tool", "1.0", "lib")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0", "base>=3")
    index.wheel("base", "3.0")
    assert added(close(index, asking("app", "tool"))) == {
        wheel("lib-2.0"): "tool > lib (the newest)",
        wheel("base-3.0"): "tool > lib > base>=3 (the newest)",
    }


def test_edges_pass_over_what_installers_do_not_take(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("tool", "1.0", "lib", "pinned==1.0")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0")
    index.wheel("lib", "3.0", yanked=True)
    index.wheel("lib", "4.0", tags="cp312-cp312-win_amd64")
    index.wheel("lib", "5.0", requires_python=">=3.13")
    index.wheel("lib", "6.0rc1")
    index.wheel("pinned", "1.0", yanked=True)
    closure = close(index, asking("app", "tool", "pinned==1.0"))
    assert list(added(closure)) == [wheel("lib-2.0")]


def test_a_constraint_of_the_group_bounds_its_edges_too(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("tool", "1.0", "lib")
    for version in ("1.0", "2.0", "3.0"):
        index.wheel("lib", version)
    bounded = replace(asking("app", "tool"), constraints=group("lib<3").requirements)
    assert list(added(close(index, bounded))) == [wheel("lib-2.0")]


def test_what_constraints_keep_from_being_installed_is_no_edge(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2", "base")
    index.wheel("tool", "1.0", "lib")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0", "base<4")
    index.wheel("lib", "3.0", "base>=4")
    index.wheel("base", "3.0")
    index.wheel("base", "4.0")
    bounded = replace(asking("app", "tool"), constraints=group("base<4").requirements)
    assert list(added(close(index, bounded))) == [wheel("lib-2.0")]


def test_an_edge_that_leads_nowhere_does_not_break_the_group(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("tool", "1.0", "lib")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0", "vanished")
    assert list(added(close(index, asking("app", "tool")))) == [wheel("lib-2.0")]


@dataclass
class SlowForOneFile(SmallIndex):
    """An index that takes its time for the metadata of one file."""

    slow: str = ""

    async def core_metadata(self, file: DistributionFile) -> bytes:
        if file.filename == self.slow:
            await asyncio.sleep(0.05)
        return await super().core_metadata(file)


@pytest.mark.parametrize("slow", ["lib-2.0", "lib-3.0"])
def test_what_is_told_does_not_depend_on_what_was_read_first(slow: str) -> None:
    index = SlowForOneFile(slow=wheel(slow))
    index.wheel("app", "1.0", "lib>0", "lib<3", "other")
    index.wheel("other", "1.0", "lib<2", "leaf<2")
    index.wheel("lib", "1.0", "leaf")
    index.wheel("lib", "2.0")
    index.wheel("lib", "3.0")
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0")
    assert added(close(index, asking("app"))) == {
        wheel("lib-2.0"): "app > lib<3 (the newest)",
        wheel("lib-3.0"): "app > lib>0 (the newest)",
        wheel("leaf-2.0"): "app > lib>0 > leaf (the newest)",
    }


def test_each_target_has_its_own_edges(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("tool", "1.0", "lib")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0", tags="cp312-cp312-win_amd64")
    closure = close(index, asking("app", "tool", targets=(LINUX, WINDOWS)))
    assert [(one.pin.file.filename, one.target) for one in closure.additions] == [
        ("lib-2.0-cp312-cp312-win_amd64.whl", WINDOWS)
    ]


def test_keep_n_keeps_the_newest_releases_of_every_project_reached(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib")
    for version in ("1.0", "2.0", "3.0", "4.0", "5.0rc1"):
        index.wheel("lib", version)
    index.wheel("other", "1.0")
    closure = close(index, asking("app", policy=parse_policy("keep-3")))
    assert added(closure) == {
        wheel("lib-2.0"): "lib 2.0 (kept by keep-3)",
        wheel("lib-3.0"): "lib 3.0 (kept by keep-3)",
    }


def test_since_keeps_what_was_uploaded_from_that_day_on(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib")
    for number in range(1, 5):
        index.wheel("lib", f"{number}.0")
    lib = ProjectName("lib")
    index.files[lib] = [
        replace(file, uploaded=datetime(2026, number, 1, tzinfo=UTC))
        for number, file in enumerate(index.files[lib], start=1)
    ]
    closure = close(index, asking("app", policy=parse_policy("since-2026-03-01")))
    assert added(closure) == {wheel("lib-3.0"): "lib 3.0 (kept by since-2026-03-01)"}


def test_every_wheel_and_sdist_of_the_releases_can_be_kept(index: SmallIndex) -> None:
    index.wheel("app", "1.0")
    index.wheel("app", "1.0", tags="cp312-cp312-manylinux_2_17_x86_64")
    index.wheel("app", "1.0", tags="cp312-cp312-win_amd64")
    index.sdist("app", "1.0", build_requires=["backend"])
    index.wheel("backend", "1.0")
    wanted = replace(asking("app", policy=LOCK), every_wheel=True, every_sdist=True)
    closure = close(index, wanted)
    assert taken(closure)["cp312-manylinux_2_28_x86_64 3.12.0 and later"] == [
        "app-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"
    ]
    assert list(added(closure)) == [wheel("app-1.0"), "app-1.0.tar.gz"]
    # what the sdist needs to be built is there as well
    assert list(taken(closure, "build of app-1.0.tar.gz").values()) == [[wheel("backend-1.0")]]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [(Format.NO_BINARY, "app-1.0.tar.gz"), (Format.ONLY_BINARY, wheel("app-0.9"))],
)
def test_formats_decide_what_may_be_taken(index: SmallIndex, wish: Format, expected: str) -> None:
    index.wheel("app", "0.9")
    index.sdist("app", "1.0")
    if wish is Format.NO_BINARY:
        index.wheel("app", "1.0")
    wanted = replace(asking("app", policy=LOCK), formats=ANY_FORMAT.wishing(wish, "app"))
    assert list(taken(close(index, wanted)).values()) == [[expected]]


def test_a_digest_admits_one_file_alone(index: SmallIndex) -> None:
    index.wheel("app", "1.0", tags="cp312-cp312-manylinux_2_17_x86_64")
    pure = index.wheel("app", "1.0")
    wanted = replace(
        asking("app==1.0", policy=LOCK),
        digests={ProjectName("app"): frozenset({f"sha256:{pure.sha256}"})},
    )
    assert list(taken(close(index, wanted)).values()) == [[wheel("app-1.0")]]
