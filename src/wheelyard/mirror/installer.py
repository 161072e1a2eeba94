"""An installer that is asked what it would take, online and for one environment alone.

A joint lock and an installer on one machine may find different answers to the same question. What
people will meet is the installer's, so that one becomes the witness.
"""

from collections.abc import Mapping
from typing import Protocol

from packaging.version import Version

from wheelyard.closure.groups import Group
from wheelyard.mirror.facts import Facts
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target


class Installer(Protocol):
    """Asked for one group on one Python of one target; several may be asked at a time."""

    async def pins(
        self, group: Group, target: Target, python: Version, facts: Facts
    ) -> Mapping[ProjectName, Version] | None:
        """The releases that a fresh installation takes from all that the index has.

        None if it finds none, or cannot be asked for such a target. Raises Unreachable when the
        index could not be read.
        """
        ...
