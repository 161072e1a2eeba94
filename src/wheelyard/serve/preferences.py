"""What a request would like to get: its Accept headers and `?format=`.

Spec: https://packaging.python.org/en/latest/specifications/simple-repository-api/#version-format-selection
"""

from functools import lru_cache
from urllib.parse import unquote

from wheelyard.serve.answers import Request
from wheelyard.wire.negotiation import Encoding, Format, choose_encoding, choose_format

# Installers send the same headers with every request, so the choices are remembered; not those of
# long headers, so that nobody can fill the memory with them.
_LONGEST_REMEMBERED = 512  # bytes
_LONGEST_READ = 4096  # bytes; a longer header says nothing that we could use


def wanted_format(request: Request) -> Format | None:
    """The format for a page; None if the client accepts none of ours.

    "A client may use `?format=`" instead of an Accept header; it beats the header.
    """
    if (query := request.scope["query_string"]) and (named := _format_parameter(query)):
        return choose_format(named)
    accept = request.headers.get(b"accept", b"")
    if len(accept) <= _LONGEST_REMEMBERED:
        return _remembered_format(accept)
    return _format(accept if len(accept) <= _LONGEST_READ else b"")


def wanted_encoding(request: Request) -> Encoding:
    """The content coding for what is worth compressing."""
    accept = request.headers.get(b"accept-encoding", b"")
    if len(accept) <= _LONGEST_REMEMBERED:
        return _remembered_encoding(accept)
    return _encoding(accept if len(accept) <= _LONGEST_READ else b"")


def _format(accept: bytes) -> Format | None:
    return choose_format(accept.decode("latin-1"))


def _encoding(accept: bytes) -> Encoding:
    return choose_encoding(accept.decode("latin-1"))


_remembered_format = lru_cache(maxsize=512)(_format)
_remembered_encoding = lru_cache(maxsize=512)(_encoding)


def _format_parameter(query: bytes) -> str:
    """The value of `format`, "" if there is none. A `+` is itself: the types' names have one."""
    if len(query) > _LONGEST_READ:
        return ""
    for pair in query.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        if name == "format":
            return unquote(value)
    return ""
