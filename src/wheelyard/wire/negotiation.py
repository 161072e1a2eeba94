"""Which form of an answer a client wants: the simple API's formats, and content codings.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/#version-format-selection
      RFC 9110, sections 12.5.1 and 12.5.3
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum


class Format(StrEnum):
    """The formats of the simple API, in the order that the standard recommends on equal terms."""

    JSON = "application/vnd.pypi.simple.v1+json"
    HTML_V1 = "application/vnd.pypi.simple.v1+html"
    HTML = "text/html"


class Encoding(StrEnum):
    """The content codings that answers come in, best first."""

    GZIP = "gzip"
    IDENTITY = "identity"


# The reply to `latest` names the version it is.
_ALIASES: Mapping[str, str] = {
    "application/vnd.pypi.simple.latest+json": Format.JSON,
    "application/vnd.pypi.simple.latest+html": Format.HTML_V1,
    "x-gzip": Encoding.GZIP,
}
# Commas and semicolons inside a quoted string separate nothing.
_ELEMENT = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+')
_PARAMETER = re.compile(r'(?:[^;"]|"(?:\\.|[^"\\])*"?)+')
_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)

_NAMED, _SUBTYPES, _ANY = 2, 1, 0  # how closely a media range speaks of a format


def choose_format(accept: str) -> Format | None:
    """The best simple API format for an Accept header, or None if it accepts none of ours.

    An empty header accepts anything and gives HTML, as `*/*` does: browsers and old tools need it.
    On equal weights a format that is named beats one that a wildcard takes in, and then the order
    of `Format` decides. A media range with q=0 is a refusal; a range whose q cannot be read is
    passed over, and so are parameters other than q.

    Spec: RFC 9110 section 12.5.1; PEP 691, "Version + Format Selection".
    """
    if not accept.strip(" \t,"):
        return Format.HTML
    weights = _weights(accept)
    ranked = {offered: _rank(offered, weights) for offered in Format}
    chosen = max(Format, key=lambda offered: ranked[offered])
    return chosen if ranked[chosen][0] > 0 else None


def choose_encoding(accept_encoding: str) -> Encoding:
    """The content coding to answer with; IDENTITY for an empty header.

    The coding with the greatest weight wins, GZIP on equal ones. Identity has a weight only when it
    is named, and is the answer when nothing else is accepted, even where the header refuses it.

    Spec: RFC 9110 section 12.5.3
    """
    weights = _weights(accept_encoding)
    gzip = weights.get(Encoding.GZIP, weights.get("*", 0.0))
    identity = weights.get(Encoding.IDENTITY, 0.0)
    return Encoding.GZIP if gzip > 0 and gzip >= identity else Encoding.IDENTITY


def _rank(offered: Format, weights: Mapping[str, float]) -> tuple[float, int, int]:
    """The weight of the most specific range that takes the format in, then what breaks ties."""
    kind = offered.partition("/")[0]
    order = -list(Format).index(offered)
    if offered in weights:
        return weights[offered], _NAMED, order
    if f"{kind}/*" in weights:
        return weights[f"{kind}/*"], _SUBTYPES, order
    return weights.get("*/*", 0.0), _ANY, int(offered is Format.HTML)


def _weights(header: str) -> dict[str, float]:
    """What a header lists, by its name in lower case, aliases resolved; the greatest q of each."""
    weights: dict[str, float] = {}
    for element in _ELEMENT.findall(header):
        name, *parameters = [part.strip() for part in _PARAMETER.findall(element)] or [""]
        weight = _read_weight(parameters)
        if weight is not None:
            name = _ALIASES.get(name.lower(), name.lower())
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights


def _read_weight(parameters: Iterable[str]) -> float | None:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            return float(value) if _WEIGHT.fullmatch(value.strip()) else None
    return 1.0
