"""What a run leaves in the catalogue of why files are there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from closure.values import LINUX, WINDOWS, group, listed
from mirror.mirrors import NOON
from plan.closures import PROBLEM, closed, closure, inventory
from wheelyard.closure.obligations import Problem
from wheelyard.index import FileNotFound
from wheelyard.mirror.fetching import FailedFile
from wheelyard.mirror.record import (
    forget_other_groups,
    record_failures,
    record_plan,
    recorded_problems,
    wanted_by_others,
)
from wheelyard.model.names import ProjectName
from wheelyard.plan.plan import Plan, make_plan
from wheelyard.yard.ledger import Selection, failures, selections
from wheelyard.yard.yard import YardWriter, open_yard

APP, LIB = "app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"
DEFAULT = group("app", targets=(LINUX, WINDOWS))


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[YardWriter]:
    with open_yard(tmp_path / "yard", create=True) as opened, opened.exclusive() as writer:
        yield writer


def plan_of(files: dict[str, list[str]], name: str = "default") -> Plan:
    one = replace(DEFAULT, name=name)
    return make_plan(closure([closed(one, files)], one), inventory(), frozenset())


def recorded(yard: YardWriter) -> list[tuple[str, str]]:
    return [(one.group, one.filename) for one in selections(yard.catalog)]


def test_every_want_is_a_selection(yard: YardWriter) -> None:
    record_plan(yard.catalog, plan_of({APP: ["lib"], LIB: []}))
    assert selections(yard.catalog)[1] == Selection(
        group="default",
        target=str(LINUX),
        project=ProjectName("lib"),
        filename=LIB,
        sha256=listed(LIB).sha256,
        reason="app > lib",
    )


def test_a_plan_takes_the_place_of_its_groups_last_one_and_of_no_other(yard: YardWriter) -> None:
    record_plan(yard.catalog, plan_of({APP: ["lib"], LIB: []}))
    record_plan(yard.catalog, plan_of({APP: []}, "other"))
    record_plan(yard.catalog, plan_of({APP: []}))
    assert recorded(yard) == [("default", APP), ("other", APP)]


def test_with_problems_the_last_plan_stands_beside_the_new_one(yard: YardWriter) -> None:
    record_plan(yard.catalog, plan_of({APP: ["lib"], LIB: []}))
    new = "app-1.1-py3-none-any.whl"
    record_plan(yard.catalog, replace(plan_of({new: []}), problems=(PROBLEM,)))
    assert recorded(yard) == [("default", new), ("default", APP), ("default", LIB)]


WEB, DATA = replace(DEFAULT, name="web"), replace(DEFAULT, name="data")


def plan_of_two(files: dict[str, list[str]], *problems: Problem) -> Plan:
    """A plan of `web` and `data`, in which both want these files."""
    found = closure([closed(WEB, files), closed(DATA, files)], WEB, DATA, problems=problems)
    return make_plan(found, inventory(), frozenset())


def test_only_the_groups_with_problems_keep_what_they_wanted_before(yard: YardWriter) -> None:
    record_plan(yard.catalog, plan_of_two({APP: ["lib"], LIB: []}))
    record_plan(yard.catalog, plan_of_two({APP: []}, replace(PROBLEM, group="data")))
    assert recorded(yard) == [("data", APP), ("data", LIB), ("web", APP)]


def test_a_problem_of_a_build_is_one_of_all_groups(yard: YardWriter) -> None:
    record_plan(yard.catalog, plan_of_two({APP: ["lib"], LIB: []}))
    problem = replace(PROBLEM, group="build of lib-1.0.tar.gz")
    record_plan(yard.catalog, plan_of_two({APP: []}, problem))
    assert recorded(yard) == [("data", APP), ("data", LIB), ("web", APP), ("web", LIB)]
    assert recorded_problems(yard.catalog) == {"data": (problem,), "web": (problem,)}


def test_problems_are_recorded_until_the_group_has_none(yard: YardWriter) -> None:
    problems = (
        replace(PROBLEM, group="data"),
        replace(PROBLEM, group="data", targets=(), project=ProjectName("lib"), message="a\nb"),
    )
    record_plan(yard.catalog, plan_of_two({APP: []}, *problems))
    assert recorded_problems(yard.catalog) == {"data": problems, "web": ()}
    record_plan(yard.catalog, plan_of({APP: []}, "web"))
    assert recorded_problems(yard.catalog) == {"data": problems, "web": ()}
    record_plan(yard.catalog, plan_of({APP: []}, "data"))
    assert recorded_problems(yard.catalog) == {"data": (), "web": ()}


def test_what_others_want_is_all_but_what_these_groups_want(yard: YardWriter) -> None:
    record_plan(yard.catalog, plan_of({APP: ["lib"], LIB: []}))
    record_plan(yard.catalog, plan_of({APP: []}, "other"))
    assert wanted_by_others(yard.catalog, [DEFAULT]) == {("app", APP)}
    assert wanted_by_others(yard.catalog, [replace(DEFAULT, name="other")]) == {
        ("app", APP),
        ("lib", LIB),
    }


def test_a_forgotten_group_wants_nothing_and_has_no_problems(yard: YardWriter) -> None:
    record_plan(yard.catalog, plan_of({APP: []}, "web"))
    record_plan(yard.catalog, plan_of({APP: []}, "gone"))
    record_plan(yard.catalog, replace(plan_of({APP: []}, "unsolved"), problems=(PROBLEM,)))
    forget_other_groups(yard.catalog, ["web", "new"])
    assert recorded(yard) == [("web", APP)]
    assert recorded_problems(yard.catalog) == {"web": ()}


def test_failures_are_noted_and_forgotten_when_it_goes_well(yard: YardWriter) -> None:
    plan = plan_of({APP: ["lib"], LIB: []})
    record_plan(yard.catalog, plan)
    failed = [FailedFile(plan.add[1], FileNotFound("https://files.example/lib"))]
    read = [ProjectName("app"), ProjectName("lib")]
    record_failures(yard.catalog, failed, read, NOON)
    (failure,) = failures(yard.catalog)
    assert (failure.project, failure.message, failure.at) == (
        "lib",
        "https://files.example/lib does not exist",
        NOON,
    )
    record_failures(yard.catalog, [], read[:1], NOON)
    assert failures(yard.catalog) == [failure]
    record_failures(yard.catalog, [], read, NOON)
    assert failures(yard.catalog) == []


def test_each_file_that_failed_has_its_line(yard: YardWriter) -> None:
    one, other = group("lib", targets=(LINUX, WINDOWS)), "lib-1.0-py2.py3-none-any.whl"
    plan = make_plan(
        closure([closed(one, {LIB: []}), closed(one, {other: []}, WINDOWS)], one),
        inventory(),
        frozenset(),
    )
    record_plan(yard.catalog, plan)
    failed = [FailedFile(one, FileNotFound(one.file.filename)) for one in reversed(plan.add)]
    record_failures(yard.catalog, failed, [], NOON)
    (failure,) = failures(yard.catalog)
    assert failure.message == f"{other} does not exist\n{LIB} does not exist"


def test_a_failure_of_what_nobody_wants_is_forgotten(yard: YardWriter) -> None:
    plan = plan_of({APP: ["lib"], LIB: []})
    record_plan(yard.catalog, plan)
    failed = [FailedFile(plan.add[1], FileNotFound("https://files.example/lib"))]
    record_failures(yard.catalog, failed, [], NOON)
    record_plan(yard.catalog, plan_of({APP: []}))
    record_failures(yard.catalog, [], [], NOON)
    assert failures(yard.catalog) == []
