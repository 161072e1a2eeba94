"""`prove` over a yard as it stands, and what a run of `mirror` proves anew."""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli.shell import WHEELYARD, Done, Shell, write_config
from cli.test_commands import document
from cli.test_interrupting import wait_until
from prove.mirrored_world import CONFIG, LINUX, WINDOWS, ProvenYard, mirrored
from tools import require_tool
from wheelyard.prove.document import Proof, ProvenGroup, render_proof
from wheelyard.yard.yard import open_yard
from world import World

pytestmark = pytest.mark.installer

_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
_ASKED = re.compile("^Asking uv and pip", re.MULTILINE)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProvenYard]:
    """A yard that no test changes but for its proof's times."""
    with World() as world:
        yield mirrored(world, tmp_path_factory.mktemp("proving"))


@pytest.fixture
def yard(standing: ProvenYard, tmp_path: Path) -> ProvenYard:
    """A copy of it."""
    folder = tmp_path / "copy"
    shutil.copytree(standing.shell.folder, folder)
    return ProvenYard(Shell(standing.shell.world, folder, proves=True))


def tamper(yard: ProvenYard, change: Callable[[Proof], Proof]) -> None:
    yard.layout.proof.write_bytes(render_proof(change(yard.proof)))


def group(proof: Proof, name: str) -> ProvenGroup:
    (found,) = (one for one in proof.groups if one.name == name)
    return found


def timeless(text: Any) -> Any:
    """A document without the times in it."""
    return re.sub(r'"at": "[^"]*"', "", json.dumps(text))


def test_a_yard_is_proven_again_with_the_same_words(standing: ProvenYard) -> None:
    once, again = (standing.shell.run("prove", "--group", "data", "--json") for _ in range(2))
    assert (once.code, again.code) == (0, 0)
    found = document(once)
    assert set(found) == {"schema", "holds", "broken", "proof"}
    assert (found["holds"], found["broken"]) == (True, [])
    assert timeless(found) == timeless(document(again))
    assert document(again)["proof"] == json.loads(standing.layout.proof.read_bytes())


def test_every_group_tells_who_checked_it_and_how(standing: ProvenYard) -> None:
    done = standing.shell.run("prove", "--group", "web")
    assert done.code == 0
    lines = [re.sub(r" [\d.]+,", ",", line) for line in done.output.splitlines()]
    assert lines[:-1] == [
        "group web: 2 installations for 2 targets",
        "  uv, before the download: 2 hold",
        "  pip, before the download: 2 hold",
        "  wheelyard, every requirement followed: 2 hold",
        "  uv, over the yard: 2 hold",
        "  uv, over the yard, its views: 2 hold",
        "  pip, over the yard: 2 hold",
        "  pip, over the yard, its views: 2 hold",
    ]
    assert lines[-1].startswith("proven: 2 installations; pip ")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("wbe", "did you mean `web`?"), ("nothing-like-it", "the groups are: `web`, `data`")],
)
def test_a_group_that_nothing_is_claimed_of_is_bad_input(
    standing: ProvenYard, name: str, hint: str
) -> None:
    done = standing.shell.run("prove", "--group", name)
    assert (done.code, done.output) == (2, "")
    assert f"error: the proof says nothing of a group `{name}`\n" in done.errors
    assert f"hint: {hint}" in done.errors


def test_a_yard_without_a_proof_cannot_be_proven(yard: ProvenYard) -> None:
    yard.layout.proof.unlink()
    done = yard.shell.run("prove")
    assert done.code == 2
    assert "has no proof: nothing was claimed of it" in done.errors
    assert "hint: `wheelyard mirror` writes one" in done.errors


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"schema": 1, "by"', "Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"schema": 2, "and": "more"}', "it has schema 2, and 1 is known"),
    ],
)
def test_a_proof_that_cannot_be_read_is_told(yard: ProvenYard, content: bytes, reason: str) -> None:
    yard.layout.proof.write_bytes(content)
    done = yard.shell.run("prove")
    assert done.code == 1
    assert f"proof.json` is not a proof: {reason}" in done.errors
    assert "hint: run `wheelyard mirror`, which writes a new one" in done.errors


