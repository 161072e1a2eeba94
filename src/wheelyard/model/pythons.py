"""Python versions: what a file's `Requires-Python` accepts, and a target's interval of patches."""

from dataclasses import dataclass
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

_LAST_PATCH = 999


@dataclass(frozen=True, slots=True, order=True)
class PythonInterval:
    """All patch releases of one minor Python version, from `patch` up.

    Installers see `python_full_version`, so 3.11.2 and 3.11.5 can need different releases.
    """

    major: int
    minor: int
    patch: int = 0  # the oldest patch release in use

    @property
    def floor(self) -> Version:
        """The oldest Python in the interval."""
        return self.at(self.patch)

    @property
    def last(self) -> Version:
        """What stands for the newest Python that the interval will ever have."""
        return self.at(_LAST_PATCH)

    def at(self, patch: int) -> Version:
        """The Python of this minor version with the given patch number."""
        return Version(f"{self.major}.{self.minor}.{patch}")

    def __str__(self) -> str:
        suffix = f".{self.patch}" if self.patch else ""
        return f"{self.major}.{self.minor}{suffix}"


@lru_cache(maxsize=4096)
def parse_requires_python(text: str) -> SpecifierSet | None:
    """Read a `Requires-Python`, or give None if it cannot be read, as for hundreds of old files."""
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


@lru_cache(maxsize=65536)
def accepts_python(requires_python: str | None, python: Version) -> bool:
    """Whether a file with this `Requires-Python` may be installed on `python`.

    An unreadable one is refused: uv drops such a file where pip keeps it, and only what both take
    is an answer.
    """
    if requires_python is None:
        return True
    specifiers = parse_requires_python(requires_python)
    return specifiers is not None and specifiers.contains(python, prereleases=True)
