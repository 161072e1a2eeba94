"""What this machine can install and build with, and which witnesses are for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wheelyard.model.platforms import Platform
from wheelyard.model.targets import Target, parse_target
from wheelyard.prove.document import ProvenWitness
from wheelyard.prove.interpreters import LocalPython
from wheelyard.prove.provision import span_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine with its Pythons."""

    platform: Platform
    pythons: tuple[LocalPython, ...]  # the newest first
    uv: Path
    environment: Mapping[str, str]

    def python_for(self, witness: ProvenWitness) -> LocalPython | None:
        """The newest Python that the witness is for, or None."""
        build, span = parse_target(witness.target).python, span_of(witness)
        for python in self.pythons:
            has_minor = (python.version.major, python.version.minor) == (
                build.versions.major,
                build.versions.minor,
            )
            if has_minor and python.free_threaded == build.free_threaded and python.version in span:
                return python
        return None

    def obstacle(self, witness: ProvenWitness) -> str:
        """Why nothing can be installed here that is for the witness; empty if it can be."""
        target = parse_target(witness.target)
        if not self.is_of(target):
            return f"this machine is `{self.platform}`"
        if self.python_for(witness) is None:
            threads = "free-threaded " if target.python.free_threaded else ""
            return f"this machine has no {threads}CPython {span_of(witness)}"
        return ""

    def is_of(self, target: Target) -> bool:
        """Whether what is for the target's platform runs here."""
        return target.platform.tag in (self.platform.tag, *self.platform.tags)
