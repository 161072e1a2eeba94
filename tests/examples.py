"""The examples of a Markdown page, and running them.

Only two kinds of fenced block are run. `python` blocks are doctests. In a `console` block every
line that begins with `$ ` is a command, and the lines up to the next one are what it prints. A
block that cannot be run on any machine is a `sh` or `text` block instead.
"""

import doctest
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)

# `...` stands for any text, also over several lines: sizes and durations differ between machines.
_LOOSELY = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_LONGEST = 60  # seconds


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    body: str
    line: int  # of the page, where the body begins


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a `console` block."""

    words: tuple[str, ...]
    expected: str  # what it prints, as the page shows it; "" says nothing about it
    line: int  # of the page


def blocks(page: str, language: str) -> tuple[Block, ...]:
    """The page's fenced blocks in `language`, in order."""
    return tuple(
        Block(language, match["body"], page.count("\n", 0, match.start("body")) + 1)
        for match in _FENCE.finditer(page)
        if match["language"] == language
    )


def commands(block: Block) -> Iterator[Command]:
    """The commands of a `console` block, in order. A backslash continues a command."""
    parts = re.split(r"^\$ ", block.body, flags=re.MULTILINE)
    line = block.line + parts[0].count("\n")
    for part in parts[1:]:
        command, _, expected = part.replace("\\\n", "").partition("\n")
        yield Command(tuple(shlex.split(command, comments=True)), expected, line)
        line += part.count("\n")


def run_console(
    page: str, programs: Mapping[str, Sequence[str]], folder: Path, environment: Mapping[str, str]
) -> None:
    """Run all commands of a page's `console` blocks in `folder`, one after the other.

    `programs` gives what stands for a command's first word; others are not run but are an error.
    A command must end with 0, unless the page shows an `error: ` for it. What a page shows is its
    stdout, and after a failure its stderr too: progress is nothing to hold. Raises AssertionError.
    """
    for block in blocks(page, "console"):
        for command in commands(block):
            program, *arguments = command.words
            assert program in programs, f"line {command.line}: `{program}` cannot be run here"
            done = subprocess.run(
                [*programs[program], *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_LONGEST,
                check=False,
            )
            _check(command, done)


def run_python(page: str, name: str) -> None:
    """Run a page's `python` blocks as one doctest; raises AssertionError."""
    session = "\n".join(block.body for block in blocks(page, "python"))
    test = doctest.DocTestParser().get_doctest(session, {}, name, name, 0)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=_LOOSELY).run(test, out=report.append)
    assert not result.failed, "".join(report)


def _check(command: Command, done: subprocess.CompletedProcess[str]) -> None:
    shown = shlex.join(command.words)
    printed = done.stdout if done.returncode == 0 else done.stdout + done.stderr
    if done.returncode != 0:
        shows_error = re.search(r"^error: ", command.expected, re.MULTILINE)
        assert shows_error, f"line {command.line}: `{shown}` fails\n{printed}"
    if command.expected:
        example = doctest.Example(shown, command.expected)
        checker = doctest.OutputChecker()
        assert checker.check_output(command.expected, printed, _LOOSELY), (
            f"line {command.line}: `{shown}` prints something else\n"
            + checker.output_difference(example, printed, _LOOSELY)
        )
