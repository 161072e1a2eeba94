"""Closures and inventories for plans, from short tables."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from closure.values import LINUX, documents, group, listed, witness
from wheelyard.closure.check import walk_witness
from wheelyard.closure.closed import CheckedWitness, Closure
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Obligation, Problem, ProblemKind
from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.names import parse_project_name
from wheelyard.model.targets import Target
from wheelyard.plan.inventory import HeldFile, Inventory, PackagePath

Files = Mapping[str, Sequence[str]]  # file name -> what it requires

PROBLEM = Problem(
    kind=ProblemKind.CONFLICT,
    group="default",
    targets=("cp312-win_amd64",),
    project=None,
    message="it cannot be",
    hint="try another",
)


def closed(one: Group, files: Files, target: Target = LINUX) -> CheckedWitness:
    """The witness of a group that takes these files on a target, with the chains through them."""
    table = documents(files)
    taken = witness(*table, target=target, group_name=one.name)
    walk = walk_witness(taken, taken.pythons.first, one, table)
    assert not walk.shortfalls
    return CheckedWitness(taken, walk.chains)


def closure(
    witnesses: Iterable[CheckedWitness],
    *groups: Group,
    problems: tuple[Problem, ...] = (),
    obligations: tuple[Obligation, ...] = (),
) -> Closure:
    return Closure(groups or (group(),), tuple(witnesses), problems, obligations)


def inventory(*filenames: str) -> Inventory:
    """A yard that holds these files, as `listed` has them."""
    return Inventory.of(map(held, filenames))


def held(filename: str) -> HeldFile:
    file = listed(filename)
    blake2b = hashlib.blake2b(filename.encode(), digest_size=32).hexdigest()
    assert file.size is not None
    return HeldFile(
        project=parse_project_name(filename.partition("-")[0]),
        version=filename.split("-")[1].removesuffix(".tar.gz"),
        filename=filename,
        path=PackagePath(f"packages/{blake2b[:2]}/{blake2b[2:4]}/{blake2b[4:]}/{filename}"),
        sha256=Sha256(file.hashes["sha256"]),
        blake2b=Blake2b(blake2b),
        size=file.size,
        hashes=file.hashes,
        upstream_url=file.url,
    )
