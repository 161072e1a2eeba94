"""uv as a prover: what `uv pip compile` takes for one environment, over a virtual index."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.explain import tell_refusal
from wheelyard.mirror.resolver import ResolverFailed
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.names import ProjectName
from wheelyard.model.requirements import required_project
from wheelyard.prove.pretended import describe, write_pretender
from wheelyard.prove.provers import Provers
from wheelyard.prove.questions import (
    Answer,
    InstallQuestion,
    NoInstallation,
    Taken,
    TakenFile,
    requirement_lines,
)
from wheelyard.prove.virtual import Sight, VirtualIndex

_SETTINGS = {
    # The server answers when the index has. How long that may take, and how often it is tried, is
    # the index's own affair.
    "UV_HTTP_RETRIES": "0",
    "UV_HTTP_TIMEOUT": "86400",
    "UV_PYTHON_DOWNLOADS": "never",
}


async def ask_uv(
    asked: Sequence[tuple[InstallQuestion, VirtualIndex]], provers: Provers
) -> list[Answer]:
    """What uv takes for each question over its index, asked side by side.

    It reads the pages of an index once, however many questions are over it.

    Raises the error of the index when something that uv wanted could not be read, and
    ResolverFailed when uv ends otherwise than by an answer.
    """

    with ExitStack() as stack:
        shown = {
            (index, formats): stack.enter_context(provers.server.showing(index, formats))
            for index, formats in dict.fromkeys((index, one.formats) for one, index in asked)
        }
        return await gather_in_order(
            look_with_uv(question, shown[index, question.formats], provers)
            for question, index in asked
        )


async def look_with_uv(question: InstallQuestion, sight: Sight, provers: Provers) -> Answer:
    """What uv takes of what it sees; raises as `ask_uv` does."""
    own = await provers.own_description()
    with tempfile.TemporaryDirectory(prefix="wheelyard-uv-") as name:
        folder = Path(name)
        python = write_pretender(describe(question.target, question.python, own), folder)
        command = [
            str(provers.uv), "pip", "compile", "requirements.in",
            *_write_question(question, folder),
            "--python", str(python),
            "--default-index", sight.url, "--no-config", "--cache-dir", str(sight.cache),
            "--no-build", "--no-header", "--no-annotate", "--no-progress", "--color", "never",
        ]  # fmt: skip
        ended = await provers.processes.run(command, folder, _SETTINGS, until=[sight.failure])
    if ended.status == 1 and "No solution found" in ended.error:
        return NoInstallation(tell_refusal(ended.error))
    if ended.status != 0:
        raise ResolverFailed("uv pip compile", ended.error)
    return await _taken(_read_pins(ended.output), question, sight)


def _write_question(question: InstallQuestion, folder: Path) -> list[str]:
    """Write the files that uv reads besides the pages; gives the options that go with them."""
    (folder / "requirements.in").write_text(requirement_lines(question.requirements))
    options = []
    for option, requirements in (
        ("--constraints", question.constraints),
        ("--overrides", question.overrides),
    ):
        if requirements:
            path = folder / f"{option[2:]}.txt"
            path.write_text(requirement_lines(requirements))
            options += [option, path.name]
    if question.prereleases:
        options += ["--prerelease", "allow"]
    if question.no_deps:
        options.append("--no-deps")
    return options


def _read_pins(output: str) -> Mapping[ProjectName, Version]:
    pins = {}
    for line in output.splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            pins[required_project(requirement)] = Version(pin.version)
    return pins


async def _taken(
    pins: Mapping[ProjectName, Version], question: InstallQuestion, sight: Sight
) -> Answer:
    """The files that uv installs of its releases: as its resolver does, it takes the best wheel."""
    files = {}
    for project, version in pins.items():
        releases = (await sight.page(project)).releases
        best = releases.best(version, question.target, question.python)
        if best is None:
            # No installation by our own account of tags and Pythons, and so none to rely on.
            return NoInstallation(
                f"{project} {version} was taken, and has no file for {question.target}"
            )
        files[project] = TakenFile(version, best.file.filename, best.file.sha256)
    return Taken(files)
