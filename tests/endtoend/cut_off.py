"""A network that is really cut off: a namespace whose only link leads to this machine.

Nothing of it has a name or is written anywhere. It lives as long as the process that holds it, and
that one ends when its standard input does: with the test, in whichever way that ends.
"""

import ipaddress
import itertools
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from endtoend.commands import wait_until
from tools import fall_short, require_root, require_tool

# Set aside for tests of networks (RFC 2544), so no machine that anybody means is in it. Every pair
# of addresses is of one process and one network of it, for other tests may run at the same time.
_ADDRESSES = ipaddress.ip_network("198.18.0.0/15")
_numbers = itertools.count()
_LONGEST = 180  # seconds


class CutOff:
    """The namespace, until the end of the `with` block. Skips the test where none can be made."""

    def __init__(self) -> None:
        require_root()
        self._ip = require_tool("ip")
        self._unshare = require_tool("unshare")
        self._nsenter = require_tool("nsenter")
        number = next(_numbers)
        first = int(_ADDRESSES[0]) + 4 * (
            (os.getpid() * 8 + number) % (_ADDRESSES.num_addresses // 4)
        )
        self.outside, self.inside = (str(ipaddress.ip_address(first + end)) for end in (1, 2))
        self._links = (f"wy{os.getpid()}o{number}", f"wy{os.getpid()}i{number}")
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            command: list[str | Path] = [self._unshare, "--net", "cat"]
            # At its end it closes the standard input, and with that ends the process.
            holder = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
            self._holder = holder
            ours = Path("/proc/self/ns/net").readlink()
            wait_until(lambda: holder.poll() is not None or self._namespace().readlink() != ours)
            if holder.poll() is not None:
                fall_short("needs network namespaces")
            self._join()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The link would go with the namespace, though not before what still runs in it has ended.
        subprocess.run([self._ip, "link", "delete", self._links[0]], check=False)
        self._stack.close()

    def run(
        self, command: Sequence[str | Path], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside; gives what it printed, stdout and stderr as one, and its code."""
        return subprocess.run(
            [self._nsenter, f"--net={self._namespace()}", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST,
            check=False,
        )

    def routes(self) -> list[str]:
        """The ways that lead out of the namespace, as `ip` prints them."""
        lines: list[str] = []
        for family in ("-4", "-6"):
            done = self.run([self._ip, family, "route", "show"], {})
            assert done.returncode == 0, done.stdout
            lines += [line.strip() for line in done.stdout.splitlines()]
        return lines

    def _namespace(self) -> Path:
        return Path(f"/proc/{self._holder.pid}/ns/net")

    def _join(self) -> None:
        outside, inside = self._links
        # Without addresses of their own making: `fe80::` would be a second way to this machine.
        quiet = ["addrgenmode", "none"]
        pair = ["add", outside, "type", "veth", "peer", "name", inside]
        self._set_up("link", *pair, "netns", str(self._holder.pid))
        self._set_up("link", "set", outside, *quiet, "up")
        self._set_up("address", "add", f"{self.outside}/30", "dev", outside)
        for arguments in (
            ["link", "set", "lo", "up"],
            ["link", "set", inside, *quiet, "up"],
            ["address", "add", f"{self.inside}/30", "dev", inside],
        ):
            done = self.run([self._ip, *arguments], {})
            assert done.returncode == 0, done.stdout

    def _set_up(self, *arguments: str) -> None:
        done = subprocess.run([self._ip, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            fall_short(f"needs `ip {' '.join(arguments)}` to work: {done.stderr.strip()}")
