"""The proof of a yard: every claim checked over what the yard publishes, without any upstream."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import msgspec

from wheelyard.closure.witness import Witness
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Progress, Silent
from wheelyard.prove.asking import INSTALLERS, AskedWitness, ask_installer
from wheelyard.prove.checking import Broken, CheckedClaims, check_claims
from wheelyard.prove.document import Check, Method, Proof, ProvenGroup, Scope, Verdict
from wheelyard.prove.narrowed import Narrowed
from wheelyard.prove.provers import Provers
from wheelyard.prove.views import view_of
from wheelyard.prove.virtual import VirtualIndex

Checks = list[tuple[str, Check]]  # each with the name of its group
Clock = Callable[[], datetime]  # UTC
_Key: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class ProvenYard:
    """What a yard was found to be."""

    proof: Proof  # with these checks in place of earlier ones
    broken: tuple[Broken, ...]
    about: frozenset[str] | None = None  # the groups in question; None: all

    @property
    def groups(self) -> tuple[ProvenGroup, ...]:
        """The groups in question."""
        about = self.about
        return tuple(one for one in self.proof.groups if about is None or one.name in about)

    @property
    def holds(self) -> bool:
        """Whether every claim holds, as far as it could be checked."""
        return not self.broken and not self.failures and not self.problems

    @property
    def failures(self) -> tuple[tuple[str, Check], ...]:
        """The checks that failed, but for those that say again what is broken.

        Over a view, another answer than the witness is a failure.
        """
        return tuple(
            (group.name, check)
            for group in self.groups
            for check in group.checks
            if (check.verdict is Verdict.FAILS and not self._is_told(group.name, check))
            or (check.verdict is Verdict.DIFFERS and check.scope is Scope.VIEW)
        )

    def _is_told(self, group: str, check: Check) -> bool:
        return check.method is Method.WALK and any(
            one.group == group and check.target in one.targets and one.filename in check.said
            for one in self.broken
        )

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """What was claimed of no target, with the name of the group."""
        return tuple((group.name, problem) for group in self.groups for problem in group.problems)


async def prove_yard(
    proof: Proof,
    facts: Facts,
    scopes: Sequence[Scope],
    provers: Provers,
    progress: Progress,
    now: Clock,
    groups: frozenset[str] | None = None,
) -> ProvenYard:
    """Check the proof's claims over what a yard publishes, which `facts` reads.

    `groups` are the names of those to check; None: all. The others keep their checks.
    """
    chosen = [one for one in proof.groups if groups is None or one.name in groups]
    asked = msgspec.structs.replace(proof, groups=tuple(chosen))
    progress.begin("Checking the yard")
    checked = await check_claims(asked, facts, now)
    progress.end(len(checked.checks), "installation")
    progress.begin("Asking uv and pip over the yard")
    # The view of a group has files of its builds, which may not be among those to check.
    checks = [*checked.checks, *await _ask_over_yard(proof, checked, facts, scopes, provers, now)]
    progress.end(len(checks), "answer")
    # What was said of the yard before it was looked at anew holds no more.
    stale = {Method.WALK, Method.YARD, *([Method.INSTALL] if checked.broken else [])}
    fresh = with_checks(proof, checks, groups, stale)
    return ProvenYard(fresh, checked.broken, groups)


async def _ask_over_yard(
    proof: Proof,
    checked: CheckedClaims,
    facts: Facts,
    scopes: Sequence[Scope],
    provers: Provers,
    now: Clock,
) -> Checks:
    claims = [claim for scope in scopes for claim in _over_yard(proof, checked, facts, scope)]
    asked = [
        one
        for name in INSTALLERS
        for one in await ask_installer(name, claims, Method.YARD, provers, now)
    ]
    hopeless = {
        _key(group.name, check)
        for group in proof.groups
        for check in group.checks
        if check.verdict is Verdict.NOWHERE
    }
    named = ((one.claim.group.name, one.check) for one in asked)
    return [(name, _excused(name, check, hopeless)) for name, check in named]


def _excused(name: str, check: Check, hopeless: Set[_Key]) -> Check:
    """The check, which fails nowhere but here only if it found an installation online."""
    if check.verdict is not Verdict.FAILS or _key(name, check) not in hopeless:
        return check
    said = f"it found no installation on the whole index either: {check.said}"
    return msgspec.structs.replace(check, verdict=Verdict.NOWHERE, said=said)


def _key(name: str, check: Check) -> _Key:
    """What an installer was asked, whichever release of it and over whatever files."""
    return name, check.by.partition(" ")[0], check.target, check.python


def _over_yard(
    proof: Proof, checked: CheckedClaims, facts: Facts, scope: Scope
) -> list[AskedWitness]:
    everything = VirtualIndex(facts)
    views: dict[tuple[str, str], VirtualIndex | None] = {}

    def index_for(witness: Witness) -> VirtualIndex | None:
        if scope is Scope.ALL:
            return everything
        key = witness.group, str(witness.target)
        if key not in views:
            view = view_of(proof, *key)
            views[key] = (
                None if view is None else VirtualIndex(Facts(Narrowed(facts, view), Silent()))
            )
        return views[key]

    return [
        AskedWitness(one.group, one.witness, index, scope, one.is_locked)
        for one in checked.standing
        if not one.group.builds and (index := index_for(one.witness)) is not None
    ]


def with_checks(
    proof: Proof, checks: Checks, groups: frozenset[str] | None, methods: Set[Method]
) -> Proof:
    """The proof with these checks in place of those by the methods that the groups had.

    `groups` are the names of those that were checked; None: all.
    """
    return msgspec.structs.replace(
        proof,
        groups=tuple(
            group
            if groups is not None and group.name not in groups
            else _with_own_checks(group, checks, methods)
            for group in proof.groups
        ),
    )


def _with_own_checks(group: ProvenGroup, checks: Checks, methods: Set[Method]) -> ProvenGroup:
    kept = [check for check in group.checks if check.method not in methods]
    own = [check for name, check in checks if name == group.name]
    return msgspec.structs.replace(group, checks=(*kept, *own))
