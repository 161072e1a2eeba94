"""What can go wrong with an upstream, as rules for the paths it happens to.

A path is a pattern as `fnmatch` reads it: `/simple/tinylib/`, `*.whl`, `*`. A rule with `times`
is used up after so many requests; the others last until `World.heal`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Stall:
    """Send nothing more after `after` bytes of the body (None: not even headers), and hold on."""

    after: int | None = None


@dataclass(frozen=True, slots=True)
class Truncate:
    """Drop the connection after `after` bytes of the body."""

    after: int


@dataclass(frozen=True, slots=True)
class Slow:
    """Answer as always, but spread the body over so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer with this status in place of the real one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"as the test asked for"
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Lie:
    """Serve these bytes in place of the real body, with headers that fit them."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Alter:
    """Change or (with None) drop headers of the real answer."""

    headers: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Then:
    """Answer as always, and afterwards change the world."""

    change: Callable[[], None]


Fault = Stall | Truncate | Slow | Answer | Lie | Alter | Then


@dataclass(slots=True)
class Rule:
    """A fault and where it happens."""

    pattern: str
    fault: Fault
    times: int | None = None  # None: always


@dataclass(slots=True)
class Faults:
    """The rules in force; the one added last wins."""

    rules: list[Rule] = field(default_factory=list)

    def add(self, pattern: str, fault: Fault, times: int | None) -> None:
        """Let `fault` happen to the next `times` requests for paths that `pattern` fits."""
        self.rules.insert(0, Rule(pattern, fault, times))

    def take(self, path: str) -> Fault | None:
        """The fault that happens to this request; counts it."""
        for rule in self.rules:
            if rule.times == 0 or not fnmatchcase(path, rule.pattern):
                continue
            if rule.times is not None:
                rule.times -= 1
            return rule.fault
        return None
