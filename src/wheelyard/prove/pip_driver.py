"""Runs pip as if on another machine. A program of its own: `python -I pip_driver.py`.

It reads one question per line from stdin and writes one answer per line to stdout, both JSON. A
question has `arguments` for `pip install`, the marker `environment` and the wheel `tags` of the
machine, best first. An answer is `{"report": ...}` as pip wrote it, `{"refused": text}` or
`{"failed": text}`.

`pip install --platform` changes the tags and not the markers, so a requirement `; sys_platform ==
'win32'` would be left out of a dry run for Windows. Here both are replaced, for each question in a
process that is forked for it: nothing that pip remembers reaches the next one. It imports nothing
but pip and the standard library.
"""

import io
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

try:
    import pip
    from pip._internal.commands.install import InstallCommand
    from pip._internal.exceptions import (
        DistributionNotFound,
        ResolutionTooDeepError,
        UnsupportedPythonVersion,
    )
    from pip._internal.models import installation_report, target_python
    from pip._internal.models.target_python import TargetPython
    from pip._internal.resolution.resolvelib import resolver
    from pip._vendor.packaging import markers
    from pip._vendor.packaging.tags import Tag
except ImportError as error:
    sys.exit(f"this pip is not one that can be asked for other machines: {error}")

WARM = (resolver,)  # imported here, so that it is not imported anew in each fork

_NO_ANSWER = (DistributionNotFound, ResolutionTooDeepError, UnsupportedPythonVersion)


class NotReplaced(Exception):
    """pip's insides have moved: it would answer for this machine, and not for the target."""

    def __init__(self, what: str) -> None:
        super().__init__(f"this pip {pip.__version__} is not one whose {what} can be replaced")


class Installing(InstallCommand):
    """`pip install`, and whether it ended because there is nothing to install."""

    refused = False

    def run(self, options: Any, args: list[str]) -> int:
        """Run it as it is."""
        try:
            return super().run(options, args)
        except _NO_ANSWER:
            self.refused = True
            raise


def main() -> None:
    """Answer every question on stdin."""
    for line in sys.stdin:
        sys.stdout.write(f"{_answer_in_a_fork(line)}\n")
        sys.stdout.flush()


def _answer_in_a_fork(line: str) -> str:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answer:
        child = os.fork()
        if child == 0:
            try:
                answer.write(json.dumps(_answer(json.loads(line))))
                answer.flush()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        answer.seek(0)
        return answer.read() or json.dumps({"failed": f"pip ended with status {status}"})


def _answer(question: Mapping[str, Any]) -> Mapping[str, Any]:
    said = io.StringIO()
    try:
        _replace_markers(question["environment"])
        _replace_tags(question["tags"])
        with tempfile.TemporaryDirectory(prefix="wheelyard-pip-") as folder:
            report = Path(folder, "report.json")
            command = Installing("install", "Install packages.")
            arguments = [*question["arguments"], "--report", str(report)]
            with redirect_stdout(said), redirect_stderr(said):
                status = command.main([*arguments, "--target", str(Path(folder, "target"))])
            if status == 0:
                return {"report": json.loads(report.read_bytes())}
    except NotReplaced as error:
        return {"failed": str(error)}
    except SystemExit as error:  # an option that this pip does not know
        return {"failed": f"{said.getvalue()}\n{error}"}
    return {"refused" if command.refused else "failed": said.getvalue()}


def _replace_markers(environment: Mapping[str, str]) -> None:
    replacement = dict(environment)

    def default_environment() -> Any:
        return dict(replacement)

    for module in (markers, installation_report):
        if not hasattr(module, "default_environment"):
            raise NotReplaced("marker environment")
        vars(module)["default_environment"] = default_environment
    for name, value in environment.items():
        if not markers.Marker(f"{name} == '{value}'").evaluate():
            raise NotReplaced("marker environment")


def _replace_tags(tags: Sequence[str]) -> None:
    accepted = [Tag(*tag.split("-")) for tag in tags]
    if not hasattr(target_python, "get_supported"):
        raise NotReplaced("wheel tags")
    target_python.get_supported = lambda **_: list(accepted)
    if TargetPython(py_version_info=(3,)).get_sorted_tags() != accepted:
        raise NotReplaced("wheel tags")


if __name__ == "__main__":
    main()
