"""TLS: only certificates that the user trusts, and no way back to plain http."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from upstream.asking import Asker
from wheelyard.index import Refused, Unavailable
from world import World

OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="there is no openssl to make a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that no system trusts, and its key."""
    directory = tmp_path_factory.mktemp("tls")
    key, public, both = (directory / name for name in ("key.pem", "public.pem", "both.pem"))
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=small world"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(public)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(key.read_text() + public.read_text())
    return both


@pytest.fixture
def secure(certificate: Path) -> Iterator[World]:
    with World(certificate) as running:
        running.add_wheel("tinylib", "1.0")
        yield running


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_certificates_that_the_environment_names_are_trusted(
    secure: World, tmp_path: Path, certificate: Path, variable: str
) -> None:
    asker = Asker(secure, tmp_path, {variable: str(certificate)})
    assert asker.page().files


def test_other_certificates_are_not_and_trying_again_would_not_help(
    secure: World, tmp_path: Path
) -> None:
    asker = Asker(secure, tmp_path)
    with pytest.raises(Unavailable, match="not trusted") as caught:
        asker.page()
    assert "SSL_CERT_FILE" in str(caught.value.hint)
    assert asker.naps == []


def test_no_redirect_leads_from_https_to_http(
    secure: World, world: World, tmp_path: Path, certificate: Path
) -> None:
    world.add_wheel("tinylib", "1.0")
    secure.redirect("/simple/*", f"{world.simple_url}tinylib/")
    asker = Asker(secure, tmp_path, {"SSL_CERT_FILE": str(certificate)})
    with pytest.raises(Refused, match="from https to http"):
        asker.page()
    assert world.requests == []
