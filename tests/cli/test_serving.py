"""`serve` and `up` as real processes, and how people are told to install."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

from cli.shell import Shell
from tools import clean_environment
from wheelyard.cli.serving import install_lines

_GONE = {"Retry-After": "86400"}  # no use in trying again


@dataclass
class Served:
    """A server that is ready."""

    process: subprocess.Popen[str]
    url: str
    printed: Sequence[str] = ()  # stdout and stderr, once it has ended

    def end(self) -> int:
        """End it with a signal; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.printed = self.process.communicate(timeout=30)
        return self.process.returncode


@contextmanager
def served(shell: Shell, *arguments: str) -> Iterator[Served]:
    with shell.running(*arguments, "--port", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("serving http://127.0.0.1:")
        assert line.endswith("/simple/\n")
        yield Served(process, line.removeprefix("serving ").strip())


def projects(url: str) -> list[str]:
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=accept)) as answer:
        return [project["name"] for project in json.load(answer)["projects"]]


def test_serve_prints_one_line_and_ends_with_a_signal(shell: Shell) -> None:
    shell.run("mirror", "app")
    with served(shell, "serve") as server:
        assert projects(server.url) == ["app", "lib"]
        assert server.end() == 0
    assert server.printed[0] == ""
    assert f"  pip install --index-url {server.url} PROJECT\n" in server.printed[1]


def test_a_mirror_run_shows_at_once_in_a_running_server(shell: Shell) -> None:
    shell.run("mirror", "lib")
    with served(shell, "serve") as server:
        assert projects(server.url) == ["lib"]
        assert shell.run("mirror", "lib", "built").code == 0
        assert projects(server.url) == ["backend", "built", "lib"]
        server.end()


