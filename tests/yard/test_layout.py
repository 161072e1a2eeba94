import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.model.digests import Blake2b, InvalidDigest
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import parse_project_name
from wheelyard.yard.layout import (
    InvalidPackagePath,
    Layout,
    PageForm,
    UnsafeFilename,
    package_path,
    parse_package_path,
)

DIGEST = Blake2b("ab" * 32)
PATH = f"packages/ab/ab/{'ab' * 30}/tinylib-1.0-py3-none-any.whl"


def test_a_package_path_has_the_shape_of_pypis() -> None:
    assert package_path(DIGEST, "tinylib-1.0-py3-none-any.whl") == PATH


@pytest.mark.parametrize(
    "filename",
    [
        "tinylib-1.0+cu121-cp312-cp312-manylinux_2_28_x86_64.whl",
        "tinylib-1!2.0.tar.gz",
        "_tinylib-1.0-py3-none-any.whl",
        "TinyLib-1.0.dev0~x.zip",
    ],
)
def test_names_that_installers_know_are_safe(filename: str) -> None:
    assert parse_package_path(package_path(DIGEST, filename)) == (DIGEST, filename)


@pytest.mark.parametrize(
    "filename",
    [
        "", ".", "..", "../x.whl", "a/b.whl", "a\\b.whl", ".hidden.whl", "-r.whl", "a b.whl",
        "a\x00.whl", "a\n.whl", "a%2f.whl", "a?b.whl", "a#b.whl", 'a".whl', "a&b.whl", "ä.whl",
        "x.whl.metadata", "x.whl.provenance", "a" * 244 + ".whl",
    ],
)  # fmt: skip
def test_a_name_that_is_not_one_plain_segment_is_refused(filename: str) -> None:
    with pytest.raises(UnsafeFilename) as caught:
        package_path(DIGEST, filename)
    assert caught.value.filename == filename


def test_a_digest_of_the_wrong_length_makes_no_path() -> None:
    with pytest.raises(InvalidDigest):
        package_path(Blake2b("ab" * 31), "tinylib-1.0.tar.gz")


@pytest.mark.parametrize(
    "text",
    ["", "/etc/passwd", f"/{PATH}", f"{PATH}/", PATH.replace("packages", "../packages"),
     PATH.replace("ab/ab", "AB/ab"), f"{PATH}\n", PATH.replace("tinylib-", "../")],
)  # fmt: skip
def test_other_text_is_no_package_path(text: str) -> None:
    with pytest.raises(InvalidPackagePath):
        parse_package_path(text)


@given(st.text(max_size=30))
def test_a_package_path_stays_below_web(filename: str) -> None:
    layout = Layout(Path("/yard"))
    try:
        path = layout.file(package_path(DIGEST, filename))
    except UnsafeFilename:
        return
    assert path.resolve().parent == layout.packages / "ab" / "ab" / ("ab" * 30)


def test_pages_lie_where_static_mirrors_have_them() -> None:
    layout = Layout(Path("/yard"))
    name = parse_project_name("Tiny.Lib")
    assert [str(layout.project_page(name, form)) for form in PageForm] == [
        "/yard/web/simple/tiny-lib/index.html",
        "/yard/web/simple/tiny-lib/index.v1_html",
        "/yard/web/simple/tiny-lib/index.v1_json",
    ]
    assert str(layout.root_page(PageForm.HTML)) == "/yard/web/simple/index.html"


def test_a_download_is_found_again_by_its_sha256_or_else_its_url() -> None:
    layout = Layout(Path("/yard"))
    url = "https://files.example/tinylib-1.0.tar.gz"
    known = DistributionFile(filename="tinylib-1.0.tar.gz", url=url, hashes={"sha256": "cd" * 32})
    unknown = DistributionFile(filename="tinylib-1.0.tar.gz", url=url, hashes={})
    by_url = hashlib.sha256(url.encode()).hexdigest()
    assert str(layout.partial(known)) == f"/yard/state/partial/{'cd' * 32}"
    assert str(layout.partial(unknown)) == f"/yard/state/partial/url-{by_url}"
