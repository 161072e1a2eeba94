"""Which Python of a machine a witness is for."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from packaging.version import Version

from prove.local import local_machine
from prove.proofs import witness
from wheelyard.prove.interpreters import LocalPython, find_pythons


def test_the_newest_python_of_a_span_is_taken() -> None:
    def python(version: str, *, free_threaded: bool = False) -> LocalPython:
        return LocalPython(Path(version), Version(version), free_threaded, makes_pip=True)

    pythons = (python("3.13.5", free_threaded=True), python("3.13.4"), python("3.13.1"))
    machine = replace(local_machine(), pythons=pythons)
    windows = "cp313-win_amd64"
    assert machine.python_for(witness(first="3.13.0", target=windows)) == pythons[1]
    assert machine.python_for(witness(first="3.13.0", last="3.13.3", target=windows)) == pythons[2]
    assert machine.python_for(witness(first="3.13.0", target="cp313t-win_amd64")) == pythons[0]
    assert machine.python_for(witness(first="3.12.0", target="cp312-win_amd64")) is None


def test_this_python_is_among_those_of_the_machine() -> None:
    versions = [python.version for python in local_machine().pythons]
    assert Version("{}.{}.{}".format(*sys.version_info)) in versions
    assert versions == sorted(versions, reverse=True)


def test_a_python_that_says_something_else_is_passed_over(tmp_path: Path) -> None:
    wrapper = tmp_path / "python3"
    wrapper.write_text("#!/bin/sh\necho welcome\n")
    wrapper.chmod(0o755)
    found = asyncio.run(find_pythons({"PATH": str(tmp_path), "HOME": str(tmp_path)}))
    assert wrapper not in [python.executable for python in found]
