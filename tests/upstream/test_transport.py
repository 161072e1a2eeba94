"""Requests: what is tried again and when, and to whom credentials go."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from upstream.asking import Asker
from wheelyard.index import Refused, Unavailable
from wheelyard.model.errors import InvalidInput
from wheelyard.upstream.credentials import InvalidUrl, UnreadableNetrc
from wheelyard.upstream.proxies import UnsupportedProxy
from wheelyard.upstream.session import UnreadableCertificates
from wheelyard.upstream.transport import Patience
from world import World

SECRET = "hunter2"
PAGE = "/simple/tinylib/"


@pytest.fixture
def other() -> Iterator[World]:
    """A second host, with a project of the same name."""
    with World() as running:
        running.add_wheel("tinylib", "1.0")
        yield running


@pytest.fixture(autouse=True)
def tinylib(world: World) -> None:
    world.add_wheel("tinylib", "1.0")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def authorizations(world: World) -> list[str | None]:
    return [request.headers.get("authorization") for request in world.requests]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 527])
def test_what_passes_is_tried_again(world: World, asker: Asker, status: int) -> None:
    world.answer(PAGE, status, times=2)
    assert asker.page().files
    assert asker.naps == [0.5, 1.0]
    assert asker.traffic.requests == 3


@pytest.mark.parametrize("status", [400, 406, 501, 505])
def test_what_does_not_pass_is_not_tried_again(world: World, asker: Asker, status: int) -> None:
    world.answer(PAGE, status)
    with pytest.raises(Unavailable, match=str(status)):
        asker.page()
    assert asker.naps == []


def test_waits_grow_up_to_a_limit_and_end(world: World, asker: Asker) -> None:
    asker.patience = Patience(attempts=5, first_delay=1, longest_delay=3)
    world.answer(PAGE, 503)
    with pytest.raises(Unavailable, match="503"):
        asker.page()
    assert asker.naps == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("Fri, 02 Jan 2026 12:00:09 GMT", 9),
        ("Fri, 02 Jan 2026 11:00:00 GMT", 0),
        ("soon", 0.5),
        ("", 0.5),
    ],
)
def test_an_upstream_that_asks_for_time_gets_it(
    world: World, asker: Asker, text: str, seconds: float
) -> None:
    world.answer(PAGE, 429, times=1, headers={"Retry-After": text})
    assert asker.page().files
    assert asker.naps == [seconds]


def test_an_upstream_that_asks_for_too_much_time_is_left_alone(world: World, asker: Asker) -> None:
    world.answer(PAGE, 429, headers={"Retry-After": "3600"})
    with pytest.raises(Unavailable, match="wait 3600 seconds"):
        asker.page()
    assert asker.naps == []


def test_a_connection_that_breaks_is_made_again(world: World, asker: Asker) -> None:
    world.truncate(PAGE, 20)
    world.truncate(PAGE, 0)
    assert asker.page().files
    assert len(asker.naps) == 2


def test_redirects_end(world: World, asker: Asker) -> None:
    world.redirect(PAGE, PAGE)
    with pytest.raises(Unavailable, match="more than 5"):
        asker.page()


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/simple/tinylib/", "http://[", "file:///etc"])
def test_redirects_lead_to_http_only(world: World, asker: Asker, location: str) -> None:
    world.redirect(PAGE, location)
    with pytest.raises(Unavailable, match="no URL"):
        asker.page()


def test_each_request_says_who_asks(world: World, asker: Asker) -> None:
    asker.page()
    assert world.requests[0].headers["user-agent"].startswith("wheelyard/")


def test_credentials_in_the_url_are_sent_and_never_shown(world: World, asker: Asker) -> None:
    world.credentials = ("ann@example.org", SECRET)
    asker.simple_url = world.simple_url.replace("://", f"://ann%40example.org:{SECRET}@")
    page = asker.page()
    assert SECRET not in page.files[0].url
    assert SECRET not in asker.ask(lambda index: _url_of(index.url))
    assert asker.download(page.files[0]).size
    stored = b"".join(path.read_bytes() for path in asker.directory.rglob("*") if path.is_file())
    assert SECRET.encode() not in stored


async def _url_of(url: str) -> str:
    return url


@pytest.mark.parametrize("status", [401, 404, 503, 418])
def test_no_error_shows_credentials(world: World, asker: Asker, status: int) -> None:
    asker.simple_url = world.simple_url.replace("://", f"://ann:{SECRET}@")
    world.answer(PAGE, status)
    with pytest.raises(Exception, match="127") as caught:
        asker.page()
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in f"{error!r} {error} {vars(error)}"
        error = error.__cause__


@pytest.mark.parametrize("text", [f"ftp://ann:{SECRET}@host/", f"ann:{SECRET}@host", "pypi.org"])
def test_a_url_that_is_none_is_an_error_without_its_credentials(asker: Asker, text: str) -> None:
    asker.simple_url = text
    with pytest.raises(InvalidUrl) as caught:
        asker.page()
    assert SECRET not in str(caught.value)


def test_credentials_do_not_follow_a_redirect_to_another_host(
    world: World, other: World, asker: Asker
) -> None:
    asker.simple_url = world.simple_url.replace("://", f"://ann:{SECRET}@")
    world.redirect(PAGE, f"{other.url}{PAGE}")
    assert asker.page().files
    assert authorizations(world) == [basic("ann", SECRET)]
    assert authorizations(other) == [None]


def test_credentials_that_an_upstream_writes_into_a_redirect_are_not_used(
    world: World, other: World, asker: Asker
) -> None:
    world.redirect(PAGE, other.url.replace("://", "://eve:evil@") + PAGE)
    assert asker.page().files
    assert authorizations(other) == [None]


def test_credentials_come_from_netrc(world: World, asker: Asker, tmp_path: Path) -> None:
    world.credentials = ("ann", SECRET)
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login ann password {SECRET}\n")
    netrc.chmod(0o600)
    assert asker.page().files
    netrc.rename(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        asker.page()
    asker.environ = {"NETRC": str(tmp_path / "elsewhere")}
    assert asker.page().files


def test_credentials_in_the_url_come_before_netrc(
    world: World, asker: Asker, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    asker.environ = {"NETRC": str(tmp_path / "netrc")}
    asker.simple_url = world.simple_url.replace("://", f"://ann:{SECRET}@")
    asker.page()
    assert authorizations(world) == [basic("ann", SECRET)]


def test_a_netrc_that_cannot_be_read_is_an_error(asker: Asker, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("gibberish\n")
    with pytest.raises(UnreadableNetrc, match="gibberish"):
        asker.page()


def test_a_proxy_is_asked_in_place_of_the_host(world: World, asker: Asker) -> None:
    asker.simple_url = "http://index.invalid/simple/"
    asker.environ = {"HTTP_PROXY": world.url.replace("://", f"://ann:{SECRET}@")}
    assert asker.page().files
    headers = world.requests[0].headers
    assert headers["host"] == "index.invalid"
    assert headers["proxy-authorization"] == basic("ann", SECRET)


@pytest.mark.parametrize(
    "no_proxy", ["127.0.0.1", "example.org, 127.0.0.1", "*", "127.0.0.0/8", "0.0.1"]
)
def test_a_host_in_no_proxy_is_asked_itself(world: World, asker: Asker, no_proxy: str) -> None:
    asker.environ = {"http_proxy": "http://127.0.0.1:9", "NO_PROXY": no_proxy}
    assert asker.page().files


@pytest.mark.parametrize("no_proxy", ["", "7.0.0.1", "10.0.0.0/8", "example.org", "x/y"])
def test_a_host_outside_no_proxy_is_asked_through_the_proxy(asker: Asker, no_proxy: str) -> None:
    asker.patience = Patience(attempts=1)
    asker.environ = {"ALL_PROXY": "http://127.0.0.1:9", "NO_PROXY": no_proxy}
    with pytest.raises(Unavailable):
        asker.page()


def test_lower_case_proxies_come_before_upper_case(world: World, asker: Asker) -> None:
    asker.environ = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": world.url}
    assert asker.page().files


def test_a_proxy_of_another_kind_is_an_error_without_its_credentials(asker: Asker) -> None:
    asker.environ = {"HTTP_PROXY": f"socks5://ann:{SECRET}@127.0.0.1:1080"}
    with pytest.raises(UnsupportedProxy, match="socks5") as caught:
        asker.page()
    assert isinstance(caught.value, InvalidInput)
    assert SECRET not in str(caught.value)


def test_a_proxy_that_wants_credentials_says_so(world: World, asker: Asker) -> None:
    asker.environ = {"HTTP_PROXY": world.url}
    world.answer(PAGE, 407)
    with pytest.raises(Refused, match="407"):
        asker.page()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_an_error(
    asker: Asker, tmp_path: Path, variable: str, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    asker.environ = {variable: str(path)}
    with pytest.raises(UnreadableCertificates, match=r"ca\.pem") as caught:
        asker.page()
    assert variable in str(caught.value.hint)


def test_waiting_is_no_part_of_the_tests(asker: Asker, world: World) -> None:
    world.answer(PAGE, 503, times=3)
    begun = time.monotonic()
    asker.page()
    assert time.monotonic() - begun < 3 < sum(asker.naps)
