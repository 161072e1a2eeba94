import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import Tag
from packaging.version import Version

from wheelyard.model.filenames import (
    InvalidFilename,
    SdistName,
    WheelName,
    is_wheel,
    parse_filename,
)
from wheelyard.model.names import ProjectName

TINY_LIB = ProjectName("tiny-lib")


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("tiny_lib-1.0.tar.gz", "1.0"),
        ("Tiny.Lib-1.0.zip", "1.0"),
        ("tiny-lib-1.0.tgz", "1.0"),
        ("tiny__lib-1.0.tar", "1.0"),
        ("tiny-lib-1.0-1.tar.gz", "1.0.post1"),
        ("tiny-lib-1.0-rc.1.tar.gz", "1.0rc1"),
        ("tiny_lib-1.0+cu121.tar.gz", "1.0+cu121"),
    ],
)
def test_an_sdist_says_its_version(filename: str, version: str) -> None:
    assert parse_filename(filename, TINY_LIB) == SdistName(Version(version))


def test_a_name_that_ends_like_a_version_is_told_from_one() -> None:
    assert parse_filename("foo-2-1.0.tar.gz", ProjectName("foo-2")) == SdistName(Version("1.0"))
    assert parse_filename("foo-2-1.tar.gz", ProjectName("foo")) == SdistName(Version("2.post1"))


def test_a_wheel_says_its_version_build_and_tags() -> None:
    assert parse_filename("Tiny_Lib-1.0-2b-cp39.cp310-abi3-any.whl", TINY_LIB) == WheelName(
        Version("1.0"),
        (2, "b"),
        frozenset({Tag("cp39", "abi3", "any"), Tag("cp310", "abi3", "any")}),
    )


@pytest.mark.parametrize(
    "filename",
    [
        "",
        "tiny_lib",
        "tiny_lib-1.0",
        "tiny_lib-1.0.tar.bz2",
        "tiny_lib-1.0.exe",
        "tiny_lib-1.0-py3.11.egg",
        "tiny_lib-one.tar.gz",
        "tiny_lib-.tar.gz",
        "other-1.0.tar.gz",
        "other-1.0-py3-none-any.whl",
        "tiny_lib-1.0-any.whl",
        "tiny_lib-one-py3-none-any.whl",
        # a wheel variant (PEP 825, a draft), which no installer takes
        "tiny_lib-1.0-cp313-cp313-linux_x86_64-x86_64_v3.whl",
    ],
)
def test_what_no_installer_takes_is_refused(filename: str) -> None:
    with pytest.raises(InvalidFilename) as caught:
        parse_filename(filename, TINY_LIB)
    assert (caught.value.filename, caught.value.project) == (filename, "tiny-lib")


@given(st.text(max_size=20), st.sampled_from(["", ".whl", ".zip", ".tar.gz", "-1.0.zip"]))
def test_no_name_is_any_other_error(stem: str, suffix: str) -> None:
    try:
        parsed = parse_filename(stem + suffix, TINY_LIB)
    except InvalidFilename:
        return
    assert isinstance(parsed, WheelName) == is_wheel(stem + suffix)
