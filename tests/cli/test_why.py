"""`why`: every chain to what is there, and the rule that keeps out what is not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.shell import Done, Shell
from cli.test_commands import LINUX, TARGETS, WINDOWS, document
from world import World


def fill(world: World) -> None:
    """`app` needs an old `lib`, and something else on Windows and for an extra."""
    world.add_wheel(
        "app",
        "1.0",
        requires=["lib<2", 'tzdata; sys_platform == "win32"', 'fast; extra == "speed"'],
        extras={"speed": ["fast"]},
    )
    world.add_wheel("other", "1.0", requires=["app", "lib"])
    for version in ("0.8", "0.9", "1.0", "2.0"):
        world.add_wheel("lib", version)
    world.add_sdist("lib", "1.0")
    world.add_wheel("tzdata", "2024.1")
    world.add_wheel("fast", "1.0")


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    """A shell of the test's own."""
    fill(world)
    return Shell(world, tmp_path, proves=True)


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A yard that tests only ask, of a world in which `lib` has files of all kinds."""
    with World() as world:
        fill(world)
        world.add_wheel("lib", "1.0", tags="1-py3-none-any")
        world.add_wheel("lib", "1.0", tags="cp313-cp313-manylinux_2_28_x86_64")
        world.add_wheel("lib", "1.5")
        world.yank("lib-1.5-py3-none-any.whl", "it eats data")
        world.add_wheel("lib", "1.6rc1")
        world.add_wheel("lib", "1.7", tags="cp313-cp313-manylinux_2_28_x86_64")
        world.add_wheel("lib", "1.8", requires_python=">=3.13")
        shell = Shell(world, tmp_path_factory.mktemp("mirrored"), proves=True)
        mirror(shell, "other", "app")
        yield shell


def mirror(shell: Shell, *arguments: str, targets: tuple[str, ...] = tuple(TARGETS)) -> None:
    done = shell.run("mirror", *arguments, *targets, "--policy", "lock")
    assert done.code == 0, done.errors


def absent(done: Done) -> dict[str, Any]:
    """The one reason of an absence."""
    read = document(done)
    assert read["files"] == []
    (reason,) = read["absent"]["reasons"]
    return dict(reason)


def assert_kept_out(shell: Shell, name: str, rule: str, message: str, hint: str = "") -> None:
    done = shell.run("why", name, "--json")
    reason = absent(done)
    assert (done.code, reason["rule"]) == (0, rule), reason
    assert message in reason["message"]
    assert hint in reason["hint"]
    text = shell.run("why", name)
    assert text.code == 0
    assert " is not in the yard\n" in text.output
    assert message in text.output


def test_every_chain_to_a_project_is_told(mirrored: Shell) -> None:
    told = mirrored.run("why", "lib").output
    assert told.splitlines() == [
        "lib-1.0-1-py3-none-any.whl",
        "  default: app > lib<2",
        f"    on {LINUX}, {WINDOWS}",
        "  default: other > lib",
        f"    on {LINUX}, {WINDOWS}",
        "  default: other > app > lib<2",
        f"    on {LINUX}, {WINDOWS}",
    ]
    assert mirrored.run("why", "lib>=1").output == told


@pytest.mark.parametrize(
    ("name", "rule", "message", "hint"),
    [
        ("lip", "unwanted", "no requirement of any group leads to `lip`", "did you mean `lib`?"),
        ("zzz", "unwanted", "the groups are: `default`", "ask for it in a group"),
        (
            "fast",
            "condition",
            'only the extra `speed` of `app` asks for it: `app > fast; extra == "speed"`',
            "ask for `app[speed]`",
        ),
        ("lib==3", "no-such-release", "lists no such release; the newest is 2.0", "run `wheely"),
        ("lib-3.0-py3-none-any.whl", "no-such-file", "lists no such file", "run `wheelyard mir"),
        ("lib==1.5", "yanked", "it is yanked: it eats data", "`lib==1.5`"),
        ("lib-1.5-py3-none-any.whl", "yanked", "it is yanked: it eats data", "`lib==1.5`"),
        (
            "lib-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
            "tags",
            f"{LINUX}: needs CPython 3.13",
            "add a target",
        ),
        ("lib==1.7", "tags", "no file of it suits a target", "add a target"),
        ("lib-1.8-py3-none-any.whl", "requires-python", "it needs Python >=3.13", "add a target"),
        (
            "lib-1.0-py3-none-any.whl",
            "outranked",
            "installers take `lib-1.0-1-py3-none-any.whl` before it",
            'wheels = "all"',
        ),
        (
            "lib-1.0.tar.gz",
            "beside-wheel",
            "`lib-1.0-1-py3-none-any.whl` is there",
            'sdists = "always"',
        ),
        ("lib==1.6rc1", "pre-release", "nothing asks for one", "`--pre`"),
        ("lib==2", "requirement", "`app > lib<2`", "loosen it"),
        ("lib>1.9", "requirement", "excluded by `app > lib<2`", "loosen it"),
        ("lib-2.0-py3-none-any.whl", "requirement", "`app > lib<2`", "loosen it"),
        ("lib==0.8", "policy", "`lock` has 1.0", "`keep-4` keeps it"),
    ],
)
def test_the_first_rule_that_keeps_it_out_is_told(
    mirrored: Shell, name: str, rule: str, message: str, hint: str
) -> None:
    assert_kept_out(mirrored, name, rule, message, hint)


@pytest.mark.parametrize("name", ["../x", "-x.whl", "lib @ https://example.org/lib.zip", ""])
def test_what_is_no_name_is_bad_input(mirrored: Shell, name: str) -> None:
    done = mirrored.run("why", "--", name)
    assert (done.code, done.output) == (2, "")
    assert f"error: `{name}` is neither a project" in done.errors


def test_of_many_chains_the_shortest_are_shown(shell: Shell) -> None:
    names = [f"a{number:02}" for number in range(25)]
    for name in names:
        shell.world.add_wheel(name, "1.0", requires=["lib<2"])
    mirror(shell, *names)
    done = shell.run("why", "lib")
    assert done.output.count("  default: a") == 20
    assert done.output.endswith("  and 5 chains more; `--all` shows them\n")
    (file,) = document(shell.run("why", "lib", "--json"))["files"]
    assert (len(file["reasons"]), file["more"], file["counted"]) == (20, 5, True)
    (file,) = document(shell.run("why", "lib", "--json", "--all"))["files"]
    assert (len(file["reasons"]), file["more"], file["counted"]) == (25, 0, True)


def test_what_a_policy_keeps_is_told_with_the_policy(shell: Shell) -> None:
    done = shell.run("mirror", "other", *TARGETS, "--policy", "lock+edges")
    assert done.code == 0, done.errors
    (file,) = document(shell.run("why", "lib==2", "--json"))["files"]
    (reason,) = file["reasons"]
    assert (reason["policy"], reason["chain"][0]) == ("lock+edges", "other")
    assert "(lock+edges)\n" in shell.run("why", "lib==2").output


def test_without_a_proof_the_recorded_reasons_are_told(shell: Shell) -> None:
    mirror(shell, "app")
    (shell.yard / "state" / "proof.json").unlink()
    assert shell.run("why", "lib").output.splitlines()[1] == "  default: app > lib<2"
    done = shell.run("why", "lib==2")
    assert (done.code, done.output.splitlines()[1]) == (
        1,
        "  nothing was ever proven of this yard, so what leads where is not known",
    )


def test_a_project_for_other_targets_is_told_with_its_marker(shell: Shell) -> None:
    mirror(shell, "app", targets=("--target", LINUX))
    message = 'no target meets the marker of `app > tzdata; sys_platform == "win32"`'
    assert_kept_out(shell, "tzdata", "condition", message)


def test_a_group_that_could_not_be_planned_is_told(shell: Shell) -> None:
    mirror(shell, "app")
    assert shell.run("mirror", "nosuch", *TARGETS).code == 2
    done = shell.run("why", "nosuch")
    assert "the group has a problem: `nosuch` does not exist on" in done.output


def test_what_was_never_read_is_not_known(shell: Shell) -> None:
    mirror(shell, "app")
    for path in shell.yard.glob("state/upstream/pages/*/lib"):
        path.unlink()
    done = shell.run("why", "lib==2")
    assert done.code == 1
    assert "the page of `lib` was never read" in done.output
    assert "hint: `wheelyard plan lib` asks the upstream" in done.output


def test_a_quarantined_project_is_told(shell: Shell) -> None:
    mirror(shell, "app")
    shell.world.set_status("lib", "quarantined")
    shell.run("plan", "lib", *TARGETS)
    assert_kept_out(shell, "lib==2", "not-installable", "`lib` is quarantined")


def test_a_format_that_is_not_taken_is_told(shell: Shell) -> None:
    mirror(shell, "app", "--no-binary", "lib")
    name = "lib-1.0-py3-none-any.whl"
    assert_kept_out(shell, name, "format", "`no-binary` takes no wheels of it")


def test_a_conflict_is_told_in_the_words_of_the_resolver(shell: Shell) -> None:
    shell.world.add_wheel("lib", "1.5", requires=["base>=2"])
    shell.world.add_wheel("lib", "1.0", requires=["base"], tags="1-py3-none-any")
    shell.world.add_wheel("base", "1.0")
    shell.world.add_wheel("base", "2.0")
    mirror(shell, "app", "base<2")
    assert_kept_out(shell, "lib==1.5", "conflict", "lib==1.5 depends on base>=2", "loosen one")


def test_a_release_that_came_since_is_told(shell: Shell) -> None:
    mirror(shell, "app")
    shell.world.add_wheel("lib", "1.5")
    assert shell.run("plan", "app", *TARGETS).code == 0
    message = f"it would fit on {LINUX}"
    assert_kept_out(shell, "lib==1.5", "fits", message, "run `wheelyard mirror`")


def test_a_file_that_could_not_be_had_is_told(shell: Shell) -> None:
    shell.world.answer("*/lib-1.0-py3-none-any.whl", 404)
    assert shell.run("mirror", "app", *TARGETS).code == 1
    for name in ("lib", "lib-1.0-py3-none-any.whl"):
        assert_kept_out(shell, name, "missing", "is wanted, and could not be had")


def test_a_file_of_another_upstream_is_told(shell: Shell) -> None:
    local = shell.world.simple_url.replace("127.0.0.1", "localhost")
    mirror(shell, "app")
    shell.world.add_wheel("lib", "1.7")
    assert shell.run("plan", "lib", *TARGETS, "--upstream", local).code == 0
    shell.world.remove("lib-1.7-py3-none-any.whl")
    mirror(shell, "app")
    for name in ("lib==1.7", "lib-1.7-py3-none-any.whl"):
        assert_kept_out(shell, name, "upstream", "`lib` comes from an upstream that")
