"""Checking a yard's proof anew, on whatever machine the yard is now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from wheelyard.cli.machine import machine_here
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Progress, Silent
from wheelyard.model.errors import InvalidInput, WheelyardError
from wheelyard.prove.document import Method, Proof, Scope
from wheelyard.prove.earlier import with_builds
from wheelyard.prove.installing import install_all
from wheelyard.prove.provers import open_provers
from wheelyard.prove.store import read_proof, write_proof
from wheelyard.prove.yards import ProvenYard, prove_yard, with_checks
from wheelyard.yard.errors import YardUnwritable
from wheelyard.yard.lock import YardLocked
from wheelyard.yard.published import PublishedIndex
from wheelyard.yard.yard import open_yard


class NoProof(InvalidInput):
    """The yard has no proof to check."""

    hint = "`wheelyard mirror` writes one, with the requirements that the yard is meant for"

    def __init__(self, yard: Path) -> None:
        self.yard = yard
        super().__init__(f"`{yard}` has no proof: nothing was claimed of it")


class NoSuchClaim(InvalidInput):
    """`--group` names a group that the proof says nothing of."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        close = get_close_matches(name, known, n=1)
        listed = ", ".join(f"`{item}`" for item in known) or "none"
        self.hint = f"did you mean `{close[0]}`?" if close else f"the groups are: {listed}"
        super().__init__(f"the proof says nothing of a group `{name}`")


@dataclass(frozen=True, slots=True)
class Reproven:
    """What a yard was found to be, and why that is not kept in it."""

    standing: ProvenYard
    unkept: WheelyardError | None  # None: it is kept


def reprove(root: Path, groups: Sequence[str], progress: Progress, *, install: bool) -> Reproven:
    """Check the claims of the yard's proof, and keep what was found in the yard if it can be.

    A yard on a read-only disk, or in which a run is at work, is proven all the same. Raises
    NoProof, NoSuchClaim, InvalidProof and what opening a yard raises.
    """
    with open_yard(root, create=False) as yard:
        proof = read_proof(yard.layout)
        if proof is None:
            raise NoProof(root)
        names = _names(proof, groups)
        facts = Facts(PublishedIndex(yard.layout), Silent())
        standing = asyncio.run(_reprove(root, proof, names, facts, progress, install=install))
        try:
            with yard.exclusive() as writer:
                write_proof(writer, standing.proof)
        except (YardLocked, YardUnwritable) as error:
            return Reproven(standing, error)
        return Reproven(standing, None)


def _names(proof: Proof, groups: Sequence[str]) -> frozenset[str] | None:
    """The groups to check, with their builds; None: all."""
    if not groups:
        return None
    known = [group.name for group in proof.groups if not group.builds]
    for name in groups:
        if name not in known:
            raise NoSuchClaim(name, known)
    asked_for = [group for group in proof.groups if group.name in groups]
    return frozenset(group.name for group in with_builds(asked_for, proof.groups))


async def _reprove(
    root: Path,
    proof: Proof,
    names: frozenset[str] | None,
    facts: Facts,
    progress: Progress,
    *,
    install: bool,
) -> ProvenYard:
    async with open_provers() as provers:
        scopes = [Scope.ALL, Scope.VIEW]
        standing = await prove_yard(proof, facts, scopes, provers, progress, _now, names)
    if not install:
        return standing
    checks = await install_all(root, standing.proof, await machine_here(), progress, _now)
    if names is not None:
        checks = [(name, check) for name, check in checks if name in names]
    return replace(standing, proof=with_checks(standing.proof, checks, names, {Method.INSTALL}))


def _now() -> datetime:
    return datetime.now(UTC)
