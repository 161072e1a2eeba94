"""pip and uv install from a yard in a network that is cut off, on every Python of this machine."""

import platform
import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import BytesParser
from functools import cache
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from endtoend.commands import Serving, run
from endtoend.cut_off import CutOff
from endtoend.environments import HERE, PYTHONS, Environments, pythons_here, require_one
from world import World

pytestmark = pytest.mark.installer

_REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3)
except OSError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


@pytest.fixture(scope="module")
def index(network: CutOff, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a yard's index, mirrored for this machine's Pythons; the upstream has gone."""
    folder = tmp_path_factory.mktemp("yard")
    targets = [item for version in pythons_here() for item in ("--python", version)]
    with World() as world:
        _fill(world)
        upstream = ["--upstream", world.simple_url, "--yard", str(folder / "yard")]
        run(folder, ["mirror", "app", "built", "pip", *targets, *upstream])
    with Serving(folder, folder / "yard", host=network.outside) as server:
        yield server.url


def test_the_network_leads_nowhere_but_to_the_server(network: CutOff, index: str) -> None:
    def reach(host: str, port: int) -> str:
        program = [sys.executable, "-I", "-c", _REACH, host, str(port)]
        return network.run(program, {}).stdout.strip()

    assert len(network.routes()) == 1
    assert "gaierror" in reach("pypi.org", 443)
    assert "Network is unreachable" in reach("1.1.1.1", 443)
    assert "Network is unreachable" in reach("2606:4700:4700::1111", 443)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert "refused" in reach(*server.getsockname())
    host, _, port = index.removeprefix("http://").partition("/")[0].partition(":")
    assert reach(host, int(port)) == ""


@pytest.mark.parametrize("version", PYTHONS)
def test_the_pip_that_python_brings_installs(
    version: str, environments: Environments, index: str
) -> None:
    environment = environments.with_pip(require_one(version), index)
    environment.pip("app", "built")
    assert environment.installed() == _expected(version)
    print(f"Python {version}, pip {environment.pip_version()}")  # noqa: T201


@pytest.mark.parametrize("version", PYTHONS)
def test_pip_is_upgraded_from_the_yard_and_installs(
    version: str, environments: Environments, index: str
) -> None:
    environment = environments.with_pip(require_one(version), index)
    environment.pip("--upgrade", "pip")
    assert Version(environment.pip_version()) == _newest_pip()[0]
    environment.pip("app", "built")
    assert environment.installed() == _expected(version)
    print(f"Python {version}, pip {environment.pip_version()}")  # noqa: T201


@pytest.mark.parametrize("version", PYTHONS)
def test_uv_installs(version: str, environments: Environments, index: str) -> None:
    environment = environments.without_pip(require_one(version), index)
    environment.uv("app", "built")
    assert environment.installed() == _expected(version)


def test_pip_builds_with_requirements_from_the_yard(environments: Environments, index: str) -> None:
    environment = environments.with_pip(require_one(HERE), index)
    said = environment.pip("--verbose", "built")
    assert "Successfully installed buildbase-1.0 buildhelper-1.0" in said
    assert environment.installed().keys() == {"built", "lib"}, "the build has its own environment"


@pytest.mark.parametrize(
    ("installer", "complaint"),
    [("pip", "DO NOT MATCH THE HASHES"), ("uv", "Hash mismatch")],
)
def test_hashes_that_uv_reads_off_the_pages_hold(
    installer: str, complaint: str, environments: Environments, index: str
) -> None:
    environment = environments.with_pip(require_one(HERE), index)
    install = environment.pip if installer == "pip" else environment.uv
    pinned = environment.home / "requirements.txt"
    right = environment.compile("app")
    pinned.write_text(re.sub("sha256:....", "sha256:0000", right))
    with pytest.raises(AssertionError, match=complaint):
        install("--require-hashes", "-r", pinned)
    pinned.write_text(right)
    install("--require-hashes", "-r", pinned)
    assert environment.installed().keys() == _expected(HERE).keys() - {"built"}


def test_pip_decides_by_metadata_files(environments: Environments, index: str) -> None:
    environment = environments.with_pip(require_one(HERE), index)
    environment.pip("--upgrade", "pip")
    said = environment.pip("-vv", "--dry-run", "app")
    assert "app-1.0-py3-none-any.whl.metadata" in said
    assert "Downloading app-1.0" not in said


def test_uv_decides_by_metadata_files(environments: Environments, index: str) -> None:
    environment = environments.without_pip(require_one(HERE), index)
    said = environment.uv("-v", "--dry-run", "app")
    assert "app-1.0-py3-none-any.whl.metadata" in said


def _fill(world: World) -> None:
    requires = ["lib", "native", "backport; python_version<'3.11'", "win; sys_platform=='win32'"]
    world.add_wheel("app", "1.0", requires=requires)
    world.add_wheel("lib", "1.0")
    world.add_wheel("lib", "2.0", requires_python=">=3.10")
    world.add_wheel("backport", "1.0")
    for version in PYTHONS:
        tag = f"cp{version.replace('.', '')}"
        world.add_wheel("native", "1.0", tags=f"{tag}-{tag}-manylinux_2_17_{platform.machine()}")
    world.add_sdist("built", "1.0", requires=["lib"], build_requires=["buildhelper>=1"])
    world.add_wheel("buildhelper", "1.0", requires=["buildbase"])
    world.add_wheel("buildbase", "1.0")
    _, wheel = _newest_pip()
    metadata = _metadata_inside(wheel)
    needs = BytesParser().parsebytes(metadata)["Requires-Python"]
    body = wheel.read_bytes()
    world.add_file("pip", wheel.name, body, metadata=metadata, requires_python=needs)


def _expected(version: str) -> dict[str, str]:
    """What installing `app` and `built` comes to on a Python."""
    python = Version(version)
    expected = {"app": "1.0", "built": "1.0", "native": "1.0"}
    expected["lib"] = "2.0" if python >= Version("3.10") else "1.0"
    if python < Version("3.11"):
        expected["backport"] = "1.0"
    return expected


@cache
def _newest_pip() -> tuple[Version, Path]:
    """The newest pip that one of the Pythons brings along, and its wheel."""
    ask = "import ensurepip; print(ensurepip.__path__[0])"
    wheels = [
        wheel
        for python in pythons_here().values()
        for wheel in Path(
            subprocess.check_output([python, "-I", "-c", ask], text=True).strip()
        ).glob("_bundled/pip-*.whl")
    ]
    return max((parse_wheel_filename(wheel.name)[1], wheel) for wheel in wheels)


def _metadata_inside(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return archive.read(name)
