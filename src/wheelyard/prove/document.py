"""The proof as a document: what was claimed of a yard, and who checked it and how.

It is `state/proof.json` of a yard, travels with it, and is enough to check the claims again
without any upstream. Views are made from it. Schema 1; docs/proofs.md describes it.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.formats import parse_options
from wheelyard.closure.policies import parse_policy
from wheelyard.model.errors import InvalidInput, WheelyardError
from wheelyard.model.filenames import InvalidFilename, parse_filename
from wheelyard.model.names import parse_project_name
from wheelyard.model.targets import parse_target

SCHEMA = 1


class Method(StrEnum):
    """How a claim was checked."""

    WALK = "walk"  # every requirement followed by us through the metadata of the witness
    PLANNED = "planned"  # an installer over pages and metadata of the plan, before any download
    YARD = "yard"  # an installer over the pages and metadata that the yard publishes
    INSTALL = "install"  # really installed from the yard, with the network cut off


class Scope(StrEnum):
    """Of which files an installer could choose."""

    ALL = "all"  # all of the yard: it has to find some complete installation
    VIEW = "view"  # the view of the group and target: it has to take the witness


class Verdict(StrEnum):
    """What a check said."""

    HOLDS = "holds"
    DIFFERS = "differs"  # a complete installation, though not the witness
    FAILS = "fails"
    NOWHERE = "nowhere"  # fails, and over the whole index of the upstreams as well
    SKIPPED = "skipped"  # the installer cannot be asked this; `said` tells why


class ProvenFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a witness."""

    project: str
    version: str
    filename: str
    sha256: str | None  # None: the index listed none, and the file was not yet fetched
    size: int | None  # bytes; None: the index listed none, and the file was not yet fetched
    reason: str  # the chain of requirements that leads to it, joined by ` > `


class ProvenWitness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One complete installation of a group on a target, for a span of its Pythons."""

    target: str
    first: str  # the oldest Python of the span
    last: str | None  # the newest; None: and all later patch releases
    files: tuple[ProvenFile, ...]  # sorted by project; one release per project


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one check of one target said."""

    by: str  # such as `uv 0.13.9`
    method: Method
    scope: Scope
    target: str
    python: str
    verdict: Verdict
    said: str = ""  # why, where it does not hold
    at: datetime


class ProvenGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The claim for one group: each target has a witness for all of its Pythons."""

    name: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    policy: str
    prereleases: bool = False
    formats: tuple[str, ...] = ()  # as pip's options
    locked: bool = False  # whether a lock file names its releases
    targets: tuple[str, ...]
    builds: tuple[str, ...] = ()  # the sdists whose build environment this is; empty: not one
    assumed: tuple[str, ...] = ()  # requirements of the build that no sdist names, from a table
    additions: tuple[ProvenFile, ...] = ()  # kept besides the witnesses, by the policy
    witnesses: tuple[ProvenWitness, ...]
    checks: tuple[Check, ...] = ()
    problems: tuple[str, ...] = ()  # why a target has no witness


class ReadPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A project page that the claims were made from."""

    sha256: str | None  # of what resolution reads of it; None: it lists files without digests
    serial: int | None  # of the upstream; None: it keeps none


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the claims are about."""

    upstreams: tuple[str, ...]  # URLs without credentials
    read: datetime
    pages: dict[str, ReadPage]  # by project


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All claims about a yard, and what checks said of them."""

    schema: int = SCHEMA
    by: str  # such as `wheelyard 0.1.0`
    snapshot: Snapshot
    groups: tuple[ProvenGroup, ...]  # those asked for, then those of builds
    obligations: tuple[str, ...]  # what no proof can close


class _Versioned(msgspec.Struct, frozen=True):
    schema: int = SCHEMA


class InvalidProof(WheelyardError):
    """`state/proof.json` cannot be read."""

    hint = "run `wheelyard mirror`, which writes a new one"

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"`{path}` is not a proof: {reason}")


def render_proof(proof: Proof) -> bytes:
    """The document: the same bytes for the same proof."""
    return msgspec.json.format(msgspec.json.encode(proof), indent=1) + b"\n"


def parse_proof(content: bytes, path: str) -> Proof:
    """Read a document; raises InvalidProof. What its texts say of files and Pythons can be read."""
    try:
        schema = msgspec.json.decode(content, type=_Versioned).schema
        # A later schema has fields that are not known here, so it is looked at by itself.
        if schema != SCHEMA:
            raise InvalidProof(path, f"it has schema {schema}, and {SCHEMA} is known")
        proof = msgspec.json.decode(content, type=Proof)
        for group in proof.groups:
            _check_group(group)
    # packaging's errors are ValueErrors.
    except (msgspec.DecodeError, InvalidInput, InvalidFilename, ValueError) as error:
        raise InvalidProof(path, str(error)) from error
    return proof


def _check_group(group: ProvenGroup) -> None:
    """Raise InvalidInput or ValueError for what a proof that was written here cannot say."""
    for text in (*group.requirements, *group.constraints, *group.overrides, *group.assumed):
        Requirement(text)
    parse_policy(group.policy)
    parse_options(group.formats)
    for target in group.targets:
        parse_target(target)
    for file in group.additions:
        _check_file(file)
    for witness in group.witnesses:
        _check_witness(witness)


def _check_witness(witness: ProvenWitness) -> None:
    versions = parse_target(witness.target).python.versions
    for python in map(Version, filter(None, (witness.first, witness.last))):
        if python != versions.at(python.micro) or python > versions.last:
            raise ValueError(f"`{python}` is no Python of `{witness.target}`")
    for file in witness.files:
        _check_file(file)


def _check_file(file: ProvenFile) -> None:
    project = parse_project_name(file.project)
    if project != file.project:
        raise ValueError(f"`{file.project}` is not normalized: `{project}`")
    name = parse_filename(file.filename, project)
    if name.version != Version(file.version):
        raise ValueError(f"`{file.filename}` is not of version {file.version}")
