"""The question put to the resolver: a project file for `uv lock` and the pages it may look at.

uv resolves for markers, so each target becomes one entry of `environments`. What markers cannot
say (glibc, ABI, macOS version) is said by the pages: they list only what fits.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.version import Version

from wheelyard.closure.admission import admit
from wheelyard.closure.groups import Group
from wheelyard.closure.releases import Candidate, Releases
from wheelyard.model.filenames import WheelName
from wheelyard.model.files import DistributionFile, MetadataOffer
from wheelyard.model.names import ProjectName
from wheelyard.model.pythons import accepts_python
from wheelyard.model.targets import Target, accepts_wheel


@dataclass(frozen=True, slots=True)
class Question:
    """One resolution: a group for some of its targets, which differ in their markers.

    With `exact` there is one target, and of each release only the file that it would take is
    listed. So the answer can be installed, or there is none.
    """

    group: Group
    targets: tuple[Target, ...]
    exact: bool


def render_lock_project(question: Question, resolver_python: Version) -> str:
    """The `pyproject.toml` to lock.

    `resolver_python` is the Python that uv runs beside: a lock's `requires-python` must admit it,
    the environments narrow it again.
    """
    oldest = min([target.python.versions.floor for target in question.targets] + [resolver_python])
    markers = [target_marker(target) for target in question.targets]
    # uv would fetch from a direct URL, past the pages; it is told of as an obligation instead.
    group = question.group
    lines = [
        "[project]",
        'name = "wheelyard-group"',
        'version = "0"',
        f'requires-python = ">={oldest}"',
        f"dependencies = {_array(_without_urls(group.requirements))}",
        "[tool.uv]",
        f"constraint-dependencies = {_array(_without_urls(group.constraints))}",
        f"override-dependencies = {_array(_without_urls(group.overrides))}",
        "package = false",
        f"environments = {_array(markers)}",
        f"required-environments = {_array(markers)}",
        # uv goes up from its folder for a workspace to join; this one is its own.
        "[tool.uv.workspace]",
    ]
    return "\n".join(lines) + "\n"


def lock_options(question: Question) -> list[str]:
    """The options for `uv lock`; it reads them from no file, for it shall read no user's files."""
    # "Optimize for selecting latest supported version of each package, for each supported Python
    # version": what an installer on that Python would take.
    newest = ["--fork-strategy", "requires-python"]
    # By default pre-releases are taken where a requirement names one or nothing else is there.
    return [*newest, "--prerelease", "allow"] if question.group.prereleases else newest


def target_marker(target: Target) -> str:
    """The marker that is true on this target's interval of Pythons and on no other target."""
    versions = target.python.versions
    following = f"{versions.major}.{versions.minor + 1}"
    platform = target.platform
    # uv takes no such value from another: where an environment leaves one open, it asks for what
    # only PyPy requires too, and tells wheels for macOS 11 and 12 apart by the kernel.
    release = platform.platform_release
    kernel = f"platform_release >= '{release}' and " if release else ""
    return (
        "implementation_name == 'cpython' and platform_python_implementation == 'CPython' and "
        f"sys_platform == '{platform.sys_platform}' and os_name == '{platform.os_name}' and "
        f"platform_system == '{platform.platform_system}' and {kernel}"
        f"platform_machine == '{platform.platform_machine}' and "
        f"python_full_version >= '{versions.floor}' and python_full_version < '{following}'"
    )


@dataclass(frozen=True, slots=True)
class VisibleFile:
    """A file as the resolver sees it, and the one whose metadata is its own."""

    shown: DistributionFile
    described_by: DistributionFile


def visible_files(releases: Releases, question: Question) -> list[VisibleFile]:
    """What the resolver sees of a project: the files that some target of the question can install.

    Wheels that fit no target are left out. An sdist is shown as a wheel that fits everywhere, its
    stand-in, because uv would build it to read its metadata, and planning builds nothing.
    """
    releases = admit(releases, question.group)
    if question.exact:
        (target,) = question.targets
        shown = [
            candidate
            for version in releases.by_version
            for candidate in _best_for_each_python(releases.ranked(version, target))
            if _accepts_last_python(candidate, target)
        ]
        return [_visible(candidate, releases.project, candidate.file) for candidate in shown]
    fitting = _fitting_targets(question.targets)
    return [
        visible
        for candidates in releases.by_version.values()
        for visible in _all_fitting(candidates, releases.project, question.targets, fitting)
    ]


def _fitting_targets(
    targets: tuple[Target, ...],
) -> Callable[[frozenset[Tag]], frozenset[Target]]:
    """Tells which of the targets accept a wheel with given tags, of which a page has but a few."""

    @cache
    def fitting(tags: frozenset[Tag]) -> frozenset[Target]:
        return frozenset(target for target in targets if accepts_wheel(target, tags))

    return fitting


def _all_fitting(
    candidates: tuple[Candidate, ...],
    project: ProjectName,
    targets: tuple[Target, ...],
    fitting: Callable[[frozenset[Tag]], frozenset[Target]],
) -> list[VisibleFile]:
    wheels: list[Candidate] = []
    served: set[Target] = set()
    for candidate in candidates:
        if isinstance(candidate.name, WheelName) and (accepting := fitting(candidate.name.tags)):
            wheels.append(candidate)
            served |= accepting
    visible = [_visible(wheel, project, wheel.file) for wheel in wheels]
    if len(served) < len(targets):
        # A wheel tells the metadata of its release for a small range read, where an sdist must be
        # fetched whole. Should the two differ, the check of the witness finds it.
        visible += [
            _visible(candidate, project, wheels[0].file if wheels else candidate.file)
            for candidate in candidates
            if not candidate.is_wheel
        ][:1]
    return visible


def _best_for_each_python(ranked: list[Candidate]) -> list[Candidate]:
    # Files of one release may differ in `Requires-Python`, and which of them is taken then depends
    # on the Python.
    best: dict[str | None, Candidate] = {}
    for candidate in ranked:
        best.setdefault(candidate.file.requires_python, candidate)
    return list(best.values())


def _accepts_last_python(candidate: Candidate, target: Target) -> bool:
    # uv passes over the upper bound of a `Requires-Python`, so a release that ends with an early
    # patch release would be locked for all of them.
    return accepts_python(candidate.file.requires_python, target.python.versions.last)


def shown_hashes(file: DistributionFile) -> Mapping[str, str]:
    """The hashes to show of a file that nobody will download.

    A file without any gets one of its own: uv would download it to compute it, and takes files with
    the same hash for the same.
    """
    return file.hashes or {"sha256": hashlib.sha256(file.url.encode()).hexdigest()}


def _visible(
    candidate: Candidate, project: ProjectName, described_by: DistributionFile
) -> VisibleFile:
    file = replace(
        candidate.file, core_metadata=MetadataOffer(), hashes=shown_hashes(candidate.file)
    )
    if candidate.is_wheel:
        return VisibleFile(file, described_by)
    # The build number 0 keeps the stand-in apart from a real wheel of that name.
    distribution = project.replace("-", "_")
    filename = f"{distribution}-{candidate.name.version}-0-py3-none-any.whl"
    return VisibleFile(replace(file, filename=filename, size=None), described_by)


def _without_urls(requirements: tuple[Requirement, ...]) -> list[str]:
    return [str(item) for item in requirements if item.url is None]


def _array(items: list[str]) -> str:
    """A TOML array. JSON's strings are TOML's too, but that TOML wants DEL escaped."""
    written = ", ".join(json.dumps(item, ensure_ascii=False) for item in items)
    return f"[{written}]".replace("\x7f", "\\u007f")
