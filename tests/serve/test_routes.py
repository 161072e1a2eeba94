"""From paths to what they name."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.model.digests import Blake2b
from wheelyard.model.names import parse_project_name
from wheelyard.plan.inventory import PackagePath
from wheelyard.serve.routes import (
    CoreMetadata,
    Health,
    Home,
    Moved,
    Nothing,
    PageOfView,
    Project,
    ProjectListing,
    Route,
    StoredFile,
    route,
)

DIGEST = "abcd" + "0" * 60
FILE = f"packages/ab/cd/{'0' * 60}/tinylib-1.0+local-py3-none-any.whl"
TINYLIB = parse_project_name("tinylib")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/", Home()),
        ("/-/health", Health()),
        ("/simple/", ProjectListing()),
        ("/simple", Moved("/simple/")),
        ("/simple/tinylib/", Project(TINYLIB)),
        ("/simple/tiny%6Cib/", Project(TINYLIB)),
        ("/simple/tinylib", Moved("/simple/tinylib/")),
        ("/simple/Tiny__Lib", Moved("/simple/tiny-lib/")),
        ("/simple/tinylib/more", Nothing(in_simple=True)),
        ("/simple/tinylib%2F", Nothing()),
        ("/simple/%2574inylib/", Nothing(in_simple=True)),
        ("/v/web/cp311-x/simple", Moved("/v/web/cp311-x/simple/")),
        ("/v/web/cp311-x/simple/", PageOfView("web", "cp311-x")),
        ("/v/web/cp311-x/simple/tinylib/", PageOfView("web", "cp311-x", TINYLIB)),
        ("/v/web/cp311-x/simple/tinylib", Moved("/v/web/cp311-x/simple/tinylib/")),
        ("/v/web/cp311-x/simple/Tiny__Lib/", Moved("/v/web/cp311-x/simple/tiny-lib/")),
        ("/v/A.b_c-1/cp311.2-x/simple/", PageOfView("A.b_c-1", "cp311.2-x")),
        ("/v/web/cp311-x/simple/tinylib/more", Nothing(in_simple=True)),
        ("/v/web/cp311-x/simple/-/", Nothing(in_simple=True)),
        ("/v/build%20of%20x/cp311-x/simple/", Nothing(in_simple=True)),
        ("/v/../cp311-x/simple/", Nothing(in_simple=True)),
        ("/v/web/%2e/simple/", Nothing(in_simple=True)),
        ("/v//cp311-x/simple/", Nothing(in_simple=True)),
        ("/v/web/cp311-x%0a/simple", Nothing(in_simple=True)),
        ("/v/web/cp311-x/", Nothing()),
        ("/v/", Nothing()),
        (f"/{FILE}", StoredFile(PackagePath(FILE), Blake2b(DIGEST))),
        (f"/{FILE.replace('+', '%2B')}", StoredFile(PackagePath(FILE), Blake2b(DIGEST))),
        (f"/{FILE}.metadata", CoreMetadata(PackagePath(FILE))),
        (f"/{FILE}.metadata.metadata", Nothing()),
        (f"/{FILE}/", Nothing()),
        ("", Nothing()),
        ("simple/", Nothing()),
    ],
)
def test_a_path_names_one_thing(path: str, named: Route) -> None:
    assert route(path.encode()) == named


@given(st.binary(max_size=2000))
def test_any_path_is_read_without_an_error(path: bytes) -> None:
    route(path)
    route(b"/simple/" + path)
    route(b"/v/" + path)
    route(b"/v/web/cp311-x/simple/" + path)


@given(st.text(max_size=50))
def test_whatever_is_asked_for_what_is_named_stays_in_its_folder(text: str) -> None:
    """One segment, percent-encoded in any way, never names another folder or a hidden file."""
    found = route(f"/simple/{quote(text, safe='')}/".encode())
    name = found.name if isinstance(found, Project) else ""
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    stored = route(f"/packages/ab/cd/{'0' * 60}/{quote(text, safe='')}".encode())
    if isinstance(stored, StoredFile | CoreMetadata):
        assert stored.path.count("/") == 4
        assert not stored.path.rpartition("/")[2].startswith(".")
