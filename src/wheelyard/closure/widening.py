"""Widening: the files that a policy keeps besides one complete installation. Pure choices."""

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.policies import Policy
from wheelyard.closure.releases import Candidate, Releases
from wheelyard.closure.rules import Rules
from wheelyard.model.targets import Target


def newest_first(
    requirement: Requirement,
    releases: Releases,
    rules: Rules,
    target: Target,
    python: Version,
    *,
    prereleases: bool,
) -> Iterator[Candidate]:
    """The files that satisfy one requirement, of the newest release first.

    Pre-releases are taken where `prereleases` or the requirement allows them, or else where there
    is nothing else (PEP 440); yanked files only for an exact pin (PEP 592).
    """
    wanted = requirement.specifier
    for bound in rules.bounds(releases.project):
        wanted &= bound.specifier
    is_pin = any(
        one.operator == "===" or (one.operator == "==" and not one.version.endswith(".*"))
        for one in wanted
    )
    is_found = False
    for with_prereleases in (prereleases or bool(wanted.prereleases), True):
        for version in releases.newest_first:
            if not wanted.contains(version, prereleases=with_prereleases):
                continue
            candidate = releases.best(version, target, python)
            if candidate is not None and (candidate.file.yank is None or is_pin):
                is_found = True
                yield candidate
        if is_found:
            return


def newest_releases(
    releases: Releases, policy: Policy, target: Target, python: Version, *, prereleases: bool
) -> Iterator[Candidate]:
    """The files of the newest releases that `keep-N` or `since-DATE` keep, the newest first.

    Of those with a file for the target, without yanked ones, and without pre-releases unless
    `prereleases`. Where the index tells no upload time, a file is of no date.
    """
    left = policy.keep
    for version in releases.newest_first:
        if version.is_prerelease and not prereleases:
            continue
        candidate = releases.best(version, target, python)
        if candidate is None or candidate.file.yank is not None:
            continue
        if left is not None:
            if left == 0:
                return
            left -= 1
            yield candidate
        elif policy.since is not None:
            uploaded = candidate.file.uploaded
            if uploaded is not None and uploaded >= policy.since:
                yield candidate


def other_files(
    chosen: Candidate, releases: Releases, target: Target, *, wheels: bool, sdist: bool
) -> Iterator[Candidate]:
    """Of the release of a chosen file: all other wheels for the target, and its best sdist."""
    ranked = releases.ranked(chosen.name.version, target)
    if wheels:
        yield from (one for one in ranked if one.is_wheel and one != chosen)
    if sdist:
        yield from [one for one in ranked if not one.is_wheel and one != chosen][:1]
