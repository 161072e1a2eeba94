"""Lines of the benchmark's table: the same work by a peer and by wheelyard, in turns.

Machines are noisy and differ, so what counts is a ratio, taken within each turn: both sides run
right after each other, and a turn that something else disturbed shows in the spread.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

_HEADINGS = ("work", "peer or floor", "theirs", "ours", "ratio", "wanted")


@dataclass(frozen=True, slots=True)
class Turn:
    """One figure of each side, measured right after each other."""

    theirs: float
    ours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table."""

    work: str
    peer: str
    unit: str
    turns: tuple[Turn, ...]
    ratio: Callable[[Turn], float]
    wanted: str  # such as `>= 3`

    def cells(self) -> tuple[str, ...]:
        """The line as the table shows it: medians, with the least and the most in brackets."""
        return (
            self.work,
            self.peer,
            _spread([turn.theirs for turn in self.turns], self.unit),
            _spread([turn.ours for turn in self.turns], self.unit),
            _spread([self.ratio(turn) for turn in self.turns]),
            self.wanted,
        )


def theirs_over_ours(turn: Turn) -> float:
    """For seconds: 3 where we take a third of their time."""
    return turn.theirs / turn.ours


def ours_over_theirs(turn: Turn) -> float:
    """For rates, and for costs that may be a share or a multiple of theirs."""
    return turn.ours / turn.theirs


def take_turns(
    count: int, theirs: Callable[[], float], ours: Callable[[], float]
) -> tuple[Turn, ...]:
    """Measure both sides alternately, so that a slow minute of the machine hits both."""
    return tuple(Turn(theirs(), ours()) for _ in range(count))


def render_table(lines: Iterable[Line]) -> str:
    """The table as Markdown, padded so that it reads well on a terminal."""
    rows = [_HEADINGS, *(line.cells() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(_row(row, widths) for row in rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _spread(figures: Sequence[float], unit: str = "") -> str:
    shown = f"{_number(median(figures))} {unit}".strip()
    if len(figures) == 1:
        return shown
    return f"{shown} ({_number(min(figures))} to {_number(max(figures))})"


def _number(figure: float) -> str:
    """Three digits that mean something: 0.0123, 1.23, 12.3, 1,230."""
    digits = 0 if figure >= 100 else 1 if figure >= 10 else 2 if figure >= 0.1 else 4
    return f"{figure:,.{digits}f}"