def test_a_proof_that_cannot_be_read_is_replaced_by_the_next_run(yard: ProvenYard) -> None:
    before = yard.proof
    yard.layout.proof.write_bytes(b"{")
    done = yard.shell.run("mirror")
    assert done.code == 0, done.errors
    assert [one.name for one in yard.proof.groups] == [one.name for one in before.groups]


def test_what_is_missing_is_told_with_what_needs_it(yard: ProvenYard) -> None:
    yard.file("core-1.0-py3-none-any.whl").unlink()
    done = yard.shell.run("prove", "--group", "data")
    assert done.code == 1
    assert done.output.splitlines()[-1].startswith("NOT PROVEN: 2 installations")
    lines = [line for line in done.errors.splitlines() if line.startswith(("error:", "  "))]
    assert lines == [
        lines[0],
        "  needed by build of backend-1.0.tar.gz: core of build of backend-1.0.tar.gz",
        f"    on {LINUX}, {WINDOWS}",
    ]
    assert lines[0].startswith("error: `core-1.0-py3-none-any.whl`: ")
    assert lines[0].endswith("does not exist")
    alone = yard.shell.run("prove", "--group", "web", "--quiet")
    assert (alone.code, alone.errors) == (0, "")


def test_an_installer_that_takes_anything_but_the_witness_from_a_view_fails_the_proof(
    yard: ProvenYard,
) -> None:
    """The witness claims a file that nothing asks for, so no installer takes it."""

    def add_to_witnesses(proof: Proof) -> Proof:
        (more,) = group(proof, "build of backend-1.0.tar.gz").witnesses[0].files
        web = group(proof, "web")
        witnesses = tuple(
            msgspec.structs.replace(one, files=(*one.files, more)) for one in web.witnesses
        )
        return msgspec.structs.replace(
            proof, groups=(msgspec.structs.replace(web, witnesses=witnesses), *proof.groups[1:])
        )

    tamper(yard, add_to_witnesses)
    done = yard.shell.run("prove", "--group", "web", "--quiet")
    assert done.code == 1
    told = [line for line in done.errors.splitlines() if line.startswith("error: ")]
    assert [re.sub(r" [\d.]+ takes", " takes", line) for line in told] == [
        f"error: {name} takes something else for group `web` on {target} with Python 3.12.0, "
        "over the view"
        for name in ("uv", "pip")
        for target in (LINUX, WINDOWS)
    ]
    assert "  takes nothing else and not core-1.0-py3-none-any.whl" in done.errors


def test_a_yard_on_a_read_only_disk_is_proven_and_stays_as_it_is(yard: ProvenYard) -> None:
    unshare = require_tool("unshare")
    before = yard.layout.proof.read_bytes()
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", _READ_ONLY, "sh", yard.shell.yard, WHEELYARD, "prove"],
        cwd=yard.shell.folder,
        env=yard.shell.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "\nnote: the proof in the yard stays as it is: " in done.stderr
    assert yard.layout.proof.read_bytes() == before


def test_while_a_run_is_at_work_a_yard_is_proven_and_its_proof_left_alone(
    yard: ProvenYard,
) -> None:
    before = yard.layout.proof.read_bytes()
    with open_yard(yard.shell.yard, create=False) as opened, opened.exclusive():
        done = yard.shell.run("prove", "--group", "data")
    assert done.code == 0
    assert "\nnote: the proof in the yard stays as it is: the yard `" in done.errors
    assert "is in use by process " in done.errors
    assert yard.layout.proof.read_bytes() == before


def test_a_second_run_of_the_same_asks_nobody_and_leaves_the_proof(yard: ProvenYard) -> None:
    before = yard.layout.proof.read_bytes()
    done = yard.shell.run("mirror")
    assert (done.code, asks(done)) == (0, False)
    assert "proven: 4 installations" in done.output
    assert yard.layout.proof.read_bytes() == before


