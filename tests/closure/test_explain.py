"""What a person is told where a target gets no complete installation.

The resolver's texts are those of uv 0.13.9, but for their length; in `tests/mirror` it writes new
ones.
"""

from collections.abc import Sequence

import pytest
from packaging.version import Version

from closure.values import LINUX, MACOS, WINDOWS, candidate, group, listed, releases
from wheelyard.closure.check import Chain, Shortfall
from wheelyard.closure.explain import (
    describe_misfits,
    explain_misfit,
    explain_refusal,
    explain_shortfalls,
    tell_refusal,
    why_not,
)
from wheelyard.closure.obligations import Problem, ProblemKind
from wheelyard.closure.question import Question
from wheelyard.closure.releases import Releases
from wheelyard.model.files import DistributionFile
from wheelyard.model.targets import Target, parse_target

PY312 = Version("3.12.0")

CONFLICT = """\
Using CPython 3.11.7 interpreter at: /srv/venv/bin/python
error: No solution found when resolving dependencies for split (markers: python_full_version == \
'3.12.*' and sys_platform == 'linux')
  cause: Because all versions of b depend on lib<2 and all versions of a depend on lib>=2, we can \
conclude that all versions of a and all versions of b are incompatible.
         And because your project depends on a and b, we can conclude that your project's \
requirements are unsatisfiable.

hint: While the active Python version is 3.11, the resolution failed for other Python versions \
supported by your project. Consider limiting your project's supported Python versions using \
`requires-python`.
"""
YANKED = """\
error: No solution found when resolving dependencies for split (markers: sys_platform == 'linux')
  cause: Because a==1.0 was yanked and only the following versions of a are available:
             a<=0.9
             a==1.0
         we can conclude that a>0.9 cannot be used.
         And because your project depends on a>0.9, we can conclude that your project's \
requirements are unsatisfiable.

hint: While the active Python version is 3.11, the resolution failed for other Python versions.
"""
NO_FILE = "Because there are no versions of lib and the group asks for lib, it is unsatisfiable."


def question(*targets: Target, exact: bool = True) -> Question:
    return Question(group("lib", targets=targets or (LINUX,)), targets or (LINUX,), exact)


def test_the_resolvers_explanation_is_one_paragraph_in_the_words_of_a_group() -> None:
    assert tell_refusal(CONFLICT) == (
        "Because all versions of b depend on lib<2 and all versions of a depend on lib>=2, we can "
        "conclude that all versions of a and all versions of b are incompatible. And because the "
        "group asks for a and b, we can conclude that the group's requirements are unsatisfiable."
    )


def test_an_explanation_with_a_list_is_told_to_its_end() -> None:
    assert tell_refusal(YANKED) == (
        "Because a==1.0 was yanked and only the following versions of a are available: a<=0.9 "
        "a==1.0 we can conclude that a>0.9 cannot be used. And because the group asks for a>0.9, "
        "we can conclude that the group's requirements are unsatisfiable."
    )


def test_an_explanation_of_another_shape_is_told_as_it_is() -> None:
    assert tell_refusal("something\n  new\n") == "something new"


def refused(explanation: str, *pages: Releases, target: Target = LINUX) -> Problem:
    return explain_refusal(question(target), explanation, pages)


def test_a_conflict_is_told_with_its_targets() -> None:
    page = releases("lib-1.0-py3-none-any.whl", "lib-2.0-py3-none-any.whl")
    problem = explain_refusal(question(LINUX, WINDOWS, exact=False), "lib is no good", [page])
    assert (problem.kind, problem.group) == (ProblemKind.CONFLICT, "default")
    assert problem.targets == ("cp312-manylinux_2_28_x86_64", "cp312-win_amd64")
    assert (problem.project, problem.message) == (None, "lib is no good")
    assert "separate groups" in problem.hint


def test_where_no_release_has_a_file_the_nearest_files_are_told() -> None:
    problem = refused(NO_FILE, releases("lib-1.0-cp312-cp312-win_amd64.whl"))
    assert (problem.kind, problem.project) == (ProblemKind.NO_FITTING_FILE, "lib")
    assert problem.message == (
        "no file of `lib` 1.0 suits the target\n"
        "  lib-1.0-cp312-cp312-win_amd64.whl   needs Windows on x86_64\n"
        "Because no release of lib has a file for the target and the group asks for lib, it is "
        "unsatisfiable."
    )
    assert "drop the target" in problem.hint


