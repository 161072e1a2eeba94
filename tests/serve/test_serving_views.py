"""Views over real HTTP, and pip and uv that install from them."""

import asyncio
import json
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from prove.proofs import LINUX, proof, proven_group, sdist, wheel, witness
from serve.running import RunningServer
from serve.small_yard import SmallYard, replace
from tools import clean_environment
from wheelyard.prove.document import Proof, render_proof
from wheelyard.serve.app import AppSettings, YardApp
from wheelyard.serve.instructions import install_commands
from wheelyard.yard.layout import PageForm
from world import make_sdist, make_wheel

JSON = "application/vnd.pypi.simple.v1+json"
FORMS = (JSON, JSON.replace("json", "html"), "text/html")
VIEW = f"/v/web/{LINUX}/simple/"
PAGE = f"{VIEW}tinylib/"
UV = str(Path(sys.executable).with_name("uv"))

TWO_SPANS = proven_group(
    witness(wheel("tinylib-1.0"), last="3.11.4"),
    witness(wheel("tinylib-2.0"), wheel("dot_ted-1.0"), first="3.11.5"),
    name="spans",
)


def of(*filenames: str, name: str = "web") -> Proof:
    """A proof of one group on one target, and of the one that two spans are in."""
    return proof(proven_group(witness(*filenames), name=name), TWO_SPANS)


def put_proof(yard: SmallYard, said: Proof) -> None:
    """Replace the yard's proof as a mirror run does."""
    replace(yard.layout.proof, render_proof(said))


@pytest.fixture
def yard(yard: SmallYard) -> SmallYard:
    """The small yard with a proof that takes an older `tinylib`."""
    put_proof(yard, of(wheel("tinylib-1.0"), wheel("dot_ted-1.0"), wheel("forgotten-1.0")))
    return yard


@pytest.fixture(scope="module")
def standing(standing_yard: SmallYard) -> Iterator[RunningServer]:
    """A server over a yard with that proof; tests only read it."""
    put_proof(standing_yard, of(wheel("tinylib-1.0"), wheel("dot_ted-1.0"), wheel("forgotten-1.0")))
    with RunningServer(standing_yard.root) as running:
        yield running


def read(server: RunningServer, path: str) -> Any:
    reply = server.get(path, accept=JSON)
    assert reply.status == 200
    return json.loads(reply.body)


def filenames(server: RunningServer, path: str) -> list[str]:
    return [entry["filename"] for entry in read(server, path)["files"]]


def test_a_page_is_the_yard_s_with_the_files_of_the_witness_alone(standing: RunningServer) -> None:
    whole, page = read(standing, "/simple/tinylib/"), read(standing, PAGE)
    kept = [entry for entry in whole["files"] if entry["filename"] == wheel("tinylib-1.0")]
    assert [{**entry, "url": ""} for entry in page["files"]] == [{**kept[0], "url": ""}]
    assert page["versions"] == ["1.0"]
    assert (page["meta"], page["name"]) == (whole["meta"], whole["name"])


@pytest.mark.parametrize("prefix", ["http://host/", "https://host:8443/behind/a/proxy/"])
def test_the_urls_of_files_lead_to_the_yard_s_own(
    standing: RunningServer, standing_yard: SmallYard, prefix: str
) -> None:
    (entry,) = read(standing, PAGE)["files"]
    found = urljoin(prefix + PAGE.removeprefix("/"), entry["url"])
    path = standing_yard.paths[wheel("tinylib-1.0")]
    assert found == f"{prefix}{path}"
    assert standing.get(f"/{path}").body == standing_yard.bodies[wheel("tinylib-1.0")]
    assert f'href="{entry["url"]}#sha256=' in standing.get(PAGE).text


