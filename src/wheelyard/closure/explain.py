"""Explanations: what keeps a target from a complete installation, told to a person.

A message names requirement chains and files; its hint says what to change.
"""

import re
from collections.abc import Iterable, Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from wheelyard.closure.check import Shortfall
from wheelyard.closure.groups import Group
from wheelyard.closure.obligations import Problem, ProblemKind
from wheelyard.closure.question import Question, visible_files
from wheelyard.closure.releases import Candidate, Releases
from wheelyard.model.filenames import SdistName
from wheelyard.model.names import ProjectName
from wheelyard.model.pythons import accepts_python
from wheelyard.model.requirements import required_project
from wheelyard.model.targets import Target, tag_ranks

_SHOWN_FILES = 6
_LEGACY = re.compile(r"manylinux(1|2010|2014)_")
_LOCKED_PYTHON = re.compile(r"the requested Python version \([^)]*\)")
_MACHINES = {"amd64": "x86_64", "universal2": "arm64 or x86_64"}
_CONFLICT_HINT = (
    "loosen one of these requirements, or put the requirements that clash into separate groups"
)
_GROUP_WORDS = {
    "your project depends on": "the group asks for",
    "your project's requirements": "the group's requirements",
}
_DIGEST_HINT = (
    "make the requirements anew with sha256 digests, or name the index that they were made from"
)
_FILE_HINT = "allow an earlier release, name an index that has a fitting file, or drop the target"


def explain_refusal(question: Question, explanation: str, pages: Sequence[Releases]) -> Problem:
    """The problem of a question that the resolver refused.

    `pages` are those it looked at. Where newer releases were left out because the target cannot
    install any file of them, they belong to the explanation.
    """
    (target, *_) = question.targets
    floor = target.python.versions.floor
    named = [page for page in pages if _names(explanation, page.project)]
    hidden = {
        page.project: found
        for page in named
        if (found := _missed(_hidden(page, question), page.project, question, explanation))
    }
    files = [
        f"no file of {_range(project, candidates)} suits the target\n"
        f"{describe_misfits(candidates, target, floor)}"
        for project, candidates in hidden.items()
    ]
    for project in hidden:
        explanation = explanation.replace(
            f"there are no versions of {project}",
            f"no release of {project} has a file for the target",
        )
    # uv names the oldest Python of the lock, which may be the one that wheelyard runs on.
    explanation = _LOCKED_PYTHON.sub(f"the target's Python (>={floor})", explanation)
    return Problem(
        kind=ProblemKind.NO_FITTING_FILE if hidden else ProblemKind.CONFLICT,
        group=question.group.name,
        targets=tuple(str(target) for target in question.targets),
        project=next(iter(hidden)) if len(hidden) == 1 else None,
        message="\n".join([*files, explanation]),
        hint=_FILE_HINT if hidden else _conflict_hint(explanation),
    )


def _names(explanation: str, project: ProjectName) -> bool:
    """Whether the explanation is about the project, and not about one whose name begins so."""
    return re.search(rf"(?<![\w-]){re.escape(project)}(?![\w-])", explanation) is not None


def _hidden(page: Releases, question: Question) -> list[Candidate]:
    """The files of releases newer than any that the resolver could see."""
    visible = {visible.described_by.filename for visible in visible_files(page, question)}
    newest = max(
        (item.name.version for item in page.candidates if item.file.filename in visible),
        default=None,
    )
    return [item for item in page.candidates if newest is None or item.name.version > newest]


def _missed(
    hidden: Sequence[Candidate], project: ProjectName, question: Question, explanation: str
) -> list[Candidate]:
    """Those that the group and some requirement in the explanation would have taken."""
    asked = [item for item in question.group.requirements if required_project(item) == project]
    # The name stands alone, or with a specifier right behind it.
    told = re.findall(rf"(?<![\w-]){re.escape(project)}((?:[<>=!~][^\s]*)?)", explanation)
    specifiers = [specifier for text in told if (specifier := _specifier(text)) is not None]
    return [
        item
        for item in hidden
        if all(root.specifier.contains(item.name.version, prereleases=True) for root in asked)
        and any(told.contains(item.name.version, prereleases=True) for told in specifiers)
    ]


def _specifier(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text.rstrip(",.:"))
    except InvalidSpecifier:
        return None


