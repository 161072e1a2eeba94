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
        f"no file of `{page.project}` suits target `{target}`\n"
        f"{describe_misfits(page, target, python)}"
        for page in hidden
    ]
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
        message=f"no file of `{page.project}` {version} suits target `{target}`\n"
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
        message="\n".join([f"the installation on `{target}` is incomplete", *_unique(lines)]),
        hint=_CONFLICT_HINT,
    )


def describe_misfits(
    releases: Releases, target: Target, python: Version, version: Version | None = None
) -> str:
    """The files nearest to fitting, one indented line each with what it needs.

    Of the given release, or of the newest ones.
    """
    candidates = releases.by_version.get(version, ()) if version else releases.candidates
    newest = sorted(candidates, key=lambda candidate: candidate.name.version, reverse=True)
    lines = [(item.file.filename, why_not(item, target, python)) for item in newest]
    shown = [(filename, reason) for filename, reason in lines if reason][:_SHOWN_FILES]
    width = max((len(filename) for filename, _ in shown), default=0)
    text = [f"  {filename:<{width}}   {reason}" for filename, reason in shown]
    hidden = sum(1 for _, reason in lines if reason) - len(shown)
    return "\n".join([*text, f"  and {hidden} more"] if hidden > 0 else text)


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
    """The resolver's own explanation, without its frame and its name for the group.

    uv draws a tree of boxes and wraps the lines; what it says is one paragraph.
    """
    _, found, explanation = stderr.partition("╰─▶")
    text = explanation if found else stderr
    paragraph, _, _ = text.partition("\n\n")
    words = re.sub(r"[\u00d7│╰├─▶\s]+", " ", paragraph).strip()
    words = words.replace("your project's requirements are", "the group's requirements are")
    words = words.replace("your project depends on", "the group asks for")
    return words.replace("your project", "the group")


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
