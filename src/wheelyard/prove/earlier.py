"""What an earlier proof settles: the same claims, checked by the same installers."""

import msgspec

from wheelyard.prove.asking import INSTALLERS, installer_name
from wheelyard.prove.document import Method, Proof, ProvenGroup, Snapshot, Verdict


def settled_groups(claims: tuple[ProvenGroup, ...], earlier: Proof | None) -> frozenset[str]:
    """The groups of which the earlier proof claims the same and was borne out.

    An installer that was replaced by another release of it is asked anew.
    """
    if earlier is None:
        return frozenset()
    before = {group.name: group for group in earlier.groups}
    return frozenset(
        claim.name
        for claim in claims
        if claim.name in before
        and _is_same(claim, before[claim.name])
        and _is_borne_out(before[claim.name])
    )


def _is_same(one: ProvenGroup, other: ProvenGroup) -> bool:
    return msgspec.structs.replace(one, checks=()) == msgspec.structs.replace(other, checks=())


def _is_borne_out(group: ProvenGroup) -> bool:
    asked = {check.by for check in group.checks if check.method is Method.YARD}
    known = set(map(installer_name, INSTALLERS))
    failed = any(check.verdict is Verdict.FAILS for check in group.checks)
    return not failed and (known <= asked or bool(group.builds))


def renewed(
    claims: tuple[ProvenGroup, ...],
    snapshot: Snapshot,
    by: str,
    obligations: tuple[str, ...],
    earlier: Proof | None,
    *,
    known: frozenset[str] | None,
) -> Proof:
    """A proof of these claims, with what the earlier one says of other groups.

    Claims that are the same as before keep the checks that they had. Other groups
    are kept if they are `known`, with their builds; None: all are.
    """
    before = {group.name: group for group in earlier.groups} if earlier else {}
    names = {claim.name for claim in claims}
    others = [
        group
        for name, group in before.items()
        if name not in names and (known is None or group.builds or name in known)
    ]
    kept = _with_builds([group for group in others if not group.builds], others)
    own = tuple(
        msgspec.structs.replace(claim, checks=before[claim.name].checks)
        if claim.name in before and _is_same(claim, before[claim.name])
        else claim
        for claim in claims
    )
    pages = {**earlier.snapshot.pages, **snapshot.pages} if kept and earlier else snapshot.pages
    return Proof(
        by=by,
        snapshot=msgspec.structs.replace(snapshot, pages=pages),
        groups=(*own, *kept),
        obligations=obligations,
    )


def _with_builds(
    asked_for: list[ProvenGroup], others: list[ProvenGroup]
) -> tuple[ProvenGroup, ...]:
    """The groups, and of the others the builds of their sdists, and of the builds' sdists."""
    found = list(asked_for)
    for group in found:  # it grows as it goes
        files = {file.filename for witness in group.witnesses for file in witness.files}
        files |= {file.filename for file in group.additions}
        found += [one for one in others if one not in found and not files.isdisjoint(one.builds)]
    return tuple(found)