def test_the_list_has_the_projects_of_the_view_that_the_yard_has(standing: RunningServer) -> None:
    assert read(standing, VIEW)["projects"] == [{"name": "dot-ted"}, {"name": "tinylib"}]
    assert 'href="tinylib/"' in standing.get(VIEW).text
    for name in ("forgotten", "local", "unknown"):
        assert standing.get(f"{VIEW}{name}/").status == 404


def test_each_span_is_narrowed_beside_what_a_file_asks_for_itself(standing: RunningServer) -> None:
    entries = read(standing, f"/v/spans/{LINUX}/simple/tinylib/")["files"]
    assert {entry["filename"]: entry["requires-python"] for entry in entries} == {
        wheel("tinylib-1.0"): ">=3.11.0,<3.11.5",
        wheel("tinylib-2.0"): ">=3.8,>=3.11.5",
    }


@pytest.mark.parametrize("path", [PAGE, VIEW])
@pytest.mark.parametrize("accept", FORMS)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_view_is_answered_as_the_whole_index_is(
    standing: RunningServer, path: str, accept: str, encoding: str
) -> None:
    asked = {"accept": accept, "accept_encoding": encoding}
    like = standing.get("/simple/tinylib/" if path == PAGE else "/simple/", **asked)
    got, head = standing.get(path, **asked), standing.get(path, "HEAD", **asked)
    for name in ("content-type", "vary", "cache-control", "content-encoding", "x-pypi-last-serial"):
        assert got.headers.get(name) == like.headers.get(name)
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}
    assert got.headers["etag"] != like.headers["etag"]
    for _ in range(2):
        again = standing.get(path, **asked, if_none_match=got.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        assert again.headers["vary"] == like.headers["vary"]


def test_a_form_that_no_index_has_is_406(standing: RunningServer) -> None:
    reply = standing.get(PAGE, accept="image/png")
    assert reply.status == 406
    assert JSON in reply.text
    assert standing.get(f"{PAGE}?format={JSON}").headers["content-type"] == JSON


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        (VIEW.rstrip("/"), VIEW),
        (f"{VIEW}tinylib", PAGE),
        (f"{VIEW}TinyLib/", PAGE),
        (f"{VIEW}Dot.Ted", f"{VIEW}dot-ted/"),
    ],
)
def test_other_spellings_cost_one_redirect(
    standing: RunningServer, asked: str, location: str
) -> None:
    reply = standing.get(f"{asked}?x=1")
    assert (reply.status, reply.headers["location"]) == (301, f"{location}?x=1")


@pytest.mark.parametrize(
    ("group", "target"), [("nobody", LINUX), ("web", "cp312-win_amd64"), ("web", "nonsense")]
)
def test_what_is_not_proven_is_a_404_that_says_so(
    standing: RunningServer, group: str, target: str
) -> None:
    for below in ("", "tinylib/"):
        reply = standing.get(f"/v/{group}/{target}/simple/{below}")
        assert reply.status == 404
        assert f"no proof of group `{group}` on `{target}`; run `wheelyard mirror`" in reply.text


def test_a_yard_without_a_proof_has_no_views(yard: SmallYard) -> None:
    yard.layout.proof.unlink()
    with RunningServer(yard.root) as server:
        assert server.get(PAGE).status == 404
        assert "<details>" not in server.get("/").text


def test_a_proof_that_cannot_be_read_is_no_absence(yard: SmallYard) -> None:
    """Installers believe a 404 and go on to the next index."""
    replace(yard.layout.proof, b'{"schema": 1')
    with RunningServer(yard.root) as server:
        assert server.get(PAGE).status == 503
        assert [server.get(path).status for path in ("/", "/simple/tinylib/")] == [200, 200]
        put_proof(yard, of(wheel("tinylib-1.0")))
        assert server.get(PAGE).status == 200


