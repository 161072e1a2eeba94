"""Which projects an index is meant for: names and patterns such as `nvidia-*`."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from wheelyard.model.errors import InvalidInput
from wheelyard.model.names import ProjectName

_PATTERN = re.compile(r"[A-Z0-9*?]([A-Z0-9*?._-]*[A-Z0-9*?])?", re.IGNORECASE | re.ASCII)
_SEPARATORS = re.compile(r"[-_.]+")


class InvalidPattern(InvalidInput):
    """The text is neither a project's name nor a pattern of names."""

    hint = "write a name such as `torch`, or a pattern such as `nvidia-*`"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{text[:80]}` is neither a project's name nor a pattern of names")


@dataclass(frozen=True, slots=True, order=True)
class ProjectPattern:
    """A project's name, or a pattern of names in which `*` and `?` stand for letters."""

    text: str  # normalized as names are

    @property
    def is_name(self) -> bool:
        """Whether it fits one project alone."""
        return "*" not in self.text and "?" not in self.text

    def fits(self, project: ProjectName) -> bool:
        """Whether the project is meant."""
        return fnmatchcase(project, self.text)

    def __str__(self) -> str:
        return self.text


def parse_project_pattern(text: str) -> ProjectPattern:
    """Read a name or pattern in any spelling; raises InvalidPattern."""
    if not _PATTERN.fullmatch(text):
        raise InvalidPattern(text)
    return ProjectPattern(_SEPARATORS.sub("-", text).lower())
