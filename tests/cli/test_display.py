"""Progress: bars on a terminal, lines elsewhere, and a terminal that is left as it was."""

import io
import os
import pty
import re
import select
import signal
import subprocess
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from cli.shell import Shell
from wheelyard.cli.display import Lines, shown_progress
from wheelyard.mirror.progress import Silent

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_LONGEST = 30  # seconds


class OnTerminal:
    """A command whose stderr is a terminal, and what it has written there so far."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self.text = ""
        self._terminal = terminal

    def read_until(self, is_there: Callable[[str], bool]) -> None:
        """Read until the text is as wanted, or the command has ended."""
        deadline = time.monotonic() + _LONGEST
        while not is_there(self.text) and time.monotonic() < deadline:
            if select.select([self._terminal], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self._terminal, 65536).decode()
                except OSError:  # the other side is closed
                    return

    def end(self) -> int:
        """Read to the end; gives the exit code."""
        self.read_until(lambda _: False)
        return self.process.wait(timeout=_LONGEST)


@contextmanager
def on_terminal(shell: Shell, *arguments: str) -> Iterator[OnTerminal]:
    ours, theirs = pty.openpty()
    environment = shell.environment(TERM="xterm-256color", COLUMNS="100")
    del environment["NO_COLOR"]
    process = subprocess.Popen(
        shell.command(*arguments),
        cwd=shell.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield OnTerminal(process, ours)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        os.close(ours)


def plain(text: str) -> str:
    """The text without what moves the cursor or colours it."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_a_terminal_shows_bars_and_is_left_with_a_line_for_each_phase(shell: Shell) -> None:
    shell.world.add_wheel("big", "1.0", payload=200_000)
    with on_terminal(shell, "mirror", "app", "big") as terminal:
        assert terminal.end() == 0
    text = plain(terminal.text)
    assert "Fetching 0/3 files" in text
    assert re.search(r"/2\d\d\.\d kB", text)
    assert re.search(r"\rReading the index: 3 projects in \d+\.\d s\r\n", text)
    assert re.search(r"Fetching: 3 files, 20\d\.\d kB in \d+\.\d s\r\n", text)
    assert terminal.text.count(_HIDE_CURSOR) == terminal.text.count(_SHOW_CURSOR) == 2


def test_an_interrupted_bar_leaves_the_cursor_and_the_last_word(shell: Shell) -> None:
    shell.world.add_wheel("big", "1.0", payload=200_000)
    shell.world.stall("*.whl", after=50_000)
    with on_terminal(shell, "mirror", "big") as terminal:
        terminal.read_until(lambda text: "Fetching" in text)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert terminal.text.count(_HIDE_CURSOR) == terminal.text.count(_SHOW_CURSOR)
    assert plain(terminal.text).endswith("interrupted; what was finished is kept\r\n")


def test_a_quiet_terminal_shows_nothing(shell: Shell) -> None:
    with on_terminal(shell, "mirror", "app", "--quiet") as terminal:
        assert terminal.end() == 0
    assert terminal.text == ""


def test_lines_are_written_when_a_phase_ends() -> None:
    stream = io.StringIO()
    lines = Lines(stream)
    lines.begin("Reading")
    lines.advance(files=3)
    lines.end(1, "project")
    assert re.fullmatch(r"Reading: 1 project in 0\.\d s\n", stream.getvalue())
    lines.begin("Fetching", files=2, size=3000)
    lines.advance(size=1000)
    lines.advance(files=1, size=2000)
    lines.end(1234, "file")
    assert re.search(r"\nFetching: 1,234 files, 3\.0 kB in 0\.\d s\n$", stream.getvalue())


def test_the_display_suits_the_options_and_the_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with shown_progress(Namespace(quiet=True)) as progress:
        assert isinstance(progress, Silent)
    with shown_progress(Namespace(quiet=False)) as progress:
        assert isinstance(progress, Lines)
