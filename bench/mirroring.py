"""A first mirror and one where nothing changed, beside bandersnatch and a plain fetch.

Every side takes the same files from the same nginx on the loopback, each turn into a new folder.
Nothing is deleted in between: ext4 is slow to make files for some seconds after many were deleted.
bandersnatch takes whole projects; wheelyard resolves all of them for six targets besides.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.made_index import FILES, PLATFORMS, PROJECTS, PYTHONS, SERVER, make_index, project_names
from bench.measuring import Line, Turn, ours_over_theirs, take_turns, theirs_over_ours
from bench.processes import CommandFailed, clean_environment, nginx, seconds_of

_TURNS = 5
_BANDERSNATCH = "bandersnatch>=8.2,<9"
_BANDERSNATCH_CONFIG = """\
[mirror]
directory = {directory}
master = {url}
allow-non-https = true
json = false
workers = 10
"""


class _Contest:
    """The sides, each of which fills a new folder whenever it is asked to."""

    def __init__(self, folder: Path, url: str, bandersnatch: Path) -> None:
        self._folder, self._url, self._bandersnatch = folder, url, bandersnatch
        self._environment = clean_environment(folder)
        self._projects = project_names(folder / "tree")

    def new_folder(self) -> Path:
        # Whoever flushes waits for what others have written, and of the sides only we flush.
        os.sync()
        return Path(tempfile.mkdtemp(prefix="mirror-", dir=self._folder))

    def bandersnatch(self, folder: Path) -> float:
        config = folder / "bandersnatch.conf"
        config.write_text(_BANDERSNATCH_CONFIG.format(directory=folder / "mirror", url=self._url))
        command: list[str | Path] = [self._bandersnatch, "--config", config, "mirror"]
        return self._checked(seconds_of(command, self._environment), folder)

    def wheelyard(self, folder: Path) -> float:
        command: list[str | Path] = [
            *(Path(sys.executable).with_name("wheelyard"), "mirror", "--quiet"),
            *("--yard", folder / "yard", "--upstream", f"{self._url}/simple/"),
            *_repeated("--python", PYTHONS),
            *_repeated("--platform", PLATFORMS),
            *self._projects,
        ]
        return self._checked(seconds_of(command, self._environment), folder)

    def plain_fetch(self, connections: int) -> float:
        folder = self.new_folder()
        command: list[str | Path] = [
            *(sys.executable, "-m", "bench.plain_fetch"),
            *(self._url, self._folder / "list", folder, str(connections)),
        ]
        here = Path(__file__).parents[1]
        return self._checked(seconds_of(command, self._environment, here), folder)

    def _checked(self, seconds: float, folder: Path) -> float:
        found = sum(1 for _ in folder.rglob("*.whl"))
        if found != FILES:
            raise CommandFailed(f"{folder} has {found} of {FILES} files")
        return seconds


def measure() -> Iterator[Line]:
    """Measure all of it; takes some minutes."""
    with tempfile.TemporaryDirectory(prefix="wheelyard-bench-") as name:
        folder = Path(name)
        bandersnatch = _install_bandersnatch(folder / "venv")
        paths = make_index(folder / "tree")
        (folder / "list").write_text("\n".join(paths))
        with nginx(folder, SERVER.format(tree=folder / "tree")) as url:
            contest = _Contest(folder, url, bandersnatch)
            yield from _first_mirror(contest)
            yield _nothing_changed(contest)
        yield _requests_when_nothing_changed(folder, bandersnatch)


def _first_mirror(contest: _Contest) -> Iterator[Line]:
    rivals: dict[str, Callable[[], float]] = {
        "bandersnatch, 10 workers": lambda: contest.bandersnatch(contest.new_folder()),
        "plain fetch of the files, 1 connection": lambda: contest.plain_fetch(1),
        "plain fetch of the files, 32 connections": lambda: contest.plain_fetch(32),
    }
    rounds = []
    for _ in range(_TURNS):
        theirs = [mirror() for mirror in rivals.values()]
        ours = contest.wheelyard(contest.new_folder())
        rounds.append([Turn(seconds, ours) for seconds in theirs])
    for peer, turns in zip(rivals, zip(*rounds, strict=True), strict=True):
        yield Line(
            work=f"first mirror, {PROJECTS} projects, {FILES:,} files, 118 MB",
            peer=peer,
            unit="s",
            turns=turns,
            ratio=theirs_over_ours,
            wanted=">= 3" if peer.startswith("bandersnatch") else "",
        )


def _nothing_changed(contest: _Contest) -> Line:
    peer_folder, our_folder = contest.new_folder(), contest.new_folder()
    contest.bandersnatch(peer_folder)
    contest.wheelyard(our_folder)
    return Line(
        work="the same again, nothing changed",
        peer="bandersnatch, 10 workers",
        unit="s",
        turns=take_turns(
            _TURNS,
            lambda: contest.bandersnatch(peer_folder),
            lambda: contest.wheelyard(our_folder),
        ),
        ratio=theirs_over_ours,
        wanted="",
    )


def _requests_when_nothing_changed(folder: Path, bandersnatch: Path) -> Line:
    """A run of its own, for writing a log takes nginx some time."""
    log = folder / "access.log"
    server = SERVER.format(tree=folder / "tree") + f"    access_log {log};\n"
    with nginx(folder, server) as url:
        contest = _Contest(folder, url, bandersnatch)
        peer_folder, our_folder = contest.new_folder(), contest.new_folder()
        contest.bandersnatch(peer_folder)
        contest.wheelyard(our_folder)
        before = _lines(log)
        contest.bandersnatch(peer_folder)
        theirs = _lines(log) - before
        contest.wheelyard(our_folder)
        ours = _lines(log) - before - theirs
    return Line(
        work="the same again, nothing changed: requests",
        peer="bandersnatch, 10 workers",
        unit="",
        turns=(Turn(theirs, ours),),
        ratio=ours_over_theirs,
        wanted=f"<= 1 for each of {PROJECTS} projects",
    )


def _install_bandersnatch(venv: Path) -> Path:
    """bandersnatch in an environment of its own, from the index that this machine's pip uses."""
    subprocess.run([_recent_python(), "-m", "venv", venv], check=True)
    pip = venv / "bin" / "pip"
    subprocess.run([pip, "install", "-qq", _BANDERSNATCH], check=True)
    return venv / "bin" / "bandersnatch"


def _recent_python() -> Path:
    """A Python that bandersnatch runs on. pyenv's shims are there for Pythons that are not."""
    names = [f"python3.{minor}" for minor in (12, 13, 14)]
    found = [Path(path) for name in names if (path := shutil.which(name))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for python in [*found, *sorted(pyenv.glob("versions/3.1[2-4].*/bin/python"))]:
        if subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
            return python
    raise CommandFailed("bandersnatch needs Python 3.12 or later: put `python3.12` on the PATH")


def _repeated(option: str, values: Sequence[str]) -> list[str]:
    return [f"{option}={value}" for value in values]


def _lines(log: Path) -> int:
    with log.open() as lines:
        return sum(1 for _ in lines)
