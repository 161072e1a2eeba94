"""Why files are in the yard: every chain of requirements, or what the last plans recorded.

The chains are worked out from the proof. What it does not tell of, such as what a policy keeps
besides the witnesses, has the one reason that was recorded when it was planned.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wheelyard.cli.evidence import Evidence
from wheelyard.cli.sizes import format_count
from wheelyard.cli.sought import Sought
from wheelyard.closure.ways import Way, ways_to
from wheelyard.plan.inventory import HeldFile
from wheelyard.yard import holdings
from wheelyard.yard.ledger import Selection, selections_of
from wheelyard.yard.yard import Yard


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to hold a file."""

    group: str
    chain: tuple[str, ...]  # requirements, and `build of FILE` where a build comes in
    targets: dict[str, str]  # target -> on which of its Pythons; "" for all
    policy: str | None = None  # by which it is kept besides a witness; None: it is of one


@dataclass(frozen=True, slots=True)
class FileReasons:
    """A held file, and why it is held; without reasons nothing wants it any more."""

    file: HeldFile
    reasons: tuple[Reason, ...]
    more: int = 0  # how many chains were found besides
    is_counted: bool = True  # whether there are no others


def find_files(yard: Yard, sought: Sought) -> list[HeldFile]:
    """The files of the yard that the question is about."""
    if sought.filename is None:
        found = holdings.files_of(yard.catalog, sought.project)
        return [file for file in found if sought.includes(file)]
    file = holdings.find_file(yard.catalog, sought.project, sought.filename)
    if file is not None:
        return [file]
    # Names of old files need not tell where the project's ends.
    return [one for one in holdings.files(yard.catalog) if one.filename == sought.filename]


def read_reasons(
    yard: Yard, files: Sequence[HeldFile], evidence: Evidence, most: int | None
) -> list[FileReasons]:
    """Why each of the files is held, with `most` chains for each group, or all if that is None."""
    return [_reasons(yard, file, evidence, most) for file in files]


def _reasons(yard: Yard, file: HeldFile, evidence: Evidence, most: int | None) -> FileReasons:
    ways = ways_to(file.filename, evidence.standpoints, most)
    found = [_reason(way) for way in ways.shown]
    explained = {(reason.group, target) for reason in found for target in reason.targets}
    recorded = [
        one
        for one in selections_of(yard.catalog, file.project)
        if one.filename == file.filename and (one.group, one.target) not in explained
    ]
    found += _recorded(recorded, file, evidence)
    return FileReasons(file, tuple(found), ways.more, ways.is_counted)


def _reason(way: Way) -> Reason:
    targets = {str(place.target): ", ".join(map(str, place.pythons)) for place in way.places}
    return Reason(way.group, way.chain.requirements, targets)


def _recorded(selections: Sequence[Selection], file: HeldFile, evidence: Evidence) -> list[Reason]:
    policies = {
        group.name: group.policy
        for group in evidence.groups
        if any(addition.filename == file.filename for addition in group.additions)
    }
    chains: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for one in selections:
        chains[one.group, one.reason][one.target] = ""
    return [
        Reason(group, tuple(reason.split(" > ")), targets, policies.get(group))
        for (group, reason), targets in chains.items()
    ]


def reason_lines(reasons: FileReasons) -> list[str]:
    """The file, and below it each chain with its targets."""
    if not reasons.reasons:
        return [reasons.file.filename, "  nothing wants it any more"]
    lines = [reasons.file.filename]
    for reason in reasons.reasons:
        by = f" ({reason.policy})" if reason.policy else ""
        lines += [f"  {reason.group}: {' > '.join(reason.chain)}{by}"]
        lines += [f"    on {', '.join(map(_place, reason.targets.items()))}"]
    if reasons.more:
        least = "" if reasons.is_counted else "at least "
        lines += [f"  and {least}{format_count(reasons.more, 'chain')} more; `--all` shows them"]
    return lines


def reason_document(reasons: FileReasons) -> dict[str, Any]:
    """The file and its reasons as a JSON object."""
    return {
        "project": reasons.file.project,
        "version": reasons.file.version,
        "filename": reasons.file.filename,
        "reasons": [
            {
                "group": reason.group,
                "chain": list(reason.chain),
                "targets": list(reason.targets),
                "pythons": {name: some for name, some in reason.targets.items() if some},
                "policy": reason.policy,
            }
            for reason in reasons.reasons
        ],
        "more": reasons.more,
        "counted": reasons.is_counted,
    }


def _place(item: tuple[str, str]) -> str:
    target, pythons = item
    return f"{target} (Python {pythons})" if pythons else target
