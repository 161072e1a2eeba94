"""How a yard stands when groups could not be planned or files could not be had."""

from cli.shell import Shell, write_config
from cli.test_commands import LINUX, WINDOWS, document

CONFIG = (
    f'[targets]\ntarget = ["{LINUX}", "{WINDOWS}"]\n'
    '[[group]]\nname = "web"\nrequirements = ["app"]\n'
    '[[group]]\nname = "bad"\nrequirements = ["lib{bound}"]\n'
)


def test_a_group_that_was_not_solved_is_not_complete(shell: Shell) -> None:
    write_config(shell.folder, CONFIG.replace("{bound}", ">9"))
    shell.run("mirror")
    assert shell.run("mirror", "--group", "web").code == 0
    done = shell.run("status")
    assert done.code == 1
    lines = done.output.splitlines()
    assert lines[2] == f"group:    bad: 0 files, 0 B, 1 problem; for {LINUX}, {WINDOWS}"
    assert lines[3].startswith(f"  problem on {LINUX}, {WINDOWS}: ")
    assert "Because only lib==1.0 is available" in done.output
    assert "\n  hint: loosen one of these" in done.output
    assert "\ngroup:    web: 3 files, " in done.output
    standing = document(shell.run("status", "--json"))
    assert standing["complete"] is False
    assert [(one["name"], len(one["problems"])) for one in standing["groups"]] == [
        ("bad", 1),
        ("web", 0),
    ]
    assert standing["groups"][0]["problems"][0]["kind"] == "conflict"


def test_a_later_complete_run_clears_a_groups_problems(shell: Shell) -> None:
    write_config(shell.folder, CONFIG.replace("{bound}", ">9"))
    shell.run("mirror")
    write_config(shell.folder, CONFIG.replace("{bound}", ""))
    assert shell.run("mirror", "--group", "bad").code == 0
    done = shell.run("status")
    assert done.code == 0
    assert "problem" not in done.output


def test_a_problem_without_targets_is_the_groups(shell: Shell) -> None:
    shell.world.add_wheel("held", "1.0")
    assert shell.run("mirror", "held").code == 0
    shell.run("mirror", "nosuch")
    done = shell.run("status")
    assert done.code == 1
    lines = done.output.splitlines()
    assert lines[2].startswith("group:    default: 1 file, ")
    assert lines[2].split("; for ")[0].endswith(", 1 problem")
    assert lines[3].startswith("  problem: `nosuch` does not exist on ")


def test_every_file_of_a_project_that_failed_has_a_line(shell: Shell) -> None:
    for platform in ("win_amd64", "manylinux_2_28_x86_64"):
        file = shell.world.add_wheel("binary", "1.0", tags=f"cp312-cp312-{platform}")
        shell.world.answer(f"*/{file.filename}", 404)
    shell.run("mirror", "binary", "--target", LINUX, "--target", WINDOWS)
    done = shell.run("status")
    failed = [line for line in done.output.splitlines() if line.startswith("failed:   binary: ")]
    assert len(failed) == 2
