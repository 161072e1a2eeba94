"""Policies: how far beyond the exact answer a group reaches.

`lock` is the answer alone. `lock+edges` adds, for each requirement met on the way, the newest
release that satisfies it. `keep-N` and `since-DATE` add to that the N newest releases, or all since
the date, of every project reached.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from wheelyard.model.errors import InvalidInput

_KEEP = re.compile(r"keep-([1-9]\d{0,3})")
_SINCE = "since-"


class InvalidPolicy(InvalidInput):
    """The text names no policy."""

    hint = "write `lock`, `lock+edges`, `keep-3` or `since-2026-01-31`"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{text}` is not a policy")


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept besides one complete installation."""

    edges: bool = True  # the newest release for each requirement met on the way
    keep: int | None = None  # so many of the newest releases of each project; None: no number
    since: datetime | None = None  # UTC, the beginning of a day; None: no date

    def __str__(self) -> str:
        if self.keep is not None:
            return f"keep-{self.keep}"
        if self.since is not None:
            return f"{_SINCE}{self.since:%Y-%m-%d}"
        return "lock+edges" if self.edges else "lock"


LOCK = Policy(edges=False)
LOCK_AND_EDGES = Policy()


def parse_policy(text: str) -> Policy:
    """Read a policy as `str(policy)` writes it; raises InvalidPolicy."""
    if text == "lock":
        return LOCK
    if text == "lock+edges":
        return LOCK_AND_EDGES
    if match := _KEEP.fullmatch(text):
        return Policy(keep=int(match[1]))
    if text.startswith(_SINCE):
        try:
            day = datetime.strptime(text.removeprefix(_SINCE), "%Y-%m-%d")
        except ValueError:
            raise InvalidPolicy(text) from None
        return Policy(since=day.replace(tzinfo=UTC))
    raise InvalidPolicy(text)
