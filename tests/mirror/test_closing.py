"""Closing groups with a real uv, over an index with dictionaries inside."""

from dataclasses import replace

import pytest

from closure.values import LINUX, MACOS, WINDOWS, group
from mirror.small_index import SmallIndex, close, taken, versions_taken
from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Problem, ProblemKind
from wheelyard.index import FileNotFound, Unavailable
from wheelyard.model.metadata import MetadataSource
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import parse_target

HERE = "cp312-manylinux_2_28_x86_64 3.12.0 and later"


@pytest.fixture
def index() -> SmallIndex:
    return SmallIndex()


def only_problem(closure: Closure) -> Problem:
    (problem,) = closure.problems
    return problem


def test_one_lock_serves_targets_that_markers_tell_apart(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib>=1", 'tzdata; sys_platform == "win32"')
    index.wheel("lib", "1.0", tags="cp312-cp312-manylinux_2_28_x86_64")
    index.wheel("lib", "1.0", tags="cp312-cp312-win_amd64")
    index.wheel("lib", "1.0", tags="cp312-cp312-macosx_11_0_arm64")
    index.wheel("lib", "0.9")
    index.wheel("tzdata", "2024.1")
    closure = close(index, group("app", targets=(LINUX, WINDOWS, MACOS)))
    assert not closure.problems
    assert taken(closure) == {
        HERE: ["app-1.0-py3-none-any.whl", "lib-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"],
        "cp312-win_amd64 3.12.0 and later": [
            "app-1.0-py3-none-any.whl",
            "lib-1.0-cp312-cp312-win_amd64.whl",
            "tzdata-2024.1-py3-none-any.whl",
        ],
        "cp312-macosx_14_0_arm64 3.12.0 and later": [
            "app-1.0-py3-none-any.whl",
            "lib-1.0-cp312-cp312-macosx_11_0_arm64.whl",
        ],
    }
    windows = closure.witnesses[1]
    assert str(windows.chains[ProjectName("tzdata")]) == 'app > tzdata; sys_platform == "win32"'


def test_an_old_glibc_gets_an_older_release_and_the_new_one_the_newest(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib")
    index.wheel("lib", "2.0", tags="cp312-cp312-manylinux_2_28_x86_64")
    index.wheel("lib", "1.0", tags="cp312-cp312-manylinux_2_17_x86_64")
    old = parse_target("cp312-manylinux_2_17_x86_64")
    closure = close(index, group("app", targets=(LINUX, old)))
    assert not closure.problems
    assert taken(closure) == {
        HERE: ["app-1.0-py3-none-any.whl", "lib-2.0-cp312-cp312-manylinux_2_28_x86_64.whl"],
        "cp312-manylinux_2_17_x86_64 3.12.0 and later": [
            "app-1.0-py3-none-any.whl",
            "lib-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        ],
    }


@pytest.mark.parametrize(
    "marker",
    [
        "platform_python_implementation != 'CPython'",
        "implementation_name == 'pypy'",
        "os_name == 'java'",
    ],
)
def test_what_no_target_asks_for_decides_nothing(index: SmallIndex, marker: str) -> None:
    index.wheel("app", "2.0", f"lib>9; {marker}")
    index.wheel("app", "1.0")
    index.wheel("lib", "1.0")
    closure = close(index, group("app", targets=(LINUX, WINDOWS, MACOS)))
    assert not closure.problems
    assert {file for files in taken(closure).values() for file in files} == {
        "app-2.0-py3-none-any.whl"
    }


def test_a_local_version_for_one_kind_of_machine_leaves_the_others_the_public_one(
    index: SmallIndex,
) -> None:
    index.wheel("lib", "2.0")
    index.wheel("lib", "2.0+cpu", tags="py3-none-macosx_11_0_arm64")
    newer = parse_target("cp312-macosx_15_0_arm64")
    closure = close(index, group("lib", targets=(LINUX, MACOS, newer)))
    assert not closure.problems
    assert list(taken(closure).values()) == [
        ["lib-2.0-py3-none-any.whl"],
        ["lib-2.0+cpu-py3-none-macosx_11_0_arm64.whl"],
        ["lib-2.0+cpu-py3-none-macosx_11_0_arm64.whl"],
    ]


def test_a_target_that_the_joint_lock_leaves_out_is_locked_alone(index: SmallIndex) -> None:
    """The release that is newest everywhere else has no file for one target."""
    index.wheel("lib", "2.0", tags="cp312-cp312-manylinux_2_28_x86_64")
    index.wheel("lib", "2.0", tags="cp312-cp312-win_amd64")
    index.wheel("lib", "1.0")
    closure = close(index, group("lib", targets=(LINUX, WINDOWS, MACOS)))
    assert not closure.problems
    assert [list(files) for files in taken(closure).values()] == [
        ["lib-2.0-cp312-cp312-manylinux_2_28_x86_64.whl"],
        ["lib-2.0-cp312-cp312-win_amd64.whl"],
        ["lib-1.0-py3-none-any.whl"],
    ]


def test_pythons_of_one_minor_version_can_need_different_releases(index: SmallIndex) -> None:
    """soupsieve does so today between Debian 12's 3.11.2 and Python 3.11.5."""
    index.wheel("app", "1.0", "lib")
    index.wheel("lib", "2.0", requires_python=">=3.11.4")
    index.wheel("lib", "1.0", requires_python=">=3.8")
    targets = (parse_target("cp311.2-manylinux_2_36_aarch64"), LINUX)
    closure = close(index, group("app", targets=targets))
    assert not closure.problems
    assert taken(closure) == {
        "cp311.2-manylinux_2_36_aarch64 3.11.2 to 3.11.3": [
            "app-1.0-py3-none-any.whl",
            "lib-1.0-py3-none-any.whl",
        ],
        "cp311.2-manylinux_2_36_aarch64 3.11.4 and later": [
            "app-1.0-py3-none-any.whl",
            "lib-2.0-py3-none-any.whl",
        ],
        HERE: ["app-1.0-py3-none-any.whl", "lib-2.0-py3-none-any.whl"],
    }


def test_markers_on_patch_releases_draw_lines_too(index: SmallIndex) -> None:
    index.wheel("app", "1.0", 'back; python_full_version < "3.12.4"')
    index.wheel("back", "1.0")
    assert taken(close(index, group("app"))) == {
        "cp312-manylinux_2_28_x86_64 3.12.0 to 3.12.3": [
            "app-1.0-py3-none-any.whl",
            "back-1.0-py3-none-any.whl",
        ],
        "cp312-manylinux_2_28_x86_64 3.12.4 and later": ["app-1.0-py3-none-any.whl"],
    }


def test_free_threaded_and_ordinary_builds_take_their_own_files(index: SmallIndex) -> None:
    index.wheel("lib", "2.0", tags="cp313-cp313-win_amd64")
    index.wheel("lib", "2.0", tags="cp38-abi3-win_amd64")
    index.wheel("lib", "1.0", tags="cp313-cp313t-win_amd64")
    targets = (parse_target("cp313-win_amd64"), parse_target("cp313t-win_amd64"))
    assert taken(close(index, group("lib", targets=targets))) == {
        "cp313-win_amd64 3.13.0 and later": ["lib-2.0-cp313-cp313-win_amd64.whl"],
        "cp313t-win_amd64 3.13.0 and later": ["lib-1.0-cp313-cp313t-win_amd64.whl"],
    }


def build_files(closure: Closure) -> dict[str, list[str]]:
    """Build group -> the files that its witness takes."""
    return {one.name: taken(closure, one.name)[HERE] for one in closure.groups if one.builds}


def test_what_sdists_need_to_build_is_closed_to_a_fixed_point(index: SmallIndex) -> None:
    index.sdist("docopt", "0.6.2", build_requires=["setuptools>=40.8.0"])
    index.sdist("setuptools", "80.0", build_requires=["flit-core<4"])
    index.sdist("flit_core", "3.0", "tomli", build_requires=[])
    index.wheel("tomli", "2.0")
    closure = close(index, group("docopt"))
    assert not closure.problems
    assert taken(closure) == {HERE: ["docopt-0.6.2.tar.gz"]}
    assert build_files(closure) == {
        "build of docopt-0.6.2.tar.gz": ["setuptools-80.0.tar.gz"],
        "build of setuptools-80.0.tar.gz": ["flit_core-3.0.tar.gz", "tomli-2.0-py3-none-any.whl"],
    }
    assert [one.project for one in closure.obligations] == ["docopt", "flit-core", "setuptools"]


def test_what_a_backend_is_known_to_ask_for_is_closed_with_its_group(index: SmallIndex) -> None:
    index.sdist("app", "1.0", build_requires=["tool"], backend="py_build_cmake.build")
    index.wheel("tool", "1.0")
    index.wheel("cmake", "4.0")
    closure = close(index, group("app"))
    assert not closure.problems
    assert build_files(closure) == {
        "build of app-1.0.tar.gz": ["cmake-4.0-py3-none-any.whl", "tool-1.0-py3-none-any.whl"]
    }
    assert [str(item) for item in closure.groups[1].assumed] == ["cmake>=3.15"]


def test_what_is_only_assumed_of_a_build_keeps_no_target_from_what_it_names(
    index: SmallIndex,
) -> None:
    index.sdist("app", "1.0", build_requires=["tool"], backend="py_build_cmake.build")
    index.wheel("tool", "1.0")
    index.wheel("cmake", "4.0", tags="py3-none-manylinux_2_28_x86_64")
    closure = close(index, group("app", targets=(LINUX, WINDOWS)))
    assert not closure.problems
    assert taken(closure, "build of app-1.0.tar.gz") == {
        HERE: ["cmake-4.0-py3-none-manylinux_2_28_x86_64.whl", "tool-1.0-py3-none-any.whl"]
    }
    assert taken(closure, "build of app-1.0.tar.gz with what it names") == {
        "cp312-win_amd64 3.12.0 and later": ["tool-1.0-py3-none-any.whl"]
    }
    (missing,) = (one for one in closure.obligations if one.project == "cmake")
    assert missing.message == (
        "`cmake>=3.15`, which the build of `app-1.0.tar.gz` is known to ask for, cannot be had for "
        "`cp312-win_amd64`"
    )


def test_a_backend_that_asks_for_what_no_index_has_leaves_what_is_named(index: SmallIndex) -> None:
    index.sdist("app", "1.0", build_requires=["tool"], backend="mesonpy")
    index.sdist("lib", "1.0", backend="mesonpy")
    index.wheel("tool", "1.0")
    closure = close(index, group("app", "lib"))
    assert not closure.problems
    assert build_files(closure) == {
        "build of app-1.0.tar.gz with what it names": ["tool-1.0-py3-none-any.whl"]
    }


def test_what_is_assumed_and_cannot_be_read_is_a_problem(index: SmallIndex) -> None:
    index.sdist("app", "1.0", build_requires=["tool"], backend="py_build_cmake.build")
    index.wheel("tool", "1.0")
    index.wheel("cmake", "4.0")
    index.failures["cmake"] = Unavailable("https://index.example/simple/cmake/", "it broke off")
    assert only_problem(close(index, group("app"))).kind is ProblemKind.UNAVAILABLE


def test_a_build_backend_that_builds_with_itself_has_an_end(index: SmallIndex) -> None:
    index.sdist("app", "1.0", build_requires=["backend"])
    index.sdist("backend", "1.0", build_requires=["backend"])
    closure = close(index, group("app"))
    assert not closure.problems
    assert build_files(closure) == {"build of app-1.0.tar.gz": ["backend-1.0.tar.gz"]}
    assert closure.groups[1].builds == ("app-1.0.tar.gz", "backend-1.0.tar.gz")


def test_sdists_that_share_their_build_requirements_share_a_group_whenever_they_are_found(
    index: SmallIndex,
) -> None:
    index.sdist("middle", "1.0", build_requires=["setuptools", "helper"])
    index.sdist("helper", "1.0", build_requires=["setuptools"])
    index.sdist("zlib", "1.0", build_requires=["setuptools"])
    index.sdist("alib", "1.0", build_requires=["setuptools"])
    index.wheel("setuptools", "80.0")
    closure = close(index, group("middle", name="web"), group("zlib", "alib", name="data"))
    assert not closure.problems
    builds = {one.name: one.builds for one in closure.groups if one.builds}
    assert builds == {
        "build of alib-1.0.tar.gz": ("alib-1.0.tar.gz", "helper-1.0.tar.gz", "zlib-1.0.tar.gz"),
        "build of middle-1.0.tar.gz": ("middle-1.0.tar.gz",),
    }


def test_an_sdist_found_late_does_not_give_a_known_build_a_second_group(
    index: SmallIndex,
) -> None:
    index.sdist("zlib", "1.0", build_requires=["setuptools"])
    index.sdist("setuptools", "80.0", build_requires=["helper"])
    index.sdist("helper", "1.0", build_requires=["ahelper"])
    index.sdist("ahelper", "1.0", build_requires=["setuptools"])
    closure = close(index, group("zlib"))
    assert not closure.problems
    assert {one.name: one.builds for one in closure.groups if one.builds} == {
        "build of zlib-1.0.tar.gz": ("ahelper-1.0.tar.gz", "zlib-1.0.tar.gz"),
        "build of setuptools-80.0.tar.gz": ("setuptools-80.0.tar.gz",),
        "build of helper-1.0.tar.gz": ("helper-1.0.tar.gz",),
    }


def test_a_build_that_is_closed_again_for_another_target_stays_one_group(
    index: SmallIndex,
) -> None:
    index.wheel("app", "1.0", 'alib; sys_platform == "linux"', 'data; sys_platform == "win32"')
    index.sdist("alib", "1.0", build_requires=["setuptools"])
    index.sdist("data", "1.0", build_requires=["flit"])
    index.wheel("flit", "1.0", "helper")
    index.sdist("helper", "1.0", build_requires=["setuptools"])
    index.wheel("setuptools", "80.0")
    closure = close(index, group("app", targets=(LINUX, WINDOWS)))
    assert not closure.problems
    assert {one.name: one.targets for one in closure.groups if one.builds} == {
        "build of alib-1.0.tar.gz": (LINUX, WINDOWS),
        "build of data-1.0.tar.gz": (WINDOWS,),
    }


def test_a_build_that_cannot_be_had_is_a_problem_of_the_build(index: SmallIndex) -> None:
    index.sdist("app", "1.0", build_requires=["nosuch"])
    closure = close(index, group("app"))
    problem = only_problem(closure)
    assert (problem.kind, problem.group) == (
        ProblemKind.UNKNOWN_PROJECT,
        "build of app-1.0.tar.gz",
    )
    assert taken(closure) == {HERE: ["app-1.0.tar.gz"]}


def test_an_sdist_whose_dependencies_may_change_is_an_obligation(index: SmallIndex) -> None:
    index.sdist("app", "1.0", source=MetadataSource.EGG_INFO)
    closure = close(index, group("app"))
    assert [one.kind.value for one in closure.obligations] == ["build", "metadata"]


def test_wheels_of_one_release_that_require_different_things(index: SmallIndex) -> None:
    """A joint lock sees one of them, and the check of the other target finds what is missing."""
    index.wheel("app", "1.0", tags="cp312-cp312-manylinux_2_28_x86_64")
    index.wheel("app", "1.0", "extra-dll", tags="cp312-cp312-win_amd64")
    index.wheel("extra_dll", "1.0")
    closure = close(index, group("app", targets=(LINUX, WINDOWS)))
    assert not closure.problems
    assert taken(closure) == {
        HERE: ["app-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"],
        "cp312-win_amd64 3.12.0 and later": [
            "app-1.0-cp312-cp312-win_amd64.whl",
            "extra_dll-1.0-py3-none-any.whl",
        ],
    }


def test_an_sdist_that_requires_other_things_than_its_wheels(index: SmallIndex) -> None:
    index.wheel("app", "1.0", tags="cp312-cp312-win_amd64")
    index.sdist("app", "1.0", "lib")
    index.wheel("lib", "1.0")
    closure = close(index, group("app", targets=(LINUX, WINDOWS)))
    assert not closure.problems
    assert taken(closure)[HERE] == ["app-1.0.tar.gz", "lib-1.0-py3-none-any.whl"]


def test_a_conflict_is_explained_once_for_all_targets(index: SmallIndex) -> None:
    index.wheel("a", "1.0", "lib>=2")
    index.wheel("b", "1.0", "lib<2")
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0")
    problem = only_problem(close(index, group("a", "b", targets=(LINUX, WINDOWS))))
    assert problem.kind is ProblemKind.CONFLICT
    assert problem.targets == (str(LINUX), str(WINDOWS))
    assert problem.message == (
        "Because all versions of b depend on lib<2 and all versions of a depend on lib>=2, we can "
        "conclude that all versions of a and all versions of b are incompatible. And because the "
        "group asks for a and b, we can conclude that the group's requirements are unsatisfiable."
    )
    assert "separate groups" in problem.hint


def test_a_target_without_any_fitting_file_does_not_hold_up_the_others(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib")
    index.wheel("lib", "1.0", tags="cp312-cp312-win_amd64")
    closure = close(index, group("app", targets=(LINUX, WINDOWS)))
    problem = only_problem(closure)
    assert (problem.kind, problem.project, problem.targets) == (
        ProblemKind.NO_FITTING_FILE,
        "lib",
        (str(LINUX),),
    )
    assert problem.message.splitlines()[:2] == [
        "no file of `lib` 1.0 suits the target",
        "  lib-1.0-cp312-cp312-win_amd64.whl   needs Windows on x86_64",
    ]
    assert list(taken(closure)) == ["cp312-win_amd64 3.12.0 and later"]


def test_a_release_for_a_later_patch_only_is_explained_with_what_to_promise(
    index: SmallIndex,
) -> None:
    index.wheel("app", "1.0", requires_python=">=3.12.4")
    problem = only_problem(close(index, group("app")))
    assert "the target's Python (>=3.12.0) does not satisfy Python>=3.12.4" in problem.message
    assert "`--python 3.12.4`" in problem.hint
    later = parse_target("cp312.4-manylinux_2_28_x86_64")
    assert not close(index, group("app", targets=(later,))).problems


def test_a_python_that_only_the_file_itself_refuses(index: SmallIndex) -> None:
    """Old indexes list no `requires-python`."""
    index.wheel("app", "2.0", requires_python=">=3.13", listed_python=False)
    index.wheel("app", "1.0")
    assert taken(close(index, group("app"))) == {HERE: ["app-1.0-py3-none-any.whl"]}


def test_roots_that_do_not_exist_are_told_each_by_name(index: SmallIndex) -> None:
    index.wheel("app", "1.0")
    closure = close(index, group("app", "djagno", "nunpy"))
    assert [(one.kind, one.project) for one in closure.problems] == [
        (ProblemKind.UNKNOWN_PROJECT, "djagno"),
        (ProblemKind.UNKNOWN_PROJECT, "nunpy"),
    ]
    assert closure.problems[0].message == (
        "`djagno` does not exist on https://index.example/simple/"
    )
    assert "check the spelling" in closure.problems[0].hint
    assert not closure.witnesses


def test_a_dependency_that_does_not_exist_is_explained(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "nosuch>=2")
    problem = only_problem(close(index, group("app")))
    assert problem.kind is ProblemKind.CONFLICT
    assert "nosuch was not found" in problem.message


@pytest.mark.parametrize("project", ["app", "lib"])
def test_a_page_that_is_unavailable_is_never_told_as_unknown(
    index: SmallIndex, project: str
) -> None:
    index.wheel("app", "1.0", "lib")
    index.wheel("lib", "1.0")
    index.failures[project] = Unavailable(f"https://index.example/simple/{project}/", "503")
    problem = only_problem(close(index, group("app", targets=(LINUX, WINDOWS))))
    assert problem.kind is ProblemKind.UNAVAILABLE
    assert problem.message == f"https://index.example/simple/{project}/ is unavailable: 503"
    assert "check the connection" in problem.hint


def test_metadata_that_is_unavailable_is_no_reason_for_another_release(index: SmallIndex) -> None:
    index.wheel("app", "1.0")
    index.wheel("app", "2.0")
    index.failures["app-2.0-py3-none-any.whl"] = Unavailable("https://files.example/app", "503")
    closure = close(index, group("app"))
    assert only_problem(closure).kind is ProblemKind.UNAVAILABLE
    assert not closure.witnesses


def test_a_file_that_its_index_has_lost_gives_way_to_another_release(index: SmallIndex) -> None:
    index.wheel("app", "1.0")
    index.wheel("app", "2.0")
    index.failures["app-2.0-py3-none-any.whl"] = FileNotFound("https://files.example/app")
    assert taken(close(index, group("app"))) == {HERE: ["app-1.0-py3-none-any.whl"]}


def test_a_broken_group_does_not_hold_up_another(index: SmallIndex) -> None:
    index.wheel("app", "1.0")
    for broken in (group("nosuch", name="bad"), group("app>9", name="bad")):
        closure = close(index, broken, group("app", name="good"))
        assert only_problem(closure).group == "bad"
        assert taken(closure, "good") == {HERE: ["app-1.0-py3-none-any.whl"]}


def test_groups_are_resolved_apart(index: SmallIndex) -> None:
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0")
    closure = close(index, group("lib<2", name="old"), group("lib", name="new"))
    assert taken(closure, "old") == {HERE: ["lib-1.0-py3-none-any.whl"]}
    assert taken(closure, "new") == {HERE: ["lib-2.0-py3-none-any.whl"]}


@pytest.mark.parametrize(
    ("requirement", "filename"),
    [
        ("lib", "lib-1.0-py3-none-any.whl"),
        ("lib==2.0", "lib-2.0-py3-none-any.whl"),
        ("lib===2.0", "lib-2.0-py3-none-any.whl"),
    ],
)
def test_a_yanked_release_is_taken_only_by_an_exact_pin(
    index: SmallIndex, requirement: str, filename: str
) -> None:
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0", yanked=True)
    assert taken(close(index, group(requirement))) == {HERE: [filename]}


def test_only_an_exact_pin_can_have_a_yanked_release(index: SmallIndex) -> None:
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0", yanked=True)
    problem = only_problem(close(index, group("lib>1")))
    assert problem.kind is ProblemKind.CONFLICT
    assert "lib==2.0 was yanked" in problem.message


@pytest.mark.parametrize(
    ("one", "version"),
    [
        (group("lib"), "1.0"),
        (group("lib", prereleases=True), "2.0rc1"),
        (group("lib>=2.0rc1"), "2.0rc1"),
        (group("app"), "2.0rc1"),
        (group("only-pre"), "0.1a1"),
    ],
)
def test_prereleases_are_taken_where_asked_for_or_where_nothing_else_is(
    index: SmallIndex, one: Group, version: str
) -> None:
    index.wheel("lib", "1.0")
    index.wheel("lib", "2.0rc1")
    index.wheel("only_pre", "0.1a1")
    index.wheel("app", "1.0", "lib>=2.0rc1")
    (pins,) = versions_taken(close(index, one)).values()
    assert str(max(pins.items())[1]) == version


def test_extras_are_followed(index: SmallIndex) -> None:
    index.wheel(
        "app",
        "1.0",
        extras={"fast": ["speedups"], "all": ["app[fast,docs]"], "docs": ["sphinx"]},
    )
    index.wheel("speedups", "1.0")
    index.wheel("sphinx", "1.0")
    plain, one, every = (
        [file.partition("-")[0] for file in taken(close(index, group(text)))[HERE]]
        for text in ("app", "app[fast]", "app[all]")
    )
    assert plain == ["app"]
    assert one == ["app", "speedups"]
    assert every == ["app", "speedups", "sphinx"]


def test_a_direct_url_in_a_dependency_is_an_obligation(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "tool @ https://example.org/tool-1.0-py3-none-any.whl", "lib")
    index.wheel("lib", "1.0")
    closure = close(index, group("app"))
    assert not closure.problems
    assert taken(closure) == {HERE: ["app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"]}
    (obligation,) = closure.obligations
    assert (obligation.kind.value, obligation.project) == ("direct-url", "tool")
    assert "tool-1.0-py3-none-any.whl` names a place outside any index (app > tool" in (
        obligation.message
    )


def test_a_direct_url_among_build_requirements_is_an_obligation(index: SmallIndex) -> None:
    index.sdist("app", "1.0", build_requires=["tool @ http://127.0.0.1:9/tool.zip", "lib"])
    index.wheel("lib", "1.0")
    closure = close(index, group("app"))
    assert not closure.problems
    assert [one.kind.value for one in closure.obligations] == ["build", "direct-url"]
    assert build_files(closure) == {"build of app-1.0.tar.gz": ["lib-1.0-py3-none-any.whl"]}


def test_a_requirement_that_only_uv_can_read_is_an_obligation(index: SmallIndex) -> None:
    """uv mends a missing comma; the standard's grammar has none, and pip refuses such a file."""
    index.wheel("app", "1.0", "lib (>=1.0<2.0)", "other")
    index.wheel("lib", "1.0")
    index.wheel("other", "1.0")
    closure = close(index, group("app"))
    assert not closure.problems
    (obligation,) = closure.obligations
    assert (obligation.kind.value, obligation.project) == ("unreadable", "app")
    assert "requires `lib (>=1.0<2.0)`, which no installer can read" in obligation.message


def test_a_release_with_a_requirement_that_nobody_can_read_is_passed_over(
    index: SmallIndex,
) -> None:
    index.wheel("app", "2.0", "lib (>=1.0")
    index.wheel("app", "1.0")
    assert taken(close(index, group("app"))) == {HERE: ["app-1.0-py3-none-any.whl"]}


def test_a_root_for_other_targets_takes_nothing(index: SmallIndex) -> None:
    index.wheel("tzdata", "2024.1")
    closure = close(index, group('tzdata; sys_platform == "win32"', targets=(LINUX, WINDOWS)))
    assert not closure.problems
    assert [len(files) for files in taken(closure).values()] == [0, 1]


def test_odd_names_and_versions_come_through(index: SmallIndex) -> None:
    index.wheel("Zope.Interface", "1!2.0.post1", "ruamel.yaml.clib==1.0+local.7")
    index.sdist("ruamel.yaml.clib", "1.0+local.7", filename="ruamel.yaml.clib-1.0+local.7.tar.gz")
    closure = close(index, group("zope-interface"))
    assert not closure.problems
    assert taken(closure) == {
        HERE: ["ruamel.yaml.clib-1.0+local.7.tar.gz", "zope_interface-1!2.0.post1-py3-none-any.whl"]
    }


def test_every_fact_is_asked_for_once(index: SmallIndex) -> None:
    index.wheel("app", "1.0", "lib", tags="cp312-cp312-manylinux_2_28_x86_64")
    index.wheel("app", "1.0", "lib", tags="cp312-cp312-win_amd64")
    index.wheel("lib", "1.0")
    close(index, group("app", targets=(LINUX, WINDOWS)), group("lib", name="other"))
    assert set(index.asked.values()) == {1}


def test_a_file_that_cannot_be_read_holds_up_its_own_target_alone(index: SmallIndex) -> None:
    index.wheel("app", "1.0", tags="cp312-cp312-manylinux_2_17_x86_64")
    index.wheel("app", "1.0", tags="cp312-cp312-win_amd64")
    index.failures["app-1.0-cp312-cp312-win_amd64.whl"] = FileNotFound("https://files.example/app")
    closure = close(index, group("app", targets=(LINUX, WINDOWS)))
    assert [checked.witness.target for checked in closure.witnesses] == [LINUX]
    assert only_problem(closure).targets == (str(WINDOWS),)


@pytest.mark.parametrize("bound", ["<=3.12", "<3.12.4"])
def test_a_release_that_ends_with_an_early_patch_release_is_not_taken(
    index: SmallIndex, bound: str
) -> None:
    """uv looks at lower bounds alone; `<=3.12` admits 3.12.0, and 3.12.1 no more."""
    index.wheel("app", "1.0")
    index.wheel("app", "2.0", requires_python=bound)
    closure = close(index, group("app", targets=(LINUX, WINDOWS)))
    assert not closure.problems
    found = {
        (str(one.witness.pythons), str(one.witness.pins[0].version)) for one in closure.witnesses
    }
    assert found == {("3.12.0 and later", "1.0")}


def test_build_requirements_that_only_differ_in_spelling_share_a_group(index: SmallIndex) -> None:
    index.sdist("alib", "1.0", build_requires=["setuptools"])
    index.sdist("blib", "1.0", build_requires=["Setuptools"])
    index.wheel("setuptools", "80.0")
    closure = close(index, group("alib", name="one"), group("blib", name="two"))
    (build,) = [one for one in closure.groups if one.builds]
    assert build.builds == ("alib-1.0.tar.gz", "blib-1.0.tar.gz")


def test_an_extra_that_no_release_has_is_told(index: SmallIndex) -> None:
    index.wheel("app", "1.0", extras={"excel": ["lib"]})
    index.wheel("lib", "1.0")
    closure = close(index, group("app[exel]"))
    assert not closure.problems
    (told,) = closure.obligations
    assert told.message == "`app` 1.0 has no extra `exel`; did you mean `excel`?"
    assert not close(index, group("app[excel]")).obligations


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        ("sha256:" + "1" * 64, "has one of the digests that are asked for"),
        ("sha512:" + "1" * 128, "which are sha512; the index lists sha256 alone"),
    ],
)
def test_digests_that_no_file_has_are_a_problem_of_their_own(
    index: SmallIndex, digest: str, told: str
) -> None:
    index.wheel("app", "1.0")
    asked = replace(group("app==1.0"), digests={ProjectName("app"): frozenset({digest})})
    problem = only_problem(close(index, asked))
    assert "no file of `app` 1.0 " in problem.message
    assert told in problem.message
