"""Requirements as people write them.

Spec: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from packaging.requirements import InvalidRequirement as PackagingInvalidRequirement
from packaging.requirements import Requirement

from wheelyard.model.errors import InvalidInput
from wheelyard.model.names import ProjectName, parse_project_name

_DIRECT_URL = "it names a direct URL, not a project of an index"


class InvalidRequirement(InvalidInput):
    """The text is no requirement, or one that no index can answer."""

    def __init__(self, text: str, reason: str, hint: str) -> None:
        self.text, self.reason, self.hint = text, reason, hint
        super().__init__(f"`{text}` is not a requirement: {reason}")


def parse_requirement(text: str) -> Requirement:
    """Read one requirement that an index can answer.

    Raises InvalidRequirement for bad grammar and for direct URLs, which name a place and not an
    index's project.
    """
    try:
        requirement = Requirement(text)
    except PackagingInvalidRequirement as error:
        if "://" in text:
            raise InvalidRequirement(text, _DIRECT_URL, "name the project alone") from error
        reason = str(error).splitlines()[0]
        hint = "write it as pip takes it, such as `django>=5.2` or `uvicorn[standard]`"
        raise InvalidRequirement(text, reason, hint) from error
    if requirement.url is not None:
        hint = f"name the project alone: `{requirement.name}`"
        raise InvalidRequirement(text, _DIRECT_URL, hint)
    return requirement


def required_project(requirement: Requirement) -> ProjectName:
    """The project that a requirement asks for."""
    return parse_project_name(requirement.name)
