"""Lock files mirrored exactly: those releases, those digests, and nothing else."""

from dataclasses import replace

import pytest
from packaging.markers import Marker
from packaging.version import Version

from closure.values import LINUX, WINDOWS, group
from mirror.small_index import SmallIndex, close, taken
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import ProblemKind
from wheelyard.model.files import DistributionFile
from wheelyard.model.locks import LockedFile, LockedRelease, MarkedLock
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import parse_target
from wheelyard.wire.archives import InvalidArchive

WINDOWS_MARKER = Marker("sys_platform == 'win32'")


@pytest.fixture
def index() -> SmallIndex:
    return SmallIndex()


def locked(*files: DistributionFile, marker: Marker | None = None) -> LockedRelease:
    """A release with these files, as a lock names it."""
    project, version, *_ = files[0].filename.removesuffix(".tar.gz").split("-")
    return LockedRelease(
        project=ProjectName(project),
        version=Version(version),
        marker=marker,
        files=tuple(
            LockedFile(file.filename, frozenset({f"sha256:{file.sha256}"})) for file in files
        ),
    )


def of_lock(*releases: LockedRelease, every_target: bool = False) -> Group:
    lock = MarkedLock(tuple(releases))
    return replace(group(targets=(LINUX, WINDOWS)), lock=lock, every_target=every_target)


def test_each_target_takes_the_releases_and_files_of_the_lock(index: SmallIndex) -> None:
    old = index.wheel("app", "1.0", "absent")
    index.wheel("app", "2.0")
    linux = index.wheel("lib", "1.0", tags="cp312-cp312-manylinux_2_17_x86_64")
    windows = index.wheel("lib", "1.0", tags="cp312-cp312-win_amd64")
    index.wheel("lib", "1.0", tags="cp312-cp312-manylinux_2_28_x86_64")  # not in the lock
    colors = index.wheel("colors", "1.0")
    closure = close(
        index, of_lock(locked(old), locked(linux, windows), locked(colors, marker=WINDOWS_MARKER))
    )
    assert not closure.problems
    assert taken(closure) == {
        "cp312-manylinux_2_28_x86_64 3.12.0 and later": [old.filename, linux.filename],
        "cp312-win_amd64 3.12.0 and later": [old.filename, colors.filename, windows.filename],
    }


def test_a_yanked_release_of_the_lock_is_taken(index: SmallIndex) -> None:
    yanked = index.wheel("app", "1.0", yanked=True)
    index.wheel("app", "2.0")
    closure = close(index, of_lock(locked(yanked)))
    assert [*taken(closure).values()] == [[yanked.filename]] * 2


def test_digests_without_file_names_are_enough(index: SmallIndex) -> None:
    file = index.wheel("app", "1.0")
    index.wheel("app", "1.0", tags="cp312-cp312-manylinux_2_17_x86_64")
    release = locked(file)
    release = replace(release, files=tuple(replace(one, filename=None) for one in release.files))
    assert [*taken(close(index, of_lock(release))).values()] == [[file.filename]] * 2


def test_all_files_of_the_lock_are_kept_where_no_target_was_named(index: SmallIndex) -> None:
    mac = index.wheel("app", "1.0", tags="cp313-cp313-macosx_11_0_arm64")
    pure = index.wheel("app", "1.0")
    closure = close(index, of_lock(locked(mac, pure), every_target=True))
    assert not closure.problems
    assert [(one.target, one.pin.file.filename) for one in closure.additions] == [
        (None, mac.filename),
        (None, pure.filename),
    ]


def test_another_file_under_the_locked_name_is_a_problem(index: SmallIndex) -> None:
    file = index.wheel("app", "1.0")
    release = locked(replace(file, hashes={"sha256": "1" * 64}))
    (problem,) = close(index, of_lock(release)).problems
    assert problem.kind is ProblemKind.NO_FITTING_FILE
    assert "no file of `app` 1.0 with the digests of the lock" in problem.message
    assert file.filename in problem.message
    assert "--upstream" in problem.hint


def test_an_sdist_does_not_stand_in_for_a_wheel_that_was_replaced(index: SmallIndex) -> None:
    wheel, sdist = index.wheel("app", "1.0"), index.sdist("app", "1.0")
    release = locked(replace(wheel, hashes={"sha256": "1" * 64}), sdist)
    (problem,) = close(index, of_lock(release)).problems
    assert wheel.filename in problem.message


def test_a_target_that_the_lock_has_no_file_for_is_a_problem_of_its_own(index: SmallIndex) -> None:
    file = index.wheel("app", "1.0", tags="cp312-cp312-win_amd64")
    closure = close(index, of_lock(locked(file)))
    assert list(taken(closure)) == ["cp312-win_amd64 3.12.0 and later"]
    (problem,) = closure.problems
    assert problem.targets == (str(LINUX),)
    assert "needs Windows on x86_64" in problem.message


def test_what_the_index_does_not_have_is_named(index: SmallIndex) -> None:
    release = LockedRelease(project=ProjectName("ghost"), version=Version("1.0"))
    (problem,) = close(index, of_lock(release)).problems
    assert problem.kind is ProblemKind.UNKNOWN_PROJECT
    assert problem.project == "ghost"


def test_an_sdist_of_the_lock_brings_what_its_build_needs(index: SmallIndex) -> None:
    sdist = index.sdist("app", "1.0", build_requires=["backend>=1"])
    index.wheel("backend", "1.0")
    closure = close(index, of_lock(locked(sdist)))
    assert not closure.problems
    assert [*taken(closure, "build of app-1.0.tar.gz").values()] == [
        ["backend-1.0-py3-none-any.whl"]
    ] * 2


def test_a_damaged_sdist_of_the_lock_is_taken_and_its_build_left_open(index: SmallIndex) -> None:
    sdist = index.sdist("app", "1.0")
    index.failures[sdist.filename] = InvalidArchive(sdist.filename, "it ends in the middle")
    closure = close(index, of_lock(locked(sdist)))
    assert not closure.problems
    assert [*taken(closure).values()] == [[sdist.filename]] * 2
    assert [one.message for one in closure.obligations] == [
        "`app-1.0.tar.gz` cannot be read: what its build needs is not in the yard"
    ]


def test_a_lock_can_take_other_releases_on_other_patch_releases(index: SmallIndex) -> None:
    old, new = index.wheel("app", "1.0"), index.wheel("app", "2.0", requires_python=">=3.11.5")
    lock = MarkedLock(
        (
            locked(old, marker=Marker("python_full_version < '3.11.5'")),
            locked(new, marker=Marker("python_full_version >= '3.11.5'")),
        )
    )
    target = parse_target("cp311-manylinux_2_28_x86_64")
    closure = close(index, replace(group(targets=(target,)), lock=lock))
    assert taken(closure) == {
        f"{target} 3.11.0 to 3.11.4": [old.filename],
        f"{target} 3.11.5 and later": [new.filename],
    }
