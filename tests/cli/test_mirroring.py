"""What a mirror run forgets, and what it tells of its end."""

import pytest

from cli.shell import Shell, write_config
from cli.test_commands import document
from closure.values import group
from plan.closures import closed, closure, inventory
from wheelyard.cli.mirroring import MirrorOutcome
from wheelyard.index import FileNotFound
from wheelyard.mirror.fetching import FailedFile
from wheelyard.mirror.run import Report
from wheelyard.plan.plan import make_plan

WEB = '[[group]]\nname = "web"\nrequirements = ["app"]\n'
DATA = '[[group]]\nname = "data"\nrequirements = ["built"]\n'


def groups(shell: Shell) -> list[str]:
    return [one["name"] for one in document(shell.run("status", "--json"))["groups"]]


def test_a_group_that_the_file_no_longer_has_is_forgotten(shell: Shell) -> None:
    write_config(shell.folder, WEB + DATA)
    assert shell.run("mirror").code == 0
    assert shell.run("mirror", "backend").code == 0
    write_config(shell.folder, WEB)
    for part in (["--group", "web"], ["backend"]):
        assert shell.run("mirror", *part).code == 0
        assert groups(shell) == ["data", "default", "web"]
    done = shell.run("mirror")
    assert done.code == 0
    assert "note: 1 file in the yard that nothing wants any more; kept" in done.errors
    assert groups(shell) == ["default", "web"]
    dropped = document(shell.run("plan", "--json"))["drop"]
    assert [file["filename"] for file in dropped] == ["built-1.0.tar.gz"]


def test_a_missing_file_is_named_though_fetching_it_did_not_fail(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = group("app")
    files = {"app-1.0-py3-none-any.whl": ["lib"], "lib-1.0-py3-none-any.whl": []}
    plan = make_plan(closure([closed(one, files)], one), inventory(), frozenset())
    report = Report(
        plan=plan,
        fetched_files=1,
        fetched_size=1,
        written_pages=1,
        failed=(FailedFile(plan.add[0], FileNotFound("https://files.example/app")),),
        missing=plan.add,
    )
    MirrorOutcome(report, requests=1).tell_shortfalls(quiet=True)
    told = capsys.readouterr().err
    assert told.count("error: ") == 2
    assert "error: https://files.example/app does not exist" in told
    assert "error: `lib-1.0-py3-none-any.whl` is not in the yard\nhint: " in told
