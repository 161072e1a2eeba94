"""The page for people who open the server's address in a browser."""

import re
from html import escape
from urllib.parse import urlsplit

from wheelyard.serve.answers import Request
from wheelyard.serve.instructions import install_commands

# A host and port as they may stand in a URL. Anything else in a Host header is an accident or a
# trick, and never comes back in a page.
_HOST = re.compile(rb"[A-Za-z0-9._~-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A Python package index</title>
</head>
<body>
<h1>A Python package index</h1>
<p>This is a wheelyard: Python projects and all that they need to be installed, without PyPI.</p>
<pre>{pip}
{uv}</pre>
<p><a href="{simple}">All projects</a></p>
</body>
</html>
"""


def render_home(request: Request) -> str:
    """What this is and how to install from it, by the address that the request came to."""
    host = _host(request)
    scheme = "https" if request.scope["scheme"] == "https" else "http"
    root = request.scope.get("root_path", "")
    simple = f"{scheme}://{host}{root}/simple/"
    commands = install_commands(simple, ["PROJECT"])
    return _PAGE.format(
        pip=escape(commands.pip),
        uv=escape(commands.uv),
        simple=escape(f"{root}/simple/"),
    )


def _host(request: Request) -> str:
    asked = request.headers.get(b"host", b"")
    if _HOST.fullmatch(asked) and _is_host(asked.decode("ascii")):
        return asked.decode("ascii")
    address, port = request.scope["server"]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _is_host(text: str) -> bool:
    try:
        urlsplit(f"//{text}")
    except ValueError:  # brackets without an address in them
        return False
    return True
