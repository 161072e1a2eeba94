"""What a test needs of the machine: other people's commands, root. Missing is a skip, in CI not."""

import os
import shutil
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

_PACKAGES = Path(__file__).with_name("debian-packages.txt")


def require_tool(name: str) -> Path:
    """The path of command `name`; without it the test is skipped, or fails under CI."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        package = debian_packages().get(name)
        fall_short(f"needs `{name}`" + (f" (`apt install {package}`)" if package else ""))
    return Path(path)


def require_root() -> None:
    """Skip the test, or fail under CI, unless it runs as root."""
    if os.geteuid() != 0:
        fall_short("needs root")


def fall_short(reason: str) -> NoReturn:
    """End the test because the machine lacks something: a failure under CI, else a skip."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and in CI nothing is skipped for that", pytrace=False)
    pytest.skip(reason)


@cache
def debian_packages() -> dict[str, str]:
    """Command -> Debian package, as `scripts/debian-packages` installs them."""
    lines = (line.split() for line in _PACKAGES.read_text().splitlines())
    return {words[0]: words[1] for words in lines if words and words[0] != "#"}


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """An environment in which pip, uv and wheelyard know nothing of this machine's user.

    No configuration, no caches but those below `home`, no settings in variables. `extra` is put on
    top.
    """
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CONFIG_DIRS": str(home / ".config-of-all"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_CACHE_DIR": str(home / ".cache" / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(home / ".cache" / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "NO_COLOR": "1",
        **extra,
    }
