"""pip as a prover: what a dry run of `pip install` takes, over a virtual index.

pip runs in `pip_driver.py`, which replaces marker values and wheel tags by those of the target.
"""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.version import Version

from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import WheelyardError
from wheelyard.model.names import parse_project_name
from wheelyard.model.targets import tag_ranks
from wheelyard.prove.processes import memory_folder
from wheelyard.prove.provers import Provers
from wheelyard.prove.questions import (
    Answer,
    InstallQuestion,
    NoInstallation,
    NotAsked,
    Taken,
    TakenFile,
    requirement_lines,
)
from wheelyard.prove.virtual import Sight, VirtualIndex

_DRIVER = Path(__file__).with_name("pip_driver.py")
_SETTINGS = {"PIP_CONFIG_FILE": os.devnull}
_OPTIONS = [
    "--isolated", "--no-input", "--no-cache-dir", "--disable-pip-version-check",
    "--keyring-provider", "disabled", "--no-color", "--progress-bar", "off",
    # The server answers when the index has. How long that may take, and how often it is tried, is
    # the index's own affair.
    "--retries", "0", "--timeout", "86400",
    # Of sdists there are but stand-ins, which are wheels.
    "--dry-run", "--ignore-installed", "--only-binary", ":all:", "--implementation", "cp",
]  # fmt: skip
_TOLD_ELSEWHERE = "ResolutionImpossible"


class PipFailed(WheelyardError):
    """pip ended in a way that is neither an installation nor a refusal."""

    hint = "`pip install --upgrade wheelyard` brings one that fits this pip; the text tells more"

    def __init__(self, output: str) -> None:
        self.output = output
        super().__init__(f"`pip install --dry-run` failed:\n{output.strip()}")


async def ask_pip(
    asked: Sequence[tuple[InstallQuestion, VirtualIndex]], provers: Provers
) -> list[Answer]:
    """What pip takes for each question over its index.

    Raises the error of the index when something that pip wanted could not be read, and PipFailed
    when pip ends otherwise than by an answer.
    """
    numbered = list(enumerate(asked))
    answers: dict[int, Answer] = {
        number: NotAsked(reason)
        for number, (question, _) in numbered
        if (reason := _why_not(question)) is not None
    }
    rest = [(number, *pair) for number, pair in numbered if number not in answers]
    # pip takes a while to start, so one process answers several questions.
    shares = [rest[start :: provers.processes.at_once] for start in range(len(rest))]
    for told in await gather_in_order(
        _ask_share(share, provers) for share in shares[: provers.processes.at_once]
    ):
        answers |= told
    return [answers[number] for number, _ in numbered]


def _why_not(question: InstallQuestion) -> str | None:
    if question.overrides:
        return "pip has no overrides"
    if any(item.extras for item in question.constraints):
        return "pip has no constraints with extras"
    return None


async def _ask_share(
    share: Sequence[tuple[int, InstallQuestion, VirtualIndex]], provers: Provers
) -> dict[int, Answer]:
    # pip makes a folder for each document that it reads.
    temporary = tempfile.TemporaryDirectory(prefix="wheelyard-pip-", dir=memory_folder())
    with temporary as name, ExitStack() as stack:
        folder = Path(name)
        sights = [
            stack.enter_context(provers.server.showing(index, question.formats))
            for _, question, index in share
        ]
        lines = [
            _write_question(question, sight, folder / str(number))
            for (number, question, _), sight in zip(share, sights, strict=True)
        ]
        ended = await provers.processes.run(
            [sys.executable, "-I", str(_DRIVER)],
            folder,
            {**_SETTINGS, "TMPDIR": name},
            given="".join(f"{line}\n" for line in lines),
            until=[sight.failure for sight in sights],
        )
        if ended.status != 0:
            raise PipFailed(ended.error)
        told = [json.loads(line) for line in ended.output.splitlines()]
        return {
            number: await _read_answer(answer, sight)
            for (number, _, _), answer, sight in zip(share, told, sights, strict=True)
        }


def _write_question(question: InstallQuestion, sight: Sight, folder: Path) -> str:
    """Write the files that pip reads besides the pages; gives the driver's line."""
    folder.mkdir()
    constraints = folder / "constraints.txt"
    constraints.write_text(requirement_lines(question.constraints))
    target = question.target
    arguments = [
        *_OPTIONS,
        *("--index-url", sight.url, "-c", str(constraints)),
        *("--python-version", str(question.python), "--abi", target.python.abi),
        *("--platform", target.platform.tag),
    ]
    if question.prereleases:
        arguments.append("--pre")
    if question.no_deps:
        arguments.append("--no-deps")
    # Given as arguments, pip names them by themselves where it refuses them.
    wanted = requirement_lines(question.requirements).splitlines()
    arguments += wanted or ["-r", os.devnull]
    ranks = tag_ranks(target)
    line = {
        "arguments": arguments,
        "environment": target.environment(question.python),
        "tags": [str(tag) for tag in sorted(ranks, key=lambda tag: ranks[tag])],
    }
    return json.dumps(line)


async def _read_answer(told: dict[str, Any], sight: Sight) -> Answer:
    if "refused" in told:
        return NoInstallation(_shortened(told["refused"]))
    if "failed" in told:
        raise PipFailed(told["failed"])
    files = {}
    for item in told["report"]["install"]:
        project = parse_project_name(item["metadata"]["name"])
        shown = unquote(urlsplit(item["download_info"]["url"]).path).rpartition("/")[2]
        file = (await sight.page(project)).listed[shown].file
        version = Version(item["metadata"]["version"])
        files[project] = TakenFile(version, file.filename, file.sha256)
    return Taken(files)


def _shortened(output: str) -> str:
    """What pip says of the conflict, without its advice and its progress."""
    _, found, cause = output.partition("The conflict is caused by:")
    told = cause.partition("To fix this")[0] if found else ""
    errors = [
        line.removeprefix("ERROR: ").strip()
        for line in output.splitlines()
        if line.startswith("ERROR: ") and _TOLD_ELSEWHERE not in line
    ]
    return " ".join(" ".join([*errors, told]).split())
