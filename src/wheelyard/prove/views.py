"""Views: what an index for one group and target lists, so that installers take the witness.

A view has the files of the witnesses and what their sdists need to be built. Where witnesses differ
from one patch release of Python to the next, the files' `requires-python` is narrowed, so that each
patch release finds one version of a project. A view is made from the proof and the pages of the
yard, and has no files of its own.

Spec: https://packaging.python.org/en/latest/specifications/core-metadata/#requires-python
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from packaging.version import Version

from wheelyard.closure.witness import PythonSpan
from wheelyard.model.filenames import InvalidFilename, SdistName, WheelName, parse_filename
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.prove.document import Proof
from wheelyard.prove.provision import Provided, Provision, provision_of

_BUILT_HERE = "wheelyard"  # what ends the build tag of a wheel that was built from its sdist


@dataclass(frozen=True, slots=True)
class ViewFile:
    """A file of a view."""

    filename: str
    requires_python: str | None = None  # besides the file's own; None: nothing besides


@dataclass(frozen=True, slots=True)
class View:
    """The files that an index for one group and target lists."""

    group: str
    target: str
    files: Mapping[ProjectName, tuple[ViewFile, ...]] = field(hash=False)  # sorted; none is empty

    def narrow(self, page: ProjectPage) -> ProjectPage:
        """The page with the files of the view alone; in all else as it was.

        A wheel that was built from an sdist of the view, as its build tag tells, is of the view.
        """
        listed = self.files.get(page.name, ())
        by_name = {file.filename: file for file in listed}
        by_sdist = {
            version: file
            for file in listed
            if (version := _sdist_version(page.name, file.filename))
        }
        files = []
        for file in page.files:
            found = by_name.get(file.filename)
            if found is None and (version := _built_version(page.name, file.filename)):
                found = by_sdist.get(version)
            if found is not None:
                files.append(_narrowed(file, found.requires_python))
        return replace(page, files=tuple(files), versions=())


def view_names(proof: Proof) -> Iterator[tuple[str, str]]:
    """The group and the target of every view, in the proof's order."""
    for group in proof.groups:
        if not group.builds:
            proven = {witness.target for witness in group.witnesses}
            yield from ((group.name, target) for target in group.targets if target in proven)


def view_of(proof: Proof, group: str, target: str) -> View | None:
    """The view of a group and a target; None if the proof has no witness of them.

    Every project has one version on each Python, the witness's, but for those that a build may need
    in another one than the witness has: they have both. Raises InvalidTarget.
    """
    provision = provision_of(proof, group, target)
    if provision is None:
        return None
    pieces = _pieces(provision)
    pieces_of: defaultdict[Provided, list[PythonSpan]] = defaultdict(list)
    for piece in pieces:
        for provided in provision.at(piece.first):
            pieces_of[provided].append(piece)
    files: defaultdict[ProjectName, list[ViewFile]] = defaultdict(list)
    for provided in sorted(pieces_of):
        own = pieces_of[provided]
        narrowed = None if own == pieces else _specifier(own)
        files[provided.project].append(ViewFile(provided.filename, narrowed))
    return View(group, target, {project: tuple(each) for project, each in files.items()})


def _pieces(provision: Provision) -> list[PythonSpan]:
    """The spans of the witnesses, cut wherever what is provided may change; oldest first."""
    proven = provision.spans
    spans = [*proven, *provision.build_spans]
    ends = {_next(span.last) for span in spans if span.last is not None}
    starts = sorted({span.first for span in spans} | ends)
    lasts = [*map(_previous, starts[1:]), None]
    return [
        PythonSpan(first, last)
        for first, last in zip(starts, lasts, strict=True)
        if any(first in span for span in proven)
    ]


def _specifier(pieces: Sequence[PythonSpan]) -> str:
    """A `requires-python` that accepts these patch releases and no others; `pieces` is sorted."""
    # pip reads all of it. uv (0.13) reads the lower bound alone, so where a later patch release has
    # an earlier version, uv takes that only if a requirement keeps it from the newer one.
    clauses = [f">={pieces[0].first}"]
    if (last := pieces[-1].last) is not None:
        clauses.append(f"<{_next(last)}")
    for before, after in pairwise(pieces):
        clauses += [f"!={python}" for python in _between(before, after)]
    return ",".join(clauses)


def _between(before: PythonSpan, after: PythonSpan) -> Iterator[Version]:
    assert before.last is not None  # noqa: S101 - something comes after it
    python = _next(before.last)
    while python < after.first:
        yield python
        python = _next(python)


def _next(python: Version) -> Version:
    return Version(f"{python.major}.{python.minor}.{python.micro + 1}")


def _previous(python: Version) -> Version:
    return Version(f"{python.major}.{python.minor}.{python.micro - 1}")


def _narrowed(file: DistributionFile, specifier: str | None) -> DistributionFile:
    if specifier is None:
        return file
    own = file.requires_python
    return replace(file, requires_python=f"{own},{specifier}" if own else specifier)


def _sdist_version(project: ProjectName, filename: str) -> Version | None:
    try:
        name = parse_filename(filename, project)
    except InvalidFilename:
        return None
    return name.version if isinstance(name, SdistName) else None


def _built_version(project: ProjectName, filename: str) -> Version | None:
    """The version of a wheel that was built from its sdist; None for any other file."""
    if _BUILT_HERE not in filename:
        return None
    try:
        name = parse_filename(filename, project)
    except InvalidFilename:
        return None
    is_built = isinstance(name, WheelName) and name.build and name.build[1].endswith(_BUILT_HERE)
    return name.version if is_built else None