def test_a_yard_whose_disk_is_gone_has_no_unproven_groups(
    yard: SmallYard, server: RunningServer
) -> None:
    yard.root.rename(yard.root.with_name("unmounted"))
    assert server.get(PAGE).status == 503
    yard.root.with_name("unmounted").rename(yard.root)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_new_proof_and_a_new_page_show_at_once(yard: SmallYard, workers: int) -> None:
    with RunningServer(yard.root, workers=workers) as server:
        for version in ("1.0", "2.0", "2.1", "1.0"):
            put_proof(yard, of(wheel(f"tinylib-{version}")))
            for _ in range(4):
                assert filenames(server, PAGE) == [wheel(f"tinylib-{version}")]
                assert [each["name"] for each in read(server, VIEW)["projects"]] == ["tinylib"]
        put_proof(yard, of(wheel("tinylib-3.0")))
        assert filenames(server, PAGE) == [], "the page has no such file yet"
        yard.add("tinylib", "3.0", {wheel("tinylib-3.0"): make_wheel("tinylib", "3.0")})
        assert filenames(server, PAGE) == [wheel("tinylib-3.0")]
        for form in PageForm:
            (yard.layout.simple / "tinylib" / form.value).unlink()
        assert server.get(PAGE).status == 404
        yard.publish_list()
        assert read(server, VIEW)["projects"] == []


def test_a_wheel_that_was_built_here_is_listed_with_its_sdist(yard: SmallYard) -> None:
    built = "tinylib-2.0-1wheelyard-py3-none-any.whl"
    yard.add("tinylib", "2.0", {built: make_wheel("tinylib", "2.0")})
    put_proof(yard, of(sdist("tinylib-2.0")))
    with RunningServer(yard.root) as server:
        assert set(filenames(server, PAGE)) == {sdist("tinylib-2.0"), built}


def test_the_home_page_shows_every_view_with_its_commands(standing: RunningServer) -> None:
    shown = unescape(standing.get("/", host="classroom.local").text)
    for group in ("web", "spans"):
        path = f"/v/{group}/{LINUX}/simple/"
        commands = install_commands(f"http://classroom.local{path}", ["PROJECT"])
        assert f'<a href="{path}">' in shown
        assert f"<pre>{commands.pip}\n{commands.uv}</pre>" in shown


def test_behind_a_prefix_the_home_page_and_redirects_name_it(yard: SmallYard) -> None:
    app = YardApp(yard.root, AppSettings())
    home = asyncio.run(_ask_app(app, "/", root_path="/pypi"))
    assert f'<a href="/pypi{VIEW}">' in home[1]["body"].decode()
    moved = asyncio.run(_ask_app(app, f"{VIEW}TinyLib", root_path="/pypi"))
    assert (b"location", f"/pypi{PAGE}".encode()) in moved[0]["headers"]


async def _ask_app(
    app: YardApp, path: str, *, root_path: str = "", accept: str = "*/*"
) -> list[Any]:
    """Every message of one answer, without a server in between."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": root_path,
        "headers": [(b"accept", accept.encode())],
        "server": ("127.0.0.1", 8080),
    }
    await app(scope, receive, send)
    return sent


def test_many_who_ask_at_once_get_the_same(yard: SmallYard) -> None:
    """Also for the first time after a new proof, when several would read it."""

    async def ask_all(app: YardApp) -> set[bytes]:
        asked = (_ask_app(app, PAGE, accept=FORMS[number % 3]) for number in range(30))
        return {sent[1]["body"] for sent in await asyncio.gather(*asked)}

    async def scenario() -> None:
        app = YardApp(yard.root, AppSettings())
        for version in ("1.0", "2.0"):
            put_proof(yard, of(wheel(f"tinylib-{version}")))
            bodies = await ask_all(app)
            assert len(bodies) == 2, "JSON and HTML"
            assert all(wheel(f"tinylib-{version}").encode() in body for body in bodies)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "path", [f"/v/{'a' * 900}/x/simple/", "/v/%ff/x/simple/", "/v/a/b/simple//"]
)
def test_hostile_paths_find_nothing(standing: RunningServer, path: str) -> None:
    with socket.create_connection((standing.host, standing.port), timeout=10) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert b" 404 " in raw.makefile("rb").readline()


# Real installers.


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment without anything in it, of the Python that runs the tests."""
    path = tmp_path / "venv"
    made = [UV, "venv", "-q", "--python", sys.executable, str(path)]
    subprocess.run(made, check=True, env=clean_environment(tmp_path))
    return path


