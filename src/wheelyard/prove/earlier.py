"""What an earlier proof settles: the same claims, checked by the same installers."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from wheelyard.prove.asking import INSTALLERS, installer_name
from wheelyard.prove.document import Method, Proof, ProvenGroup, Scope, Snapshot, Verdict


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
        and _covers(before[claim.name], claim)
        and _is_borne_out(before[claim.name])
    )


def _covers(earlier: ProvenGroup, claim: ProvenGroup) -> bool:
    """Whether an earlier claim says the same; a build may be said to serve others, too."""
    if not claim.builds:
        return _unchecked(earlier) == _unchecked(claim)
    if not (
        set(claim.targets) <= set(earlier.targets) and set(claim.builds) <= set(earlier.builds)
    ):
        return False
    narrowed = msgspec.structs.replace(
        earlier,
        targets=claim.targets,
        builds=claim.builds,
        witnesses=tuple(each for each in earlier.witnesses if each.target in claim.targets),
    )
    return _unchecked(narrowed) == _unchecked(claim)


def _unchecked(group: ProvenGroup) -> ProvenGroup:
    return msgspec.structs.replace(group, checks=())


def _is_borne_out(group: ProvenGroup) -> bool:
    asked = {check.by for check in group.checks if check.method is Method.YARD}
    known = set(map(installer_name, INSTALLERS))
    failed = any(
        check.verdict is Verdict.FAILS
        or (check.verdict is Verdict.DIFFERS and check.scope is Scope.VIEW)
        for check in group.checks
    )
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

    Claims that are the same as before keep the checks that they had. What could not be found this
    time, and was found before, is claimed as before: its files stay in the yard. Other groups are
    kept if they are `known`, with their builds and the obligations of all; None: all are. A build
    that they share with a claim goes on to serve them.
    """
    before = {group.name: group for group in earlier.groups} if earlier else {}
    claims = tuple(_upheld(claims, before))
    names = {claim.name for claim in claims}
    others = [
        group
        for name, group in before.items()
        if name not in names and (known is None or group.builds or name in known)
    ]
    roots = [group for group in others if not group.builds]
    needing = with_builds(roots, others)
    own = tuple(_renewed(claim, before.get(claim.name), needing) for claim in claims)
    shared = [group for group, claim in zip(own, claims, strict=True) if _is_wider(group, claim)]
    kept = [group for group in with_builds([*roots, *shared], others) if group not in shared]
    if kept and earlier:
        snapshot = msgspec.structs.replace(
            snapshot, pages={**earlier.snapshot.pages, **snapshot.pages}
        )
        obligations = tuple(sorted({*earlier.obligations, *obligations}))
    groups = sorted((*own, *kept), key=lambda group: bool(group.builds))
    return Proof(by=by, snapshot=snapshot, groups=tuple(groups), obligations=obligations)


def _upheld(
    claims: Sequence[ProvenGroup], before: Mapping[str, ProvenGroup]
) -> Iterator[ProvenGroup]:
    """The claims with earlier witnesses for targets that have none now.

    A group without any is left out, so that the earlier claim stands: an upstream that is away, or
    a requirement that nothing meets, is no reason to forget what can be installed.
    """
    for claim in claims:
        earlier = before.get(claim.name)
        if not claim.problems or earlier is None or not earlier.witnesses:
            yield claim
        elif claim.witnesses:
            yield _completed(claim, earlier)


def _completed(claim: ProvenGroup, earlier: ProvenGroup) -> ProvenGroup:
    if claim.requirements != earlier.requirements:
        return claim
    found = {witness.target for witness in claim.witnesses}
    witnesses = claim.witnesses + tuple(
        witness
        for witness in earlier.witnesses
        if witness.target in claim.targets and witness.target not in found
    )
    is_whole = {witness.target for witness in witnesses} >= set(claim.targets)
    problems = () if is_whole else claim.problems
    return msgspec.structs.replace(claim, witnesses=witnesses, problems=problems)


def _renewed(
    claim: ProvenGroup, earlier: ProvenGroup | None, needing: Sequence[ProvenGroup]
) -> ProvenGroup:
    """The claim with the checks that it had, and with what others need of it if it is a build."""
    if earlier is None:
        return claim
    wider = _widened(claim, earlier, needing) if claim.builds else claim
    known = wider.targets if _covers(earlier, claim) else set(wider.targets) - set(claim.targets)
    checks = tuple(check for check in earlier.checks if check.target in known)
    return msgspec.structs.replace(wider, checks=checks)


def _widened(
    claim: ProvenGroup, earlier: ProvenGroup, needing: Sequence[ProvenGroup]
) -> ProvenGroup:
    """The claim of a build with those targets and sdists of the earlier one that others need."""
    if (claim.requirements, claim.assumed) != (earlier.requirements, earlier.assumed):
        return claim
    needed = [(target, name) for group in needing for target, name in _installs(group)]
    sdists = {name for _, name in needed if name in earlier.builds}
    targets = {target for target, name in needed if name in sdists} - set(claim.targets)
    return msgspec.structs.replace(
        claim,
        targets=(*claim.targets, *(each for each in earlier.targets if each in targets)),
        builds=tuple(sorted(sdists.union(claim.builds))),
        witnesses=(
            *claim.witnesses,
            *(each for each in earlier.witnesses if each.target in targets),
        ),
    )


def _is_wider(group: ProvenGroup, claim: ProvenGroup) -> bool:
    return (group.targets, group.builds) != (claim.targets, claim.builds)


def _installs(group: ProvenGroup) -> Iterator[tuple[str, str]]:
    """Every target with the name of each file that is there for it."""
    for witness in group.witnesses:
        yield from ((witness.target, file.filename) for file in witness.files)
    yield from ((target, file.filename) for target in group.targets for file in group.additions)


def with_builds(
    asked_for: Sequence[ProvenGroup], others: Sequence[ProvenGroup]
) -> tuple[ProvenGroup, ...]:
    """The groups, and of the others the builds of their sdists, and of the builds' sdists."""
    found = list(asked_for)
    for group in found:  # it grows as it goes
        files = {name for _, name in _installs(group)}
        found += [one for one in others if one not in found and not files.isdisjoint(one.builds)]
    return tuple(found)
