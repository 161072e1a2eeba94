"""Settings: options beat `WHEELYARD_*` variables, which beat the configuration file."""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from wheelyard.cli.config import Config, GroupTable, read_config
from wheelyard.cli.here import platform_here, python_here
from wheelyard.cli.upstreams import UpstreamChoice, read_upstreams
from wheelyard.closure.groups import Group
from wheelyard.model.errors import InvalidInput
from wheelyard.model.platforms import Platform, parse_platform
from wheelyard.model.requirements import InvalidRequirement, parse_requirement
from wheelyard.model.targets import PythonBuild, Target, parse_python, parse_target

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
        is_whole_file = not (self._arguments.requirements or self._arguments.group)
        return Selection(self.yard(), self.upstreams(), self._groups(), is_whole_file)

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

    def _groups(self) -> tuple[Group, ...]:
        targets = self._targets()
        arguments = self._arguments
        if arguments.requirements:
            if arguments.group:
                raise GroupBesideRequirements
            requirements = tuple(parse_requirement(text) for text in arguments.requirements)
            return (
                Group(
                    name=DEFAULT_GROUP,
                    requirements=requirements,
                    targets=targets,
                    prereleases=arguments.pre,
                ),
            )
        tables = {table.name: table for table in self.config.table.group}
        if not tables:
            raise NothingToMirror(self.config)
        for name in arguments.group:
            if name not in tables:
                raise UnknownGroup(name, list(tables))
        chosen = dict.fromkeys(arguments.group or tables)
        return tuple(self._group(tables[name], targets) for name in chosen)

    def _group(self, table: GroupTable, targets: tuple[Target, ...]) -> Group:
        try:
            requirements = tuple(parse_requirement(text) for text in table.requirements)
        except InvalidRequirement as error:
            raise InvalidGroup(table.name, error) from error
        return Group(
            name=table.name,
            requirements=requirements,
            targets=targets,
            prereleases=table.pre or self._arguments.pre,
        )

    def _targets(self) -> tuple[Target, ...]:
        arguments, table = self._arguments, self.config.table.targets
        if arguments.python or arguments.platform or arguments.target:
            return _targets(arguments.python, arguments.platform, arguments.target)
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
