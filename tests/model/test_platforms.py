import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.model.platforms import ALIASES, InvalidPlatform, parse_platform


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_the_platform_it_stands_for(alias: str) -> None:
    platform = parse_platform(alias)
    assert str(platform) == platform.tag == ALIASES[alias]
    assert platform == parse_platform(ALIASES[alias])
    assert platform.tag in platform.tags


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [
        ("manylinux_2_28_x86_64", "linux_x86_64", "manylinux1_x86_64", 1 + 24 + 3),
        ("manylinux_2_28_aarch64", "linux_aarch64", "manylinux2014_aarch64", 1 + 12 + 1),
        ("manylinux2014_x86_64", "linux_x86_64", "manylinux1_x86_64", 1 + 13 + 3),
        ("musllinux_1_2_x86_64", "linux_x86_64", "musllinux_1_0_x86_64", 1 + 3),
        ("linux_armv7l", "linux_armv7l", "linux_armv7l", 1),
        ("win_amd64", "win_amd64", "win_amd64", 1),
    ],
)
def test_a_platform_accepts_tags_best_first(text: str, first: str, last: str, count: int) -> None:
    tags = parse_platform(text).tags
    assert (tags[0], tags[-1], len(tags)) == (first, last, count)
    assert len(set(tags)) == count


def test_the_old_names_of_manylinux_stand_behind_the_new_ones() -> None:
    tags = parse_platform("linux").tags
    for new, old in [
        ("manylinux_2_17_x86_64", "manylinux2014_x86_64"),
        ("manylinux_2_12_x86_64", "manylinux2010_x86_64"),
        ("manylinux_2_5_x86_64", "manylinux1_x86_64"),
    ]:
        assert tags.index(old) == tags.index(new) + 1


def test_a_newer_glibc_accepts_all_that_an_older_one_does() -> None:
    older, newer = (parse_platform(f"manylinux_2_{minor}_x86_64") for minor in (28, 36))
    assert set(older.tags) < set(newer.tags)


def test_a_mac_accepts_older_systems_and_universal_binaries() -> None:
    tags = parse_platform("macosx_14_0_arm64").tags
    assert {"macosx_11_0_arm64", "macosx_14_0_universal2", "macosx_10_9_universal2"} <= set(tags)
    assert not any("macosx_15" in tag for tag in tags)


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("linux", ("posix", "linux", "Linux", "x86_64")),
        ("linux-aarch64", ("posix", "linux", "Linux", "aarch64")),
        ("raspberrypi-32", ("posix", "linux", "Linux", "armv7l")),
        ("alpine", ("posix", "linux", "Linux", "x86_64")),
        ("macos", ("posix", "darwin", "Darwin", "arm64")),
        ("macos-intel", ("posix", "darwin", "Darwin", "x86_64")),
        ("windows", ("nt", "win32", "Windows", "AMD64")),
        ("windows-arm64", ("nt", "win32", "Windows", "ARM64")),
        ("win32", ("nt", "win32", "Windows", "x86")),
    ],
)
def test_markers_are_those_of_the_platform(text: str, markers: tuple[str, ...]) -> None:
    platform = parse_platform(text)
    assert (
        platform.os_name,
        platform.sys_platform,
        platform.platform_system,
        platform.platform_machine,
    ) == markers


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("macosx_10_15_x86_64", "19.0.0"),
        ("macosx_11_0_arm64", "20.0.0"),
        ("macosx_15_0_arm64", "24.0.0"),
        ("macosx_26_0_arm64", "25.0.0"),
        ("linux", ""),
        ("windows", ""),
    ],
)
def test_a_macos_version_tells_its_kernels(text: str, release: str) -> None:
    assert parse_platform(text).platform_release == release


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("windos", "did you mean `windows`?"),
        ("manylinux_2_28_x86-64", "did you mean `manylinux_2_28_x86_64`?"),
        ("qqqqqqqqqqqq", "use here, linux,"),
    ],
)
def test_a_misspelt_platform_gets_the_nearest_name(text: str, hint: str) -> None:
    with pytest.raises(InvalidPlatform) as caught:
        parse_platform(text)
    assert (caught.value.hint or "").startswith(hint)


@given(st.text(max_size=30))
def test_no_text_is_any_other_error(text: str) -> None:
    try:
        platform = parse_platform(text)
    except InvalidPlatform:
        return
    assert parse_platform(platform.tag) == platform
