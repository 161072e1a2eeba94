"""Why a file is in the yard, from the catalogue's record of the last plans."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from wheelyard.model.errors import InvalidInput
from wheelyard.model.filenames import is_wheel
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.plan.inventory import HeldFile
from wheelyard.yard import holdings
from wheelyard.yard.ledger import selections_of
from wheelyard.yard.yard import Yard


class NotInTheYard(InvalidInput):
    """The yard holds no project or file of that name."""

    def __init__(self, name: str, close: list[str]) -> None:
        self.name = name
        self.hint = (
            f"did you mean `{close[0]}`?" if close else "`wheelyard status` shows what it holds"
        )
        super().__init__(f"the yard holds no project or file `{name}`")


@dataclass(frozen=True, slots=True)
class FileReasons:
    """A held file, and for each chain that leads to it the targets on which it does."""

    file: HeldFile
    chains: dict[tuple[str, str], list[str]]  # (group, chain) -> targets; empty: nothing wants it


def find_files(yard: Yard, name: str) -> list[HeldFile]:
    """The files of a project, or those of that file name; raises NotInTheYard."""
    distribution = name.partition("-")[0] if is_wheel(name) else name.rpartition("-")[0]
    project = _project(distribution)
    if project and (file := holdings.find_file(yard.catalog, project, name)):
        return [file]
    project = _project(name)
    if project and (found := holdings.files_of(yard.catalog, project)):
        return found
    # Names of old files need not tell where the project's ends.
    held = holdings.files(yard.catalog)
    if found := [file for file in held if file.filename == name]:
        return found
    known = {file.project for file in held} | {file.filename for file in held}
    raise NotInTheYard(name, get_close_matches(name, sorted(known), n=1))


def read_reasons(yard: Yard, files: Sequence[HeldFile]) -> list[FileReasons]:
    """Why each of the files is held."""
    chains: dict[tuple[ProjectName, str], dict[tuple[str, str], list[str]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for project in {file.project for file in files}:
        for one in selections_of(yard.catalog, project):
            chains[project, one.filename][one.group, one.reason].append(one.target)
    return [FileReasons(file, chains[file.project, file.filename]) for file in files]


def reason_lines(reasons: FileReasons) -> list[str]:
    """The file, and below it each chain with its targets."""
    if not reasons.chains:
        return [reasons.file.filename, "  nothing wants it any more"]
    lines = [reasons.file.filename]
    for (group, chain), targets in reasons.chains.items():
        lines += [f"  {group}: {chain}", f"    on {', '.join(targets)}"]
    return lines


def reason_document(reasons: FileReasons) -> dict[str, Any]:
    """The file and its reasons as a JSON object."""
    return {
        "project": reasons.file.project,
        "version": reasons.file.version,
        "filename": reasons.file.filename,
        "reasons": [
            {"group": group, "chain": chain.split(" > "), "targets": targets}
            for (group, chain), targets in reasons.chains.items()
        ],
    }


def _project(text: str) -> ProjectName | None:
    """The text as a project's name, or None if it cannot be one."""
    try:
        return parse_project_name(text)
    except InvalidProjectName:
        return None