def asks(done: Done) -> bool:
    """Whether installers were asked anything."""
    return _ASKED.search(done.errors) is not None


def test_of_two_groups_the_changed_one_alone_is_asked_about(yard: ProvenYard) -> None:
    """The group's policy is another one, though it adds no file."""
    before = yard.proof
    write_config(yard.shell.folder, CONFIG.replace('policy = "lock"', 'policy = "lock+edges"'))
    done = yard.shell.run("mirror")
    assert (done.code, asks(done)) == (0, True)
    assert "nothing changed" in done.output
    assert group(yard.proof, "web") == group(before, "web")
    data = group(yard.proof, "data")
    assert data.policy == "lock+edges"
    assert not set(data.checks) & set(group(before, "data").checks)


def test_another_release_of_an_installer_is_asked_anew(yard: ProvenYard) -> None:
    uv = next(one.by for one in yard.proof.groups[0].checks if one.by.startswith("uv "))
    text = yard.layout.proof.read_text()
    yard.layout.proof.write_text(text.replace(f'"{uv}"', '"uv 0.0.1"'))
    done = yard.shell.run("mirror")
    assert (done.code, asks(done)) == (0, True)
    assert {check.by for check in yard.proof.groups[0].checks if "uv" in check.by} == {uv}


def test_a_group_that_is_gone_from_the_file_is_proven_no_more(yard: ProvenYard) -> None:
    write_config(yard.shell.folder, CONFIG.partition('\n[[group]]\nname = "data"')[0])
    done = yard.shell.run("mirror")
    assert (done.code, asks(done)) == (0, False)
    assert [one.name for one in yard.proof.groups] == ["web"]


def test_a_run_for_some_requirements_keeps_what_is_proven_of_other_groups(
    yard: ProvenYard,
) -> None:
    """It shares a build with one of them, which is for another target as well."""
    before = yard.proof
    done = yard.shell.run("mirror", "built", "--target", LINUX, "--policy", "lock")
    assert done.code == 0, done.errors
    assert "proven: 1 installation;" in done.output
    assert [one.name for one in yard.proof.groups if not one.builds] == ["default", "web", "data"]
    for name in ("web", "data"):
        assert group(yard.proof, name) == group(before, name)
    build = group(yard.proof, "build of built-1.0.tar.gz")
    assert set(build.targets) == {LINUX, WINDOWS}
    again = yard.shell.run("mirror", "built", "--target", LINUX, "--policy", "lock")
    assert (again.code, asks(again)) == (0, False)


def test_a_run_that_is_interrupted_leaves_the_last_proof_whole(yard: ProvenYard) -> None:
    world = yard.shell.world
    world.add_wheel("late", "1.0")
    before = yard.layout.proof.read_bytes()
    world.stall("*/late-1.0-py3-none-any.whl")
    try:
        with yard.shell.running("mirror", "late", "--target", LINUX) as process:
            wait_until(lambda: bool(world.requests_to("*/late-1.0-py3-none-any.whl")))
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    finally:
        world.heal()
    assert process.returncode == 130
    assert yard.layout.proof.read_bytes() == before


def test_what_pip_refuses_everywhere_is_told_and_fails_nothing(
    world: World, tmp_path: Path
) -> None:
    """uv reads `lib>=1.0.*` as `lib>=1.0`; for pip a release with it is none."""
    world.add_wheel("app", "1.0", requires=["lib>=1.0.*"])
    world.add_wheel("lib", "1.0")
    shell = Shell(world, tmp_path, proves=True)
    for arguments in (["mirror", "app", "--target", LINUX], ["prove"]):
        done = shell.run(*arguments)
        assert done.code == 0, done.errors
        assert "proven: 1 installation" in done.output
    assert re.search(r"pip \S+ over the yard, its views: 1 find none on the whole", done.output)
    again = shell.run("mirror", "app", "--target", LINUX)
    assert (again.code, asks(again)) == (0, False)
