"""The configuration file: TOML in, a checked value out.

Its keys are described by `wheelyard.schema.json`, which editors can use; a test holds the two
together. An unknown key is an error that names the line and the nearest right word.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec

from wheelyard.cli.toml_lines import line_of
from wheelyard.closure.policies import LOCK_AND_EDGES, InvalidPolicy, parse_policy
from wheelyard.index.assignment import InvalidPattern, ProjectPattern, parse_project_pattern
from wheelyard.model.errors import InvalidInput

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_NAME = Annotated[str, msgspec.Meta(pattern=NAME_PATTERN, max_length=100)]
_SDISTS_PATTERN = "^(needed|always)$"
_WHEELS_PATTERN = "^(best|all)$"
_TEXT = Annotated[str, msgspec.Meta(min_length=1)]
# Of the statuses that refuse; any other one is no answer about a project.
_REFUSAL = Literal[401, 403, 451]


class TargetsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people will install on: the product of Pythons and platforms, and single targets."""

    python: tuple[_TEXT, ...] = ()
    platform: tuple[_TEXT, ...] = ()
    target: tuple[_TEXT, ...] = ()


class UpstreamTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """An index or a folder to mirror from."""

    name: _NAME | None = None
    url: _TEXT | None = None
    projects: tuple[_TEXT, ...] = ()
    explicit: bool = False
    username: _TEXT | None = None
    password_env: _TEXT | None = None
    ignore_error_codes: tuple[_REFUSAL, ...] | None = None


class GroupTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Requirements that are meant to be installed together."""

    name: _NAME
    requirements: Annotated[tuple[_TEXT, ...], msgspec.Meta(min_length=1)] = ()
    files: Annotated[tuple[_TEXT, ...], msgspec.Meta(min_length=1)] = ()
    constraints: tuple[_TEXT, ...] = ()
    constraint_files: tuple[_TEXT, ...] = ()
    overrides: tuple[_TEXT, ...] = ()
    override_files: tuple[_TEXT, ...] = ()
    extras: tuple[_TEXT, ...] = ()
    all_extras: bool = False
    dependency_groups: tuple[_TEXT, ...] = ()
    policy: _TEXT | None = None
    sdists: Annotated[str, msgspec.Meta(pattern=_SDISTS_PATTERN)] = "needed"
    wheels: Annotated[str, msgspec.Meta(pattern=_WHEELS_PATTERN)] = "best"
    no_binary: tuple[_TEXT, ...] = ()
    only_binary: tuple[_TEXT, ...] = ()
    pre: bool = False
    python: tuple[_TEXT, ...] = ()
    platform: tuple[_TEXT, ...] = ()
    target: tuple[_TEXT, ...] = ()


class ServeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Where and how to serve."""

    host: _TEXT | None = None
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] | None = None
    tls_cert: _TEXT | None = None
    tls_key: _TEXT | None = None


class ConfigTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    yard: _TEXT | None = None
    targets: TargetsTable = TargetsTable()
    upstream: tuple[UpstreamTable, ...] = ()
    group: tuple[GroupTable, ...] = ()
    serve: ServeTable = ServeTable()


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration and the file that it came from."""

    table: ConfigTable = field(default_factory=ConfigTable)
    path: Path | None = None  # None: there is no file, everything is a default


class InvalidConfig(InvalidInput):
    """The configuration file cannot be used."""

    def __init__(self, path: Path, line: int | None, reason: str, hint: str | None) -> None:
        self.path, self.line, self.reason, self.hint = path, line, reason, hint
        place = f"{path}, line {line}" if line else f"{path}"
        super().__init__(f"{place}: {reason}")


def read_config(path: Path) -> Config:
    """Read and check a configuration file; raises InvalidConfig."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}"
        raise InvalidConfig(path, None, reason, "name a file with `--config`") from error
    except UnicodeDecodeError as error:
        raise InvalidConfig(path, None, "it is not UTF-8 text", "save it as UTF-8") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = "https://toml.io shows how TOML is written"
        raise InvalidConfig(path, None, f"it is not TOML: {error}", hint) from error
    try:
        table = msgspec.convert(document, ConfigTable)
    except msgspec.ValidationError as error:
        raise _explained(path, text, str(error)) from error
    _check_names(path, text, "group", [group.name for group in table.group])
    _check_groups(path, text, table.group)
    _check_names(path, text, "upstream", [upstream.name for upstream in table.upstream])
    _check_assignments(path, text, table.upstream)
    return Config(table, path)


