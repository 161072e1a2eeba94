"""What `why` is asked about: a project, some of its releases, or one file."""

from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from wheelyard.model.errors import InvalidInput
from wheelyard.model.filenames import SDIST_SUFFIXES, InvalidFilename, is_wheel, parse_filename
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.plan.inventory import HeldFile


class NothingNamed(InvalidInput):
    """The argument names neither a project nor a file."""

    hint = "name a project, some releases of it as in `numpy>=2.4`, or one file"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{text}` is neither a project, nor a requirement, nor a file's name")


@dataclass(frozen=True, slots=True)
class Sought:
    """What the argument means."""

    text: str  # as it was given
    project: ProjectName
    specifier: SpecifierSet  # empty: any release
    filename: str | None = None  # None: all files of the releases

    def includes(self, file: HeldFile) -> bool:
        """Whether it is about a file of the yard."""
        if file.project != self.project:
            return False
        if self.filename is not None:
            return file.filename == self.filename
        return not self.specifier or (
            file.version is not None and self.specifier.contains(file.version, prereleases=True)
        )


def parse_sought(text: str) -> Sought:
    """Read the argument of `why`; raises NothingNamed."""
    if is_wheel(text) or text.endswith(SDIST_SUFFIXES):
        return Sought(text, _project_of(text), SpecifierSet(), text)
    try:
        requirement = Requirement(text)
        project = parse_project_name(requirement.name)
    except (InvalidRequirement, InvalidProjectName) as error:
        raise NothingNamed(text) from error
    if requirement.url is not None:
        raise NothingNamed(text)
    return Sought(text, project, requirement.specifier)


def _project_of(filename: str) -> ProjectName:
    """The project that a file of this name belongs to; raises NothingNamed.

    The names of old sdists do not tell where the project's ends: the first place where a version
    can begin is taken, or else the last hyphen.
    """
    for cut, letter in enumerate(filename):
        if letter == "-":
            try:
                project = parse_project_name(filename[:cut])
                parse_filename(filename, project)
            except (InvalidProjectName, InvalidFilename):
                continue
            return project
    try:
        return parse_project_name(filename.rpartition("-")[0])
    except InvalidProjectName as error:
        raise NothingNamed(filename) from error
