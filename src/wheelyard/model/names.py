"""Project names and extras, in their normalized form.

Spec: https://packaging.python.org/en/latest/specifications/name-normalization/
"""

import re
from typing import NewType

from wheelyard.model.errors import InvalidInput

ProjectName = NewType("ProjectName", str)
ExtraName = NewType("ExtraName", str)

_VALID = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE | re.ASCII)
_SEPARATORS = re.compile(r"[-_.]+")
_LONGEST = 200  # PyPI's own column is shorter; a longer one is an attack or an accident


class InvalidProjectName(InvalidInput):
    """The text is no project name."""

    hint = (
        "a name is made of ASCII letters, digits, `.`, `_` and `-`, and ends in letters or digits"
    )

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{_shortened(text)}` is not a project name")


def parse_project_name(text: str) -> ProjectName:
    """Read a project name in any spelling and return its normalized form.

    Raises InvalidProjectName if `text` is not made of ASCII letters, digits, `.`, `_` and `-`,
    with a letter or digit at both ends, or is longer than 200 characters.
    """
    if len(text) > _LONGEST or not _VALID.fullmatch(text):
        raise InvalidProjectName(text)
    return ProjectName(_SEPARATORS.sub("-", text).lower())


def normalize_extra(text: str) -> ExtraName:
    """An extra's name as PEP 685 compares it; nothing is refused, old metadata holds odd ones."""
    return ExtraName(_SEPARATORS.sub("-", text).lower())


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
