"""The server as a process: addresses, TLS, workers, the beginning and the end."""

import errno
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from serve.running import RunningServer
from serve.small_yard import SmallYard
from tools import require_tool
from wheelyard.serve.sockets import PortInUse, PortRefused, UnknownHost, translated

SOON = 3.0  # seconds


def test_the_first_line_is_the_url_and_connections_are_taken(yard: SmallYard) -> None:
    with RunningServer(yard.root) as server:
        assert server.first_line == f"serving http://127.0.0.1:{server.port}/simple/\n"
        assert server.get("/simple/").status == 200


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_soon_and_silently_while_clients_hang_on(
    yard: SmallYard, workers: int, number: signal.Signals
) -> None:
    yard.add("large", "1.0", {"large-1.0.tar.gz": bytes(20_000_000)})
    with RunningServer(yard.root, workers=workers) as server:
        idle, silent, slow, part = (server.connect() for _ in range(4))
        idle.request("GET", "/simple/")
        idle.getresponse().read()
        silent.connect()
        slow.request("GET", f"/{yard.paths['large-1.0.tar.gz']}")
        slow.getresponse().read(10)
        part.request("GET", f"/{yard.paths['large-1.0.tar.gz']}", headers={"Range": "bytes=1-"})
        part.getresponse().read(10)
        started = time.monotonic()
        server.process.send_signal(number)
        output, errors = server.process.communicate(timeout=10)
        assert time.monotonic() - started < SOON
        assert (server.process.returncode, output, errors) == (0, "", "")
        for connection in (idle, silent, slow, part):
            connection.close()


def test_workers_end_when_their_parent_is_killed(yard: SmallYard) -> None:
    with RunningServer(yard.root, workers=2) as server:
        workers = _children(server.process.pid)
        assert len(workers) == 2
        server.process.kill()
        server.process.wait()
        assert _all_end(workers)
        with pytest.raises(ConnectionRefusedError):
            server.get("/simple/")


def test_a_worker_that_dies_is_replaced(yard: SmallYard) -> None:
    with RunningServer(yard.root, workers=2) as server:
        first, second = _children(server.process.pid)
        os.kill(first, signal.SIGKILL)
        assert server.get("/simple/").status == 200
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and len(_children(server.process.pid)) < 2:
            time.sleep(0.05)
        assert second in _children(server.process.pid)
        assert len(_children(server.process.pid)) == 2


@pytest.mark.parametrize("holder_host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_in_use_is_an_error_that_names_it(yard: SmallYard, holder_host: str) -> None:
    with socket.create_server((holder_host, 0)) as holder:
        port = holder.getsockname()[1]
        error = _error(yard.root, port=port)
    assert error.startswith(f"PortInUse: port {port} of `127.0.0.1` is in use")
    assert "`--port 0`" in error


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_server_does_not_share_the_port(yard: SmallYard, workers: int) -> None:
    with RunningServer(yard.root, workers=workers) as server:
        assert _error(yard.root, port=server.port, workers=workers).startswith("PortInUse")
        assert server.get("/simple/").status == 200


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"host": "no-such-host.invalid"}, "UnknownHost: cannot listen on `no-such-host.invalid`"),
        ({"host": "192.0.2.1"}, "UnknownHost: cannot listen on `192.0.2.1`: it is not an address"),
        ({"port": 70000}, "PortRefused: port 70000 of `127.0.0.1` cannot be opened"),
        ({"port": -1}, "PortRefused: port -1"),
        ({"workers": 0}, "InvalidWorkers: 0 workers"),
        ({"tls_cert": Path("a.pem")}, "IncompleteTls: `--tls-cert` is given"),
    ],
)
def test_impossible_settings_are_errors_with_a_hint(
    yard: SmallYard, settings: dict[str, object], expected: str
) -> None:
    error = _error_of_settings(yard.root, settings)
    assert error.startswith(expected)
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, PortRefused),
        (errno.EADDRINUSE, PortInUse),
        (errno.EADDRNOTAVAIL, UnknownHost),
    ],
)
def test_what_the_system_refuses_is_told_apart(
    number: int, expected: type[PortRefused | PortInUse | UnknownHost]
) -> None:
    """The system's own refusal of a privileged port cannot be had where tests run as root."""
    error = translated(OSError(number, os.strerror(number)), "127.0.0.1", 80)
    assert isinstance(error, expected)
    assert error.hint


def test_a_missing_yard_is_an_error(tmp_path: Path) -> None:
    assert _error(tmp_path / "nowhere").startswith("YardMissing: there is no yard at")


def test_ipv6_is_served_and_written_in_brackets(yard: SmallYard) -> None:
    with RunningServer(yard.root, host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}/simple/"
        assert server.get("/simple/").status == 200
        assert f"http://[::1]:{server.port}/simple/" in server.get("/").text


def test_all_addresses_of_both_families_are_served_at_once(yard: SmallYard) -> None:
    with RunningServer(yard.root, host="::") as server:
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family) as client:
                client.connect((address, server.port))


@pytest.mark.parametrize("workers", [1, 2])
def test_tls_is_served_with_the_given_certificate(
    yard: SmallYard, certificate: tuple[Path, Path], workers: int
) -> None:
    cert, key = certificate
    with RunningServer(yard.root, tls_cert=cert, tls_key=key, workers=workers) as server:
        assert server.url.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=str(cert))
        with urllib.request.urlopen(f"{server.url}tinylib/", context=trusted) as reply:
            assert reply.status == 200
        with urllib.request.urlopen(server.url.removesuffix("simple/"), context=trusted) as home:
            assert server.url in home.read().decode()


def test_tls_files_that_cannot_be_used_are_named(
    yard: SmallYard, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, key = certificate
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    missing = tmp_path / "missing.pem"
    assert f"UnusableCertificate: `{missing}`" in _error(yard.root, tls_cert=missing, tls_key=key)
    assert "UnusableCertificate" in _error(yard.root, tls_cert=nonsense, tls_key=key)
    assert "UnusableCertificate" in _error(yard.root, tls_cert=cert, tls_key=nonsense)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    require_tool("openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=wheelyard -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    return cert, key


def _error(root: Path, **settings: object) -> str:
    return _error_of_settings(root, settings)


def _error_of_settings(root: Path, settings: dict[str, object]) -> str:
    server = RunningServer(root, **settings)
    _, errors = server.process.communicate(timeout=10)
    assert server.first_line == ""
    assert server.process.returncode == 1
    return errors


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def _all_end(pids: list[int]) -> bool:
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False
