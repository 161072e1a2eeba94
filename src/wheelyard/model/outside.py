"""What people ask for by its place instead of its name: no index has it, so no mirror can."""

from dataclasses import dataclass
from enum import StrEnum

from wheelyard.model.names import ProjectName

UNNAMED = ProjectName("unnamed")  # where the place does not tell a project's name


class Place(StrEnum):
    """The kinds of places, in the words that a person is told."""

    REPOSITORY = "a version control repository"
    URL = "a file at a URL of its own"
    LOCAL = "a file or folder of one machine"
    OWN_PROJECT = "the project that the lock was made for"


_ADVICE = {
    Place.REPOSITORY: "build a wheel of it, and carry that along",
    Place.URL: "download it, and carry it along",
    Place.LOCAL: "build a wheel of it, and carry that along",
    Place.OWN_PROJECT: "to build it there, mirror its build requirements too",
}


@dataclass(frozen=True, slots=True, order=True)
class OutsideRequirement:
    """A requirement that names a place."""

    project: ProjectName  # as named beside the place, else guessed from it, else UNNAMED
    text: str  # as written, without passwords
    place: Place
    where: str  # `requirements.txt, line 3`, or `the command line`

    @property
    def advice(self) -> str:
        """What to do about it."""
        return _ADVICE[self.place]

    @property
    def message(self) -> str:
        """One line for a person."""
        return f"`{self.text}` ({self.where}) is {self.place}, outside any index; {self.advice}"
