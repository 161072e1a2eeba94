"""How a run tells what it is doing. The command line shows it; a library caller may be silent."""

from typing import Protocol


class Progress(Protocol):
    """Told of each phase of a run and of its advance."""

    def begin(self, phase: str, *, files: int | None = None, size: int | None = None) -> None:
        """A phase starts. `files` and `size` (bytes) are its totals, None where unknown."""
        ...

    def advance(self, *, files: int = 0, size: int = 0) -> None:
        """So many more files, or things read, and bytes of the phase are done."""
        ...

    def end(self, count: int, noun: str) -> None:
        """The phase is done: so many of what the noun says, in the singular, came of it."""
        ...


class Silent:
    """Shows nothing."""

    def begin(self, phase: str, *, files: int | None = None, size: int | None = None) -> None:
        """Show nothing."""

    def advance(self, *, files: int = 0, size: int = 0) -> None:
        """Show nothing."""

    def end(self, count: int, noun: str) -> None:
        """Show nothing."""
