import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.tags import Tag, parse_tag
from packaging.version import Version

from wheelyard.model.errors import WheelyardError
from wheelyard.model.platforms import ALIASES, InvalidPlatform, parse_platform
from wheelyard.model.targets import (
    InvalidPython,
    InvalidTarget,
    Target,
    parse_python,
    parse_target,
    tag_ranks,
)

MARKER_NAMES = {
    "implementation_name", "implementation_version", "os_name", "platform_machine",
    "platform_python_implementation", "platform_release", "platform_system", "platform_version",
    "python_full_version", "python_version", "sys_platform",
}  # fmt: skip


def rank(target: str, tag: str) -> int | None:
    (wanted,) = parse_tag(tag)
    return tag_ranks(parse_target(target)).get(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "cp312-manylinux_2_28_x86_64",
        "cp313t-macosx_14_0_arm64",
        "cp311.2-manylinux_2_36_aarch64",
        "cp311-win_amd64",
        "cp39-musllinux_1_2_x86_64",
    ],
)
def test_a_target_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_target(text)) == text


targets = st.builds(
    Target,
    st.builds(
        lambda minor, patch: parse_python(f"3.{minor}.{patch}"),
        st.integers(8, 15),
        st.integers(0, 20),
    )
    | st.sampled_from(["3.13t", "3.14.2t"]).map(parse_python),
    st.sampled_from(sorted(ALIASES)).map(parse_platform),
)


@given(targets)
def test_a_target_survives_the_round_trip(target: Target) -> None:
    assert parse_target(str(target)) == target


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidTarget),
        ("linux", InvalidTarget),
        ("pp310-win_amd64", InvalidTarget),
        ("cp27-win_amd64", InvalidTarget),
        ("cp312-", InvalidTarget),
        ("cp312-plan9", InvalidPlatform),
        ("cp312t-win_amd64", InvalidPython),
    ],
)
def test_what_is_no_target_is_refused(text: str, error: type[WheelyardError]) -> None:
    with pytest.raises(error):
        parse_target(text)


@pytest.mark.parametrize("text", ["", "3", "3.", "2.7", "3.x", "3.12t", "4.0", "3.12.1.2", "312"])
def test_what_is_no_python_is_refused(text: str) -> None:
    with pytest.raises(InvalidPython):
        parse_python(text)


@given(targets)
def test_all_eleven_markers_have_a_value(target: Target) -> None:
    """`evaluate()` merges over the running interpreter's values, so none may be missing."""
    environment = target.environment(target.python.versions.floor)
    assert set(environment) == MARKER_NAMES


def test_markers_see_the_full_version() -> None:
    target = parse_target("cp311.2-manylinux_2_36_aarch64")
    environment = target.environment(Version("3.11.2"))
    assert Marker('python_full_version <= "3.11.2" and python_version == "3.11"').evaluate(
        environment
    )
    assert not Marker('platform_machine == "x86_64"').evaluate(environment)


@pytest.mark.parametrize(
    ("target", "better", "worse"),
    [
        (
            "cp312-manylinux_2_28_x86_64",
            "cp312-cp312-manylinux_2_28_x86_64",
            "cp312-cp312-manylinux2014_x86_64",
        ),
        ("cp312-manylinux_2_28_x86_64", "cp312-cp312-linux_x86_64", "cp312-abi3-linux_x86_64"),
        ("cp312-manylinux_2_28_x86_64", "cp310-abi3-linux_x86_64", "py3-none-linux_x86_64"),
        ("cp312-win_amd64", "py3-none-win_amd64", "py3-none-any"),
        ("cp312-win_amd64", "cp312-none-any", "py3-none-any"),
    ],
)
def test_installers_like_the_closer_wheel_better(target: str, better: str, worse: str) -> None:
    first, second = rank(target, better), rank(target, worse)
    assert first is not None
    assert second is not None
    assert first < second


@pytest.mark.parametrize(
    ("target", "tag"),
    [
        ("cp312-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_31_x86_64"),
        ("cp312-manylinux_2_28_x86_64", "cp312-cp312-musllinux_1_2_x86_64"),
        ("cp312-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_28_x86_64"),
        ("cp313t-win_amd64", "cp313-cp313-win_amd64"),
        ("cp313t-win_amd64", "cp310-abi3-win_amd64"),
        ("cp312-win_arm64", "cp312-cp312-win_amd64"),
        ("cp312-macosx_14_0_arm64", "cp312-cp312-macosx_15_0_arm64"),
    ],
)
def test_a_wheel_for_another_machine_has_no_rank(target: str, tag: str) -> None:
    assert rank(target, tag) is None


@given(targets)
def test_ranks_count_up_from_the_best(target: Target) -> None:
    ranks = tag_ranks(target)
    assert min(ranks.values()) == 0
    assert Tag("py3", "none", "any") in ranks
