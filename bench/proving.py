"""Proving jupyterlab for twelve targets beside `uv lock` alone, before anything is fetched.

All look at the same recorded pages over the loopback: `uv lock` with an empty cache, wheelyard's
installers with caches that are made for the run. What a proof asks is told apart: uv and pip, each
one question for each witness over the planned files, and wheelyard's own check of the claims.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uv

from bench.measuring import Line, Turn, ours_over_theirs
from bench.planning import Planners, question, recorded
from bench.recorded_index import replaying
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.resolver import Resolver, resolver_environment
from wheelyard.mirror.run import Study, Tools, study_groups
from wheelyard.mirror.witnessing import Solvers
from wheelyard.plan.inventory import Inventory
from wheelyard.prove.asking import INSTALLERS, AskedWitness, ask_installer
from wheelyard.prove.checking import check_claims
from wheelyard.prove.claims import claims_of, snapshot_of
from wheelyard.prove.document import Method, Proof, Scope, Verdict
from wheelyard.prove.online import UvInstaller
from wheelyard.prove.provers import Provers, open_provers
from wheelyard.prove.virtual import VirtualIndex, showing_only
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import open_transport

_TURNS = 5
_WANTED = "ours < 3 s in all"

Work = Callable[[], Awaitable[None]]


class NotProven(Exception):
    """There are no claims, or something does not bear them out, so its time says nothing."""


@dataclass(frozen=True, slots=True)
class _Proving:
    """A study that was made, and installers to ask about it."""

    study: Study
    provers: Provers

    def works(self) -> dict[str, Work]:
        """What a proof of a plan is made of."""
        asking = {f"asking {name}": self._asking(name) for name in INSTALLERS}
        return {**asking, "own check of the claims": self._check}

    def _asking(self, name: str) -> Work:
        async def ask() -> None:
            asked = await ask_installer(name, self._claims(), Method.PLANNED, self.provers, _now)
            failed = [one.check for one in asked if one.check.verdict is Verdict.FAILS]
            if failed:
                raise NotProven(failed)

        return ask

    async def _check(self) -> None:
        snapshot = await snapshot_of(self.study.facts, (), _now())
        groups = claims_of(self.study.closure, Inventory.of(()))
        proof = Proof(by="bench", snapshot=snapshot, groups=groups, obligations=())
        checked = await check_claims(proof, self.study.facts, _now)
        if checked.broken:
            raise NotProven(checked.broken)

    def _claims(self) -> list[AskedWitness]:
        closure = self.study.closure
        groups = {group.name: group for group in closure.groups}
        pins = [pin for checked in closure.witnesses for pin in checked.witness.pins]
        pins += [addition.pin for addition in closure.additions]
        files = {
            project: {pin.file.filename for pin in pins if pin.project == project}
            for project in {pin.project for pin in pins}
        }
        index = VirtualIndex(self.study.facts, showing_only(files))
        return [
            AskedWitness(groups[one.witness.group], one.witness, index, Scope.ALL, is_locked=False)
            for one in closure.witnesses
        ]


def measure() -> Iterator[Line]:
    """Measure all of it. The first time, some hundred requests go to the real index."""
    with tempfile.TemporaryDirectory(prefix="wheelyard-bench-") as name:
        folder = Path(name)
        with replaying(recorded(), folder) as url:
            yield from asyncio.run(_measure(folder, url))


async def _measure(folder: Path, url: str) -> list[Line]:
    planners = Planners(folder, url)
    async with _proving(folder / "facts", f"{url}/simple/") as proving:
        works = proving.works()
        turns: dict[str, list[Turn]] = {work: [] for work in works}
        for _ in range(_TURNS):
            uv_lock = planners.uv_lock_afresh()
            for work, do in works.items():
                turns[work].append(Turn(uv_lock, await _seconds_of(do)))
    in_all = [
        Turn(turn.theirs, sum(of_work[number].ours for of_work in turns.values()))
        for number, turn in enumerate(next(iter(turns.values())))
    ]
    witnesses = len(proving.study.closure.witnesses)
    return [
        Line(
            work=f"proof of jupyterlab, 12 targets, {witnesses} witnesses: {work}",
            peer="`uv lock`, empty cache",
            unit="s",
            turns=tuple(of_work),
            ratio=ours_over_theirs,
            wanted=_WANTED if work == "in all" else "",
        )
        for work, of_work in {**turns, "in all": in_all}.items()
    ]


@asynccontextmanager
async def _proving(folder: Path, url: str) -> AsyncIterator[_Proving]:
    async with open_transport(os.environ) as transport, open_provers() as provers:
        index = HttpIndex(transport, url, folder, lambda file: folder / file.filename)
        resolver = Resolver(Path(uv.find_uv_bin()), resolver_environment(os.environ))
        solvers = Solvers(resolver, UvInstaller(provers))
        tools = Tools(index, index, solvers, Silent(), _now)
        study = await study_groups([question().group], tools)
        if study.closure.problems:
            raise NotProven(study.closure.problems)
        yield _Proving(study, provers)


async def _seconds_of(do: Work) -> float:
    begun = time.perf_counter()
    await do()
    return time.perf_counter() - begun


def _now() -> datetime:
    return datetime.now(UTC)
