"""What a yard knows of why its files are there: the proof, and the metadata of what it names."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from wheelyard.closure.ways import Standpoint
from wheelyard.index import Index
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import WheelyardError
from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ProjectName
from wheelyard.prove.document import Proof, ProvenGroup
from wheelyard.prove.proven import standpoints
from wheelyard.prove.store import read_proof
from wheelyard.upstream.kept import KeptIndex
from wheelyard.yard.published import PublishedIndex
from wheelyard.yard.yard import Yard


@dataclass(frozen=True, slots=True)
class Evidence:
    """The claims about a yard, and the graphs of requirements behind them."""

    groups: tuple[ProvenGroup, ...] = ()
    upstreams: tuple[str, ...] = ()  # URLs
    metadata: Mapping[str, CoreMetadata] = field(default_factory=dict)  # by file name
    standpoints: tuple[Standpoint, ...] = ()


def read_evidence(yard: Yard) -> Evidence:
    """The evidence of a yard; empty if nothing was ever proven of it. Raises InvalidProof and
    YardUnreadable."""
    proof = read_proof(yard.layout)
    if proof is None:
        return Evidence()
    kept = KeptIndex(yard.layout.upstream, proof.snapshot.upstreams)
    metadata = asyncio.run(_read_metadata(proof, PublishedIndex(yard.layout), kept))
    return Evidence(proof.groups, proof.snapshot.upstreams, metadata, standpoints(proof, metadata))


async def _read_metadata(proof: Proof, *indexes: Index) -> Mapping[str, CoreMetadata]:
    """The metadata of every file of a witness, from the first index that has it."""
    files = {
        file.filename: ProjectName(file.project)
        for group in proof.groups
        for witness in group.witnesses
        for file in witness.files
    }
    sources = [Facts(index, Silent()) for index in indexes]

    async def read(filename: str, project: ProjectName) -> CoreMetadata | None:
        for facts in sources:
            try:
                for candidate in (await facts.releases(project)).candidates:
                    if candidate.file.filename == filename:
                        return await facts.metadata(project, candidate)
            except WheelyardError:
                continue
        return None

    found = await gather_in_order(read(*file) for file in files.items())
    return {
        filename: document
        for filename, document in zip(files, found, strict=True)
        if document is not None
    }
