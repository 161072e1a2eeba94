"""Progress on stderr: bars on a terminal, one line per phase elsewhere, nothing when quiet."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from wheelyard.cli.sizes import format_count, format_size
from wheelyard.mirror.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


@contextmanager
def shown_progress(arguments: argparse.Namespace) -> Iterator[Progress]:
    """The display that suits stderr and the options, until the end of the block."""
    if arguments.quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines(sys.stderr)
    else:
        bars = Bars()
        try:
            yield bars
        finally:
            # A bar hides the cursor, also from whoever pressed Ctrl-C.
            bars.clear()


class Lines:
    """One line when a phase ends: what came of it and how long it took."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._phase = ""
        self._begun = 0.0
        self._size = 0

    def begin(self, phase: str, *, files: int | None = None, size: int | None = None) -> None:
        """Note the start."""
        self._phase, self._begun, self._size = phase, time.monotonic(), 0

    def advance(self, *, files: int = 0, size: int = 0) -> None:
        """Count bytes."""
        self._size += size

    def end(self, count: int, noun: str) -> None:
        """Write the line."""
        took = time.monotonic() - self._begun
        size = f", {format_size(self._size)}" if self._size else ""
        done = format_count(count, noun)
        print(f"{self._phase}: {done}{size} in {took:.1f} s", file=self._stream)


class Bars:
    """A bar with files, bytes, rate and time left, where the totals are known."""

    def __init__(self) -> None:
        self._lines = Lines(sys.stderr)
        self._bar: RichProgress | None = None
        self._files = 0
        self._total: int | None = None

    def begin(self, phase: str, *, files: int | None = None, size: int | None = None) -> None:
        """Show a new bar."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.progress import Progress as RichProgress

        self._lines.begin(phase)
        self._files, self._total = 0, files
        known = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.fields[count]}"),
            *(known if size is not None else ()),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.add_task(phase, total=size, count=self._count())
        self._bar.start()

    def advance(self, *, files: int = 0, size: int = 0) -> None:
        """Move the bar."""
        self._lines.advance(size=size)
        self._files += files
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=size, count=self._count())

    def end(self, count: int, noun: str) -> None:
        """Replace the bar by a line."""
        self.clear()
        self._lines.end(count, noun)

    def clear(self) -> None:
        """Take the bar away, if there is one."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _count(self) -> str:
        return f"{self._files}/{self._total} files" if self._total else f"{self._files}"
