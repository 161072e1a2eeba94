"""The one place that makes an HTTP client: limits, trust and the name we go by."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from wheelyard.model.errors import InvalidInput

_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# Measured on loopback: with aiohttp's 64 KiB, 100 kB files take a third longer.
_READ_BUFFER = 256 * 1024


class UnreadableCertificates(InvalidInput):
    """The file of trusted certificates that the environment names cannot be read."""

    def __init__(self, variable: str, path: str, reason: str) -> None:
        self.variable, self.path, self.reason = variable, path, reason
        self.hint = f"correct `{variable}`, or unset it to trust what the system trusts"
        super().__init__(f"`{path}` holds no certificates that can be read: {reason}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked of one host at a time, and how long it may stay silent."""

    per_host: int = 16  # connections
    connect_timeout: float = 10.0  # seconds
    read_timeout: float = 30.0  # seconds without a byte; a whole answer may take any time


def open_session(environ: Mapping[str, str], limits: Limits) -> ClientSession:
    """A client that the caller closes. Call it inside the event loop.

    Raises UnreadableCertificates.
    """
    connector = TCPConnector(
        limit=0, limit_per_host=limits.per_host, ssl=trusted_certificates(environ)
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": f"wheelyard/{version('wheelyard')} (+mirror)"},
        read_bufsize=_READ_BUFFER,
        timeout=ClientTimeout(
            total=None, sock_connect=limits.connect_timeout, sock_read=limits.read_timeout
        ),
    )


def trusted_certificates(environ: Mapping[str, str]) -> ssl.SSLContext:
    """What the first of SSL_CERT_FILE, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE names, else the
    system's certificates. A directory holds certificates under the names of their hashes.
    """
    for variable in _CA_VARIABLES:
        if path := environ.get(variable):
            return _read_certificates(variable, path)
    return ssl.create_default_context()


def _read_certificates(variable: str, path: str) -> ssl.SSLContext:
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        raise UnreadableCertificates(variable, path, str(error)) from error
