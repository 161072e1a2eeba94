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
    Answer,
    InstallQuestion,
    Taken,
    question_of,
    requirement_lines,
)
from wheelyard.prove.uv import look_with_uv
from wheelyard.prove.virtual import Sight, VirtualIndex

_VERSION = 3  # of what is kept; another one when the same pages may be shown to uv differently


@dataclass(slots=True)
class UvInstaller:
    """An `Installer` of the mirror room; its answers may be kept from run to run."""

    provers: Provers
    kept: KeptAnswers | None = None  # None: every question is put to uv anew
    _whole: VirtualIndex | None = field(default=None, init=False)
    _shown: dict[tuple[str, ...], Sight] = field(default_factory=dict, init=False)

    async def find(
        self, group: Group, target: Target, python: Version, facts: Facts
    ) -> Installation:
        """What uv takes.

        Raises the error of the index, and ResolverFailed.
        """
        question = question_of(group, target, python)
        key = [f"{target} {python}", *_key(group)]
        if self.kept is not None:
            kept = await self.kept.find(key, facts)
            if kept is not None:
                return _parse(kept)
        answer, sight = await self._look(question, group, facts)
        pins = _pins(answer) if isinstance(answer, Taken) else None
        found = Installation(pins, tuple(breakpoints(sight.conditions, target)))
        if self.kept is not None and not sight.passed_over:
            await self.kept.keep(key, _render(found), sight.asked, facts)
        return found

    async def _look(
        self, question: InstallQuestion, group: Group, facts: Facts
    ) -> tuple[Answer, Sight]:
        """The answer, and a sight that tells what was looked at."""
        index = self._index(group, facts)
        sight = self._shown_to(group, index)
        try:
            return await look_with_uv(question, sight, self.provers), sight
        except Exception:
            if not sight.failure.done():
                raise
        # What could not be read may be what another question alone wants.
        with self.provers.server.showing(index, group.formats) as own:
            return await look_with_uv(question, own, self.provers), own

    def _shown_to(self, group: Group, index: VirtualIndex) -> Sight:
        """What all questions of a group look at, and no others: they need not see its changes."""
        key = _key(group)
        if key not in self._shown:
            self._shown[key] = self.provers.show(index, group.formats)
        return self._shown[key]

    def _index(self, group: Group, facts: Facts) -> VirtualIndex:
        """All that the index has, but for files that the group's digests rule out."""
        if self._whole is None or self._whole.facts is not facts:
            self._whole = VirtualIndex(facts)  # its pages are made once for all groups and targets
            self._shown.clear()
        if group.digests:
            return VirtualIndex(facts, lambda project, file: _has_digest(group, project, file))
        return self._whole


def _has_digest(group: Group, project: ProjectName, file: DistributionFile) -> bool:
    digests = group.digests.get(project)
    return digests is None or not digests.isdisjoint(
        f"{name}:{digest}" for name, digest in file.hashes.items()
    )


def _key(group: Group) -> tuple[str, ...]:
    """All that decides a group's answers besides the index, the target and the Python."""
    return (
        f"uv {version('uv')} alone {_VERSION} {group.prereleases}",
        requirement_lines(group.requirements),
        requirement_lines(group.constraints),
        requirement_lines(group.overrides),
        *group.formats.options(),
        *(f"{name} {sorted(some)}" for name, some in sorted(group.digests.items())),
    )


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
