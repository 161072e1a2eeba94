"""uv asked online: what a fresh installation takes from all that the index has."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from packaging.version import Version

from wheelyard.closure.answer import breakpoints
from wheelyard.closure.groups import Group
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.installer import Installation
from wheelyard.mirror.kept import KeptAnswers
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.targets import Target
from wheelyard.prove.provers import Provers
from wheelyard.prove.questions import (
    InstallQuestion,
    Taken,
    question_of,
    requirement_lines,
)
from wheelyard.prove.uv import look_with_uv
from wheelyard.prove.virtual import VirtualIndex

_VERSION = 2  # of what is kept; another one when the same pages may be shown to uv differently


@dataclass(slots=True)
class UvInstaller:
    """An `Installer` of the mirror room; its answers may be kept from run to run."""

    provers: Provers
    kept: KeptAnswers | None = None  # None: every question is put to uv anew
    _whole: VirtualIndex | None = field(default=None, init=False)

    async def find(
        self, group: Group, target: Target, python: Version, facts: Facts
    ) -> Installation:
        """What uv takes.

        Raises the error of the index, and ResolverFailed.
        """
        question = question_of(group, target, python)
        key = _key(question, group)
        if self.kept is not None:
            kept = await self.kept.find(key, facts)
            if kept is not None:
                return _parse(kept)
        with self.provers.server.showing(self._index(group, facts), group.formats) as sight:
            answer = await look_with_uv(question, sight, self.provers)
        pins = _pins(answer) if isinstance(answer, Taken) else None
        found = Installation(pins, tuple(breakpoints(sight.conditions, target)))
        if self.kept is not None and not sight.passed_over:
            await self.kept.keep(key, _render(found), sight.asked, facts)
        return found

    def _index(self, group: Group, facts: Facts) -> VirtualIndex:
        """All that the index has, but for files that the group's digests rule out."""
        if group.digests:
            return VirtualIndex(facts, lambda project, file: _has_digest(group, project, file))
        if self._whole is None or self._whole.facts is not facts:
            self._whole = VirtualIndex(facts)  # its pages are made once for all groups and targets
        return self._whole


def _has_digest(group: Group, project: ProjectName, file: DistributionFile) -> bool:
    digests = group.digests.get(project)
    return digests is None or not digests.isdisjoint(
        f"{name}:{digest}" for name, digest in file.hashes.items()
    )


def _key(question: InstallQuestion, group: Group) -> list[str]:
    return [
        f"uv {version('uv')} alone {_VERSION}",
        f"{question.target} {question.python} {question.prereleases}",
        requirement_lines(question.requirements),
        requirement_lines(question.constraints),
        requirement_lines(question.overrides),
        *question.formats.options(),
        *(f"{name} {sorted(some)}" for name, some in sorted(group.digests.items())),
    ]


def _pins(taken: Taken) -> Mapping[ProjectName, Version]:
    return {project: file.version for project, file in taken.files.items()}


def _render(found: Installation) -> str:
    pins = None
    if found.pins is not None:
        pins = {project: str(version) for project, version in found.pins.items()}
    return json.dumps({"pins": pins, "pythons": list(map(str, found.pythons))})


def _parse(kept: str) -> Installation:
    document = json.loads(kept)
    pins = None
    if document["pins"] is not None:
        pins = {ProjectName(name): Version(text) for name, text in document["pins"].items()}
    return Installation(pins, tuple(map(Version, document["pythons"])))
