"""Plans proven by real installers before anything is fetched."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from closure.values import LINUX, WINDOWS, group
from mirror.mirrors import NOON
from mirror.small_index import RESOLVER, SmallIndex
from plan.closures import closed
from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import ObligationKind
from wheelyard.mirror.closing import close_groups
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.run import Study
from wheelyard.mirror.witnessing import Solvers
from wheelyard.prove.document import Verdict
from wheelyard.prove.planned import ProvenStudy, prove_study
from wheelyard.prove.provers import open_provers

pytestmark = pytest.mark.installer

# uv reads it as `lib>=1.0`; for pip it is no requirement, and no release that has it is one.
ONLY_FOR_UV = "lib>=1.0.*"


@pytest.fixture
def index() -> SmallIndex:
    return SmallIndex()


def prove(
    index: SmallIndex,
    *groups: Group,
    settled: Sequence[str] = (),
    plan: Closure | None = None,
) -> ProvenStudy:
    """Close the groups, if they are not in `plan`, and prove what comes of it."""

    async def work() -> ProvenStudy:
        facts = Facts(index, Silent())
        closure = plan or await close_groups(groups, facts, Solvers(RESOLVER))
        async with open_provers() as provers:
            return await prove_study(
                Study(closure, facts), frozenset(settled), provers, Silent(), lambda: NOON
            )

    return asyncio.run(work())


def said(proven: ProvenStudy) -> list[tuple[str, str, str]]:
    """Who said what of which group."""
    return [(name, check.by.partition(" ")[0], check.verdict) for name, check in proven.checks]


def additions(proven: ProvenStudy) -> list[tuple[str, str]]:
    found = proven.study.closure.additions
    return [(one.pin.file.filename, one.reason.partition(" (")[0]) for one in found]


def test_both_are_asked_about_each_witness_and_of_builds_one_is(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib", "tzdata; sys_platform == 'win32'")
    index.sdist("lib", "1.0", build_requires=["backend"])
    index.wheel("tzdata", "1.0")
    index.wheel("backend", "1.0")
    both = group("app", targets=(LINUX, WINDOWS))
    proven = prove(index, both)
    build = "build of lib-1.0.tar.gz"
    assert said(proven) == [
        ("default", "uv", "holds"),
        ("default", "uv", "holds"),
        (build, "uv", "holds"),
        (build, "uv", "holds"),
        ("default", "pip", "holds"),
        ("default", "pip", "holds"),
    ]
    assert {check.at for _, check in proven.checks} == {NOON}
    assert proven.study.closure.problems == ()


def test_what_is_settled_is_not_asked_about(index: SmallIndex) -> None:
    index.wheel("app", "1.0")
    index.wheel("other", "1.0")
    groups = group("app", name="web"), group("other", name="data")
    assert said(prove(index, *groups, settled=["web"])) == [
        ("data", "uv", "holds"),
        ("data", "pip", "holds"),
    ]


def test_where_pip_refuses_what_uv_takes_its_own_answer_is_added(index: SmallIndex) -> None:
    index.wheel("app", "2.0", ONLY_FOR_UV)
    index.wheel("app", "1.0", "older")
    index.wheel("lib", "1.0")
    index.wheel("older", "1.0")
    proven = prove(index, group("app"))
    assert additions(proven) == [
        ("app-1.0-py3-none-any.whl", "app==1.0"),
        ("older-1.0-py3-none-any.whl", "older==1.0"),
    ]
    assert said(proven) == [("default", "uv", "holds"), ("default", "pip", "differs")]
    assert "app-1.0" in proven.checks[1][1].said
    assert proven.study.closure.problems == ()


def test_an_sdist_that_pip_alone_takes_is_told_to_be_built_without_help(index: SmallIndex) -> None:
    """Build groups are closed before installers are asked."""
    index.wheel("app", "2.0", ONLY_FOR_UV)
    index.sdist("app", "1.0", build_requires=["backend"])
    index.wheel("lib", "1.0")
    index.wheel("backend", "1.0")
    proven = prove(index, group("app"))
    assert [name for name, _ in additions(proven)] == ["app-1.0.tar.gz"]
    told = [
        one.message for one in proven.study.closure.obligations if one.kind is ObligationKind.BUILD
    ]
    assert told == [
        "`app-1.0.tar.gz` is built where it is installed; what its build needs may be missing"
    ]


def test_a_refusal_that_no_file_of_the_index_mends_is_told_and_is_no_problem(
    index: SmallIndex,
) -> None:
    index.wheel("app", "2.0", ONLY_FOR_UV)
    index.wheel("app", "1.0")
    index.wheel("lib", "1.0")
    index.wheel("only", "1.0", ONLY_FOR_UV)
    proven = prove(index, group("app", name="mended"), group("only", name="hopeless"))
    assert said(proven)[2:] == [("mended", "pip", "differs"), ("hopeless", "pip", "nowhere")]
    assert [name for name, _ in additions(proven)] == ["app-1.0-py3-none-any.whl"]
    told = proven.checks[3][1].said
    assert told.startswith("it finds no installation on the whole index either")
    assert proven.study.closure.problems == ()


def test_pip_is_not_asked_what_it_cannot_be_asked(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib<2")
    index.wheel("lib", "2.0")
    proven = prove(index, group("app", overrides=["lib>=2"]))
    assert said(proven) == [("default", "uv", "holds"), ("default", "pip", "skipped")]
    assert proven.checks[1][1].said == "pip has no overrides"


def test_a_file_that_a_plan_left_out_is_found_missing_and_added(index: SmallIndex) -> None:
    """A defect of the plan: the witness lacks a requirement, and claims to be whole."""
    for name, needs in {"app": ["lib"], "lib": ["deep"], "deep": []}.items():
        index.wheel(name, "1.0", *needs)
    one = group("app")
    witness = closed(one, {"app-1.0-py3-none-any.whl": []})
    proven = prove(index, plan=Closure((one,), (witness,), (), ()))
    added = ["deep-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"]
    assert [name for name, _ in additions(proven)] == added
    assert said(proven) == [("default", "uv", "differs"), ("default", "pip", "differs")]
    assert {check.verdict for _, check in proven.checks} == {Verdict.DIFFERS}


def test_a_lock_is_asked_about_release_by_release_and_nothing_is_followed(
    index: SmallIndex,
) -> None:
    index.wheel("app", "1.0rc1", "missing")
    one = group("app")
    witness = closed(one, {"app-1.0rc1-py3-none-any.whl": []})
    lock = replace(one, lock=object())  # type: ignore[arg-type]
    proven = prove(index, plan=Closure((lock,), (witness,), (), ()))
    assert said(proven) == [("default", "uv", "holds"), ("default", "pip", "holds")]