def view_url(server: RunningServer, group: str) -> str:
    return urljoin(server.url, f"/v/{group}/{LINUX}/simple/")


def installed(environment: Path) -> dict[str, str]:
    command = [UV, "pip", "freeze", "--python", str(environment / "bin" / "python")]
    lines = _run(command, environment.parent).splitlines()
    return dict(line.split("==", 1) for line in lines)


def _run(command: Sequence[str], home: Path) -> str:
    done = subprocess.run(
        command, env=clean_environment(home), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.installer
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_installers_take_the_witness_where_the_whole_index_has_something_newer(
    yard: SmallYard, server: RunningServer, environment: Path, tmp_path: Path, installer: str
) -> None:
    python = str(environment / "bin" / "python")
    for url, version in ((server.url, "2.0"), (view_url(server, "web"), "1.0")):
        commands = install_commands(url, ["tinylib", "dot-ted"])
        if installer == "pip":
            command = [sys.executable, "-m", "pip", "--python", python]
            command += [*shlex.split(commands.pip)[1:], "--force-reinstall"]
        else:
            command = [UV, *shlex.split(commands.uv)[1:], "--python", python, "--reinstall"]
        _run(command, tmp_path)
        assert installed(environment) == {"tinylib": version, "dot-ted": "1.0"}


@pytest.mark.installer
def test_an_sdist_of_the_witness_is_built_from_the_view_alone(
    yard: SmallYard, environment: Path, tmp_path: Path
) -> None:
    yard.add("backend", "1.0", {wheel("backend-1.0"): make_wheel("backend", "1.0")})
    body = make_sdist("built", "1.0", build_requires=["backend"])
    yard.add("built", "1.0", {sdist("built-1.0"): body})
    group = proven_group(witness(sdist("built-1.0")), name="web")
    build = proven_group(
        witness(wheel("backend-1.0")), requirements=["backend"], builds=[sdist("built-1.0")]
    )
    python = str(environment / "bin" / "python")
    with RunningServer(yard.root) as server:
        command = [UV, "pip", "install", "--python", python, "--default-index"]
        command += [view_url(server, "web"), "built"]
        put_proof(yard, proof(group))
        with pytest.raises(AssertionError, match="backend"):
            _run(command, tmp_path)
        put_proof(yard, proof(group, build))
        _run(command, tmp_path)
    assert installed(environment) == {"built": "1.0"}


@pytest.mark.installer
@pytest.mark.parametrize(("python", "version"), [("3.11.2", "1.0"), ("3.11.9", "2.0")])
def test_each_patch_release_of_python_finds_the_witness_of_its_span(
    server: RunningServer, tmp_path: Path, python: str, version: str
) -> None:
    wanted = tmp_path / "requirements.in"
    wanted.write_text("tinylib\n")
    url = view_url(server, "spans")
    command = [UV, "pip", "compile", "-q", "--no-header", "--no-annotate", str(wanted)]
    answer = _run([*command, "--python-version", python, "--default-index", url], tmp_path)
    assert f"tinylib=={version}\n" in answer
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--report", str(report)]
    chosen = [
        "--python-version",
        python,
        "--only-binary",
        ":all:",
        "--target",
        str(tmp_path / "site"),
    ]
    _run([*command, *chosen, "--index-url", url, "tinylib"], tmp_path)
    taken = {
        each["metadata"]["name"]: each["metadata"]["version"]
        for each in json.loads(report.read_text())["install"]
    }
    assert taken["tinylib"] == version
