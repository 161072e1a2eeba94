"""What people get wrong, and what goes wrong: exit codes and messages of the real process."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.shell import Shell, write_config
from tools import require_root, require_tool
from wheelyard.cli import main

_WRONG = [
    (["nosuch"], "`nosuch` does not exist on http://", "check the spelling"),
    (["not one!"], "`not one!` is not a requirement", "write it as pip takes it"),
    (["lib @ https://a.example/x.zip"], "it names a direct URL", "`lib`"),
    (["app", "--platform", "linus"], "`linus` is not a platform", "`linux`?"),
    (["app", "--python", "3.x"], "`3.x` is not a Python version", "`3.12`"),
    (["app", "--upstream", "pypi.org/simple"], "is not a URL to fetch from", "`https://`"),
    (["app", "--config", "nosuch.toml"], "nosuch.toml: it cannot be read", "`--config`"),
    ([], "nothing to mirror", "name requirements"),
]


@pytest.fixture
def here(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process as the shell's commands are: `main` can be called."""
    monkeypatch.chdir(shell.folder)
    for name in (name for name in os.environ if name.startswith(("WHEELYARD_", "UV_", "XDG_"))):
        monkeypatch.delenv(name)
    for name, text in shell.environment().items():
        monkeypatch.setenv(name, text)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("arguments", "message", "hint"), _WRONG)
@pytest.mark.parametrize("command", ["plan", "mirror", "up"])
def test_bad_input_is_told_with_a_hint(
    command: str,
    arguments: list[str],
    message: str,
    hint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([command, *arguments, "--quiet"]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert hint in printed.err.partition("hint: ")[2]
    assert "complete:" not in printed.out


@pytest.mark.parametrize("command", ["plan", "mirror"])
def test_an_impossible_requirement_is_no_bad_input_but_falls_short(
    shell: Shell, command: str
) -> None:
    done = shell.run(command, "app", "lib>9", "--quiet")
    assert done.code == 1
    assert "Because only lib==1.0 is available and the group asks for lib>9" in done.errors
    assert "hint: loosen one of these" in done.errors


def test_a_mistake_in_the_configuration_is_told_with_its_line(shell: Shell) -> None:
    write_config(shell.folder, '[targets]\npyton = ["3.12"]\n')
    done = shell.run("mirror")
    assert done.code == 2
    assert done.errors == (
        "error: wheelyard.toml, line 2: `pyton` is not a key\n\nhint: did you mean `python`?\n"
    )
    assert not shell.yard.exists()


@pytest.mark.parametrize("command", ["status", "why", "serve"])
def test_commands_that_need_a_yard_say_that_there_is_none(shell: Shell, command: str) -> None:
    done = shell.run(command, *(["app"] if command == "why" else []))
    assert (done.code, done.output) == (3, "")
    assert "error: there is no yard at `wheelyard-yard`" in done.errors
    assert not shell.yard.exists()


@pytest.mark.parametrize("command", ["plan", "mirror", "status"])
def test_a_folder_with_other_things_is_left_alone(shell: Shell, command: str) -> None:
    shell.yard.mkdir()
    (shell.yard / "holiday.jpg").write_bytes(b"sea")
    done = shell.run(command, *([] if command == "status" else ["app"]))
    assert done.code == 2
    assert "`wheelyard-yard` is not a yard: it holds `holiday.jpg`" in done.errors
    assert [path.name for path in shell.yard.rglob("*")] == ["holiday.jpg"]


def test_a_yard_that_is_a_file_is_told(shell: Shell) -> None:
    shell.yard.write_text("x")
    done = shell.run("mirror", "app")
    assert done.code == 2
    assert "`wheelyard-yard` is not a yard: it is no folder" in done.errors


def test_an_upstream_that_is_not_there_is_unreachable(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = shell.run("mirror", "app", "--upstream", f"http://127.0.0.1:{port}/simple/")
    assert done.code == 3
    assert "connection refused" in done.errors
    assert "does not exist" not in done.errors
    assert "hint: check the connection and try again" in done.errors
    status = shell.run("status")
    assert status.code == 1
    assert "fell short" in status.output


def test_a_second_run_is_told_who_is_at_work(shell: Shell) -> None:
    shell.world.stall("/simple/app/")
    with shell.running("mirror", "app") as first:
        while not shell.world.requests_to("/simple/app/"):
            assert first.poll() is None
        second = shell.run("mirror", "lib")
        assert second.code == 3
        assert f"is in use by process {first.pid} on `{socket.gethostname()}`" in second.errors
        assert shell.run("status").code == 1
        shell.world.heal()
        first.kill()


def test_a_port_in_use_is_told_before_anything_is_served(shell: Shell) -> None:
    shell.run("mirror", "lib")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in (["serve"], ["up", "lib", "-q"]):
            done = shell.run(*command, "--port", str(port))
            assert (done.code, done.output) == (3, "")
            assert f"port {port} of `127.0.0.1` is in use by another process" in done.errors
            assert "--port 0" in done.errors


@contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    mount: list[str | Path] = [require_tool("mount"), *options, folder]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        subprocess.run([require_tool("umount"), "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_loses_nothing(shell: Shell) -> None:
    require_root()
    shell.world.add_wheel("big", "1.0", payload=3_000_000)
    disk = shell.folder / "disk"
    options = ["-t", "tmpfs", "-o", "size=2m", "none"]
    with _mounted(disk, *options):
        assert shell.run("mirror", "app", "--yard", disk).code == 0
        done = shell.run("mirror", "app", "big", "--yard", disk)
        assert done.code == 3
        assert "cannot be written: no space left on device" in done.errors
        assert "free some space" in done.errors
        for partial in (disk / "state" / "partial").iterdir():
            partial.unlink()
        assert shell.run("mirror", "app", "--yard", disk, "-q").code == 0
        assert shell.run("why", "lib", "--yard", disk).code == 0


def test_a_disk_too_small_for_a_yard_is_told(shell: Shell) -> None:
    require_root()
    disk = shell.folder / "disk"
    with _mounted(disk, "-t", "tmpfs", "-o", "size=16k", "none"):
        for command in ("mirror", "up"):
            done = shell.run(command, "app", "--yard", disk)
            assert done.code == 3
            assert "cannot be written" in done.errors


def test_a_yard_that_may_only_be_read_is_planned_for_and_not_mirrored_into(shell: Shell) -> None:
    require_root()
    disk = shell.folder / "disk"
    disk.mkdir()
    shell.run("mirror", "lib", "--yard", disk)
    with _mounted(disk, "--bind", "-o", "ro", str(disk)):
        plan = shell.run("plan", "app", "--yard", disk, "-q")
        assert plan.code == 0
        assert plan.output.startswith("+ app-1.0")
        assert "keep:    1 file" in plan.output
        assert shell.run("status", "--yard", disk).code == 0
        assert shell.run("why", "lib", "--yard", disk).code == 0
        mirror = shell.run("mirror", "app", "--yard", disk)
        assert mirror.code == 3
        assert "cannot be written: read-only file system" in mirror.errors
        assert "put the yard elsewhere with `--yard`" in mirror.errors


def test_requirements_that_are_no_text_are_bad_input(shell: Shell) -> None:
    done = shell.run("plan", os.fsdecode(b"lib; sys_platform == '\xff'"))
    assert done.code == 2
    assert "is not a requirement" in done.errors
