"""A yard with a group's files in it, and the proof of them, without an upstream."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wheelyard.cli.here import platform_here
from wheelyard.model.filenames import parse_filename
from wheelyard.plan.inventory import HeldFile
from wheelyard.prove.document import (
    Proof,
    ProvenFile,
    ProvenGroup,
    ProvenWitness,
    Snapshot,
    render_proof,
)
from wheelyard.yard.files import Arrival, add_file
from wheelyard.yard.layout import Layout
from wheelyard.yard.pages import publish_projects, publish_root
from wheelyard.yard.yard import YardWriter, open_yard
from yard.arrivals import arrival, listed, sdist_arrival, wheel_arrival

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
HERE = f"cp{sys.version_info.major}{sys.version_info.minor}-{platform_here()}"


@dataclass
class Mirrored:
    """A yard and what will be claimed of it."""

    root: Path
    groups: list[ProvenGroup] = field(default_factory=list)

    @property
    def layout(self) -> Layout:
        """Where everything lies."""
        return Layout(self.root)

    def add_wheel(self, name: str, version: str, **more: Any) -> HeldFile:
        """Take a wheel in and publish it."""
        with self.writer() as yard:
            return _publish(yard, wheel_arrival(self.layout, name, version, **more))

    def add_sdist(self, name: str, version: str, **more: Any) -> HeldFile:
        """Take an sdist in and publish it."""
        with self.writer() as yard:
            return _publish(yard, sdist_arrival(self.layout, name, version, **more))

    def add_file(self, name: str, filename: str, body: bytes) -> HeldFile:
        """Take any file in and publish it."""
        with self.writer() as yard:
            return _publish(yard, arrival(self.layout, name, listed(filename, body), body))

    def claim(
        self,
        name: str,
        requirements: Sequence[str],
        files: Sequence[HeldFile],
        *,
        target: str = HERE,
        span: tuple[str, str | None] | None = None,
        **more: Any,
    ) -> ProvenGroup:
        """Claim that these files are a group's witness on one target."""
        minor = target.partition("-")[0].removeprefix("cp3")
        first, last = span or (f"3.{minor}.0", None)
        group = ProvenGroup(
            name=name,
            requirements=tuple(requirements),
            policy="lock",
            targets=(target,),
            witnesses=(
                ProvenWitness(
                    target=target, first=first, last=last, files=tuple(map(_proven, files))
                ),
            ),
            **more,
        )
        self.groups.append(group)
        return group

    def prove(self) -> Proof:
        """The proof of the claims, also put into the yard."""
        snapshot = Snapshot(upstreams=("https://index.example/simple/",), read=NOON, pages={})
        proof = Proof(by="a test", snapshot=snapshot, groups=tuple(self.groups), obligations=())
        self.layout.proof.write_bytes(render_proof(proof))
        return proof

    @contextmanager
    def writer(self) -> Iterator[YardWriter]:
        """The yard, to be changed."""
        with open_yard(self.root, create=True) as yard, yard.exclusive() as writer:
            yield writer


def _publish(yard: YardWriter, arrival: Arrival) -> HeldFile:
    held = add_file(yard, arrival)
    publish_projects(yard, [held.project])
    publish_root(yard)
    return held


def _proven(held: HeldFile) -> ProvenFile:
    return ProvenFile(
        project=held.project,
        version=str(parse_filename(held.filename, held.project).version),
        filename=held.filename,
        sha256=held.sha256,
        size=held.size,
        reason="a test",
    )
