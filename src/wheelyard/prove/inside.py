"""The first process of a network that is cut off: it starts the yard's server there.

It runs as a program of its own, and ends, with the server, when its standard input does: with the
process that started it, in whichever way that ends.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence

CUT_OFF = "cut off"  # the line that says that no way leads out

_SET_FLAGS = 0x8914  # SIOCSIFFLAGS of <linux/sockios.h>
_UP = 0x1  # IFF_UP of <linux/if.h>
# Set aside for documentation (RFC 5737, RFC 3849), so a way to them is a way to anywhere.
_OUTSIDE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def raise_loopback() -> None:
    """Let the processes here reach each other: `lo` is down in a new network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))


def ways_out() -> list[str]:
    """The links besides `lo`, and the addresses outside that could be reached; nothing is sent."""
    links = [name for _, name in socket.if_nameindex() if name != "lo"]
    return links + [address for family, address in _OUTSIDE if _is_reachable(family, address)]


def _is_reachable(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            # Connecting a datagram socket only picks the route.
            probe.connect((address, 9))
    except OSError:
        return False
    return True


def main(server: Sequence[str]) -> None:
    """Cut off, check, and run the server until the standard input ends."""
    raise_loopback()
    if ways := ways_out():
        sys.exit(f"the network is not cut off: {', '.join(ways)}")
    print(CUT_OFF, flush=True)  # noqa: T201
    with subprocess.Popen(server, stdin=subprocess.DEVNULL) as running:
        # From here on the server alone holds it, so its end is seen by who reads there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        try:
            sys.stdin.buffer.read()
        finally:
            running.terminate()


if __name__ == "__main__":
    main(sys.argv[1:])
