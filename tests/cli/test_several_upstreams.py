"""Mirroring from several upstreams: two small worlds, folders, another wheelyard."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.shell import Done, Shell, write_config
from world import World, make_wheel

LINUX = ["--python", "3.12", "--platform", "linux"]


@pytest.fixture
def second() -> Iterator[World]:
    """Another upstream."""
    with World() as running:
        yield running


@pytest.fixture
def torch_world(second: World) -> Iterator[World]:
    """An index of CPU builds as PyTorch's is: HTML alone, local versions whose URLs have `%2B`,
    files on another host, no `.metadata`, and 403 for what it does not have.
    """
    with World() as files:
        hosted = second.add_wheel("torch", "2.9.0+cpu", requires=["lib"])
        files.files[hosted.path] = hosted
        second.files_url = files.url
        second.serves_json = second.serves_etags = False
        second.pages.core_metadata = second.pages.sizes = second.pages.serials = False
        second.pages.hash_names = ("sha256",)
        second.answer("/simple/lib/", 403)
        yield second


def plan(shell: Shell, *arguments: str | Path, **environment: str) -> Done:
    return shell.run("plan", *arguments, *LINUX, "--json", "--quiet", environment=environment)


def added(done: Done) -> dict[str, str]:
    """The files of a plan and where they come from."""
    document: dict[str, Any] = json.loads(done.output)
    return {file["filename"]: file["url"] for file in document["add"]}


def test_cpu_builds_come_from_their_own_index(shell: Shell, torch_world: World) -> None:
    shell.world.add_wheel("torch", "2.9.0", requires=["tzdata"])
    upstreams = [
        "--upstream",
        shell.world.simple_url,
        "--upstream",
        f"cpu={torch_world.simple_url}",
    ]
    arguments = ["torch", "app", *upstreams, "--upstream-for", "torch=cpu", *LINUX]
    done = shell.run("mirror", *arguments, "--quiet")
    assert done.code == 0, done.errors
    held = {path.name for path in shell.yard.glob("web/packages/*/*/*/*.whl")}
    assert held == {
        "torch-2.9.0+cpu-py3-none-any.whl",
        "app-1.0-py3-none-any.whl",
        "lib-1.0-py3-none-any.whl",
    }
    assert not shell.world.requests_to("/simple/torch/")


def test_an_index_that_says_forbidden_for_missing_has_to_be_declared(
    shell: Shell, torch_world: World
) -> None:
    text = (
        f'[[upstream]]\nname = "cpu"\nurl = "{torch_world.simple_url}"\n{{}}\n'
        f'[[upstream]]\nname = "main"\nurl = "{shell.world.simple_url}"\n'
    )
    config = write_config(shell.folder, text.format(""))
    done = plan(shell, "lib", "--config", config, WHEELYARD_UPSTREAM="")
    assert done.code == 3
    assert "`main` was not asked for `lib` in its place" in done.errors + done.output
    assert not shell.world.requests
    write_config(shell.folder, text.format("ignore-error-codes = [403]"))
    done = plan(shell, "lib", "--config", config, WHEELYARD_UPSTREAM="")
    assert list(added(done)) == ["lib-1.0-py3-none-any.whl"]


def test_an_upstream_that_is_down_is_not_replaced_by_the_next(shell: Shell, second: World) -> None:
    second.add_wheel("lib", "99")
    upstreams = ["--upstream", shell.world.simple_url, "--upstream", second.simple_url]
    shell.world.answer("/simple/lib/", 501)
    done = plan(shell, "lib", *upstreams)
    assert done.code == 3
    assert not second.requests


def test_wheels_for_boards_are_taken_before_those_of_pypi(shell: Shell, second: World) -> None:
    """As from piwheels: wheels for one machine only, and without sdists."""
    tags = "cp311-cp311-linux_armv7l"
    second.add_wheel("lib", "1.0", tags=tags)
    second.serves_json = second.pages.core_metadata = False
    upstreams = ["--upstream", second.simple_url, "--upstream", shell.world.simple_url]
    boards = ["--python", "3.11", "--platform", "raspberrypi-32"]
    done = shell.run("plan", "app", *upstreams, *boards, "--json", "--quiet")
    urls = added(done)
    assert urls["lib-1.0-cp311-cp311-linux_armv7l.whl"].startswith(second.url)
    assert urls["app-1.0-py3-none-any.whl"].startswith(shell.world.url)


def test_two_upstreams_on_one_host_have_their_own_credentials(shell: Shell) -> None:
    shell.world.credentials = ("one", "secret1")
    text = "".join(
        f'[[upstream]]\nname = "{name}"\nurl = "{shell.world.simple_url}"\n'
        f'projects = ["{project}"]\nusername = "{name}"\npassword-env = "{name}_WORD"\n'
        for name, project in (("one", "lib"), ("two", "tzdata"))
    )
    config = write_config(shell.folder, text)
    words = {"one_WORD": "secret1", "two_WORD": "secret2", "WHEELYARD_UPSTREAM": ""}
    done = plan(shell, "lib", "--config", config, **words)
    assert list(added(done)) == ["lib-1.0-py3-none-any.whl"]
    refused = plan(shell, "tzdata", "--config", config, **words)
    assert refused.code == 3
    assert "refused" in refused.errors + refused.output
    assert "secret" not in done.output + done.errors + refused.output + refused.errors


def test_no_credentials_are_kept_in_the_yard(shell: Shell) -> None:
    shell.world.credentials = ("one", "sesame-open")
    url = shell.world.simple_url.replace("http://", "http://one:sesame-open@")
    done = shell.run("mirror", "lib", "--upstream", url, *LINUX, "--verbose")
    assert done.code == 0, done.errors
    assert "sesame-open" not in done.output + done.errors
    kept = [path for path in shell.yard.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"sesame-open" in path.read_bytes()]


def test_a_folder_of_own_wheels_comes_before_the_index(shell: Shell) -> None:
    wheels = shell.folder / "wheels"
    wheels.mkdir()
    (wheels / "lib-2.0-py3-none-any.whl").write_bytes(make_wheel("lib", "2.0"))
    upstreams = ["--upstream", str(wheels), "--upstream", shell.world.simple_url]
    done = shell.run("mirror", "app", *upstreams, *LINUX, "--quiet")
    assert done.code == 0, done.errors
    assert not shell.world.requests_to("/simple/lib/")
    again = shell.run("mirror", "app", *upstreams, *LINUX)
    assert "nothing changed" in again.output


def test_a_yard_is_mirrored_from_another_one_that_is_served(shell: Shell) -> None:
    assert shell.run("mirror", "app", *LINUX, "--quiet").code == 0
    with shell.running("serve", "--port", "0") as serving:
        assert serving.stdout is not None
        url = serving.stdout.readline().split()[-1]
        shell.world.forget_requests()
        arguments = ["mirror", "app", "--upstream", url, *LINUX]
        done = shell.run(*arguments, "--yard", "second")
        assert done.code == 0, done.errors
        assert "2 files" in done.output
        again = shell.run(*arguments, "--yard", "second")
        assert "nothing changed" in again.output
    assert not shell.world.requests
    held = {path.name: path.read_bytes() for path in shell.yard.glob("web/packages/*/*/*/*")}
    copied = shell.folder.glob("second/web/packages/*/*/*/*")
    assert {path.name: path.read_bytes() for path in copied} == held


def test_another_order_of_upstreams_is_another_plan(shell: Shell, second: World) -> None:
    """A kept lock of one order is no answer for another one."""
    second.add_wheel("lib", "2.0", requires=["tzdata"])
    assert shell.run("mirror", "app", *LINUX, "--quiet").code == 0
    urls = [second.simple_url, shell.world.simple_url]
    for order, expected in ((urls, "lib-2.0"), (urls[::-1], "lib-1.0"), (urls, "lib-2.0")):
        upstreams = [word for url in order for word in ("--upstream", url)]
        done = plan(shell, "app", *upstreams)
        document = json.loads(done.output)
        names = [file["filename"] for file in document["add"] + document["keep"]]
        assert [name for name in names if name.startswith("lib")] == [
            f"{expected}-py3-none-any.whl"
        ]


def test_one_filename_with_two_contents_keeps_its_metadata_apart(
    shell: Shell, second: World
) -> None:
    second.add_wheel("lib", "1.0", requires=["tzdata"])
    for world in (shell.world, second):
        world.pages.core_metadata = False
    for url, expected in ((shell.world.simple_url, 1), (second.simple_url, 2)) * 2:
        upstreams = ["--upstream", url, "--upstream", shell.world.simple_url]
        assert len(added(plan(shell, "lib", *upstreams))) == expected
