"""What a plan says that the last run did not."""

from typing import Any

import pytest

from closure.values import LINUX, group
from plan.closures import closed, closure
from wheelyard.plan.changes import (
    GroupState,
    change_lines,
    changes_document,
    claims_by_group,
    find_changes,
)

A, B = "cp312-manylinux_2_28_x86_64", "cp312-win_amd64"


def claim(*, requirements: tuple[str, ...] = ("app",), **installed: dict[str, str]) -> GroupState:
    """Versions by target: `A`, `B`, and `A5` for Python 3.12.5 and later on A."""
    keys = {"A": (A, "3.12.0"), "A5": (A, "3.12.5"), "A10": (A, "3.12.10"), "B": (B, "3.12.0")}
    found = {keys[name]: versions for name, versions in installed.items()}
    return GroupState(requirements, tuple(dict.fromkeys(target for target, _ in found)), found)


def lines(before: GroupState | None, after: GroupState) -> list[str]:
    known = {} if before is None else {"web": before}
    return change_lines(find_changes(known, {"web": after}, is_whole=True))


ONE = claim(A={"app": "1.0"}, B={"app": "1.0"})


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (ONE, []),
        (claim(A={"app": "1.1"}, B={"app": "1.1"}), ["web: app 1.0 -> 1.1 on 2 targets"]),
        (claim(A={"app": "1.0"}, B={"app": "1.1"}), [f"web: app 1.0 -> 1.1 on {B}"]),
        (
            claim(A={"app": "1.0", "lib": "2"}, B={"app": "1.0"}),
            [f"web: lib 2 came on {A}"],
        ),
        (
            claim(A={"app": "1.0", "b": "1"}, B={"b": "1"}),
            [
                f"web: app 1.0 went on {B}",
                "web: b 1 came on 2 targets",
            ],
        ),
        (claim(A={"app": "1.0"}), [f"web: target {B} dropped"]),
        (
            claim(A={"app": "1.0"}, A5={"app": "1.1"}, B={"app": "1.0"}),
            [f"web: app 1.0 -> 1.0, 1.1 on {A}"],
        ),
        (
            claim(A={"app": "1.2"}, A10={"app": "1.0"}, A5={"app": "1.1"}, B={"app": "1.0"}),
            [f"web: app 1.0 -> 1.2, 1.1, 1.0 on {A}"],
        ),
        (
            claim(requirements=("app>=1", "lib"), A={"app": "1.0"}, B={"app": "1.0"}),
            ["web: requires app>=1 now", "web: requires lib now", "web: requires app no more"],
        ),
    ],
)
def test_each_change_is_told_in_a_line(after: GroupState, told: list[str]) -> None:
    assert lines(ONE, after) == told


def test_a_new_target_is_told_and_not_all_that_is_on_it() -> None:
    assert lines(claim(A={"app": "1.0"}), ONE) == [f"web: new target {B}"]


def test_groups_come_and_go() -> None:
    before, after = {"web": ONE, "old": ONE}, {"web": ONE, "data": ONE}
    assert change_lines(find_changes(before, after, is_whole=True)) == [
        "data: a new group",
        "old: no group any more",
    ]
    assert change_lines(find_changes(before, after, is_whole=False)) == ["data: a new group"]


def test_without_a_last_run_nothing_has_changed() -> None:
    assert find_changes(None, {"web": ONE}, is_whole=True) == ()


def test_changes_as_json() -> None:
    after = claim(requirements=("app", "lib"), A={"app": "1.1", "lib": "1"})
    found = find_changes({"web": ONE}, {"web": after}, is_whole=True)
    document: list[dict[str, Any]] = [
        {
            "group": "web",
            "new": False,
            "gone": False,
            "requirements": {"added": ["lib"], "removed": []},
            "targets": {"added": [], "removed": [B]},
            "releases": [
                {"project": "app", "before": "1.0", "after": "1.1", "targets": [A]},
                {"project": "lib", "before": None, "after": "1", "targets": [A]},
            ],
        }
    ]
    assert changes_document(found) == document


def test_a_closure_is_what_its_groups_install() -> None:
    one = group("app")
    build = group("setuptools", name="build of x-1.tar.gz", builds=("x-1.tar.gz",))
    found = closure([closed(one, {"app-1.0-py3-none-any.whl": []})], one, build)
    assert claims_by_group(found) == {
        "default": GroupState(("app",), (str(LINUX),), {(str(LINUX), "3.12.0"): {"app": "1.0"}})
    }
