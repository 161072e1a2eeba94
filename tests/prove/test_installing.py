"""Real installers over a yard, in a network that is cut off."""

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from prove.local import local_machine
from prove.mirrored import HERE, NOON, Mirrored
from tools import require_tool
from wheelyard.cli.here import platform_here
from wheelyard.mirror.progress import Silent
from wheelyard.prove.document import Check, Method, Scope, Verdict
from wheelyard.prove.installing import install_all
from wheelyard.prove.interpreters import LocalPython

_MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def mirrored(tmp_path: Path) -> Mirrored:
    return Mirrored(tmp_path / "yard")


@pytest.mark.installer
def test_pip_and_uv_install_the_witness(mirrored: Mirrored) -> None:
    app = mirrored.add_wheel("app", "1.0", requires=["lib>=1"])
    lib = mirrored.add_wheel("lib", "1.0")
    mirrored.claim("default", ["app"], [app, lib])
    pip, uv_check = _install(mirrored)
    assert (pip.verdict, uv_check.verdict) == (Verdict.HOLDS, Verdict.HOLDS)
    assert pip.by.startswith("pip ") and " on CPython 3." in pip.by
    assert uv_check.by.startswith("uv ") and " on CPython 3." in uv_check.by
    assert (pip.method, pip.target, pip.at) == (Method.INSTALL, HERE, NOON)
    assert pip.python.startswith(f"{_MINOR}.")


@pytest.mark.installer
def test_sdists_are_built_with_what_the_yard_has(mirrored: Mirrored) -> None:
    base = mirrored.add_wheel("buildbase", "1.0")
    helper = mirrored.add_wheel("buildhelper", "1.0", requires=["buildbase"])
    built = mirrored.add_sdist("built", "1.0", build_requires=["buildhelper>=1"])
    mirrored.claim("default", ["built"], [built])
    mirrored.claim(
        "build of built", ["buildhelper>=1"], [base, helper], builds=("built-1.0.tar.gz",)
    )
    assert [check.verdict for check in _install(mirrored)] == [Verdict.HOLDS] * 2


@pytest.mark.installer
def test_a_yard_that_lacks_what_a_build_needs_fails(mirrored: Mirrored) -> None:
    built = mirrored.add_sdist("built", "1.0", build_requires=["buildhelper>=1"])
    mirrored.claim("default", ["built"], [built])
    checks = _install(mirrored)
    assert [check.verdict for check in checks] == [Verdict.FAILS] * 2
    assert all("buildhelper" in check.said for check in checks)


@pytest.mark.installer
def test_another_installation_than_the_witness_is_told(mirrored: Mirrored) -> None:
    app = mirrored.add_wheel("app", "1.0", requires=["lib"])
    lib = mirrored.add_wheel("lib", "1.0")
    gone = mirrored.add_wheel("gone", "1.0")
    mirrored.add_wheel("lib", "2.0", requires=["more"])
    mirrored.add_wheel("more", "1.0")
    mirrored.claim("default", ["app"], [app, lib, gone])
    for check in _install(mirrored, Scope.ALL):
        assert check.verdict is Verdict.DIFFERS
        assert check.said == (
            "it installed no `gone`, of which the witness has 1.0; "
            "`lib` 2.0, of which the witness has 1.0; `more` 1.0, which the witness does not have"
        )


@pytest.mark.installer
def test_a_lock_is_installed_with_its_hashes(mirrored: Mirrored) -> None:
    app = mirrored.add_wheel("app", "1.0", requires=["lib>=2"])
    lib = mirrored.add_wheel("lib", "1.0")
    mirrored.claim("default", [], [app, lib], locked=True)
    assert [check.verdict for check in _install(mirrored)] == [Verdict.HOLDS] * 2
    other = replace(lib, sha256=app.sha256)
    mirrored.groups.clear()
    mirrored.claim("default", [], [app, other], locked=True)
    checks = _install(mirrored)
    assert [check.verdict for check in checks] == [Verdict.FAILS] * 2
    assert all("hash" in check.said.lower() for check in checks)


@pytest.mark.installer
def test_the_view_of_a_group_gives_its_witness_where_the_yard_has_more(mirrored: Mirrored) -> None:
    app = mirrored.add_wheel("app", "1.0", requires=["lib"])
    lib = mirrored.add_wheel("lib", "1.0")
    mirrored.add_wheel("lib", "2.0")
    mirrored.claim("ours", ["app"], [app, lib])
    checks = _install(mirrored)
    assert [(check.scope, check.verdict) for check in checks] == [(Scope.VIEW, Verdict.HOLDS)] * 2


@pytest.mark.installer
def test_constraints_and_overrides_are_followed(mirrored: Mirrored) -> None:
    app = mirrored.add_wheel("app", "1.0", requires=["lib<2", "more"])
    mirrored.add_wheel("lib", "1.0")
    lib = mirrored.add_wheel("lib", "2.0")
    more = mirrored.add_wheel("more", "1.0")
    mirrored.add_wheel("more", "2.0")
    mirrored.claim(
        "default", ["app"], [app, lib, more], constraints=("more<2",), overrides=("lib>=2",)
    )
    pip, uv_check = _install(mirrored)
    assert (pip.verdict, pip.said) == (Verdict.SKIPPED, "pip knows no overrides")
    assert (uv_check.verdict, uv_check.said) == (Verdict.HOLDS, "")


@pytest.mark.installer
def test_setuptools_of_an_old_python_stands_in_for_no_release_of_the_witness(
    mirrored: Mirrored,
) -> None:
    python = _python("3.9")
    app = mirrored.add_wheel("app", "1.0", requires=["setuptools"])
    setuptools = mirrored.add_wheel("setuptools", "999.0")
    target = f"cp39-{platform_here()}"
    mirrored.claim("default", ["app"], [app, setuptools], target=target)
    pip, uv_check = _install(mirrored)
    assert (pip.verdict, pip.said, uv_check.verdict) == (Verdict.HOLDS, "", Verdict.HOLDS)
    assert pip.python == str(python.version)


def test_what_this_machine_cannot_install_is_skipped(mirrored: Mirrored) -> None:
    app = mirrored.add_wheel("app", "1.0")
    mirrored.claim("windows", ["app"], [app], target="cp312-win_amd64")
    mirrored.claim("early", ["app"], [app], span=(f"{_MINOR}.98", f"{_MINOR}.99"))
    mirrored.claim("late", ["app"], [app], span=(f"{_MINOR}.99", None))
    checks = _install(mirrored)
    assert {check.verdict for check in checks} == {Verdict.SKIPPED}
    assert [check.by for check in checks] == ["pip", "uv"] * 3
    assert [check.said for check in checks[::2]] == [
        f"this machine is `{platform_here()}`",
        f"this machine has no CPython {_MINOR}.98 to {_MINOR}.99",
        f"this machine has no CPython {_MINOR}.99 and later",
    ]


def _install(mirrored: Mirrored, scope: Scope = Scope.VIEW) -> list[Check]:
    require_tool("unshare")
    folder = mirrored.root.with_name("temporary")
    folder.mkdir(exist_ok=True)
    proof = mirrored.prove()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        done = asyncio.run(
            install_all(mirrored.root, proof, local_machine(), Silent(), lambda: NOON, scope=scope)
        )
    assert list(folder.iterdir()) == []
    return [check for _, check in done]


def _python(minor: str) -> LocalPython:
    for python in local_machine().pythons:
        if str(python.version).startswith(f"{minor}."):
            return python
    pytest.skip(f"this machine has no Python {minor}")
