"""Settings: options beat `WHEELYARD_*` variables, which beat the configuration file."""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from wheelyard.cli.config import Config, GroupTable, read_config
from wheelyard.cli.groups import MadeGroups, Wishes, check_names, make_groups
from wheelyard.cli.here import platform_here, python_here
from wheelyard.cli.inputs import COMMAND_LINE
from wheelyard.cli.upstreams import UpstreamChoice, read_upstreams
from wheelyard.closure.groups import Group
from wheelyard.closure.policies import parse_policy
from wheelyard.model.errors import InvalidInput
from wheelyard.model.platforms import Platform, parse_platform
from wheelyard.model.requirements import InvalidRequirement
from wheelyard.model.targets import PythonBuild, Target, parse_python, parse_target
from wheelyard.wire.project_table import Choice
from wheelyard.wire.requirements_txt import FormatWish

DEFAULT_YARD = Path("wheelyard-yard")
DEFAULT_GROUP = "default"
CONFIG_NAME = "wheelyard.toml"


class NothingToMirror(InvalidInput):
    """Neither the command line nor the configuration names anything."""

    hint = "name requirements, such as `wheelyard mirror django`, or write groups into the file"

    def __init__(self, config: Config) -> None:
        source = f"{config.path} has no groups" if config.path else "there is no configuration file"
        super().__init__(f"nothing to mirror: no requirement is named, and {source}")


class UnknownGroup(InvalidInput):
    """`--group` names a group that the configuration does not have."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        close = get_close_matches(name, known, n=1)
        listed = ", ".join(f"`{item}`" for item in known) or "none"
        self.hint = f"did you mean `{close[0]}`?" if close else f"the groups are: {listed}"
        super().__init__(f"there is no group `{name}`")


class GroupBesideRequirements(InvalidInput):
    """`--group` is given, and requirements as well."""

    hint = "leave out one of them"

    def __init__(self) -> None:
        super().__init__(
            "`--group` chooses groups of the configuration, and requirements on the command line "
            f"are a group of their own, `{DEFAULT_GROUP}`"
        )


class InvalidGroup(InvalidInput):
    """A group of the configuration has a requirement that cannot be used."""

    def __init__(self, name: str, error: InvalidRequirement) -> None:
        self.name, self.hint = name, error.hint
        super().__init__(f"in group `{name}`: {error}")


class InvalidVariable(InvalidInput):
    """A `WHEELYARD_*` variable holds something that cannot be used."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        self.hint = f"set it to {wanted}, or unset it"
        super().__init__(f"`{name}` is `{value}`, which is not {wanted}")


