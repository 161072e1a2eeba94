"""What a project's own `pyproject.toml` asks for: dependencies, extras and dependency groups.

Spec: https://packaging.python.org/en/latest/specifications/pyproject-toml/
      https://packaging.python.org/en/latest/specifications/dependency-groups/
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import msgspec
from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement

from wheelyard.model.errors import InvalidInput
from wheelyard.model.names import ExtraName, ProjectName, normalize_extra, parse_project_name
from wheelyard.model.outside import OutsideRequirement
from wheelyard.wire.markers import under_marker
from wheelyard.wire.places import outside, read_place

_LOCK_IT = "lock the project (`uv lock`, `poetry lock`) and give the lock with `-r`"


class InvalidProject(InvalidInput):
    """A `pyproject.toml` does not tell what the project depends on."""

    def __init__(self, filename: str, reason: str, hint: str) -> None:
        self.filename, self.reason, self.hint = filename, reason, hint
        super().__init__(f"{filename}: {reason}")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a project's optional dependencies are wanted."""

    extras: tuple[str, ...] = ()
    every_extra: bool = False
    dependency_groups: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.extras or self.every_extra or self.dependency_groups)


NOTHING_OPTIONAL = Choice()


@dataclass(frozen=True, slots=True)
class ProjectRequirements:
    """What a project asks for, in the order of its file."""

    requirements: tuple[Requirement, ...]
    outside: tuple[OutsideRequirement, ...]


class _Table(msgspec.Struct, frozen=True, rename="kebab"):
    name: str = ""
    dynamic: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    optional_dependencies: dict[str, tuple[str, ...]] = {}


class _Tool(msgspec.Struct, frozen=True):
    poetry: dict[str, Any] = {}
    uv: dict[str, Any] = {}


class _Document(msgspec.Struct, frozen=True, rename="kebab"):
    project: _Table | None = None
    dependency_groups: dict[str, list[str | dict[str, str]]] = {}
    tool: _Tool = _Tool()


def parse_project(document: bytes, filename: str, choice: Choice) -> ProjectRequirements:
    """What the project asks for, with the extras and groups chosen; raises InvalidProject.

    A project's extras that name the project itself (`name[all]`) are taken apart.
    """
    try:
        read = msgspec.convert(tomllib.loads(document.decode()), _Document)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        hint = "https://packaging.python.org has the specification of pyproject.toml"
        raise InvalidProject(filename, str(error), hint) from error
    _check_static(read, choice, filename)
    reader = _Reader(read, filename)
    return reader.read(choice)


def _check_static(document: _Document, choice: Choice, filename: str) -> None:
    project = document.project
    says = {"dependencies", "optional-dependencies"}
    dynamic = says & set(project.dynamic if project else ())
    if document.tool.poetry.get("dependencies") and (project is None or dynamic):
        hint = "give the lock instead: `-r poetry.lock`"
        raise InvalidProject(
            filename, "its dependencies are in `[tool.poetry.dependencies]` alone", hint
        )
    if project is None and not (document.dependency_groups and choice.dependency_groups):
        groups = _backticked(document.dependency_groups)
        hint = f"choose with `--dependency-group`: {groups}" if groups else _LOCK_IT
        raise InvalidProject(filename, "it has no `[project]` table", hint)
    wanted = "optional-dependencies" if choice.extras or choice.every_extra else "dependencies"
    if "dependencies" in dynamic or wanted in dynamic:
        reason = f"its {min(dynamic)} are dynamic: only building it tells them"
        raise InvalidProject(filename, reason, _LOCK_IT)


