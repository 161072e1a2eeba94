"""Short ways to write proofs by hand."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from packaging.utils import parse_sdist_filename, parse_wheel_filename

from wheelyard.prove.document import Proof, ProvenFile, ProvenGroup, ProvenWitness, Snapshot

LINUX = "cp311-manylinux_2_28_x86_64"


def proven_file(filename: str, body: bytes | None = None) -> ProvenFile:
    """A file of a witness; without its bytes it has neither digest nor size."""
    if filename.endswith(".whl"):
        name, version, *_ = parse_wheel_filename(filename)
    else:
        name, version = parse_sdist_filename(filename)
    return ProvenFile(
        project=name,
        version=str(version),
        filename=filename,
        sha256=None if body is None else hashlib.sha256(body).hexdigest(),
        size=None if body is None else len(body),
        reason=name,
    )


def wheel(release: str) -> str:
    """The name of a wheel for any machine, of a release written as `foo-1.0`."""
    return f"{release}-py3-none-any.whl"


def sdist(release: str) -> str:
    """The name of an sdist, of a release written as `foo-1.0`."""
    return f"{release}.tar.gz"


def witness(
    *filenames: str, first: str = "3.11.0", last: str | None = None, target: str = LINUX
) -> ProvenWitness:
    files = sorted(map(proven_file, filenames), key=lambda file: file.project)
    return ProvenWitness(target=target, first=first, last=last, files=tuple(files))


def proven_group(
    *witnesses: ProvenWitness,
    name: str = "default",
    requirements: Sequence[str] = (),
    builds: Sequence[str] = (),
    overrides: Sequence[str] = (),
    locked: bool = False,
    targets: Sequence[str] = (),
) -> ProvenGroup:
    return ProvenGroup(
        name=f"build of {builds[0]}" if builds else name,
        requirements=tuple(requirements),
        overrides=tuple(overrides),
        policy="lock",
        locked=locked,
        targets=tuple(targets) or tuple(dict.fromkeys(each.target for each in witnesses)),
        builds=tuple(builds),
        witnesses=witnesses,
    )


def proof(*groups: ProvenGroup) -> Proof:
    return Proof(
        by="wheelyard of a test",
        snapshot=Snapshot(upstreams=(), read=datetime(2026, 11, 22, tzinfo=UTC), pages={}),
        groups=groups,
        obligations=(),
    )
