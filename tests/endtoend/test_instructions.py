"""The commands that a server shows, run as they are on another machine."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from endtoend.commands import Serving, run
from endtoend.cut_off import CutOff
from endtoend.environments import UV
from tools import clean_environment
from wheelyard.serve.instructions import install_commands
from world import World

pytestmark = pytest.mark.installer


@pytest.fixture(scope="module")
def index(network: CutOff, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a yard's index, by an address that is not the client's own machine."""
    folder = tmp_path_factory.mktemp("shown")
    with World() as world:
        world.add_wheel("tinylib", "1.0")
        upstream = ["--upstream", world.simple_url, "--yard", str(folder / "yard")]
        run(folder, ["mirror", "tinylib", *upstream])
    with Serving(folder, folder / "yard", host=network.outside) as server:
        yield server.url


def test_the_shown_commands_install_from_another_machine(
    network: CutOff, index: str, tmp_path: Path
) -> None:
    commands = install_commands(index, ["tinylib>=1"])
    for command in (commands.pip, commands.uv):
        done = _run(network, tmp_path / command.split()[0], command)
        assert done.returncode == 0, done.stdout


def test_pip_installs_nothing_from_a_host_that_it_was_not_told_to_trust(
    network: CutOff, index: str, tmp_path: Path
) -> None:
    trust = f" --trusted-host {network.outside}"
    command = install_commands(index, ["tinylib"]).pip
    assert trust in command
    done = _run(network, tmp_path, command.replace(trust, ""))
    assert done.returncode == 1
    assert "not a trusted or secure host" in done.stdout


def _run(network: CutOff, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    environment = clean_environment(folder)
    # Both installers of the environment that the tests run in, whichever is the shell's.
    environment["PATH"] = f"{UV.parent}:{environment['PATH']}"
    return network.run(["sh", "-c", f"{command} --target '{folder / 'site'}'"], environment)
