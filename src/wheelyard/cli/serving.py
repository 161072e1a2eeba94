"""Serving from the command line, and telling people how to install from it."""

import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from wheelyard.cli.output import tell
from wheelyard.cli.settings import Listening
from wheelyard.prove.document import InvalidProof
from wheelyard.serve.instructions import install_commands, is_loopback
from wheelyard.serve.routes import view_path
from wheelyard.serve.server import ServeSettings, check, serve
from wheelyard.serve.views import read_views
from wheelyard.yard.layout import Layout


def serve_yard(root: Path, listening: Listening, installs: Sequence[str], *, quiet: bool) -> None:
    """Serve until a signal ends it.

    `installs` are requirements to show in the instructions, which `quiet` leaves out.
    """

    def announce(url: str) -> None:
        print(f"serving {url}", flush=True)
        if not quiet:
            views = _named_views(Layout(root))
            tell([f"yard: {root.absolute()}", *install_lines(url, installs, views)])

    serve(root, _settings(listening), announce)
    if not quiet:
        tell(["", "the server has ended"])


def check_listening(listening: Listening) -> None:
    """Raise at once what serving there would raise, such as a port in use."""
    check(_settings(listening))


def _settings(listening: Listening) -> ServeSettings:
    return ServeSettings(
        host=listening.host,
        port=listening.port,
        workers=listening.workers,
        tls_cert=listening.tls_cert,
        tls_key=listening.tls_key,
    )


def install_lines(
    url: str, installs: Sequence[str], views: Sequence[tuple[str, str]] = ()
) -> list[str]:
    """How to install from the server at this URL; names this machine as others reach it.

    `views` are the groups and targets that have one; the first is shown.
    """
    shown = _address_for_others(url)
    commands = install_commands(shown, installs or ["PROJECT"])
    lines = ["", "install from it with", f"  {commands.pip}", f"  {commands.uv}"]
    lines += _view_lines(shown, views)
    if shown != url and shown.startswith("https:"):
        lines += ["", "in place of the address, write a name that the certificate is for"]
    if is_loopback(urlsplit(shown).hostname or ""):
        lines += ["", "for other machines to reach it, add `--host 0.0.0.0`"]
    return [*lines, "", "Ctrl-C ends it"]


def _named_views(layout: Layout) -> list[tuple[str, str]]:
    try:
        return list(read_views(str(layout.proof)).views)
    except (InvalidProof, OSError):
        return []  # the server tells of it when a view is asked for


def _view_lines(url: str, views: Sequence[tuple[str, str]]) -> list[str]:
    if not views:
        return []
    group, target = views[0]
    commands = install_commands(urljoin(url, view_path(group, target)), ["PROJECT"])
    told = f"or exactly what was proven for group `{group}` on {target}, with"
    if len(views) == 1:
        return ["", told, f"  {commands.pip}"]
    others = f"and {len(views) - 1} more such indexes, listed at {urljoin(url, '/')}"
    return ["", told, f"  {commands.pip}", others]


def _address_for_others(url: str) -> str:
    """The URL by which other machines reach the server, if they can."""
    parts = urlsplit(url)
    try:
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return url
    if not address.is_unspecified:
        return url
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{_own_address()}{port}"))


def _own_address() -> str:
    """The address that this machine has in its network, or its name if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only picks the route. The address is
            # one of those set aside for documentation, so no real machine is meant.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
