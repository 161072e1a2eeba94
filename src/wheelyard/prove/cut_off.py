"""Work with the network really cut off: a network namespace in which only the yard answers.

A namespace has no links but its own `lo`, so what runs there reaches the yard's server and nothing
else, whatever it tries. It lives as long as its first process, and that one as long as ours.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wheelyard.model.errors import WheelyardError
from wheelyard.prove import inside

# What a program needs to run and to compile. Nothing that an installer takes settings from.
_KEPT_VARIABLES = frozenset(
    {
        "PATH", "LANG", "LC_ALL", "TZ",
        "CC", "CXX", "CPP", "AR", "LD", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS",
        "PKG_CONFIG_PATH", "LD_LIBRARY_PATH", "MAKEFLAGS",
    }
)  # fmt: skip
_ALSO_LOOKED_INTO = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")


class CannotCutOff(WheelyardError):
    """This machine lets us make no network that is cut off."""

    hint = "run it on Linux as root, or where users may make namespaces; `unshare -rn true` tells"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the network cannot be cut off: {reason}")


class YardNotServed(WheelyardError):
    """The server for the cut-off network did not start."""

    def __init__(self, root: Path, output: str) -> None:
        self.root, self.output = root, output
        super().__init__(f"`{root}` cannot be served: {output.strip()}")


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    status: int  # as a shell has it; 0 is success
    output: str  # stdout and stderr as one


@dataclass(frozen=True, slots=True)
class CutOff:
    """A network that is cut off, with a yard's server in it."""

    url: str  # of the yard's simple index, with a slash at the end
    folder: Path  # for what works there; removed at the end
    enter: tuple[str, ...]  # the command that runs another one inside
    variables: Mapping[str, str]

    def view_url(self, group: str, target: str) -> str:
        """The simple index of a group's view for a target."""
        return f"{self.url.removesuffix('simple/')}v/{group}/{target}/simple/"

    async def run(self, command: Sequence[str | Path], home: Path) -> Done:
        """Run a command inside, as a user whose home is the folder `home`; it may be new.

        When this is cancelled, the command and all that it started are killed first.
        """
        home.mkdir(parents=True, exist_ok=True)
        # A file and no pipe: what a build leaves behind would hold a pipe open, and us with it.
        with tempfile.TemporaryFile(dir=self.folder) as output:
            process = await asyncio.create_subprocess_exec(
                *self.enter,
                *command,
                cwd=home,
                env={**self.variables, **_settings(home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                await process.wait()
            finally:
                _kill_session(process.pid)
                await process.wait()
            output.seek(0)
            text = output.read().decode(errors="replace")
        return Done(process.returncode or 0, text)


@asynccontextmanager
async def cut_off(yard: Path, environment: Mapping[str, str]) -> AsyncIterator[CutOff]:
    """Cut off a network and serve the yard at `yard` in it; nothing is written into the yard.

    Of the variables in `environment` those are kept that a compiler may need. Raises CannotCutOff
    and YardNotServed.
    """
    variables = {name: environment[name] for name in _KEPT_VARIABLES & environment.keys()}
    with tempfile.TemporaryDirectory(prefix="wheelyard-cut-off-") as name:
        folder = Path(name)
        first, namespaces = await _start_first(yard.absolute(), folder, variables)
        try:
            url = await _served_url(first, yard, folder)
            enter = (_tool("nsenter"), f"--target={first.pid}", *namespaces)
            yield CutOff(url, folder, enter, variables)
        finally:
            if first.stdin is not None:
                first.stdin.close()
            await first.wait()


async def _start_first(
    yard: Path, folder: Path, variables: Mapping[str, str]
) -> tuple[asyncio.subprocess.Process, tuple[str, ...]]:
    """The first process of a new network, and the options of `nsenter` that lead there."""
    # The first that is allowed. Root in a container often may not do the one, but the other.
    ways: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        (("--net", "--user", "--map-root-user"), ("--net", "--user", "--preserve-credentials"))
    ]
    if os.geteuid() == 0:
        ways.insert(0, (("--net",), ("--net",)))
    for options, namespaces in ways:
        first = await _start(options, yard, folder, variables)
        if first.stdout is not None and await first.stdout.readline() == _CUT_OFF_LINE:
            return first, namespaces
        await first.wait()
    raise CannotCutOff(_errors(folder).strip() or "no reason is known")


_CUT_OFF_LINE = f"{inside.CUT_OFF}\n".encode()


async def _start(
    options: Sequence[str], yard: Path, folder: Path, variables: Mapping[str, str]
) -> asyncio.subprocess.Process:
    # Found before any other configuration, so that the server takes nothing from this machine's.
    home = folder / "server"
    home.mkdir(exist_ok=True)
    Path(home, "wheelyard.toml").touch()
    server = ("-P", "-m", "wheelyard.cli", "serve", "--quiet", "--host", "127.0.0.1", "--port", "0")
    with _errors_path(folder).open("wb") as errors:
        return await asyncio.create_subprocess_exec(
            *(_tool("unshare"), *options),
            *(sys.executable, "-I", str(inside.__file__)),
            *(sys.executable, *server, "--yard", str(yard)),
            cwd=home,
            env={**variables, **_settings(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C on a terminal is ours to act upon
        )


async def _served_url(first: asyncio.subprocess.Process, yard: Path, folder: Path) -> str:
    line = b"" if first.stdout is None else await first.stdout.readline()
    word, _, url = line.decode().strip().partition(" ")
    if word != "serving":
        raise YardNotServed(yard, _errors(folder))
    return url


def _errors_path(folder: Path) -> Path:
    return folder / "server-errors.txt"


def _errors(folder: Path) -> str:
    return _errors_path(folder).read_text(encoding="utf-8", errors="replace")


def _tool(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_ALSO_LOOKED_INTO))
    if path is None:
        raise CannotCutOff(f"`{name}` of util-linux is not there")
    return path


def _settings(home: Path) -> dict[str, str]:
    """The variables of a user without any configuration, whose caches are empty."""
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CONFIG_DIRS": str(home / ".config-of-all"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "NO_COLOR": "1",
    }


def _kill_session(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
