"""How to install from a server, as commands to copy into a shell.

pip passes over an index with plain HTTP unless it is told to trust the host or finds the client's
own machine there. uv asks for nothing: its `--allow-insecure-host` is for certificates that cannot
be checked.
"""

import ipaddress
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class InstallCommands:
    """One command for each installer, quoted for a shell."""

    pip: str
    uv: str


def install_commands(url: str, requirements: Sequence[str]) -> InstallCommands:
    """The commands that install `requirements` from the simple index at `url` and nothing else."""
    index, wanted = shlex.quote(url), shlex.join(requirements)
    host = urlsplit(url).hostname or ""
    trust = ""
    if urlsplit(url).scheme == "http" and not is_loopback(host):
        # Of an IPv6 address, pip takes both forms; without brackets it needs no quotes.
        trust = f" --trusted-host {shlex.quote(host)}"
    return InstallCommands(
        pip=f"pip install --index-url {index}{trust} {wanted}",
        uv=f"uv pip install --default-index {index} {wanted}",
    )


def is_loopback(host: str) -> bool:
    """Whether a host as it stands in a URL, without brackets, is the client's own machine.

    These are the ones that pip trusts unasked: `localhost`, 127.0.0.0/8 and ::1.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