def _range(project: ProjectName, candidates: Sequence[Candidate]) -> str:
    versions = sorted({candidate.name.version for candidate in candidates})
    if len(versions) == 1:
        return f"`{project}` {versions[0]}"
    return f"`{project}` {versions[0]} to {versions[-1]}"


def _conflict_hint(explanation: str) -> str:
    needed = re.search(r"does not satisfy Python>=(\d+\.\d+\.\d+)", explanation)
    if needed is None:
        return _CONFLICT_HINT
    return (
        f"promise less with `--python {needed[1]}`, which means that patch release and later ones, "
        "or loosen one of these requirements"
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
        f"{describe_misfits(page.by_version.get(version, ()), target, python)}",
        hint=_FILE_HINT,
    )


def explain_digests(group: Group, page: Releases, version: Version) -> Problem:
    """The problem of a release of which no file has a digest that the group allows."""
    listed = {one for item in page.by_version[version] for one in item.file.hashes}
    allowed = {digest.partition(":")[0] for digest in group.digests[page.project]}
    told = f"no file of `{page.project}` {version} has one of the digests that are asked for"
    if listed.isdisjoint(allowed):
        kinds = f"the index lists {', '.join(sorted(listed)) or 'none'} alone"
        told += f", which are {', '.join(sorted(allowed))}; {kinds}"
    return Problem(
        kind=ProblemKind.NO_FITTING_FILE,
        group=group.name,
        targets=(),
        project=page.project,
        message=told,
        hint=_DIGEST_HINT,
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


def describe_misfits(candidates: Sequence[Candidate], target: Target, python: Version) -> str:
    """The files nearest to fitting, one indented line each with what it needs.

    Of files that need the same thing only the newest is named.
    """
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
        # A free-threaded CPython 3.13 is told that `cp313-cp313` needs the other CPython 3.13.
        kind = " that is not free-threaded" if target.python.free_threaded else ""
        needs.append(" or ".join(_unique(_describe_python(tag, kind) for tag in tags)))
    if not any(tag.platform in (*target.platform.tags, "any") for tag in tags):
        needs.append(" or ".join(_unique(map(_describe_platform, _platforms(tags)))))
    return " and ".join(needs) or " or ".join(_unique(map(str, tags)))


def _describe_python(tag: Tag, ordinary: str) -> str:
    """The Python that a tag is for; `ordinary` follows the CPythons that are not free-threaded."""
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
        return f"CPython {version} or later{ordinary}"
    return (
        f"free-threaded CPython {version}"
        if tag.abi.endswith("t")
        else f"CPython {version}{ordinary}"
    )


def _platforms(tags: Sequence[Tag]) -> list[str]:
    """The tags' platforms; a legacy alias says no more than the tag it stands for."""
    platforms = [tag.platform for tag in tags]
    precise = [platform for platform in platforms if not _LEGACY.match(platform)]
    return precise or platforms


def _describe_platform(platform: str) -> str:
    if match := re.fullmatch(r"manylinux_(\d+)_(\d+)_(.+)", platform):
        return f"Linux on {match[3]} with glibc {match[1]}.{match[2]}"
    if match := re.fullmatch(r"manylinux(1|2010|2014)_(.+)", platform):
        return f"Linux on {match[2]}"
    if match := re.fullmatch(r"musllinux_(\d+)_(\d+)_(.+)", platform):
        return f"Linux on {match[3]} with musl {match[1]}.{match[2]}"
    if match := re.fullmatch(r"macosx_(\d+)_(\d+)_(.+)", platform):
        return f"macOS {match[1]}.{match[2]} on {_MACHINES.get(match[3], match[3])}"
    if match := re.fullmatch(r"win(?:_(.+)|32)", platform):
        return f"Windows on {_MACHINES.get(match[1], match[1]) if match[1] else '32-bit x86'}"
    return f"`{platform}`"


def tell_refusal(stderr: str) -> str:
    """The resolver's own explanation as one paragraph, in the words of a group.

    `stderr` is what uv 0.13 prints for a lock without a solution; its own hints follow.
    """
    _, found, cause = stderr.partition("  cause: ")
    told, _, _ = (cause if found else stderr).partition("\nhint: ")
    words = " ".join(told.split())
    for its, ours in _GROUP_WORDS.items():
        words = words.replace(its, ours)
    return words


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
