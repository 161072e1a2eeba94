"""pip and uv install from the server, and from nothing else (checks E01, E02, E04, E07)."""

import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from serve.running import RunningServer
from serve.small_yard import SmallYard
from tools import clean_environment, require_tool
from wheelyard.serve.instructions import install_commands
from world import make_wheel

pytestmark = pytest.mark.installer

UV = Path(sys.executable).with_name("uv")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment without anything in it."""
    path = tmp_path / "venv"
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, path], check=True, env=_clean())
    return path


def test_e01_pip_installs_a_project_with_its_dependencies(
    server: RunningServer, environment: Path
) -> None:
    _pip(environment, "install", "--index-url", server.url, "tinylib>=2")
    assert _installed(environment) == {"tinylib": "2.0", "dot-ted": "1.0"}, "E07: 2.1 is yanked"


def test_e01_pip_reads_only_metadata_until_it_has_decided(
    server: RunningServer, environment: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    arguments = ("install", "--dry-run", "--report", str(report), "--index-url", server.url)
    _pip(environment, *arguments, "tinylib==2.1")
    assert "tinylib-2.1" in report.read_text(), "E07: a yanked release can be pinned"


def test_e02_uv_installs_a_project_with_its_dependencies(
    server: RunningServer, environment: Path
) -> None:
    _uv(environment, "pip", "install", "--index-url", server.url, "tinylib", "local==1.0+cu121")
    assert _installed(environment) == {"tinylib": "2.0", "dot-ted": "1.0", "local": "1.0+cu121"}


def test_e02_uv_reads_metadata_by_ranges_where_none_is_offered(
    yard: SmallYard, server: RunningServer, environment: Path
) -> None:
    wheel = make_wheel("bare", "1.0", requires=["dot-ted"], payload=500_000)
    yard.add("bare", "1.0", {"bare-1.0-py3-none-any.whl": wheel})
    page = yard.layout.simple / "bare" / "index.v1_json"
    page.write_bytes(page.read_bytes().replace(b'"core-metadata"', b'"_core-metadata"'))
    _uv(environment, "pip", "install", "--index-url", server.url, "bare")
    assert _installed(environment) == {"bare": "1.0", "dot-ted": "1.0"}


def test_e04_pip_accepts_the_files_by_their_hashes(
    yard: SmallYard, server: RunningServer, environment: Path, tmp_path: Path
) -> None:
    pinned = tmp_path / "requirements.txt"
    body = yard.bodies["dot_ted-1.0-py3-none-any.whl"]
    pinned.write_text(f"dot-ted==1.0 --hash=sha256:{hashlib.sha256(body).hexdigest()}\n")
    _pip(environment, "install", "--require-hashes", "--index-url", server.url, "-r", str(pinned))
    assert _installed(environment) == {"dot-ted": "1.0"}


def test_both_see_a_new_release_without_a_restart(
    yard: SmallYard, server: RunningServer, environment: Path
) -> None:
    _uv(environment, "pip", "install", "--index-url", server.url, "dot-ted")
    _pip(environment, "install", "--index-url", server.url, "dot-ted")
    wheel = make_wheel("dot-ted", "1.1")
    yard.add("dot-ted", "1.1", {"dot_ted-1.1-py3-none-any.whl": wheel})
    _uv(environment, "pip", "install", "--upgrade", "--index-url", server.url, "dot-ted")
    assert _installed(environment) == {"dot-ted": "1.1"}
    wheel = make_wheel("dot-ted", "1.2")
    yard.add("dot-ted", "1.2", {"dot_ted-1.2-py3-none-any.whl": wheel})
    _pip(environment, "install", "--upgrade", "--index-url", server.url, "dot-ted")
    assert _installed(environment) == {"dot-ted": "1.2"}


def test_both_install_over_tls_once_they_know_who_signed_the_certificate(
    yard: SmallYard, environment: Path, tmp_path: Path
) -> None:
    authority, cert, key = _signed_certificate(tmp_path)
    with RunningServer(yard.root, tls_cert=cert, tls_key=key) as server:
        assert urlsplit(server.url).scheme == "https"
        known = {"PIP_CERT": str(authority), "SSL_CERT_FILE": str(authority)}
        commands = install_commands(server.url, ["dot-ted"])
        uv = shlex.split(commands.uv)[1:]
        _run([str(UV), *uv], environment, **known)
        assert _installed(environment) == {"dot-ted": "1.0"}
        pip = shlex.split(commands.pip)[1:]
        _pip(environment, *pip, "--force-reinstall", **known)
        with pytest.raises(AssertionError, match="UnknownIssuer"):
            _run([str(UV), *uv, "--reinstall"], environment)


def _signed_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """An authority's certificate, and one for 127.0.0.1 that it signed, with its key."""
    require_tool("openssl")
    authority, cert, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    issued = "-subj /CN=yard -addext subjectAltName=IP:127.0.0.1"
    signs = f"-CA {authority} -CAkey {folder}/ca-key.pem -addext basicConstraints=critical,CA:FALSE"
    for command in (
        f"{new} -subj /CN=authority -keyout {folder}/ca-key.pem -out {authority}",
        f"{new} {issued} {signs} -keyout {key} -out {cert}",
    ):
        subprocess.run(command.split(), check=True, capture_output=True)
    return authority, cert, key


def _clean() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))
    } | {"UV_NO_CONFIG": "1", "PIP_CONFIG_FILE": os.devnull}


def _pip(environment: Path, *arguments: str, **known: str) -> None:
    # Our own pip, told to work for the empty environment, which has none.
    command = [sys.executable, "-m", "pip", "--python", str(environment), *arguments]
    _run(command, environment, **known)


def _uv(environment: Path, *arguments: str) -> None:
    _run([str(UV), *arguments], environment)


def _run(command: list[str], environment: Path, **known: str) -> None:
    home = environment.parent / "home"
    home.mkdir(exist_ok=True)
    settings = clean_environment(home, VIRTUAL_ENV=str(environment), **known)
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _installed(environment: Path) -> dict[str, str]:
    listed = subprocess.run(
        [UV, "pip", "freeze"],
        env=_clean() | {"VIRTUAL_ENV": str(environment)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return dict(line.split("==", 1) for line in listed.splitlines())
