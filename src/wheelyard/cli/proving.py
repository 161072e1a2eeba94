"""Proofs from the command line: of what `mirror` plans and fetches, and of a yard as it stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any

import msgspec

from wheelyard.cli.sizes import format_count
from wheelyard.cli.upstreams import UpstreamChoice
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Progress, Silent
from wheelyard.mirror.run import Study
from wheelyard.plan.changes import claims_by_group, find_changes
from wheelyard.prove.checking import Broken
from wheelyard.prove.claims import claims_of, snapshot_of
from wheelyard.prove.document import Check, Method, ProvenGroup, Scope, Verdict
from wheelyard.prove.earlier import renewed, settled_groups
from wheelyard.prove.planned import ProvenStudy, prove_study
from wheelyard.prove.proven import last_claims
from wheelyard.prove.provers import Provers
from wheelyard.prove.store import last_proof, write_proof
from wheelyard.prove.yards import ProvenYard, prove_yard, with_checks
from wheelyard.upstream.credentials import displayed
from wheelyard.yard.layout import Layout
from wheelyard.yard.published import PublishedIndex
from wheelyard.yard.yard import YardWriter

_SHOWN_FAILURES = 20


def compared(study: Study, layout: Layout, *, is_whole: bool) -> Study:
    """The study with what changed since the proof that the yard has.

    With `is_whole` it is of all groups, so that others are gone.
    """
    proof = last_proof(layout)
    before = None if proof is None else last_claims(proof)
    changes = find_changes(before, claims_by_group(study.closure), is_whole=is_whole)
    return replace(study, changes=changes)


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves what one run plans, and what it leaves in the yard."""

    provers: Provers
    progress: Progress
    now: Callable[[], datetime]  # UTC

    async def prove_plan(self, study: Study, yard: YardWriter) -> ProvenStudy:
        """Ask installers about the plan, but for what the yard's last proof settles."""
        claims = claims_of(study.closure, yard.inventory())
        settled = settled_groups(claims, last_proof(yard.layout))
        if settled.issuperset(claim.name for claim in claims):
            return ProvenStudy(study, ())
        return await prove_study(study, settled, self.provers, self.progress, self.now)

    async def prove_run(
        self,
        proven: ProvenStudy,
        yard: YardWriter,
        upstreams: Sequence[UpstreamChoice],
        known: frozenset[str] | None,
        *,
        is_as_before: bool,
    ) -> ProvenYard:
        """Check what is in the yard after a run, and keep the proof in it.

        Groups that are not `known` are proven no more; None: all are known. Where the run left the
        yard as it was, what the last proof settles is not checked again.
        """
        study, earlier = proven.study, last_proof(yard.layout)
        claims = claims_of(study.closure, yard.inventory())
        urls = tuple(displayed(choice.url) for choice in upstreams)
        proof = renewed(
            claims,
            await snapshot_of(study.facts, urls, self.now()),
            f"wheelyard {version('wheelyard')}",
            tuple(obligation.message for obligation in study.closure.obligations),
            earlier,
            known=known,
        )
        asked_about = frozenset(name for name, _ in proven.checks)
        proof = with_checks(proof, list(proven.checks), asked_about, {Method.PLANNED})
        settled = settled_groups(claims, earlier) if is_as_before else frozenset()
        names = frozenset(claim.name for claim in claims) - settled
        about = frozenset(claim.name for claim in claims)
        if not names:
            if earlier is None or (proof.groups, proof.obligations) != (
                earlier.groups,
                earlier.obligations,
            ):
                write_proof(yard, proof)
            return ProvenYard(proof, (), about)
        facts = Facts(PublishedIndex(yard.layout), Silent())
        standing = await prove_yard(
            proof, facts, [Scope.VIEW], self.provers, self.progress, self.now, names
        )
        write_proof(yard, standing.proof)
        return replace(standing, about=about)