def _install(shell: Shell, installer: str, url: str, *names: str) -> set[str]:
    """Install from the server and nothing else; gives the modules that are there then."""
    commands: dict[str, list[str | Path]] = {
        "pip": [sys.executable, "-m", "pip", "install", "--no-compile", "--index-url"],
        "uv": [find_uv_bin(), "pip", "install", "--python", sys.executable, "--default-index"],
    }
    site = shell.folder / f"site-{installer}"
    subprocess.run(
        [*commands[installer], url, "--target", site, *names],
        env=clean_environment(shell.folder / f"home-{installer}"),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return {path.stem for path in site.glob("*.py")}


@pytest.mark.installer
def test_up_mirrors_and_serves_and_installers_install_from_it(shell: Shell) -> None:
    with served(shell, "up", "app", "built") as server:
        assert projects(server.url) == ["app", "backend", "built", "lib"]
        asked = len(shell.world.requests)
        for installer in ("pip", "uv"):
            names = _install(shell, installer, server.url, "app", "built")
            assert names == {"app", "lib", "built"}
        assert len(shell.world.requests) == asked  # the upstream was not needed
        assert server.end() == 0
    output, errors = server.printed
    assert output == ""
    assert "complete: 4 files, " in errors
    assert f"  pip install --index-url {server.url} app built\n" in errors
    assert f"  uv pip install --default-index {server.url} app built\n" in errors


def test_up_again_fetches_nothing_and_serves_again(shell: Shell) -> None:
    with served(shell, "up", "app") as server:
        server.end()
    with served(shell, "up", "app") as server:
        assert projects(server.url) == ["app", "lib"]
        server.end()
    assert "; nothing changed; 2 requests" in server.printed[1]


def test_up_serves_what_came_through_and_says_at_its_end_that_it_fell_short(
    shell: Shell,
) -> None:
    shell.world.answer("*/lib-1.0-py3-none-any.whl", 404)
    with served(shell, "up", "app") as server:
        assert projects(server.url) == ["app"]
        assert server.end() == 1
    assert "NOT COMPLETE: 2 files" in server.printed[1]


def test_up_serves_what_is_there_when_the_upstream_is_gone(shell: Shell) -> None:
    """The teacher's second lesson, without the internet of the first."""
    shell.run("mirror", "app")
    shell.world.answer("/simple/*", 503, headers=_GONE)
    with served(shell, "up", "app") as server:
        assert projects(server.url) == ["app", "lib"]
        assert server.end() == 3
    assert "is unavailable: 503" in server.printed[1]
    assert "what the yard has is served" in server.printed[1]


def test_up_with_nothing_to_serve_ends_when_the_upstream_is_gone(shell: Shell) -> None:
    shell.world.answer("/simple/*", 503, headers=_GONE)
    done = shell.run("up", "app", "--port", "0")
    assert (done.code, done.output) == (3, "")


def test_up_without_a_file_does_not_serve(shell: Shell) -> None:
    done = shell.run("up", "nosuch", "--port", "0")
    assert (done.code, done.output) == (2, "")
    assert "`nosuch` does not exist" in done.errors


@pytest.mark.parametrize(
    ("url", "installs", "pip", "uv"),
    [
        ("http://127.0.0.1:8080", ["django"], "django", "django"),
        ("http://192.0.2.7:8080", [], "--trusted-host 192.0.2.7 PROJECT", "PROJECT"),
        (
            "https://pi.example:8443",
            ["uvicorn[standard]>=0.30", "flask==3"],
            "'uvicorn[standard]>=0.30' flask==3",
            "'uvicorn[standard]>=0.30' flask==3",
        ),
        ("http://localhost:8080", ["a; x > '3'"], *["'a; x > '\"'\"'3'\"'\"''"] * 2),
    ],
)
def test_people_are_told_how_to_install(url: str, installs: list[str], pip: str, uv: str) -> None:
    lines = install_lines(f"{url}/simple/", installs)
    assert f"  pip install --index-url {url}/simple/ {pip}" in lines
    assert f"  uv pip install --default-index {url}/simple/ {uv}" in lines
    assert lines[-1] == "Ctrl-C ends it"


def test_people_are_told_of_a_view_and_where_the_others_are_listed() -> None:
    first, second = ("web", "cp311-manylinux_2_28_x86_64"), ("web", "cp312-win_amd64")
    url = "http://192.0.2.7:8080"
    assert not any("/v/" in line for line in install_lines(f"{url}/simple/", []))
    one = install_lines(f"{url}/simple/", [], [first])
    view = f"{url}/v/web/cp311-manylinux_2_28_x86_64/simple/"
    assert f"  pip install --index-url {view} --trusted-host 192.0.2.7 PROJECT" in one
    both = install_lines(f"{url}/simple/", [], [first, second])
    assert set(both) - set(one) == {f"and 1 more such indexes, listed at {url}/"}


@pytest.mark.parametrize(
    ("url", "is_closed"),
    [
        ("http://127.0.0.1:8080/simple/", True),
        ("http://localhost:8080/simple/", True),
        ("http://[::1]:8080/simple/", True),
        ("http://192.0.2.7:8080/simple/", False),
        ("http://0.0.0.0:8080/simple/", False),
        ("https://pi.example/simple/", False),
    ],
)
def test_a_server_for_this_machine_alone_is_told_as_one(url: str, is_closed: bool) -> None:
    told = "for other machines to reach it, add `--host 0.0.0.0`" in install_lines(url, [])
    assert told == is_closed


@pytest.mark.parametrize("url", ["http://0.0.0.0:8080/simple/", "http://[::]:8080/simple/"])
def test_an_address_for_all_is_shown_as_others_reach_it(url: str) -> None:
    text = "\n".join(install_lines(url, []))
    assert "0.0.0.0" not in text
    assert "[::]" not in text
    assert "--trusted-host" in text
    assert "certificate" not in text
    assert "a name that the certificate is for" in "\n".join(
        install_lines(url.replace("http:", "https:"), [])
    )


def test_up_looks_at_the_port_before_it_mirrors(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = shell.run("up", "app", "--port", str(taken.getsockname()[1]))
    assert done.code == 3
    assert "is in use" in done.errors
    assert not shell.world.requests
    assert not shell.yard.exists()


def test_bad_input_leaves_no_new_yard_behind(shell: Shell) -> None:
    assert shell.run("mirror", "nosuch").code == 2
    assert not shell.yard.exists()
