"""A network that is cut off, and the yard in it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from endtoend.commands import wait_until
from serve.small_yard import SmallYard
from tools import require_root, require_tool
from wheelyard.prove.cut_off import CannotCutOff, CutOff, YardNotServed, cut_off
from wheelyard.prove.inside import ways_out
from world import make_wheel

_REACH = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())
"""


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    small = SmallYard(tmp_path / "yard")
    small.add("app", "1.0", {"app-1.0-py3-none-any.whl": make_wheel("app", "1.0")})
    return small.root


def test_the_yard_is_served_inside_and_nothing_else_is_there(yard: Path) -> None:
    async def work(network: CutOff) -> None:
        page = await _reach(network, f"{network.url}app/")
        assert (page[0], "app-1.0-py3-none-any.whl" in page[1]) == (0, True)
        assert "refused" in (await _reach(network, ours))[1]
        assert "unreachable" in (await _reach(network, "http://192.0.2.1/"))[1]
        assert "name resolution" in (await _reach(network, "http://index.example/"))[1]

    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = f"http://127.0.0.1:{server.getsockname()[1]}/"
        _cut_off(yard, work)


def test_commands_know_nothing_of_this_machines_settings(
    yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(network: CutOff) -> None:
        done = await network.run(["env"], network.folder / "home")
        variables = dict(line.split("=", 1) for line in done.output.splitlines() if "=" in line)
        assert variables["HOME"] == str(network.folder / "home")
        assert variables["CFLAGS"] == "-O1"
        given = {"PIP_FIND_LINKS", "UV_INDEX", "https_proxy", "PYTHONPATH", "WHEELYARD_YARD"}
        assert not variables.keys() & given

    for name in ("PIP_FIND_LINKS", "UV_INDEX", "https_proxy", "PYTHONPATH", "WHEELYARD_YARD"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("CFLAGS", "-O1")
    _cut_off(yard, work)


def test_nothing_is_left_when_it_ends(yard: Path) -> None:
    async def work(network: CutOff) -> None:
        folders.append(network.folder)
        done = await network.run(["sh", "-c", "sleep 1234 & echo $!"], network.folder / "home")
        pids.append(int(done.output))
        pids.append(int(network.enter[1].partition("=")[2]))

    folders: list[Path] = []
    pids: list[int] = []
    _cut_off(yard, work)
    assert not folders[0].exists()
    assert [pid for pid in pids if _runs(pid)] == []


def test_a_command_is_killed_when_it_is_cancelled(yard: Path) -> None:
    async def work(network: CutOff) -> None:
        home = network.folder / "home"
        task = asyncio.create_task(network.run(["sh", "-c", "echo $$ > pid; sleep 1234"], home))
        await asyncio.to_thread(wait_until, lambda: _runs_by(home / "pid"))
        pids.append(int((home / "pid").read_text()))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    pids: list[int] = []
    _cut_off(yard, work)
    assert not _runs(pids[0])


def test_a_yard_that_cannot_be_written_is_served(yard: Path) -> None:
    require_root()
    script = """
import asyncio, os, sys
from pathlib import Path
from wheelyard.prove.cut_off import cut_off

async def main():
    async with cut_off(Path(sys.argv[1]), os.environ) as network:
        print(network.url)

asyncio.run(main())
"""
    mounted = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    command: list[str | Path] = [sys.executable, "-c", script, yard]
    done = subprocess.run(
        [require_tool("unshare"), "--mount", "sh", "-c", mounted, yard, *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("http://127.0.0.1:"), done.stderr


def test_who_may_make_no_network_alone_makes_it_for_a_user(yard: Path) -> None:
    """As an ordinary user, and as root in most containers: `unshare --net` is refused there."""
    require_root()
    script = """
import asyncio, os, sys
from pathlib import Path
from wheelyard.prove.cut_off import cut_off

async def main():
    async with cut_off(Path(sys.argv[1]), os.environ) as network:
        done = await network.run(["cat", "/proc/net/dev"], network.folder / "home")
        print("--user" in network.enter, done.status, "eth0" in done.output, "lo:" in done.output)

asyncio.run(main())
"""
    command: list[str | Path] = [require_tool("setpriv"), "--bounding-set", "-sys_admin"]
    done = subprocess.run(
        [*command, sys.executable, "-c", script, yard],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.stdout == "True 0 False True\n", done.stderr


def test_a_folder_that_is_no_yard_is_told(tmp_path: Path) -> None:
    with pytest.raises(YardNotServed, match="yard"):
        _cut_off(tmp_path, _nothing)


def test_a_machine_without_the_tools_is_told(yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wheelyard.prove.cut_off._ALSO_LOOKED_INTO", ())
    monkeypatch.setenv("PATH", str(yard))
    with pytest.raises(CannotCutOff, match="`unshare` of util-linux"):
        _cut_off(yard, _nothing)


def test_a_way_out_is_seen() -> None:
    """This machine has links besides `lo`, or the tests of other rooms could not run."""
    links = {name for _, name in socket.if_nameindex()} - {"lo"}
    assert links <= set(ways_out())


def _runs_by(path: Path) -> bool:
    return path.exists() and path.read_text().endswith("\n")


async def _nothing(network: CutOff) -> None:
    raise AssertionError(network)


async def _reach(network: CutOff, url: str) -> tuple[int, str]:
    done = await network.run([sys.executable, "-c", _REACH, url], network.folder / "reach")
    return done.status, done.output


def _cut_off(yard: Path, work: Callable[[CutOff], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with cut_off(yard, os.environ) as network:
            await work(network)

    require_tool("unshare") if os.environ["PATH"] != str(yard) else None
    asyncio.run(main())


def _runs(pid: int) -> bool:
    """Whether a process is there and is more than an exit code that nobody has asked for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