def proof_summary(standing: ProvenYard) -> str:
    """One line that says how far the proof goes."""
    groups = [group for group in standing.groups if not group.builds]
    witnesses = sum(len(group.witnesses) for group in groups)
    checks = [check for group in groups for check in group.checks]
    installed = sum(
        check.method is Method.INSTALL and check.verdict is Verdict.HOLDS for check in checks
    )
    asked = sorted({check.by for check in checks if check.method in _ASKED})
    state = "proven" if standing.holds else "NOT PROVEN"
    line = f"{state}: {format_count(witnesses, 'installation')}"
    line += f"; {' and '.join(asked)} asked" if asked else ""
    return f"{line}; {installed:,} really installed" if installed else line


def broken_lines(broken: Sequence[Broken]) -> list[str]:
    """The files that a yard lacks, each with what needs it."""
    lines: list[str] = []
    for one in broken:
        lines += [
            f"error: `{one.filename}`: {one.reason}",
            f"  needed by {one.group}: {one.needed_by}",
            f"    on {', '.join(one.targets)}",
        ]
    return lines


def failure_lines(failures: Sequence[tuple[str, Check]]) -> list[str]:
    """The checks that failed, and what was said."""
    lines: list[str] = []
    for group, check in failures[:_SHOWN_FAILURES]:
        over = "the view" if check.scope is Scope.VIEW else "all files"
        what = f"for group `{group}` on {check.target} with Python {check.python}, over {over}"
        finds = _UNMET if check.method is Method.WALK else _VERBS[check.verdict]
        lines.append(f"error: {check.by} {finds} {what}")
        lines += [f"  {line}" for line in check.said.splitlines()]
    if len(failures) > _SHOWN_FAILURES:
        lines.append(f"and {len(failures) - _SHOWN_FAILURES} more; `--json` has them all")
    return lines


def group_lines(group: ProvenGroup) -> list[str]:
    """What was said of a group, one line for each who checked and how."""
    counts: dict[tuple[str, str, str], dict[Verdict, int]] = {}
    reasons: dict[tuple[str, str, str], set[str]] = {}
    for check in group.checks:
        method = _METHODS[check.method.value]
        if check.method is Method.INSTALL:  # only done when it is asked for, so it may be long ago
            method += f" on {check.at:%Y-%m-%d}"
        key = check.by, method, check.scope.value
        own = counts.setdefault(key, {})
        own[check.verdict] = own.get(check.verdict, 0) + 1
        if check.verdict in (Verdict.SKIPPED, Verdict.NOWHERE):
            reasons.setdefault(key, set()).add(check.said)
    witnesses = format_count(len(group.witnesses), "installation")
    lines = [f"group {group.name}: {witnesses} for {format_count(len(group.targets), 'target')}"]
    for key, own in counts.items():
        by, method, scope = key
        told = ", ".join(f"{count} {_SAYS[verdict]}" for verdict, count in sorted(own.items()))
        over = ", its views" if scope == Scope.VIEW and method != _METHODS["walk"] else ""
        lines.append(f"  {by}, {method}{over}: {told}")
        lines += [f"    {reason}" for reason in sorted(reasons.get(key, ()))[:3]]
    return lines


def standing_document(standing: ProvenYard) -> dict[str, Any]:
    """What a yard was found to be, as one JSON object; docs/proofs.md describes it."""
    return {
        "schema": 1,
        "holds": standing.holds,
        "broken": [
            {
                "project": one.project,
                "filename": one.filename,
                "reason": one.reason,
                "group": one.group,
                "needed_by": one.needed_by,
                "targets": list(one.targets),
            }
            for one in standing.broken
        ],
        "proof": msgspec.to_builtins(standing.proof),
    }


_ASKED = (Method.PLANNED, Method.YARD)
_METHODS = {
    "walk": "every requirement followed",
    "planned": "before the download",
    "yard": "over the yard",
    "install": "really installed",
}
_UNMET = "finds requirements that are not met"
_VERBS = {
    Verdict.FAILS: "finds no installation",
    Verdict.DIFFERS: "takes something else",
}
_SAYS = {
    Verdict.HOLDS: "hold",
    Verdict.DIFFERS: "find another installation",
    Verdict.FAILS: "fail",
    Verdict.NOWHERE: "find none on the whole index either",
    Verdict.SKIPPED: "not asked",
}
