"""The socket that the server listens on, and what can be wrong with the address.

We open it ourselves, before any worker starts: granian's own has SO_REUSEPORT, with which a second
server on the same port is no error, and both get a part of the requests.
"""

import errno
import socket

from wheelyard.model.errors import InvalidInput, Unreachable

BACKLOG = 1024

_HIGHEST_PORT = 65535
_FIRST_FREE_PORT = 1024  # below it, most systems want rights for it


class PortInUse(Unreachable):
    """Another process listens there."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.hint = (
            f"stop the other server, choose another port with `--port {port + 1}`, "
            "or let the system choose one with `--port 0`"
        )
        super().__init__(f"port {port} of `{host}` is in use by another process")


class PortRefused(InvalidInput):
    """The system does not let us listen on this port."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port, self.reason = host, port, reason
        self.hint = (
            "choose a port from 1024 on with `--port`, or let systemd open this one"
            if 0 < port < _FIRST_FREE_PORT
            else "choose another port with `--port`"
        )
        super().__init__(f"port {port} of `{host}` cannot be opened: {reason}")


class UnknownHost(InvalidInput):
    """The name is unknown, or the address is not one of this machine's."""

    hint = (
        "give `--host` an address of this machine: `127.0.0.1` for itself only, `0.0.0.0` for all"
    )

    def __init__(self, host: str, reason: str) -> None:
        self.host, self.reason = host, reason
        super().__init__(f"cannot listen on `{host}`: {reason}")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free one.

    Raises PortInUse, PortRefused or UnknownHost.
    """
    if not 0 <= port <= _HIGHEST_PORT:
        raise PortRefused(host, port, f"ports go from 0 to {_HIGHEST_PORT}")
    family, address = _resolved(host, port)
    both = family is socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        raise translated(error, host, port) from error


def base_url(sock: socket.socket, host: str, *, is_tls: bool) -> str:
    """The address as a client on this machine writes it, with a slash at the end."""
    port = sock.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if is_tls else 'http'}://{name}:{port}/"


def translated(error: OSError, host: str, port: int) -> InvalidInput | Unreachable:
    """Our error for what the system said when the address was opened."""
    # socket.create_server puts the address into the text, so the text is made anew.
    match error.errno:
        case errno.EADDRINUSE:
            return PortInUse(host, port)
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            return UnknownHost(host, "it is not an address of this machine")
        case errno.EACCES | errno.EPERM:
            return PortRefused(host, port, "this user may not")
    return PortRefused(host, port, error.strerror or str(error))


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no host name"
        raise UnknownHost(host, reason[:1].lower() + reason[1:]) from error
    family, *_, address = found[0]
    return family, (str(address[0]), port)
