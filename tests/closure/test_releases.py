"""Pages sorted into releases, and which file of a release a target takes."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from closure.values import LINUX, listed, releases
from wheelyard.closure.releases import sort_into_releases
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage, ProjectStatus, Status
from wheelyard.model.targets import parse_target

ONE = Version("1.0")
PY312 = Version("3.12.0")


def wheel(tags: str, version: str = "1.0") -> str:
    return f"tinylib-{version}-{tags}.whl"


@pytest.mark.parametrize(
    ("target", "tags", "best"),
    [
        # glibc: the newest manylinux that the target has, never a newer one
        (
            "cp312-manylinux_2_28_x86_64",
            ["cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_28_x86_64"],
            "cp312-cp312-manylinux_2_28_x86_64",
        ),
        (
            "cp312-manylinux_2_27_x86_64",
            ["cp312-cp312-manylinux2014_x86_64", "cp312-cp312-manylinux_2_28_x86_64"],
            "cp312-cp312-manylinux2014_x86_64",
        ),
        ("cp312-manylinux_2_17_x86_64", ["cp312-cp312-manylinux_2_28_x86_64"], None),
        (
            "cp312-manylinux_2_28_x86_64",
            ["cp312-cp312-manylinux1_x86_64", "cp312-cp312-musllinux_1_2_x86_64"],
            "cp312-cp312-manylinux1_x86_64",
        ),
        ("cp312-manylinux_2_28_aarch64", ["cp312-cp312-manylinux_2_28_x86_64"], None),
        # musl
        (
            "cp312-musllinux_1_2_x86_64",
            ["cp312-cp312-musllinux_1_1_x86_64", "cp312-cp312-manylinux_2_28_x86_64"],
            "cp312-cp312-musllinux_1_1_x86_64",
        ),
        ("cp312-musllinux_1_1_x86_64", ["cp312-cp312-musllinux_1_2_x86_64"], None),
        # macOS: floors, and both halves of universal2
        (
            "cp312-macosx_14_0_arm64",
            ["cp312-cp312-macosx_11_0_arm64", "cp312-cp312-macosx_15_0_arm64"],
            "cp312-cp312-macosx_11_0_arm64",
        ),
        (
            "cp312-macosx_14_0_arm64",
            ["cp312-cp312-macosx_10_9_universal2", "cp312-cp312-macosx_10_9_x86_64"],
            "cp312-cp312-macosx_10_9_universal2",
        ),
        (
            "cp312-macosx_14_0_x86_64",
            ["cp312-cp312-macosx_10_9_universal2", "cp312-cp312-macosx_11_0_arm64"],
            "cp312-cp312-macosx_10_9_universal2",
        ),
        (
            "cp312-macosx_14_0_arm64",
            ["cp312-cp312-macosx_11_0_universal2", "cp312-cp312-macosx_11_0_arm64"],
            "cp312-cp312-macosx_11_0_arm64",
        ),
        # the stable ABI: of this Python or an older one, after the exact ABI
        (
            "cp312-win_amd64",
            ["cp38-abi3-win_amd64", "cp311-abi3-win_amd64"],
            "cp311-abi3-win_amd64",
        ),
        (
            "cp312-win_amd64",
            ["cp38-abi3-win_amd64", "cp312-cp312-win_amd64"],
            "cp312-cp312-win_amd64",
        ),
        ("cp312-win_amd64", ["cp313-abi3-win_amd64"], None),
        # free-threaded: neither the stable ABI nor the ordinary one, but anything pure
        (
            "cp313t-win_amd64",
            ["cp313-cp313-win_amd64", "cp38-abi3-win_amd64", "cp313-cp313t-win_amd64"],
            "cp313-cp313t-win_amd64",
        ),
        ("cp313t-win_amd64", ["cp313-cp313-win_amd64", "cp38-abi3-win_amd64"], None),
        ("cp313t-win_amd64", ["py3-none-any"], "py3-none-any"),
        ("cp313-win_amd64", ["cp313-cp313t-win_amd64"], None),
        # a platform before `any`, an interpreter before `py3`
        (
            "cp312-win_amd64",
            ["py3-none-any", "py3-none-win_amd64", "cp312-none-any"],
            "py3-none-win_amd64",
        ),
        ("cp312-win_amd64", ["py3-none-any", "cp312-none-any"], "cp312-none-any"),
        ("cp312-win_amd64", ["py2.py3-none-any"], "py2.py3-none-any"),
        ("cp312-win_amd64", ["py2-none-any", "py313-none-any"], None),
        ("cp312-win_amd64", ["cp311-cp311-win_amd64", "pp310-pypy310_pp73-win_amd64"], None),
        # "The build number acts as a tie-breaker", and a number is compared as one
        ("cp312-win_amd64", ["py3-none-any", "1-py3-none-any"], "1-py3-none-any"),
        ("cp312-win_amd64", ["9-py3-none-any", "10-py3-none-any"], "10-py3-none-any"),
        ("cp312-win_amd64", ["1b-py3-none-any", "1a-py3-none-any"], "1b-py3-none-any"),
        # but only between wheels whose tags are as good
        ("cp312-win_amd64", ["9-py3-none-any", "cp312-cp312-win_amd64"], "cp312-cp312-win_amd64"),
    ],
)
def test_a_target_takes_the_wheel_that_its_installer_prefers(
    target: str, tags: list[str], best: str | None
) -> None:
    for order in itertools.permutations(tags):
        page = releases(*map(wheel, order))
        found = page.best(ONE, parse_target(target), PY312)
        assert (found and found.file.filename) == (best and wheel(best))


def test_sdists_come_after_all_wheels_and_in_the_order_of_their_archives() -> None:
    names = [f"tinylib-1.0{suffix}" for suffix in (".tar", ".tgz", ".zip", ".tar.gz")]
    page = releases(*names, wheel("py3-none-any"), wheel("cp311-cp311-win_amd64"))
    ranked = [candidate.file.filename for candidate in page.ranked(ONE, LINUX)]
    assert ranked == [wheel("py3-none-any"), *reversed(names)]


def test_a_yanked_file_is_taken_only_where_its_release_has_no_other() -> None:
    yanked = listed(wheel("py3-none-any"), yanked=True)
    page = releases(yanked, "tinylib-1.0.tar.gz")
    assert [item.file.filename for item in page.ranked(ONE, LINUX)] == [
        "tinylib-1.0.tar.gz",
        wheel("py3-none-any"),
    ]
    alone = releases(yanked).best(ONE, LINUX, PY312)
    assert alone is not None
    assert alone.file is yanked


@pytest.mark.parametrize(
    ("python", "best"),
    [("3.12.0", "tinylib-1.0.tar.gz"), ("3.12.4", "tinylib-1.0-py3-none-any.whl")],
)
def test_a_file_that_refuses_the_python_gives_way_to_the_next(python: str, best: str) -> None:
    page = releases(listed(wheel("py3-none-any"), requires_python=">=3.12.4"), "tinylib-1.0.tar.gz")
    found = page.best(ONE, LINUX, Version(python))
    assert found is not None
    assert found.file.filename == best


def test_a_requires_python_that_nobody_can_read_refuses() -> None:
    page = releases(listed(wheel("py3-none-any"), requires_python="3.x, maybe"))
    assert page.best(ONE, LINUX, PY312) is None


def test_releases_are_told_apart_by_version_and_not_by_spelling() -> None:
    page = releases(wheel("py3-none-any", "1.0"), wheel("cp312-cp312-win_amd64", "1.0.0"))
    assert set(page.by_version) == {ONE}
    assert len(page.by_version[ONE]) == 2


def test_what_no_installer_takes_is_left_out() -> None:
    page = releases(
        wheel("py3-none-any"),
        "tinylib-1.0-py3.12.egg",
        "tinylib-1.0.win32.exe",
        "tinylib-1.0.tar.bz2",
        "otherlib-1.0-py3-none-any.whl",
        "tinylib-one.tar.gz",
        "tinylib-1.0-py3-none.whl",
    )
    assert [item.file.filename for item in page.candidates] == [wheel("py3-none-any")]


def test_a_quarantined_project_offers_nothing() -> None:
    page = ProjectPage(
        name=ProjectName("tinylib"),
        files=(listed(wheel("py3-none-any")),),
        status=ProjectStatus(Status.QUARANTINED),
    )
    assert sort_into_releases(page).candidates == ()


def test_a_release_that_is_not_there_has_no_best_file() -> None:
    assert releases(wheel("py3-none-any")).best(Version("2"), LINUX, PY312) is None


_TAGS = [
    "py3-none-any",
    "1-py3-none-any",
    "1a-py3-none-any",
    "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp312-cp312-manylinux_2_28_x86_64",
    "cp38-abi3-manylinux1_x86_64",
    "cp312-cp312-win_amd64",
    "cp312-cp312-macosx_11_0_universal2",
]


@given(
    st.lists(
        st.tuples(st.sampled_from(_TAGS), st.booleans()), min_size=1, unique_by=lambda one: one[0]
    ),
    st.randoms(use_true_random=False),
    st.sampled_from(["cp312-manylinux_2_28_x86_64", "cp312-win_amd64", "cp312-macosx_14_0_arm64"]),
)
def test_the_choice_does_not_depend_on_the_order_of_the_page(
    files: list[tuple[str, bool]], random: Random, target: str
) -> None:
    page = [listed(wheel(tags), yanked=yanked) for tags, yanked in files]
    shuffled = list(page)
    random.shuffle(shuffled)
    wanted = parse_target(target)
    first = [item.file.filename for item in releases(*page).ranked(ONE, wanted)]
    again = [item.file.filename for item in releases(*shuffled).ranked(ONE, wanted)]
    assert first == again
