"""wheelyard as it mirrors random worlds: the subject that is held against the oracle."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.requirements import Requirement

from mirror.small_index import RESOLVER
from property.worlds import RandomWorld
from wheelyard.closure.closed import Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.policies import LOCK_AND_EDGES
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.run import Study, Tools, carry_out, study_groups
from wheelyard.mirror.witnessing import Solvers
from wheelyard.model.targets import parse_target
from wheelyard.prove.claims import claims_of, snapshot_of
from wheelyard.prove.document import Proof
from wheelyard.prove.online import UvInstaller
from wheelyard.prove.provers import open_provers
from wheelyard.prove.store import write_proof
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import Patience, open_transport
from wheelyard.yard.yard import YardWriter, open_yard


def group_of(world: RandomWorld) -> Group:
    """What is asked of a world."""
    return Group(
        name=world.name,
        requirements=tuple(map(Requirement, world.roots)),
        constraints=tuple(map(Requirement, world.constraints)),
        targets=tuple(map(parse_target, world.targets)),
        policy=LOCK_AND_EDGES,
    )


def mirror(groups: Sequence[Group], index_url: str, root: Path) -> Closure:
    """Mirror the groups into a new yard; gives what their closing gave."""

    async def work() -> Closure:
        with open_yard(root, create=True) as yard, yard.exclusive() as writer:
            async with (
                open_transport({}, patience=Patience(attempts=2)) as transport,
                open_provers() as provers,
            ):
                index = HttpIndex(
                    transport, index_url, writer.layout.upstream, writer.layout.partial
                )
                solvers = Solvers(replace(RESOLVER, kept=None), UvInstaller(provers))
                tools = Tools(index, index, solvers, Silent(), lambda: datetime.now(UTC))
                study = await study_groups(groups, tools)
                report = await carry_out(study, writer, tools)
                await _claim(study, writer)
        assert not report.failed
        assert not report.missing
        return study.closure

    return asyncio.run(work())


async def _claim(study: Study, yard: YardWriter) -> None:
    """Write the proof that views are made of; its checks are the oracle's here."""
    snapshot = await snapshot_of(study.facts, (), datetime.now(UTC))
    groups = claims_of(study.closure, yard.inventory())
    write_proof(yard, Proof(by="test", snapshot=snapshot, groups=groups, obligations=()))