def test_newer_releases_that_the_resolver_could_not_see_are_told() -> None:
    page = releases(
        "lib-1.0-py3-none-any.whl",
        "lib-2.0-cp312-cp312-win_amd64.whl",
        "lib-3.0-cp312-cp312-win_amd64.whl",
    )
    problem = refused("app depends on lib>=2 and only lib<=1.0 is available", page)
    assert problem.kind is ProblemKind.NO_FITTING_FILE
    assert problem.message.startswith("no file of `lib` 2.0 to 3.0 suits the target\n")


def test_releases_that_nobody_asked_for_are_not_blamed() -> None:
    page = releases("lib-1.0-py3-none-any.whl", "lib-2.0-cp312-cp312-win_amd64.whl")
    problem = refused("there is no version of lib==99 and app depends on lib==99", page)
    assert problem.kind is ProblemKind.CONFLICT
    assert "lib-2.0" not in problem.message


def test_a_file_for_a_later_python_only_is_told_as_one() -> None:
    page = releases(listed("lib-1.0-py3-none-any.whl", requires_python=">=3.13"))
    assert "lib-1.0-py3-none-any.whl   needs Python >=3.13\n" in refused(NO_FILE, page).message


@pytest.mark.parametrize(
    ("explanation", "is_named"),
    [
        ("lib is no good", True),
        ("only lib==1.0 is available", True),
        ("all versions of lib[extra] depend on it", True),
        ("we conclude that a needs lib.", True),
        ("lib-more is no good", False),
        ("a-lib is no good", False),
        ("libs are no good", False),
    ],
)
def test_only_projects_that_the_explanation_names_belong_to_it(
    explanation: str, is_named: bool
) -> None:
    problem = refused(explanation, releases("lib-1.0-cp312-cp312-win_amd64.whl"))
    assert (problem.project == "lib") == is_named


def test_the_targets_python_is_named_and_not_the_one_that_the_lock_admits() -> None:
    text = "the requested Python version (>=3.11.7) does not satisfy Python>=3.12.4"
    problem = refused(text, releases("lib-1.0-py3-none-any.whl"))
    assert problem.message == ("the target's Python (>=3.12.0) does not satisfy Python>=3.12.4")
    assert "`--python 3.12.4`" in problem.hint


def test_a_release_of_a_lock_without_a_fitting_file_is_told_with_its_own_files() -> None:
    page = releases("lib-1.0-cp312-cp312-win_amd64.whl", "lib-2.0-cp312-cp312-win_amd64.whl")
    problem = explain_misfit(group("lib"), LINUX, PY312, page, Version("1.0"))
    assert (problem.kind, problem.project) == (ProblemKind.NO_FITTING_FILE, "lib")
    assert problem.targets == ("cp312-manylinux_2_28_x86_64",)
    assert problem.message == (
        "no file of `lib` 1.0 suits the target\n"
        "  lib-1.0-cp312-cp312-win_amd64.whl   needs Windows on x86_64"
    )


def test_every_shortfall_is_told_once_with_its_chain() -> None:
    shortfall = Shortfall(Chain(("a", "b>=2")), "no release of `b` is there")
    problem = explain_shortfalls(group("a"), LINUX, [shortfall, shortfall])
    assert problem.kind is ProblemKind.INCOMPLETE
    assert problem.message == (
        "the installation is incomplete\n  no release of `b` is there, needed by a > b>=2"
    )


FREE_THREADED = parse_target("cp313t-win_amd64")
OLD_GLIBC = parse_target("cp312-manylinux_2_17_x86_64")
ALPINE = parse_target("cp312-musllinux_1_1_x86_64")
OLD_MACOS = parse_target("cp312-macosx_11_0_arm64")