@dataclass(frozen=True, slots=True)
class Selection:
    """What to mirror, from where, into which yard."""

    yard: Path
    upstreams: tuple[UpstreamChoice, ...]  # in the order of asking, at least one
    groups: tuple[Group, ...]  # at least one
    is_whole_file: bool  # whether these are all groups of the configuration file
    notes: tuple[str, ...] = ()  # what of the inputs is passed over, for a person


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to serve, as the user asked for it."""

    host: str
    port: int  # 0: any free one
    workers: int
    tls_cert: Path | None
    tls_key: Path | None


def read_settings(arguments: argparse.Namespace) -> "Settings":
    """The settings of this process."""
    return Settings(arguments, os.environ, Path.home)


class Settings:
    """The three sources of settings, the strongest first."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        environment: Mapping[str, str],
        home: Callable[[], Path],  # raises RuntimeError for a user without one
    ) -> None:
        self._arguments = arguments
        self._environment = environment
        self.config = _find_config(arguments.config, environment, home)

    def yard(self) -> Path:
        """The yard's folder, which need not exist yet."""
        table = self.config.table
        chosen = self._arguments.yard or self._environment.get("WHEELYARD_YARD")
        if chosen:
            return Path(chosen)
        # A path in a file is meant from where the file lies.
        base = self.config.path.parent if self.config.path else Path()
        return base / table.yard if table.yard else DEFAULT_YARD

    def selection(self) -> Selection:
        """What to mirror. Raises InvalidInput for whatever cannot be read."""
        is_whole_file = not (self._names_inputs() or self._arguments.group)
        made = self._groups()
        return Selection(self.yard(), self.upstreams(), made.groups, is_whole_file, made.notes)

    def upstreams(self) -> tuple[UpstreamChoice, ...]:
        """Where to mirror from, in the order of asking."""
        return read_upstreams(self._arguments, self._environment, self.config)

    def listening(self) -> Listening:
        """Where to serve."""
        table, arguments = self.config.table.serve, self._arguments
        certificate = self._text("tls_cert", table.tls_cert)
        key = self._text("tls_key", table.tls_key)
        return Listening(
            host=self._text("host", table.host) or "127.0.0.1",
            port=self._number("port", arguments.port, table.port, 8080),
            workers=self._number("workers", arguments.workers, table.workers, 1),
            tls_cert=Path(certificate) if certificate else None,
            tls_key=Path(key) if key else None,
        )

    def _groups(self) -> MadeGroups:
        arguments = self._arguments
        if self._names_inputs():
            if arguments.group:
                raise GroupBesideRequirements
            default = Wishes(name=DEFAULT_GROUP, where=COMMAND_LINE)
            return make_groups(self._with_options(default), self._environment)
        tables = {table.name: table for table in self.config.table.group}
        if not tables:
            raise NothingToMirror(self.config)
        for name in arguments.group:
            if name not in tables:
                raise UnknownGroup(name, list(tables))
        made = [self._group(tables[name]) for name in dict.fromkeys(arguments.group or tables)]
        groups = tuple(group for one in made for group in one.groups)
        check_names(groups)
        notes = dict.fromkeys(note for one in made for note in one.notes)
        return MadeGroups(groups, tuple(notes))

    def _names_inputs(self) -> bool:
        """Whether the command line says what to mirror, in place of the file."""
        arguments = self._arguments
        return bool(arguments.requirements or arguments.files or arguments.from_environment)

    def _group(self, table: GroupTable) -> MadeGroups:
        try:
            return make_groups(self._with_options(self._wishes(table)), self._environment)
        except InvalidRequirement as error:
            raise InvalidGroup(table.name, error) from error

    def _wishes(self, table: GroupTable) -> Wishes:
        """What the file says of a group; its paths are meant from where the file lies."""
        base = self.config.path.parent if self.config.path else Path()
        no_binary = [FormatWish("no-binary", names) for names in table.no_binary]
        only_binary = [FormatWish("only-binary", names) for names in table.only_binary]
        says_targets = table.python or table.platform or table.target
        return Wishes(
            name=table.name,
            where=f"group `{table.name}`",
            requirements=table.requirements,
            files=_below(base, table.files),
            constraints=table.constraints,
            constraint_files=_below(base, table.constraint_files),
            overrides=table.overrides,
            override_files=_below(base, table.override_files),
            choice=Choice(table.extras, table.all_extras, table.dependency_groups),
            policy=parse_policy(table.policy) if table.policy is not None else None,
            every_sdist=table.sdists == "always",
            every_wheel=table.wheels == "all",
            formats=(*no_binary, *only_binary),
            prereleases=table.pre,
            targets=_targets(table.python, table.platform, table.target) if says_targets else None,
        )

    def _with_options(self, wishes: Wishes) -> Wishes:
        """The wishes with what the command line says, which beats them or is added to them."""
        arguments = self._arguments
        policy = parse_policy(arguments.policy) if arguments.policy is not None else None
        environment = arguments.from_environment
        sdists, wheels = arguments.sdists, arguments.wheels
        return replace(
            wishes,
            requirements=(*wishes.requirements, *arguments.requirements),
            files=(*wishes.files, *arguments.files),
            constraint_files=(*wishes.constraint_files, *arguments.constraint_files),
            override_files=(*wishes.override_files, *arguments.override_files),
            environment=Path(environment) if environment else None,
            choice=Choice(
                (*wishes.choice.extras, *arguments.extras),
                wishes.choice.every_extra or arguments.all_extras,
                (*wishes.choice.dependency_groups, *arguments.dependency_groups),
            ),
            policy=policy or wishes.policy,
            every_sdist=wishes.every_sdist if sdists is None else sdists == "always",
            every_wheel=wishes.every_wheel if wheels is None else wheels == "all",
            formats=(*wishes.formats, *(FormatWish(*wish) for wish in arguments.formats)),
            prereleases=wishes.prereleases or arguments.pre,
            targets=self._targets(wishes.targets),
        )

    def _targets(self, of_group: tuple[Target, ...] | None) -> tuple[Target, ...] | None:
        """By options, else of the group, else of all groups; None if nothing is said."""
        arguments, table = self._arguments, self.config.table.targets
        if arguments.python or arguments.platform or arguments.target:
            return _targets(arguments.python, arguments.platform, arguments.target)
        if of_group is not None or not (table.python or table.platform or table.target):
            return of_group
        return _targets(table.python, table.platform, table.target)

    def _text(self, name: str, from_file: str | None) -> str | None:
        variable = self._environment.get(f"WHEELYARD_{name.upper()}")
        return getattr(self._arguments, name) or variable or from_file

    def _number(self, name: str, option: int | None, from_file: int | None, default: int) -> int:
        if option is not None:
            return option
        variable = f"WHEELYARD_{name.upper()}"
        if text := self._environment.get(variable):
            if not text.isdecimal():
                raise InvalidVariable(variable, text, "a number")
            return int(text)
        return default if from_file is None else from_file


def _targets(
    pythons: Sequence[str], platforms: Sequence[str], single: Sequence[str]
) -> tuple[Target, ...]:
    """The product of Pythons and platforms, then the single targets; unique, in the order given."""
    targets = [parse_target(text) for text in single]
    if pythons or platforms or not single:
        targets = [
            Target(python, platform)
            for python in (_python(text) for text in pythons or ["here"])
            for platform in (_platform(text) for text in platforms or ["here"])
        ] + targets
    return tuple(dict.fromkeys(targets))


def _below(base: Path, paths: Sequence[str]) -> tuple[str | Path, ...]:
    # A URL stays as it is, to be refused as one.
    return tuple(path if "://" in path else base / path for path in paths)


def _python(text: str) -> PythonBuild:
    return python_here() if text == "here" else parse_python(text)


def _platform(text: str) -> Platform:
    return platform_here() if text == "here" else parse_platform(text)


def _find_config(
    named: str | None, environment: Mapping[str, str], home: Callable[[], Path]
) -> Config:
    named = named or environment.get("WHEELYARD_CONFIG")
    if named:
        return read_config(Path(named))
    for folder in _config_folders(environment, home):
        if _is_there(folder / CONFIG_NAME):
            return read_config(folder / CONFIG_NAME)
    return Config()


def _config_folders(environment: Mapping[str, str], home: Callable[[], Path]) -> Iterator[Path]:
    yield Path()
    if folder := environment.get("XDG_CONFIG_HOME"):
        yield Path(folder, "wheelyard")
    else:
        with suppress(RuntimeError):  # a service's user may have no home
            yield home() / ".config" / "wheelyard"
    yield Path("/etc/wheelyard")


def _is_there(path: Path) -> bool:
    """Whether there is a file to read. A folder that we may not enter has none for us."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False
    except OSError:
        return True  # reading it tells what is wrong
    return True
