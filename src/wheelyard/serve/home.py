"""The page for people who open the server's address in a browser."""

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from wheelyard.serve.answers import Request
from wheelyard.serve.instructions import install_commands
from wheelyard.serve.routes import view_path

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
{views}</body>
</html>
"""
_VIEWS = """<h2>What was proven</h2>
<p>Each of these is an index with one version of each project: what was proven to install together,
for one group of requirements and one kind of machine.</p>
{views}"""
_VIEW = """<details>
<summary>{group} on {target}: <a href="{path}">{path}</a></summary>
<pre>{pip}
{uv}</pre>
</details>
"""


def render_home(request: Request, views: Iterable[tuple[str, str]]) -> str:
    """What this is and how to install from it, by the address that the request came to.

    `views` are the groups and targets that have one, in the order in which they are shown.
    """
    scheme = "https" if request.scope["scheme"] == "https" else "http"
    root = request.scope.get("root_path", "")
    server = f"{scheme}://{_host(request)}"
    shown = "".join(_render_view(server, root, group, target) for group, target in views)
    simple = f"{root}/simple/"
    commands = install_commands(f"{server}{simple}", ["PROJECT"])
    return _PAGE.format(
        pip=escape(commands.pip),
        uv=escape(commands.uv),
        simple=escape(simple),
        views=_VIEWS.format(views=shown) if shown else "",
    )


def _render_view(server: str, root: str, group: str, target: str) -> str:
    path = f"{root}{view_path(group, target)}"
    commands = install_commands(f"{server}{path}", ["PROJECT"])
    return _VIEW.format(
        group=escape(group),
        target=escape(target),
        path=escape(path),
        pip=escape(commands.pip),
        uv=escape(commands.uv),
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