class _Reader:
    """Reads one document."""

    def __init__(self, document: _Document, filename: str) -> None:
        self._filename = filename
        self._project = document.project or _Table()
        self._groups = document.dependency_groups
        self._sources = document.tool.uv.get("sources")
        self._name = self._own_name()
        self._extras = {
            normalize_extra(extra): texts
            for extra, texts in self._project.optional_dependencies.items()
        }

    def read(self, choice: Choice) -> ProjectRequirements:
        chosen = {normalize_extra(extra): extra for extra in choice.extras}
        for extra, text in chosen.items():
            if extra not in self._extras:
                raise self._unknown("extra", text, self._project.optional_dependencies)
        wanted = [self._requirement(text) for text in self._project.dependencies]
        for extra in self._extras if choice.every_extra else chosen:
            wanted += self._of_extra(extra)
        wanted += self._of_groups(choice.dependency_groups)
        requirements: dict[str, Requirement] = {}
        found: list[OutsideRequirement] = []
        for requirement in self._without_itself(wanted, frozenset()):
            if place := self._place(requirement):
                found.append(place)
            else:
                requirements[str(requirement)] = requirement
        return ProjectRequirements(tuple(requirements.values()), tuple(dict.fromkeys(found)))

    def _without_itself(
        self, wanted: Iterable[Requirement], seen: frozenset[tuple[ExtraName, str]]
    ) -> Iterator[Requirement]:
        """The requirements, with those of the project for itself taken apart."""
        for requirement in wanted:
            if self._name is None or parse_project_name(requirement.name) != self._name:
                yield requirement
                continue
            marker = str(requirement.marker or "")
            for extra in sorted(map(normalize_extra, requirement.extras)):
                if (extra, marker) in seen:
                    continue
                inner = self._of_extra(extra)
                if marker:
                    inner = [under_marker(item, marker) for item in inner]
                yield from self._without_itself(inner, seen | {(extra, marker)})

    def _of_extra(self, extra: ExtraName) -> list[Requirement]:
        if extra not in self._extras:
            raise self._unknown("extra", extra, self._project.optional_dependencies)
        return [self._requirement(text) for text in self._extras[extra]]

    def _of_groups(self, names: Iterable[str]) -> Iterator[Requirement]:
        known = {normalize_extra(name) for name in self._groups}
        for name in names:
            if normalize_extra(name) not in known:
                raise self._unknown("dependency group", name, self._groups)
        try:
            resolver = DependencyGroupResolver(self._groups)
            resolved = [resolver.resolve(name) for name in names]
        except (ExceptionGroup, ValueError, LookupError, TypeError) as error:
            reasons = error.exceptions if isinstance(error, ExceptionGroup) else [error]
            reason = "; ".join(map(str, reasons))
            hint = "see the specification of dependency groups"
            raise InvalidProject(
                self._filename, f"`[dependency-groups]`: {reason}", hint
            ) from error
        for requirements in resolved:
            yield from requirements

    def _requirement(self, text: str) -> Requirement:
        try:
            requirement = Requirement(text)
            parse_project_name(requirement.name)
        except (InvalidRequirement, InvalidInput) as error:
            hint = "write it as pip takes it, such as `django>=5.2`"
            raise InvalidProject(self._filename, f"`{text}` is not a requirement", hint) from error
        return requirement

    def _place(self, requirement: Requirement) -> OutsideRequirement | None:
        """Where the requirement lies, by its URL or by `[tool.uv.sources]`."""
        if requirement.url is not None:
            return read_place(str(requirement), self._filename)
        source = _uv_source(self._sources, parse_project_name(requirement.name))
        if source is None:
            return None
        text = f"{requirement} ({source})"
        return outside(source, self._filename, text=text, name=requirement.name)

    def _own_name(self) -> ProjectName | None:
        try:
            return parse_project_name(self._project.name) if self._project.name else None
        except InvalidInput as error:
            raise InvalidProject(self._filename, str(error), error.hint or "") from error

    def _unknown(self, what: str, name: str, known: Iterable[str]) -> InvalidProject:
        close = get_close_matches(name, list(known), n=1)
        listed = _backticked(known) or "none"
        hint = f"did you mean `{close[0]}`?" if close else f"it has: {listed}"
        return InvalidProject(self._filename, f"it has no {what} `{name}`", hint)


def _uv_source(sources: object, project: ProjectName) -> str | None:
    """The place that `[tool.uv.sources]` names for the project; None for an index."""
    if not isinstance(sources, Mapping):
        return None
    for name, source in sources.items():
        if normalize_extra(name) != normalize_extra(project):
            continue
        for table in source if isinstance(source, list) else [source]:
            if isinstance(table, Mapping) and "index" not in table:
                git = table.get("git")
                place = f"git+{git}" if git else table.get("url") or table.get("path")
                return str(place or "the workspace")
    return None


def _backticked(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
