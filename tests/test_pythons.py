import subprocess
import sys

import pytest

from pythons import local_pythons, require_python


def test_the_python_that_runs_the_tests_is_among_those_found() -> None:
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in local_pythons()


def test_every_python_found_is_what_its_key_says_and_can_make_environments() -> None:
    ask = "import ensurepip, sys, venv; print('{}.{}'.format(*sys.version_info))"
    told = {
        version: subprocess.check_output([python, "-I", "-c", ask], text=True).strip()
        for version, python in local_pythons().items()
    }
    assert told == {version: version for version in told}


def test_pythons_are_sorted_from_old_to_new() -> None:
    versions = [tuple(map(int, version.split("."))) for version in local_pythons()]
    assert versions == sorted(versions)
    assert versions[0] >= (3, 8)


def test_a_python_that_is_missing_skips_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"needs Python 3\.99"):
        require_python("3.99")
