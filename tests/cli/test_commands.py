"""The commands over the small world, each a real process."""

import json
from typing import Any

from cli.shell import Done, Shell, write_config

TARGETS = ["--target", "cp312-manylinux_2_28_x86_64", "--target", "cp312-win_amd64"]
LINUX = "cp312-manylinux_2_28_x86_64"
WINDOWS = "cp312-win_amd64"


def document(done: Done) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(done.output)
    assert read["schema"] == 1
    return read


def test_plan_says_what_comes_and_why_and_changes_nothing(shell: Shell) -> None:
    done = shell.run("plan", "app", "built", *TARGETS)
    assert done.code == 0
    lines = done.output.splitlines()
    assert [line.split()[:2] for line in lines[:5]] == [
        ["+", "app-1.0-py3-none-any.whl"],
        ["+", "backend-1.0-py3-none-any.whl"],
        ["+", "built-1.0.tar.gz"],
        ["+", "lib-1.0-py3-none-any.whl"],
        ["+", "tzdata-2024.1-py3-none-any.whl"],
    ]
    assert lines[1].endswith("   default: built > build of built-1.0.tar.gz > backend")
    assert lines[5:7] == ["groups:  default", f"targets: {LINUX}, {WINDOWS}"]
    assert lines[7].startswith("add:     5 files, ")
    assert lines[8:] == ["keep:    0 files, 0 B", "drop:    0 files, 0 B"]
    assert "note: `built-1.0.tar.gz` is built where it is installed" in done.errors
    assert not shell.yard.exists()
    assert not list(shell.folder.glob("*-yard*"))


def test_plan_as_json_is_one_document(shell: Shell) -> None:
    plan = document(shell.run("plan", "app", *TARGETS, "--json"))
    assert set(plan) == {
        "schema", "targets", "groups", "add", "keep", "drop", "totals", "changes", "problems",
        "obligations",
    }  # fmt: skip
    assert plan["targets"] == [LINUX, WINDOWS]
    tzdata = plan["add"][2]
    assert tzdata == {
        "project": "tzdata",
        "version": "2024.1",
        "filename": "tzdata-2024.1-py3-none-any.whl",
        "size": len(shell.world.file("tzdata-2024.1-py3-none-any.whl").body),
        "sha256": shell.world.file("tzdata-2024.1-py3-none-any.whl").hashes["sha256"],
        "url": shell.world.url + shell.world.file("tzdata-2024.1-py3-none-any.whl").path,
        "targets": [WINDOWS],
        "reasons": ['default: app > tzdata; sys_platform == "win32"'],
    }


def test_plan_shows_no_password(shell: Shell) -> None:
    shell.world.credentials = ("user", "secret")
    upstream = shell.world.simple_url.replace("http://", "http://user:secret@")
    done = shell.run("plan", "lib", "--upstream", upstream)
    assert done.code == 0
    assert f"2 requests to {shell.world.simple_url}" in done.errors
    for told in (done, shell.run("plan", "lib", "--upstream", upstream.replace("secret", "hush"))):
        assert "secret" not in told.output + told.errors
        assert "hush" not in told.output + told.errors


def test_plan_for_an_empty_folder_is_one_for_a_new_yard(shell: Shell) -> None:
    shell.yard.mkdir()
    assert shell.run("plan", "lib").code == 0
    assert not list(shell.yard.iterdir())


def test_a_dry_run_is_a_plan(shell: Shell) -> None:
    plan, dry = shell.run("plan", "app", "-q"), shell.run("mirror", "app", "--dry-run", "-q")
    assert (plan.code, plan.output) == (dry.code, dry.output)
    assert not shell.yard.exists()


def test_mirror_then_again(shell: Shell) -> None:
    shell.proves = True
    first = shell.run("mirror", "app", *TARGETS)
    assert first.code == 0
    assert first.output.startswith("complete: 3 files, ")
    assert "3 files (" in first.output
    assert "fetched, 3 pages written; 9 requests" in first.output
    before = {path: stat for path, stat in shell.files().items() if "/web/" in path}
    again = shell.run("mirror", "app", *TARGETS)
    assert again.code == 0
    assert "; nothing changed; 3 requests\nproven: 2 installations; " in again.output
    assert {path: stat for path, stat in shell.files().items() if "/web/" in path} == before


def test_mirror_as_json_says_what_it_did(shell: Shell) -> None:
    report = document(shell.run("mirror", "app", *TARGETS, "--json"))
    assert report["complete"] is True
    assert report["fetched"]["files"] == 3
    assert report["pages_written"] == 3
    assert report["requests"] == 9
    assert (report["failed"], report["missing"]) == ([], [])
    assert [file["filename"] for file in report["add"]] == [
        "app-1.0-py3-none-any.whl",
        "lib-1.0-py3-none-any.whl",
        "tzdata-2024.1-py3-none-any.whl",
    ]


def test_a_file_that_cannot_be_had_is_told_and_the_rest_is_there(shell: Shell) -> None:
    body = shell.world.file("lib-1.0-py3-none-any.whl").body
    shell.world.lie("*/lib-1.0-py3-none-any.whl", body[::-1])
    done = shell.run("mirror", "app", "--json")
    assert done.code == 1
    report = document(done)
    (failed,) = report["failed"]
    assert (failed["project"], failed["filename"]) == ("lib", "lib-1.0-py3-none-any.whl")
    assert "but the index lists sha256" in failed["message"]
    assert failed["hint"] in done.errors
    assert report["missing"] == ["lib-1.0-py3-none-any.whl"]
    assert report["complete"] is False
    shell.world.heal()
    assert shell.run("mirror", "app", "-q").output.startswith("complete: 2 files")


