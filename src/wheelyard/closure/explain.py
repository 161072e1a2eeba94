"""Explanations: what keeps a target from a complete installation, told to a person.

A message names requirement chains and files; its hint says what to change.
"""

import re
from collections.abc import Iterable, Sequence

from packaging.tags import Tag
from packaging.version import Version

from wheelyard.closure.check import Shortfall
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Problem, ProblemKind
from wheelyard.closure.question import Question, visible_files
from wheelyard.closure.releases import Candidate, Releases
from wheelyard.model.filenames import SdistName
from wheelyard.model.pythons import accepts_python
from wheelyard.model.targets import Target, tag_ranks

_SHOWN_FILES = 6
_MACHINES = {"amd64": "x86_64"}
_CONFLICT_HINT = (
    "loosen one of these requirements, or put the requirements that clash into separate groups"
)
_GROUP_WORDS = {
    "your project depends on": "the group asks for",
    "your project's requirements": "the group's requirements",
}
_FILE_HINT = "allow an earlier release, name an index that has a fitting file, or drop the target"


def explain_refusal(question: Question, explanation: str, pages: Sequence[Releases]) -> Problem:
    """The problem of a question that the resolver refused.

    `pages` are those it looked at. Where files were left out because the target cannot install
    them, they belong to the explanation.
    """
    (target, *_) = question.targets
    python = target.python.versions.floor
    named = [page for page in pages if re.search(rf"\b{re.escape(page.project)}\b", explanation)]
    hidden = [page for page in named if not visible_files(page, question)]
    files = [
        f"no file of `{page.project}` suits the target\n{describe_misfits(page, target, python)}"
        for page in hidden
    ]
    for page in hidden:
        explanation = explanation.replace(
            f"there are no versions of {page.project}",
            f"no release of {page.project} has a file for the target",
        )
    return Problem(
        kind=ProblemKind.NO_FITTING_FILE if hidden else ProblemKind.CONFLICT,
        group=question.group.name,
        targets=tuple(str(target) for target in question.targets),
        project=hidden[0].project if len(hidden) == 1 else None,
        message="\n".join([*files, explanation]),
        hint=_FILE_HINT if hidden else _CONFLICT_HINT,
    )


def explain_misfit(
    group: Group, target: Target, python: Version, page: Releases, version: Version
) -> Problem:
    """The problem of a lock that takes a release of which no file fits."""
    return Problem(
        kind=ProblemKind.NO_FITTING_FILE,
        group=group.name,
        targets=(str(target),),
        project=page.project,
        message=f"no file of `{page.project}` {version} suits the target\n"
        f"{describe_misfits(page, target, python, version)}",
        hint=_FILE_HINT,
    )


def explain_shortfalls(group: Group, target: Target, shortfalls: Sequence[Shortfall]) -> Problem:
    """The problem of a witness that the check found incomplete."""
    lines = [f"  {shortfall.reason}, needed by {shortfall.chain}" for shortfall in shortfalls]
    return Problem(
        kind=ProblemKind.INCOMPLETE,
        group=group.name,
        targets=(str(target),),
        project=None,
        message="\n".join(["the installation is incomplete", *_unique(lines)]),
        hint=_CONFLICT_HINT,
    )


def describe_misfits(
    releases: Releases, target: Target, python: Version, version: Version | None = None
) -> str:
    """The files nearest to fitting, one indented line each with what it needs.

    Of the given release, or of all; of the files that need the same thing only the newest.
    """
    candidates = releases.by_version.get(version, ()) if version else releases.candidates
    nearest: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=_newest_first, reverse=True):
        needs = why_not(candidate, target, python)
        if needs is not None:
            nearest.setdefault(needs, candidate)
    # What needs one other thing is nearer than what needs two.
    lines = sorted(nearest.items(), key=lambda item: " and " in item[0])[:_SHOWN_FILES]
    width = max((len(candidate.file.filename) for _, candidate in lines), default=0)
    text = [f"  {candidate.file.filename:<{width}}   {needs}" for needs, candidate in lines]
    hidden = len(nearest) - len(lines)
    return "\n".join([*text, f"  and {hidden} more with other needs"] if hidden > 0 else text)


def _newest_first(candidate: Candidate) -> tuple[bool, Version]:
    version = candidate.name.version
    return not version.is_prerelease, version


def why_not(candidate: Candidate, target: Target, python: Version) -> str | None:
    """Why the target does not take this file, or None if it does."""
    if not accepts_python(candidate.file.requires_python, python):
        return f"needs Python {candidate.file.requires_python}"
    if candidate.fits(target):
        return None
    if isinstance(candidate.name, SdistName):  # an sdist fits every target
        return None
    return f"needs {_needs(sorted(candidate.name.tags, key=str), target)}"


def _needs(tags: Sequence[Tag], target: Target) -> str:
    interpreters = {(tag.interpreter, tag.abi) for tag in tag_ranks(target)}
    needs: list[str] = []
    if not any((tag.interpreter, tag.abi) in interpreters for tag in tags):
        needs.append(" or ".join(_unique(_describe_python(tag) for tag in tags)))
    if not any(tag.platform in (*target.platform.tags, "any") for tag in tags):
        needs.append(" or ".join(_unique(_describe_platform(tag.platform) for tag in tags)))
    return " and ".join(needs) or " or ".join(_unique(map(str, tags)))


def _describe_python(tag: Tag) -> str:
    match = re.fullmatch(r"(cp|pp|py)(\d)(\d*)", tag.interpreter)
    if match is None:
        return tag.interpreter
    kind, major, minor = match.groups()
    version = f"{major}.{minor}" if minor else major
    if kind == "py":
        return f"Python {version}"
    if kind == "pp":
        return f"PyPy {version}"
    if tag.abi == "abi3":
        return f"CPython {version} or later"
    return f"{'free-threaded ' if tag.abi.endswith('t') else ''}CPython {version}"


def _describe_platform(platform: str) -> str:
    if match := re.fullmatch(r"manylinux_(\d+)_(\d+)_(.+)", platform):
        return f"Linux on {match[3]} with glibc {match[1]}.{match[2]}"
    if match := re.fullmatch(r"manylinux(1|2010|2014)_(.+)", platform):
        return f"Linux on {match[2]}"
    if match := re.fullmatch(r"musllinux_(\d+)_(\d+)_(.+)", platform):
        return f"Linux on {match[3]} with musl {match[1]}.{match[2]}"
    if match := re.fullmatch(r"macosx_(\d+)_(\d+)_(.+)", platform):
        return f"macOS {match[1]}.{match[2]} on {match[3]}"
    if match := re.fullmatch(r"win(?:_(.+)|32)", platform):
        return f"Windows on {_MACHINES.get(match[1], match[1]) if match[1] else '32-bit x86'}"
    return f"`{platform}`"


def tell_refusal(stderr: str) -> str:
    """The resolver's own explanation as one paragraph, in the words of a group.

    `stderr` is what uv 0.13 prints for a lock without a solution; its cause ends at a blank line.
    """
    _, found, cause = stderr.partition("  cause: ")
    paragraph, _, _ = (cause if found else stderr).partition("\n\n")
    words = " ".join(paragraph.split())
    for its, ours in _GROUP_WORDS.items():
        words = words.replace(its, ours)
    return words


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
