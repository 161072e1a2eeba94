"""The base of every error that wheelyard raises on purpose.

Three families tell a caller what kind of thing went wrong, and give the command line its exit
code: the input was bad, something could not be reached, or the work ran and fell short.
"""


class WheelyardError(Exception):
    """What happened and to which input; `hint` says what to do about it."""

    hint: str | None = None


class InvalidInput(WheelyardError):
    """The input or the configuration cannot be used; nothing was changed."""


class Unreachable(WheelyardError):
    """An upstream or the yard could not be reached, read, written or locked."""