@pytest.mark.parametrize(
    ("tags", "target", "needs"),
    [
        ("py3-none-any", LINUX, None),
        ("cp312-cp312-manylinux_2_28_x86_64", LINUX, None),
        # the platform
        ("cp312-cp312-win_amd64", LINUX, "Windows on x86_64"),
        ("cp312-cp312-win_arm64", LINUX, "Windows on arm64"),
        ("cp312-cp312-win32", LINUX, "Windows on 32-bit x86"),
        ("cp312-cp312-macosx_11_0_arm64", LINUX, "macOS 11.0 on arm64"),
        ("cp312-cp312-macosx_14_0_arm64", OLD_MACOS, "macOS 14.0 on arm64"),
        ("cp312-cp312-macosx_14_0_universal2", OLD_MACOS, "macOS 14.0 on arm64 or x86_64"),
        (
            "cp312-cp312-manylinux_2_28_x86_64",
            OLD_GLIBC,
            "Linux on x86_64 with glibc 2.28",
        ),
        (
            "cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64",
            LINUX,
            "Linux on aarch64 with glibc 2.17",
        ),
        ("cp312-cp312-manylinux2014_aarch64", LINUX, "Linux on aarch64"),
        ("cp312-cp312-musllinux_1_2_x86_64", ALPINE, "Linux on x86_64 with musl 1.2"),
        ("cp312-cp312-linux_armv7l", LINUX, "`linux_armv7l`"),
        (
            "cp312-cp312-macosx_10_9_x86_64.win_amd64",
            LINUX,
            "macOS 10.9 on x86_64 or Windows on x86_64",
        ),
        # the Python
        ("cp311-cp311-manylinux_2_28_x86_64", LINUX, "CPython 3.11"),
        ("cp37-cp37m-manylinux1_x86_64", LINUX, "CPython 3.7"),
        ("cp313-abi3-manylinux_2_28_x86_64", LINUX, "CPython 3.13 or later"),
        ("pp310-pypy310_pp73-manylinux_2_28_x86_64", LINUX, "PyPy 3.10"),
        ("py2-none-any", LINUX, "Python 2"),
        ("py313-none-any", LINUX, "Python 3.13"),
        ("jy27-none-any", LINUX, "jy27"),
        ("py2.cp311-none-any", LINUX, "CPython 3.11 or Python 2"),
        # free-threading
        (
            "cp313-cp313t-win_amd64",
            parse_target("cp313-win_amd64"),
            "free-threaded CPython 3.13",
        ),
        ("cp314-cp314t-win_amd64", FREE_THREADED, "free-threaded CPython 3.14"),
        ("cp313-cp313-win_amd64", FREE_THREADED, "CPython 3.13 that is not free-threaded"),
        ("cp38-abi3-win_amd64", FREE_THREADED, "CPython 3.8 or later that is not free-threaded"),
        # both
        ("cp313-cp313-win_amd64", LINUX, "CPython 3.13 and Windows on x86_64"),
        # neither alone: each tag fails in another half
        (
            "cp312.cp313-cp313-manylinux_2_28_x86_64",
            MACOS,
            "CPython 3.12 or CPython 3.13 and Linux on x86_64 with glibc 2.28",
        ),
    ],
)
def test_each_misfit_says_what_it_needs(tags: str, target: Target, needs: str | None) -> None:
    reason = why_not(candidate(f"lib-1.0-{tags}.whl"), target, target.python.versions.floor)
    assert reason == (needs and f"needs {needs}")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (listed("lib-1.0.tar.gz"), None),
        (listed("lib-1.0.tar.gz", requires_python=">=3.13"), "needs Python >=3.13"),
        (
            listed("lib-1.0-cp313-cp313-win_amd64.whl", requires_python="<3.12"),
            "needs Python <3.12",
        ),
    ],
)
def test_what_an_index_says_of_the_python_comes_first(
    file: DistributionFile, reason: str | None
) -> None:
    assert why_not(candidate(file), LINUX, PY312) == reason


def misfits(files: Sequence[str], target: Target = LINUX) -> list[str]:
    return describe_misfits([candidate(file) for file in files], target, PY312).splitlines()


def test_of_files_that_need_the_same_only_the_newest_is_named() -> None:
    wheels = [f"lib-{version}-cp312-cp312-win_amd64.whl" for version in ("1.9", "1.10", "2.0rc1")]
    assert misfits(wheels) == ["  lib-1.10-cp312-cp312-win_amd64.whl   needs Windows on x86_64"]


def test_the_nearest_come_first_and_their_needs_stand_in_one_column() -> None:
    assert misfits(
        [
            "lib-2.0-cp313-cp313-win_amd64.whl",
            "lib-2.0-cp312-cp312-win_amd64.whl",
            "lib-2.0-cp312-cp312-manylinux_2_28_x86_64.whl",
            "lib-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
        ]
    ) == [
        "  lib-2.0-cp312-cp312-win_amd64.whl               needs Windows on x86_64",
        "  lib-1.0-cp313-cp313-manylinux_2_28_x86_64.whl   needs CPython 3.13",
        f"  {'lib-2.0-cp313-cp313-win_amd64.whl':<45}   needs CPython 3.13 and Windows on x86_64",
    ]


def test_of_many_needs_the_first_six_are_told_and_the_rest_counted() -> None:
    wheels = [f"lib-1.0-cp3{minor}-cp3{minor}-manylinux_2_28_x86_64.whl" for minor in range(1, 10)]
    lines = misfits(wheels)
    assert len(lines) == 7
    assert lines[-1] == "  and 3 more with other needs"


def test_where_all_fit_there_is_nothing_to_tell() -> None:
    assert misfits(["lib-1.0-py3-none-any.whl"]) == []
