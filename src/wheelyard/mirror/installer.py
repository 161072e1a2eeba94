"""An installer that is asked what it would take, online and for one environment alone.

A joint lock and an installer on one machine may find different answers to the same question. What
people will meet is the installer's, so that one becomes the witness.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from packaging.version import Version

from wheelyard.closure.groups import Group
from wheelyard.mirror.facts import Facts
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installer takes on one Python of a target, and where it may take something else."""

    pins: Mapping[ProjectName, Version] | None  # None: it finds nothing, or cannot be asked
    pythons: tuple[Version, ...]  # at which what it looked at draws a line; the oldest first


class Installer(Protocol):
    """Asked for one group on one Python of one target; several may be asked at a time."""

    async def find(
        self, group: Group, target: Target, python: Version, facts: Facts
    ) -> Installation:
        """What a fresh installation takes from all that the index has.

        Raises Unreachable when the index could not be read.
        """
        ...
