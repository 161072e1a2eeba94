"""What commands print: sizes, counts, problems, and the exit code that they come to."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from packaging.tags import sys_tags

from closure.values import group
from plan.closures import PROBLEM, closed, closure, inventory
from wheelyard.cli import exit_codes
from wheelyard.cli.here import platform_here, python_here
from wheelyard.cli.mirroring import MirrorOutcome
from wheelyard.cli.outcome import exit_code_for
from wheelyard.cli.output import plan_lines, problem_lines
from wheelyard.cli.sizes import format_count, format_size
from wheelyard.closure.obligations import ProblemKind
from wheelyard.index import FileNotFound
from wheelyard.mirror.fetching import FailedFile
from wheelyard.mirror.run import Report
from wheelyard.model.errors import WheelyardError
from wheelyard.model.targets import Target, tag_ranks
from wheelyard.plan.plan import Plan, make_plan

APP, OLD = "app-1.0-py3-none-any.whl", "old-1.0-py3-none-any.whl"


def plan_of(*held: str) -> Plan:
    return make_plan(closure([closed(group("app"), {APP: []})]), inventory(*held), frozenset())


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1449, "1.4 kB"),
        (999_499, "999.5 kB"),
        (999_500, "1.0 MB"),
        (18_300_000, "18.3 MB"),
        (2_500_000_000, "2.5 GB"),
        (45_600_000_000_000, "45.6 TB"),
        (1_230_000_000_000_000, "1230.0 TB"),
    ],
)
def test_sizes_are_in_decimal_units(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1234567, "1,234,567 files")],
)
def test_counts_agree_with_their_nouns(number: int, text: str) -> None:
    assert format_count(number, "file") == text


_UNKNOWN, _AWAY, _CONFLICT = (
    ProblemKind.UNKNOWN_PROJECT,
    ProblemKind.UNAVAILABLE,
    ProblemKind.CONFLICT,
)


@pytest.mark.parametrize(
    ("kinds", "something_came_through", "code"),
    [
        ([], True, exit_codes.COMPLETE),
        ([], False, exit_codes.COMPLETE),
        ([_UNKNOWN], False, exit_codes.BAD_INPUT),
        ([_UNKNOWN, _UNKNOWN], False, exit_codes.BAD_INPUT),
        ([_UNKNOWN], True, exit_codes.FELL_SHORT),
        ([_AWAY], False, exit_codes.UNREACHABLE),
        ([_AWAY], True, exit_codes.FELL_SHORT),
        ([_AWAY, _UNKNOWN], False, exit_codes.FELL_SHORT),
        ([_CONFLICT], False, exit_codes.FELL_SHORT),
        ([ProblemKind.NO_FITTING_FILE], True, exit_codes.FELL_SHORT),
    ],
)
def test_what_fell_short_comes_to_an_exit_code(
    kinds: Sequence[ProblemKind], something_came_through: bool, code: int
) -> None:
    wanted = plan_of().wanted() if something_came_through else ()
    assert exit_code_for([replace(PROBLEM, kind=kind) for kind in kinds], wanted) == code


def test_a_problem_is_told_with_its_group_targets_and_hint() -> None:
    everywhere = replace(PROBLEM, targets=(), hint="")
    assert problem_lines([PROBLEM, everywhere]) == [
        "error: group `default` on cp312-win_amd64: it cannot be",
        "hint: try another",
        "",
        "error: group `default`: it cannot be",
        "",
    ]


def test_a_plan_is_told_file_by_file() -> None:
    unsized = plan_of(OLD)
    (added,) = unsized.add
    unsized = replace(unsized, add=(replace(added, file=replace(added.file, size=None)),))
    assert plan_lines(unsized) == [
        f"+ {APP}  size unknown   default: app",
        f"- {OLD}  1.0 kB",
        "groups:  default",
        "targets: cp312-manylinux_2_28_x86_64",
        "add:     1 file, 0 B",
        "keep:    0 files, 0 B",
        "drop:    1 file, 1.0 kB",
    ]


def outcome(plan: Plan, *errors: WheelyardError) -> MirrorOutcome:
    failed = tuple(FailedFile(planned, error) for planned in plan.add for error in errors)
    report = Report(
        plan=plan,
        fetched_files=0 if failed else len(plan.add),
        fetched_size=0,
        written_pages=0,
        failed=failed,
        missing=plan.add if failed else (),
    )
    return MirrorOutcome(report, 5)


def test_a_run_is_told_in_one_line() -> None:
    assert (
        outcome(plan_of(APP)).summary() == "complete: 1 file, 1.0 kB; nothing changed; 5 requests"
    )
    assert outcome(plan_of()).summary() == (
        "complete: 1 file, 1.0 kB; 1 file (0 B) fetched, 0 pages written; 5 requests"
    )
    failed = outcome(plan_of(), FileNotFound("https://files.example/app"))
    assert failed.summary().startswith("NOT COMPLETE: 1 file, 1.0 kB; nothing changed")
    assert failed.exit_code() == exit_codes.FELL_SHORT


def test_an_error_without_a_hint_is_told_without_one(capsys: pytest.CaptureFixture[str]) -> None:
    outcome(plan_of(), WheelyardError("no luck")).tell_shortfalls(quiet=False)
    assert capsys.readouterr().err == "error: no luck\n\n"


def test_this_machine_is_a_target_whose_tags_it_accepts_itself() -> None:
    target = Target(python_here(), platform_here())
    ours = set(sys_tags())
    plain = {tag for tag in tag_ranks(target) if tag.platform != "any"}
    assert plain
    assert plain <= ours
