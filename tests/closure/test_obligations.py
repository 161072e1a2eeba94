"""Problems that differ only in their targets are told once."""

from dataclasses import replace

from wheelyard.closure.obligations import Problem, ProblemKind, merge_alike
from wheelyard.model.names import ProjectName

PROBLEM = Problem(
    kind=ProblemKind.CONFLICT,
    group="web",
    targets=("cp312-win_amd64",),
    project=ProjectName("tinylib"),
    message="no",
    hint="yes",
)


def test_problems_that_differ_only_in_their_targets_become_one() -> None:
    other = replace(PROBLEM, message="something else")
    more = replace(PROBLEM, targets=("cp312-macosx_14_0_arm64",))
    assert merge_alike([PROBLEM, other, more]) == (
        replace(PROBLEM, targets=("cp312-win_amd64", "cp312-macosx_14_0_arm64")),
        other,
    )


def test_problems_of_two_groups_stay_two() -> None:
    problems = (PROBLEM, replace(PROBLEM, group="data"))
    assert merge_alike(problems) == problems


def test_a_problem_of_all_targets_stays_one_of_all() -> None:
    everywhere = replace(PROBLEM, targets=())
    assert merge_alike([everywhere, everywhere]) == (everywhere,)
