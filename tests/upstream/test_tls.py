"""TLS: only certificates that the user trusts, and no way back to plain http."""

import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import require_tool
from upstream.asking import Asker
from wheelyard.index import Refused, Unavailable
from world import World


class Tunnels(socketserver.ThreadingTCPServer):
    """A proxy that connects to wherever it is asked to, and remembers what it was told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.told: list[str] = []


class Tunnel(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Tunnels)
        request = self.rfile.readline().decode()
        while (line := self.rfile.readline().decode().strip()) != "":
            self.server.told.append(line)
        host, _, port = request.split()[1].partition(":")
        with socket.create_connection((host, int(port))) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pass_on, args=(upstream, self.connection), daemon=True)
            back.start()
            pass_on(self.connection, upstream)
            back.join()


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other side has hung up


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that no system trusts, and its key."""
    directory = tmp_path_factory.mktemp("tls")
    key, public, both = (directory / name for name in ("key.pem", "public.pem", "both.pem"))
    command = [
        str(require_tool("openssl")),
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ]
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


def test_a_tunnel_hides_the_proxys_credentials_from_the_upstream_and_the_other_way_round(
    secure: World, tmp_path: Path, certificate: Path
) -> None:
    secure.credentials = ("bob", "upstream-secret")
    with Tunnels() as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        environ = {
            "SSL_CERT_FILE": str(certificate),
            "HTTPS_PROXY": f"http://ann:proxy-secret@127.0.0.1:{proxy.server_address[1]}",
        }
        asker = Asker(secure, tmp_path, environ)
        asker.simple_url = secure.simple_url.replace("://", "://bob:upstream-secret@")
        assert asker.page().files
        proxy.shutdown()
    (to_upstream,) = secure.requests
    assert "authorization" in to_upstream.headers
    assert "proxy-authorization" not in to_upstream.headers
    told = [line.partition(":")[0].lower() for line in proxy.told]
    assert "proxy-authorization" in told
    assert "authorization" not in told
