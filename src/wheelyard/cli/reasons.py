"""Why a file is in the yard, from the catalogue's record of the last plans."""

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from wheelyard.model.errors import InvalidInput
from wheelyard.model.names import InvalidProjectName, parse_project_name
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
    """The files of a project, or the one file of that name; raises NotInTheYard."""
    held = holdings.files(yard.catalog)
    found = [file for file in held if file.filename == name]
    try:
        project = parse_project_name(name)
    except InvalidProjectName:
        project = None
    found = found or [file for file in held if file.project == project]
    if not found:
        known = {file.project for file in held} | {file.filename for file in held}
        raise NotInTheYard(name, get_close_matches(name, sorted(known), n=1))
    return found


def file_reasons(yard: Yard, file: HeldFile) -> FileReasons:
    """Why the file is held."""
    chains: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for selection in selections_of(yard.catalog, file.project):
        if selection.filename == file.filename:
            chains[selection.group, selection.reason].append(selection.target)
    return FileReasons(file, dict(chains))


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
