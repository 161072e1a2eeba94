"""Upstreams: what options, variables and the configuration say of them.

Their order is the order of asking. Credentials come from variables, from the keys of an upstream,
from its URL, and else from netrc, the strongest first; they are in no URL that is kept or shown.
"""

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from yarl import URL

from wheelyard.cli.config import NAME_PATTERN, Config, UpstreamTable
from wheelyard.index.assignment import ProjectPattern, parse_project_pattern
from wheelyard.model.errors import InvalidInput
from wheelyard.upstream.credentials import parse_url
from wheelyard.upstream.local_files import path_of_url

PYPI = "https://pypi.org/simple/"

_NAMED = re.compile(rf"({NAME_PATTERN.strip('^$')})=(.+)", re.DOTALL)
_PYPI_HOSTS = frozenset({"pypi.org", "www.pypi.org", "pypi.python.org", "upload.pypi.org"})
# These answer 403 for a project that they do not have.
_REFUSING_HOSTS = frozenset({"download.pytorch.org"})
# What indexes that know no users take beside a token.
_ANY_USER = "__token__"


class InvalidUpstream(InvalidInput):
    """What is said of an upstream cannot be used."""

    def __init__(self, name: str, reason: str, hint: str) -> None:
        self.name, self.reason, self.hint = name, reason, hint
        super().__init__(f"upstream `{name}`: {reason}")


class UnknownUpstream(InvalidInput):
    """`--upstream-for` names an upstream that there is not."""

    def __init__(self, text: str, name: str, known: Sequence[str]) -> None:
        close = get_close_matches(name, known, n=1)
        listed = ", ".join(f"`{item}`" for item in known)
        self.hint = f"did you mean `{close[0]}`?" if close else f"the upstreams are: {listed}"
        super().__init__(f"`--upstream-for {text}`: there is no upstream `{name}`")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamChoice:
    """One upstream to mirror from."""

    name: str  # unique among the upstreams of a run
    url: str  # without credentials, with a slash at its end; `file:` for a folder
    folder: Path | None = None  # None: it is an index over HTTP
    projects: tuple[ProjectPattern, ...] = ()
    explicit: bool = False
    login: tuple[str, str] | None = field(default=None, repr=False)  # user and password
    refusals: frozenset[int] = frozenset()  # statuses with which it says "no such project"


def read_upstreams(
    arguments: argparse.Namespace, environment: Mapping[str, str], config: Config
) -> tuple[UpstreamChoice, ...]:
    """The upstreams of a run in the order of asking, at least one.

    Those of the options, else of `WHEELYARD_UPSTREAM`, else of the file, else PyPI. Raises
    InvalidInput.
    """
    tables = config.table.upstream
    texts = arguments.upstream or environment.get("WHEELYARD_UPSTREAM", "").split()
    # A path in a file is meant from where the file lies.
    base = config.path.parent if config.path else Path()
    if texts:
        places = [_named_on_the_spot(text, tables, base) for text in texts]
    else:
        places = [(table, base) for table in tables or (UpstreamTable(name="pypi"),)]
    found: list[UpstreamChoice] = []
    for table, folder in places:
        found.append(_choice(table, folder, environment, [one.name for one in found]))
    return _assigned(found, arguments.upstream_for)


def _named_on_the_spot(
    text: str, tables: Iterable[UpstreamTable], base: Path
) -> tuple[UpstreamTable, Path]:
    """What `--upstream` says: a name of the file's, `NAME=URL`, or a URL; folders begin here."""
    for table in tables:
        if table.name == text:
            return table, base
    named = _NAMED.fullmatch(text)
    if named is None:
        return UpstreamTable(url=text), Path()
    return UpstreamTable(name=named[1], url=named[2]), Path()


def _choice(
    table: UpstreamTable, base: Path, environment: Mapping[str, str], taken: Sequence[str]
) -> UpstreamChoice:
    text = table.url or PYPI
    if "://" not in text:
        folder: Path | None = base / Path(text).expanduser()
    else:
        folder = path_of_url(text)
    if folder is not None:
        url = f"{folder.absolute().as_uri()}/"
        return UpstreamChoice(
            name=_name(table, folder.absolute().name, taken),
            url=url,
            folder=folder,
            projects=_patterns(table),
            explicit=table.explicit,
        )
    parsed = parse_url(text)
    host = parsed.host or ""
    name = _name(table, "pypi" if host == "pypi.org" else host, taken)
    if host in _PYPI_HOSTS and "simple" not in parsed.path:
        reason = f"`{parsed.with_user(None)}` is not the simple index of PyPI"
        raise InvalidUpstream(name, reason, f"write `{PYPI}`")
    return UpstreamChoice(
        name=name,
        url=str(parsed.with_user(None)).rstrip("/") + "/",
        projects=_patterns(table),
        explicit=table.explicit,
        login=_login(table, name, parsed, environment),
        refusals=_refusals(table, host),
    )


def _name(table: UpstreamTable, fallback: str, taken: Sequence[str]) -> str:
    """The upstream's own name, else a new one for messages."""
    if table.name is not None:
        if table.name in taken:
            raise InvalidUpstream(table.name, "two upstreams have this name", "rename one of them")
        return table.name
    name, number = fallback, 1
    while name in taken:
        number += 1
        name = f"{fallback}-{number}"
    return name


def _patterns(table: UpstreamTable) -> tuple[ProjectPattern, ...]:
    return tuple(parse_project_pattern(text) for text in table.projects)


def _refusals(table: UpstreamTable, host: str) -> frozenset[int]:
    if table.ignore_error_codes is not None:
        return frozenset(table.ignore_error_codes)
    return frozenset({403}) if host in _REFUSING_HOSTS else frozenset()


def _login(
    table: UpstreamTable, name: str, url: URL, environment: Mapping[str, str]
) -> tuple[str, str] | None:
    """The user and the password of an upstream; None if nothing but netrc may have them."""
    prefix = f"WHEELYARD_UPSTREAM_{re.sub('[^A-Z0-9]', '_', name.upper())}"
    user = _variable(environment, f"{prefix}_USERNAME") or table.username
    password = _variable(environment, f"{prefix}_PASSWORD")
    if password is None and table.password_env is not None:
        password = _variable(environment, table.password_env)
        if password is None:
            reason = f"its password is to be in `{table.password_env}`, which is not set"
            raise InvalidUpstream(name, reason, "set the variable, or take `password-env` away")
    user, password = user or url.user, password or url.password
    if user is None and password is None:
        return None
    return user or _ANY_USER, password or ""


def _variable(environment: Mapping[str, str], name: str) -> str | None:
    return environment[name] or None if name in environment else None


def _assigned(
    choices: Sequence[UpstreamChoice], texts: Iterable[str]
) -> tuple[UpstreamChoice, ...]:
    """The upstreams with what `--upstream-for` assigns to them."""
    by_name = {choice.name: choice for choice in choices}
    for text in texts:
        pattern, separator, name = text.partition("=")
        if not separator:
            hint = "write it as `--upstream-for torch=NAME`"
            raise InvalidUpstream(text, "`--upstream-for` wants a project and an upstream", hint)
        if name not in by_name:
            raise UnknownUpstream(text, name, list(by_name))
        choice = by_name[name]
        projects = (*choice.projects, parse_project_pattern(pattern))
        by_name[name] = replace(choice, projects=projects)
    return tuple(by_name.values())
