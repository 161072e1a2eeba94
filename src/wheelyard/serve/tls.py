"""The certificate and key of the server, tried before anything starts."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from wheelyard.model.errors import InvalidInput


class UnusableCertificate(InvalidInput):
    """The TLS files cannot be used together."""

    hint = (
        "`--tls-cert` takes a PEM file with the certificate and its chain, `--tls-key` one with "
        "its unencrypted key; the server's user must be able to read both"
    )

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"`{path}` cannot be used for TLS: {reason}")


class IncompleteTls(InvalidInput):
    """Only one of certificate and key was given."""

    hint = "give both `--tls-cert` and `--tls-key`, or neither for plain HTTP"

    def __init__(self, given: str) -> None:
        self.given = given
        super().__init__(f"`{given}` is given without its other half")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """A certificate with its key, both PEM."""

    cert: Path
    key: Path


def tls_files(cert: Path | None, key: Path | None) -> TlsFiles | None:
    """Both files after trying them, None for plain HTTP.

    Raises IncompleteTls and UnusableCertificate.
    """
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise IncompleteTls("--tls-cert" if key is None else "--tls-key")
    for path in (cert, key):
        try:
            path.read_bytes()
        except OSError as error:
            raise UnusableCertificate(path, (error.strerror or str(error)).lower()) from error
    try:
        # An empty password makes an encrypted key an error instead of a question on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).lower().replace("_", " ")
        raise UnusableCertificate(cert, reason) from error
    return TlsFiles(cert, key)
