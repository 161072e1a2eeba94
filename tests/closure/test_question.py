"""The project file for `uv lock`, and the pages that the resolver sees."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from closure.values import LINUX, MACOS, WINDOWS, group, listed, releases
from wheelyard.closure.question import (
    Question,
    lock_options,
    render_lock_project,
    target_marker,
    visible_files,
)
from wheelyard.closure.releases import Releases
from wheelyard.model.files import DistributionFile
from wheelyard.model.platforms import ALIASES
from wheelyard.model.targets import Target, parse_target

PY311 = Version("3.11.7")
PURE = "tinylib-1.0-py3-none-any.whl"
SDIST = "tinylib-1.0.tar.gz"
OLD_GLIBC = "tinylib-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"
NEW_GLIBC = "tinylib-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"
FOR_WINDOWS = "tinylib-1.0-cp312-cp312-win_amd64.whl"
FOR_MACOS = "tinylib-1.0-cp312-cp312-macosx_11_0_arm64.whl"


def test_the_project_asks_for_the_group_on_its_targets() -> None:
    targets = (parse_target("cp310-win_amd64"), parse_target("cp311.2-manylinux_2_36_aarch64"))
    question = Question(group("django>=5", "uvicorn[standard]", targets=targets), targets, False)
    document = tomllib.loads(render_lock_project(question, PY311))
    assert document["project"]["dependencies"] == ["django>=5", "uvicorn[standard]"]
    assert document["project"]["requires-python"] == ">=3.10.0"
    markers = [target_marker(target) for target in targets]
    assert document["tool"]["uv"]["environments"] == markers
    assert document["tool"]["uv"]["required-environments"] == markers


def test_the_lock_admits_the_python_that_the_resolver_runs_beside() -> None:
    question = Question(group("django"), (LINUX,), True)
    document = tomllib.loads(render_lock_project(question, PY311))
    assert document["project"]["requires-python"] == ">=3.11.7"


def test_a_group_that_wants_prereleases_says_so() -> None:
    wanting, other = (
        lock_options(Question(group("django", prereleases=prereleases), (LINUX,), True))
        for prereleases in (True, False)
    )
    assert wanting[wanting.index("--prerelease") + 1] == "allow"
    assert "--prerelease" not in other


def test_direct_urls_are_not_for_the_resolver() -> None:
    question = Question(group("django", "tool @ https://example.org/tool.zip"), (LINUX,), True)
    document = tomllib.loads(render_lock_project(question, PY311))
    assert document["project"]["dependencies"] == ["django"]


@pytest.mark.parametrize(
    "text",
    [
        "tinylib[a,b-c]>=1,!=1.5,<2",
        "tinylib; sys_platform == 'win32' and python_version < \"3.13\"",
        'tinylib; platform_version == "it\'s"',
        "tinylib; platform_version == 'say \"no\"'",
        "tinylib; platform_version == 'back\\\\slash'",
        "tinylib; platform_version == 'Größe ✓ 🐍'",
        "tinylib; platform_version == 'a\tb\x7f'",
        "tinylib===1.0-odd_one",
    ],
)
def test_odd_requirements_are_written_as_they_are(text: str) -> None:
    question = Question(group(text), (LINUX,), True)
    document = tomllib.loads(render_lock_project(question, PY311))
    assert document["project"]["dependencies"] == [str(Requirement(text))]


# What packaging can read and write back: no quote, no backslash, no line break.
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="'\"\\\0\r\n")))
def test_the_project_is_toml_whatever_a_marker_compares_with(value: str) -> None:
    question = Question(group(f"tinylib; platform_version == '{value}'"), (LINUX,), True)
    document = tomllib.loads(render_lock_project(question, PY311))
    assert document["project"]["dependencies"] == list(map(str, question.group.requirements))


_ALL_TARGETS = [
    parse_target(f"{python}-{platform}")
    for python in ("cp310", "cp311", "cp312", "cp313")
    for platform in sorted(set(ALIASES.values()))
    # musl and glibc have the same markers; `split_by_markers` keeps them apart
    if not platform.startswith("musllinux") and platform != "manylinux_2_36_aarch64"
]


@pytest.mark.parametrize("target", _ALL_TARGETS, ids=str)
def test_a_targets_marker_is_true_on_it_and_on_no_other(target: Target) -> None:
    marker = Marker(target_marker(target))
    for other in _ALL_TARGETS:
        versions = other.python.versions
        for patch in (0, 4, 30):
            environment = other.environment(versions.at(patch))
            assert marker.evaluate(environment) == (other == target)


def test_a_targets_marker_begins_at_its_oldest_patch_release() -> None:
    target = parse_target("cp311.4-win_amd64")
    marker = Marker(target_marker(target))
    verdicts = [
        marker.evaluate(target.environment(Version(python)))
        for python in ("3.11.3", "3.11.4", "3.11.20", "3.12.0")
    ]
    assert verdicts == [False, True, True, False]


def shown(page: Releases, *targets: Target, exact: bool = False) -> dict[str, str]:
    """Shown file name -> the file whose metadata stands for it."""
    question = Question(group("tinylib", targets=targets), targets, exact)
    return {
        file.shown.filename: file.described_by.filename for file in visible_files(page, question)
    }


STAND_IN = "tinylib-1.0-0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("files", "targets", "expected"),
    [
        # only wheels that some target can install
        ([OLD_GLIBC, NEW_GLIBC, FOR_WINDOWS, FOR_MACOS], [WINDOWS], {FOR_WINDOWS: FOR_WINDOWS}),
        (
            [OLD_GLIBC, NEW_GLIBC, FOR_WINDOWS, FOR_MACOS],
            [WINDOWS, LINUX],
            {OLD_GLIBC: OLD_GLIBC, NEW_GLIBC: NEW_GLIBC, FOR_WINDOWS: FOR_WINDOWS},
        ),
        ([FOR_MACOS], [WINDOWS, LINUX], {}),
        # an sdist only where a target has no wheel, and described by a wheel if there is one
        ([PURE, SDIST], [WINDOWS, LINUX], {PURE: PURE}),
        ([FOR_WINDOWS, SDIST], [WINDOWS], {FOR_WINDOWS: FOR_WINDOWS}),
        (
            [FOR_WINDOWS, SDIST],
            [WINDOWS, LINUX],
            {FOR_WINDOWS: FOR_WINDOWS, STAND_IN: FOR_WINDOWS},
        ),
        ([FOR_MACOS, SDIST], [WINDOWS, LINUX], {STAND_IN: SDIST}),
        ([SDIST, "tinylib-1.0.zip"], [LINUX], {STAND_IN: SDIST}),
    ],
)
def test_a_joint_question_shows_what_some_target_can_install(
    files: list[str], targets: list[Target], expected: dict[str, str]
) -> None:
    assert shown(releases(*files), *targets) == expected


@pytest.mark.parametrize(
    ("files", "target", "expected"),
    [
        ([OLD_GLIBC, NEW_GLIBC, PURE, SDIST], LINUX, {NEW_GLIBC: NEW_GLIBC}),
        ([PURE, FOR_WINDOWS, SDIST], MACOS, {PURE: PURE}),
        ([FOR_WINDOWS, SDIST], LINUX, {STAND_IN: SDIST}),
        ([FOR_WINDOWS], LINUX, {}),
    ],
)
def test_an_exact_question_shows_the_one_file_that_is_taken(
    files: list[str], target: Target, expected: dict[str, str]
) -> None:
    assert shown(releases(*files), target, exact=True) == expected


def test_an_exact_question_shows_the_best_file_of_every_requires_python() -> None:
    page = releases(
        listed(NEW_GLIBC, requires_python=">=3.12.4"),
        listed(OLD_GLIBC, requires_python=">=3.12.4"),
        listed(PURE, requires_python=">=3.8"),
        listed(SDIST, requires_python=">=3.8"),
    )
    assert shown(page, LINUX, exact=True) == {NEW_GLIBC: NEW_GLIBC, PURE: PURE}


def test_every_release_is_shown() -> None:
    page = releases(PURE, "tinylib-2.0-py3-none-any.whl", "tinylib-3.0.tar.gz")
    for exact in (True, False):
        assert set(shown(page, LINUX, exact=exact)) == {
            PURE,
            "tinylib-2.0-py3-none-any.whl",
            "tinylib-3.0-0-py3-none-any.whl",
        }


@pytest.mark.parametrize(
    "filename", ["tinylib-1.0.tar.gz", "tinylib-1!2.0rc1.zip", "tinylib-1.0+local.7.tar.gz"]
)
def test_a_stand_in_is_a_wheel_of_the_same_release_for_everything(filename: str) -> None:
    (visible,) = visible_files(releases(filename), Question(group("tinylib"), (LINUX,), True))
    name, version, build, tags = parse_wheel_filename(visible.shown.filename)
    (candidate,) = releases(filename).candidates
    assert (name, version, build) == ("tinylib", candidate.name.version, (0, ""))
    assert set(map(str, tags)) == {"py3-none-any"}


def test_a_stand_in_keeps_what_the_page_says_of_the_sdist() -> None:
    sdist = listed(SDIST, requires_python=">=3.9", yanked=True)
    (visible,) = visible_files(releases(sdist), Question(group("tinylib"), (LINUX,), True))
    kept = _listing(visible.shown)
    assert kept == _listing(sdist)
    assert visible.shown.size is None  # it is not as long as a wheel that nobody has seen


def test_every_shown_file_offers_its_metadata() -> None:
    question = Question(group("tinylib"), (LINUX,), False)
    for page in (releases(PURE), releases(SDIST)):
        (visible,) = visible_files(page, question)
        offer = visible.shown.core_metadata
        assert offer is not None
        assert offer.sha256 is None  # what the view will serve is not known yet


def _listing(file: DistributionFile) -> DistributionFile:
    return replace(file, filename="", size=None, core_metadata=None)
