"""The files that people name: read relative to each other, and told apart by their names."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from wheelyard.model.errors import InvalidInput
from wheelyard.model.outside import OutsideRequirement
from wheelyard.model.requirements import InvalidRequirement, parse_requirement
from wheelyard.wire.lock_files import LockDocument
from wheelyard.wire.pdm_lock import parse_pdm_lock
from wheelyard.wire.pipfile_lock import parse_pipfile_lock
from wheelyard.wire.places import read_place
from wheelyard.wire.poetry_lock import parse_poetry_lock
from wheelyard.wire.project_table import Choice, parse_project
from wheelyard.wire.pylock import parse_pylock
from wheelyard.wire.requirements_txt import (
    FormatWish,
    PassedOver,
    Reference,
    Switch,
    Wanted,
    decode_requirements,
    parse_requirements,
)
from wheelyard.wire.uv_lock import parse_uv_lock

COMMAND_LINE = "the command line"
PROJECT_FILE = "pyproject.toml"

_URL = re.compile(r"(https?|ftp|file)://", re.IGNORECASE)
_FILE_ENDINGS = (".txt", ".in", ".toml", ".lock")
_LOCKS: Mapping[str, Callable[[bytes, str], LockDocument]] = {
    "uv.lock": parse_uv_lock,
    "poetry.lock": parse_poetry_lock,
    "pdm.lock": parse_pdm_lock,
    "Pipfile.lock": parse_pipfile_lock,
}


class UnreadableInput(InvalidInput):
    """A file that was named cannot be read."""

    def __init__(self, name: str, reason: str, hint: str) -> None:
        self.hint = hint
        super().__init__(f"{name}: {reason}")


@dataclass(frozen=True, slots=True)
class LockInput:
    """A lock file, and the path that it was named by."""

    path: Path
    document: LockDocument


@dataclass(slots=True)
class Inputs:
    """All that was read so far, each list in the order in which it came."""

    requirements: list[Wanted] = field(default_factory=list)
    constraints: list[Wanted] = field(default_factory=list)
    outside: list[OutsideRequirement] = field(default_factory=list)
    formats: list[FormatWish] = field(default_factory=list)
    switches: set[Switch] = field(default_factory=set)
    locks: list[LockInput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_arguments(texts: Iterable[str], where: str, inputs: Inputs) -> None:
    """Add requirements that are no lines of a file. Raises InvalidRequirement."""
    for text in texts:
        if place := read_place(text, where):
            inputs.outside.append(place)
            continue
        if text.endswith(_FILE_ENDINGS) and Path(text).is_file():
            reason = "it is a file"
            raise InvalidRequirement(text, reason, f"to read it, write `-r {text}`")
        inputs.requirements.append(Wanted(parse_requirement(text), frozenset(), where))


def read_files(
    paths: Iterable[str | Path], choice: Choice, variables: Mapping[str, str], inputs: Inputs
) -> None:
    """Add what files of requirements, projects and locks ask for.

    `choice` is for the projects among them. Raises InvalidInput.
    """
    for path in paths:
        name = _local(path, "requirements").name
        if is_valid_pylock_path(Path(name)):
            _read_lock(Path(path), parse_pylock, inputs)
        elif name in _LOCKS:
            _read_lock(Path(path), _LOCKS[name], inputs)
        elif name == PROJECT_FILE:
            project = parse_project(_read(Path(path)), str(path), choice)
            where = str(path)
            inputs.requirements += [
                Wanted(item, frozenset(), where) for item in project.requirements
            ]
            inputs.outside += project.outside
        else:
            _Requirements(variables, inputs).read(Path(path), is_constraint=False)


def read_constraint_files(
    paths: Iterable[str | Path], variables: Mapping[str, str], inputs: Inputs
) -> None:
    """Add what constraints files bound. Raises InvalidInput."""
    for path in paths:
        name = _local(path, "constraints").name
        if name in _LOCKS or name == PROJECT_FILE or is_valid_pylock_path(Path(name)):
            hint = "give it with `-r`; what it locks is mirrored exactly"
            raise UnreadableInput(str(path), "it is no constraints file", hint)
        _Requirements(variables, inputs).read(Path(path), is_constraint=True)


def _read_lock(path: Path, parse: Callable[[bytes, str], LockDocument], inputs: Inputs) -> None:
    inputs.locks.append(LockInput(path, parse(_read(path), str(path))))


class _Requirements:
    """Reads a requirements file and the files that it names."""

    def __init__(self, variables: Mapping[str, str], inputs: Inputs) -> None:
        self._variables = variables
        self._inputs = inputs

    def read(self, path: Path, *, is_constraint: bool, within: tuple[Path, ...] = ()) -> None:
        """Add all that the file says; `within` are the files that led to it."""
        name = str(path)
        text = decode_requirements(_read(path), name)
        entries = parse_requirements(text, name, self._variables, is_constraints=is_constraint)
        for entry in entries:
            match entry:
                case Wanted():
                    wanted = (
                        self._inputs.constraints if is_constraint else self._inputs.requirements
                    )
                    wanted.append(entry)
                case OutsideRequirement():
                    self._inputs.outside.append(entry)
                case Reference():
                    self._follow(entry, path, (*within, path.resolve()))
                case FormatWish():
                    self._inputs.formats.append(entry)
                case Switch():
                    self._inputs.switches.add(entry)
                case PassedOver():
                    self._inputs.notes.append(str(entry))

    def _follow(self, reference: Reference, path: Path, within: tuple[Path, ...]) -> None:
        kind = "constraints" if reference.is_constraint else "requirements"
        named = _local(reference.path, kind, reference.where)
        following = path.parent / named
        if following.resolve() in within:
            reason = f"it reads `{reference.path}`, which leads back to it"
            raise UnreadableInput(reference.where, reason, "take out one of the two lines")
        self.read(following, is_constraint=reference.is_constraint, within=within)


def _local(path: str | Path, kind: str, where: str | None = None) -> Path:
    if isinstance(path, str) and _URL.match(path):
        place = f"{where}: " if where else ""
        hint = "download it, and name the file"
        raise UnreadableInput(f"{place}`{path}`", f"{kind} are not read from a URL", hint)
    return Path(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        reason = error.strerror if isinstance(error, OSError) else str(error)
        hint = "paths begin in this folder, or where the file lies that names them"
        raise UnreadableInput(str(path), f"it cannot be read: {reason}", hint) from error
