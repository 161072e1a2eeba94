"""Which proxy a request goes through, as the environment says.

aiohttp can read the environment itself, but does so anew for each request and in another thread.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from yarl import URL

from wheelyard.model.errors import InvalidInput
from wheelyard.upstream.credentials import (
    Origin,
    basic_authorization,
    displayed,
    origin_of,
)

_SUFFIX = "_proxy"


class UnsupportedProxy(InvalidInput):
    """The environment names a proxy that cannot be used."""

    hint = "set `HTTPS_PROXY` and `HTTP_PROXY` to an `http://` URL, or `NO_PROXY` for this host"

    def __init__(self, proxy: str) -> None:
        self.proxy = displayed(proxy)
        super().__init__(f"the proxy `{self.proxy}` is not an HTTP proxy")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and who we are to it."""

    url: URL  # without credentials
    authorization: str | None  # the `Proxy-Authorization` header


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of an environment, by scheme; `no` holds the hosts that need none."""

    settings: Mapping[str, str]
    _by_origin: dict[Origin, Proxy | None] = field(default_factory=dict)

    def for_url(self, url: URL) -> Proxy | None:
        """The proxy for a URL, or None to connect to its host. Raises UnsupportedProxy."""
        if not self.settings:
            return None
        origin = origin_of(url)
        if origin not in self._by_origin:
            self._by_origin[origin] = self._choose(origin)
        return self._by_origin[origin]

    def _choose(self, origin: Origin) -> Proxy | None:
        text = self.settings.get(origin.scheme) or self.settings.get("all")
        if not text or any(
            _covers(entry.strip(), origin) for entry in self.settings.get("no", "").split(",")
        ):
            return None
        try:
            url = URL(text if "://" in text else f"http://{text}")
        except ValueError:
            raise UnsupportedProxy(text) from None
        if url.scheme not in ("http", "https") or not url.host:
            raise UnsupportedProxy(text)
        known = url.user is not None
        authorization = basic_authorization(url.user or "", url.password or "") if known else None
        return Proxy(url.origin(), authorization)


def read_proxies(environ: Mapping[str, str]) -> Proxies:
    """The proxies of an environment: `https_proxy`, `no_proxy` and so on; lower case wins."""
    settings: dict[str, str] = {}
    for name, value in sorted(environ.items()):  # upper case sorts first, so lower case is last
        if name.lower().endswith(_SUFFIX):
            settings[name.lower().removesuffix(_SUFFIX)] = value.strip()
    return Proxies({scheme: value for scheme, value in settings.items() if value})


def _covers(entry: str, origin: Origin) -> bool:
    """Whether one entry of NO_PROXY is this host, a domain above it or a network around it."""
    if entry == "*":
        return True
    if "/" in entry:
        return _is_within(origin.host, entry)
    domain = entry.lstrip(".").lower()
    names = (origin.host, f"{origin.host}:{origin.port}")
    return bool(domain) and any(name == domain or name.endswith(f".{domain}") for name in names)


def _is_within(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
