"""The help, and how little it takes."""

import subprocess
import sys

import pytest

from cli.shell import Shell
from wheelyard.cli import exit_codes, main
from wheelyard.cli.commands import NAMES

# Each takes longer to import than the help to print.
_HEAVY = ("aiohttp", "asyncio", "granian", "msgspec", "rich", "sqlite3", "uv")
_WHAT_IS_LOADED = """\
import sys
from wheelyard.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code == 0, end.code
print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([n, "--help"] for n in NAMES)])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WHAT_IS_LOADED, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    text, _, loaded = done.stdout.rpartition("LOADED")
    assert not set(_HEAVY) & set(loaded.split())
    assert "wheelyard" in text


def test_the_help_lists_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert all(f"    {name} " in text for name in NAMES)
    assert exit_codes.HELP in text


@pytest.mark.parametrize("name", NAMES)
def test_every_commands_help_is_whole(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    text = capsys.readouterr().out
    assert text.startswith(f"usage: wheelyard {name} ")
    assert exit_codes.HELP in text
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["mirror", "app", "--platfrom", "linux"], "unrecognized arguments: --platfrom linux"),
        (["mirror", "app", "--plat", "linux"], "unrecognized arguments: --plat linux"),
        (["status", "app"], "unrecognized arguments: app"),
        (["why"], "required: NAME|FILE"),
        (["serve", "--port", "http"], "invalid int value: 'http'"),
        (["plan", "app", "-q", "-v"], "not allowed with argument"),
    ],
)
def test_a_misspelt_command_line_is_bad_input(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == exit_codes.BAD_INPUT
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_requirements_may_stand_anywhere_among_the_options(shell: Shell) -> None:
    done = shell.run("plan", "app", "--python", "3.12", "built", "--platform", "linux", "lib")
    assert done.code == 0
    assert [line.split()[1].partition("-")[0] for line in done.output.splitlines()[:4]] == [
        "app",
        "backend",
        "built",
        "lib",
    ]
