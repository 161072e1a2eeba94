"""Plans: what is added, kept and dropped, for which targets."""

from dataclasses import replace

from closure.values import LINUX, WINDOWS, group
from plan.closures import PROBLEM, closed, closure, held, inventory
from wheelyard.closure.groups import Group
from wheelyard.model.names import ProjectName
from wheelyard.plan.inventory import Inventory
from wheelyard.plan.plan import Plan, PlannedFile, make_plan

APP, LIB, OLD = (
    "app-1.0-py3-none-any.whl",
    "lib-1.0-py3-none-any.whl",
    "lib-0.9-py3-none-any.whl",
)
DEFAULT = group("app", targets=(LINUX, WINDOWS))


def plan_for(held_files: Inventory, group_: Group = DEFAULT) -> Plan:
    witnesses = [
        closed(group_, {APP: ["lib"], LIB: []}, LINUX),
        closed(group_, {APP: ["lib"], LIB: []}, WINDOWS),
    ]
    return make_plan(closure(witnesses, group_), held_files, frozenset())


def names(files: tuple[PlannedFile, ...]) -> list[str]:
    return [planned.file.filename for planned in files]


def test_an_empty_yard_gets_everything() -> None:
    plan = plan_for(inventory())
    assert (names(plan.add), plan.keep, plan.drop) == ([APP, LIB], (), ())
    assert names(plan.wanted()) == [APP, LIB]


def test_what_is_held_is_kept_and_what_nothing_wants_is_dropped() -> None:
    plan = plan_for(inventory(OLD, LIB))
    assert (names(plan.add), names(plan.keep), names(plan.drop)) == ([APP], [LIB], [OLD])


def test_a_second_plan_over_the_result_of_the_first_adds_nothing() -> None:
    first = plan_for(inventory(OLD))
    second = plan_for(inventory(*names(first.wanted())))
    assert (second.add, names(second.keep), second.drop) == ((), [APP, LIB], ())


def test_a_file_is_planned_once_for_all_its_targets() -> None:
    plan = plan_for(inventory())
    assert [planned.targets for planned in plan.add] == [
        ("cp312-manylinux_2_28_x86_64", "cp312-win_amd64")
    ] * 2


def test_the_same_name_with_other_bytes_is_not_held() -> None:
    """It is neither kept nor dropped: a file of that name is wanted, only not this one."""
    other = replace(held(LIB), hashes={"sha256": "0" * 64})
    plan = plan_for(Inventory.of([other]))
    assert (names(plan.add), plan.keep, plan.drop) == ([APP, LIB], (), ())


def test_the_same_file_under_another_project_is_another_file() -> None:
    stray = replace(held(LIB), project=ProjectName("other"))
    plan = plan_for(Inventory.of([stray]))
    assert (names(plan.add), names(plan.drop)) == ([APP, LIB], [LIB])


def test_what_other_groups_want_is_never_dropped() -> None:
    witnesses = [closed(DEFAULT, {APP: []})]
    elsewhere = frozenset({(ProjectName("lib"), OLD)})
    plan = make_plan(closure(witnesses, DEFAULT), inventory(OLD, LIB), elsewhere)
    assert names(plan.drop) == [LIB]


def test_nothing_is_dropped_while_a_group_has_problems() -> None:
    witnesses = [closed(DEFAULT, {APP: []})]
    plan = make_plan(closure(witnesses, DEFAULT, problems=(PROBLEM,)), inventory(OLD), frozenset())
    assert (names(plan.add), plan.drop, plan.problems) == ([APP], (), (PROBLEM,))


def test_a_dropped_file_is_told_as_it_is_held() -> None:
    (dropped,) = make_plan(closure([]), inventory(OLD), frozenset()).drop
    assert (dropped.project, dropped.version, dropped.wants) == ("lib", "0.9", ())
    assert dropped.file.url == f"https://files.example/{OLD}"
    assert dropped.file.sha256 == held(OLD).sha256


def test_a_held_file_that_came_from_nowhere_can_be_dropped() -> None:
    uploaded = replace(held(OLD), upstream_url=None, version=None)
    (dropped,) = make_plan(closure([]), Inventory.of([uploaded]), frozenset()).drop
    assert (dropped.file.url, dropped.version) == ("", "")


def test_two_groups_share_a_file() -> None:
    web, data = group("app", name="web"), group("lib", name="data")
    witnesses = [closed(web, {APP: ["lib"], LIB: []}), closed(data, {LIB: []})]
    plan = make_plan(closure(witnesses, web, data), inventory(), frozenset())
    assert names(plan.add) == [APP, LIB]
    assert plan.add[1].reasons == ("data: lib", "web: app > lib")
    assert [one.name for one in plan.groups] == ["web", "data"]


def test_build_groups_are_not_among_the_groups_of_a_plan() -> None:
    build = group("setuptools", name="build of lib-1.0.tar.gz", builds=("lib-1.0.tar.gz",))
    assert make_plan(closure([], DEFAULT, build), inventory(), frozenset()).groups == (DEFAULT,)


def test_files_are_sorted_by_project_and_name_whatever_order_they_came_in() -> None:
    one = group("app", "lib")
    files: dict[str, list[str]] = {"lib-1.0-py3-none-any.whl": [], "app-1.0-py3-none-any.whl": []}
    there, back = (
        make_plan(closure([closed(one, dict(order))], one), inventory(), frozenset())
        for order in (files.items(), reversed(files.items()))
    )
    assert there == back
    assert names(there.add) == [APP, LIB]