def config_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file."""
    schema = msgspec.json.schema(ConfigTable)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _check_names(path: Path, text: str, table: str, names: Sequence[str | None]) -> None:
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            line = line_of(text, table, index, "name")
            reason = f"two {table}s are called `{name}`"
            raise InvalidConfig(path, line, reason, "rename one of them")


def _check_groups(path: Path, text: str, groups: Sequence[GroupTable]) -> None:
    for index, group in enumerate(groups):
        if not (group.requirements or group.files):
            reason = "`group`: it lacks `requirements` or `files`"
            raise InvalidConfig(path, line_of(text, "group", index), reason, _listed_keys("group"))
        try:
            parse_policy(group.policy or str(LOCK_AND_EDGES))
        except InvalidPolicy as error:
            line = line_of(text, "group", index, "policy")
            close = get_close_matches(error.text, _POLICIES, n=1)
            hint = f"did you mean `{close[0]}`?" if close else error.hint
            raise InvalidConfig(path, line, str(error), hint) from error


def _check_assignments(path: Path, text: str, upstreams: Sequence[UpstreamTable]) -> None:
    """Refuse what is no pattern of projects, and a project that is assigned twice."""
    assigned: dict[ProjectPattern, int] = {}
    for index, upstream in enumerate(upstreams):
        for written in upstream.projects:
            line = line_of(text, "upstream", index, "projects")
            try:
                pattern = parse_project_pattern(written)
            except InvalidPattern as error:
                raise InvalidConfig(path, line, str(error), error.hint) from error
            if pattern.is_name and assigned.setdefault(pattern, index) != index:
                reason = f"`{pattern}` is assigned to another upstream already"
                raise InvalidConfig(path, line, reason, "a project comes from one of them")


_POLICIES = ["lock", "lock+edges", "keep-3", "since-2026-01-31"]
_KEYS: dict[str | None, list[str]] = {
    None: ["yard", "targets", "upstream", "group", "serve"],
    "targets": list(TargetsTable.__struct_encode_fields__),
    "upstream": list(UpstreamTable.__struct_encode_fields__),
    "group": list(GroupTable.__struct_encode_fields__),
    "serve": list(ServeTable.__struct_encode_fields__),
}
_PLACE = re.compile(r"\$(?:\.(?P<table>[\w-]+))?(?:\[(?P<index>\d+)\])?(?:\.(?P<key>[\w-]+))?")

# What msgspec says, the longer before what they begin with.
_WORDS = {
    f"`str` matching regex '{NAME_PATTERN}'": "letters, digits, `.`, `_` and `-`",
    f"`str` matching regex '{_SDISTS_PATTERN}'": "`needed` or `always`",
    f"`str` matching regex '{_WHEELS_PATTERN}'": "`best` or `all`",
    "`str` of length >= 1": "text that is not empty",
    "`array` of length >= 1": "at least one entry",
    "Object missing required field": "it lacks",
    "Invalid enum value": f"expected {', '.join(map(str, get_args(_REFUSAL)))}, got",
    "`str`": "text",
    "`int`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
    "`float`": "a number with a point",
    "`str | null`": "text",
    "`int | null`": "a number",
}
_PLAIN = re.compile("|".join(map(re.escape, _WORDS)))


def _explained(path: Path, text: str, message: str) -> InvalidConfig:
    """msgspec's message in the file's own terms: the line, the key, the nearest right word."""
    reason, _, place = message.partition(" - at ")
    found = _PLACE.match(place.strip("`"))
    table, index, key = found.group("table", "index", "key") if found else (None, None, None)
    unknown = re.search(r"unknown field `(.*)`", reason)
    if unknown is None:
        line = line_of(text, table or "", int(index or 0), key)
        reason = _PLAIN.sub(lambda match: _WORDS[match[0]], reason)
        is_single = reason.endswith("a list, got a table")
        hint = f"write it as `[[{table}]]`" if is_single else _listed_keys(table)
        reason = f"`{key or table}`: {reason[0].lower()}{reason[1:]}"
        return InvalidConfig(path, line, reason, hint)
    key = unknown[1]
    line = line_of(text, table, int(index or 0), key) if table else line_of(text, key)
    close = get_close_matches(key, _KEYS[table], n=1)
    hint = f"did you mean `{close[0]}`?" if close else _listed_keys(table)
    return InvalidConfig(path, line, f"`{key}` is not a key", hint)


def _listed_keys(table: str | None) -> str:
    """The keys of a table; those of the whole file if it is a key of that."""
    keys = _KEYS.get(table, _KEYS[None])
    return f"the keys here are {', '.join(f'`{name}`' for name in keys)}"
