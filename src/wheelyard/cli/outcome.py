"""From what fell short to an exit code."""

from collections.abc import Sequence

from wheelyard.cli import exit_codes
from wheelyard.closure.obligations import Problem, ProblemKind
from wheelyard.plan.plan import PlannedFile


def exit_code_for(problems: Sequence[Problem], wanted: Sequence[PlannedFile]) -> int:
    """The exit code of a plan.

    Where some groups or targets came through it fell short. Where nothing did, it is bad input if
    all that is wrong are projects that do not exist, and unreachable if no upstream answered or let
    us in.
    """
    if not problems:
        return exit_codes.COMPLETE
    kinds = {problem.kind for problem in problems}
    if not wanted and kinds == {ProblemKind.UNKNOWN_PROJECT}:
        return exit_codes.BAD_INPUT
    if not wanted and kinds <= {ProblemKind.UNAVAILABLE, ProblemKind.REFUSED}:
        return exit_codes.UNREACHABLE
    return exit_codes.FELL_SHORT
