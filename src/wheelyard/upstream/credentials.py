"""Who we are to each host: credentials out of URLs and netrc, as `Authorization` headers.

They belong to one origin (scheme, host and port) and go nowhere else, neither to another host
that an upstream redirects to nor into a message, a page or a file.
"""

import base64
import netrc
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from yarl import URL

from wheelyard.model.errors import InvalidInput


class InvalidUrl(InvalidInput):
    """The text is no URL that files or pages can be fetched from."""

    hint = "give a URL that starts with `https://` or `http://`"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"`{text}` is not a URL to fetch from")


class UnreadableNetrc(InvalidInput):
    """The netrc file cannot be read, so nobody knows which credentials it holds."""

    hint = "mend the file, or set `NETRC` to another one"

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"`{path}` cannot be read: {reason}")


class Origin(NamedTuple):
    """What credentials and proxies belong to."""

    scheme: str
    host: str
    port: int


@dataclass(slots=True)
class Credentials:
    """The credentials known for each origin; a URL's own come before those of netrc."""

    machines: netrc.netrc | None = None  # what the netrc file says; None: there is none
    _by_origin: dict[Origin, str | None] = field(default_factory=dict)

    def learn(self, text: str) -> str:
        """Keep the credentials that a URL carries for its origin; the URL without them.

        Raises InvalidUrl if it is not an http or https URL.
        """
        url = parse_url(text)
        if url.user is not None or url.password is not None:
            self._by_origin[origin_of(url)] = basic_authorization(
                url.user or "", url.password or ""
            )
        return str(url.with_user(None))

    def use(self, text: str, user: str, password: str) -> None:
        """Be this user to the origin of a URL, whatever else is known. Raises InvalidUrl."""
        self._by_origin[origin_of(parse_url(text))] = basic_authorization(user, password)

    def authorization(self, url: URL) -> str | None:
        """The `Authorization` header for requests to this URL, if any is known."""
        origin = origin_of(url)
        if origin not in self._by_origin:
            self._by_origin[origin] = self._from_netrc(origin.host)
        return self._by_origin[origin]

    def _from_netrc(self, host: str) -> str | None:
        found = self.machines.authenticators(host) if self.machines is not None else None
        return (
            None
            if found is None
            else basic_authorization(found[0] or found[1] or "", found[2] or "")
        )


def origin_of(url: URL) -> Origin:
    """The scheme, host and port of a URL that `parse_url` has read."""
    return Origin(url.scheme, url.host or "", url.port or 0)


def parse_url(text: str) -> URL:
    """Read an http or https URL; raises InvalidUrl, which does not repeat any credentials."""
    try:
        # A URL that needs no quoting is sent as it came: signatures in it may cover its spelling.
        url = URL(text, encoded=text.isascii() and " " not in text)
    except ValueError:
        raise InvalidUrl(_without_authority(text)) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidUrl(_without_authority(text))
    return url


def displayed(url: str) -> str:
    """A URL as messages may show it: without credentials, query and fragment."""
    try:
        return str(URL(url).with_user(None).with_query(None).with_fragment(None))
    except ValueError:
        return _without_authority(url)


def read_netrc(environ: Mapping[str, str]) -> netrc.netrc | None:
    """The file that `NETRC` names, else `~/.netrc`; None if there is none.

    Raises UnreadableNetrc.
    """
    path = Path(environ.get("NETRC") or Path(environ.get("HOME", "~"), ".netrc")).expanduser()
    try:
        return netrc.netrc(path)
    except FileNotFoundError:
        return None
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError) as error:
        raise UnreadableNetrc(path, getattr(error, "msg", None) or str(error)) from error


def basic_authorization(user: str, password: str) -> str:
    """The value of an `Authorization` header (RFC 7617)."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Basic {token}"


def _without_authority(text: str) -> str:
    """Unreadable text cut down to what follows the last `@`, where credentials end."""
    scheme, separator, rest = text.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"[:200]