def test_status_tells_how_the_yard_stands(shell: Shell) -> None:
    shell.run("mirror", "app", *TARGETS)
    done = shell.run("status")
    assert (done.code, done.errors) == (0, "")
    lines = done.output.splitlines()
    assert lines[0] == "yard:     wheelyard-yard"
    assert lines[1].startswith("holds:    3 projects, 3 files, ")
    assert lines[2].startswith("group:    default: 3 files, ")
    assert lines[2].endswith(f", complete; for {LINUX}, {WINDOWS}")
    assert ", complete, took " in lines[3]
    assert len(lines) == 4
    standing = document(shell.run("status", "--json"))
    assert (standing["complete"], standing["projects"], standing["files"]) == (True, 3, 3)
    assert standing["groups"][0]["targets"] == [LINUX, WINDOWS]
    assert standing["last_run"]["outcome"] == "complete"


def test_status_tells_what_is_missing_and_why(shell: Shell) -> None:
    shell.world.answer("*/lib-1.0-py3-none-any.whl", 404)
    shell.run("mirror", "app")
    done = shell.run("status")
    assert done.code == 1
    assert "  missing lib-1.0-py3-none-any.whl\n" in done.output
    assert "failed:   lib: " in done.output
    assert "fell short" in done.output
    standing = document(shell.run("status", "--json"))
    assert standing["complete"] is False
    assert standing["groups"][0]["missing"] == ["lib-1.0-py3-none-any.whl"]
    assert [failure["project"] for failure in standing["failures"]] == ["lib"]


def test_why_tells_the_chains_to_a_file(shell: Shell) -> None:
    shell.run("mirror", "app", "lib", "built", *TARGETS)
    done = shell.run("why", "TzData")
    assert (done.code, done.output.splitlines()) == (
        0,
        [
            "tzdata-2024.1-py3-none-any.whl",
            '  default: app > tzdata; sys_platform == "win32"',
            f"    on {WINDOWS}",
        ],
    )
    (backend,) = document(shell.run("why", "backend-1.0-py3-none-any.whl", "--json"))["files"]
    assert backend == {
        "project": "backend",
        "version": "1.0",
        "filename": "backend-1.0-py3-none-any.whl",
        "reasons": [
            {
                "group": "default",
                "chain": ["built", "build of built-1.0.tar.gz", "backend"],
                "targets": [LINUX, WINDOWS],
                "pythons": {},
                "policy": None,
            }
        ],
        "more": 0,
        "counted": True,
    }


def test_why_tells_of_what_nothing_wants_any_more(shell: Shell) -> None:
    shell.run("mirror", "app", "built")
    done = shell.run("mirror", "app")
    assert done.code == 0
    assert "note: 2 files in the yard that nothing wants any more; kept" in done.errors
    assert shell.run("why", "built").output == "built-1.0.tar.gz\n  nothing wants it any more\n"


def test_groups_of_a_configuration_are_mirrored_each_for_itself(shell: Shell) -> None:
    write_config(
        shell.folder,
        '[targets]\ntarget = ["cp312-win_amd64"]\n'
        '[[group]]\nname = "web"\nrequirements = ["app"]\n'
        '[[group]]\nname = "bad"\nrequirements = ["nosuch"]\n',
    )
    done = shell.run("mirror")
    assert done.code == 1
    assert done.output.startswith("NOT COMPLETE: 3 files")
    assert "error: group `bad`: `nosuch` does not exist on" in done.errors
    assert shell.run("mirror", "--group", "web").code == 0
    plan = document(shell.run("plan", "--json"))
    assert plan["groups"] == ["web", "bad"]
    assert [problem["kind"] for problem in plan["problems"]] == ["unknown-project"]
    assert len(plan["keep"]) == 3


def test_quiet_leaves_the_data_and_the_problems(shell: Shell) -> None:
    for command in ("plan", "mirror"):
        done = shell.run(command, "app", "--quiet")
        assert (done.code, done.errors) == (0, "")
        assert done.output
    done = shell.run("plan", "nosuch", "--quiet")
    assert "error: group `default`: `nosuch` does not exist" in done.errors


def test_progress_is_a_line_for_each_phase_where_there_is_no_terminal(shell: Shell) -> None:
    shell.proves = True
    lines = shell.run("mirror", "app").errors.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "Reading the index",
        "Asking uv and pip",
        "Fetching",
        "Checking the yard",
        "Asking uv and pip over the yard",
    ]
    assert lines[0].startswith("Reading the index: 2 projects in ")
    assert lines[2].startswith("Fetching: 2 files, ")


def test_verbose_says_more(shell: Shell) -> None:
    errors = shell.run("mirror", "app", "--verbose").errors
    assert "resolving group `default` for 1 target" in errors
    assert "fetched app-1.0-py3-none-any.whl\n" in errors


def test_a_plan_whose_reader_goes_away_ends_without_a_word(shell: Shell) -> None:
    # more than a pipe holds, so that the rest cannot be written before the reader goes
    names = [f"many{number}-{'long-' * 30}name" for number in range(300)]
    for name in names:
        shell.world.add_wheel(name, "1.0")
    with shell.running("plan", *names, "-q") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("+ many0_long")
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 1
