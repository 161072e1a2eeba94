"""The loopback index through which uv sees the facts, asked over real HTTP."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession

from closure.values import LINUX, WINDOWS, group
from mirror.small_index import SmallIndex
from wheelyard.cli import main
from wheelyard.closure.question import Question
from wheelyard.index import FileNotFound, Unavailable
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.view import ResolverView, serve_view
from world import World

Answer = tuple[int, str, bytes]  # status, content type, body


def ask(
    index: SmallIndex, *paths: str, exact: bool = False
) -> tuple[list[Answer], Exception | None]:
    """The answers to requests one after the other, and the view's failure."""

    async def work() -> tuple[list[Answer], Exception | None]:
        targets = (LINUX,) if exact else (LINUX, WINDOWS)
        view = ResolverView(Question(group("app"), targets, exact), Facts(index, Silent()))
        answers = []
        async with serve_view(view) as url, ClientSession() as session:
            for path in paths:
                async with session.get(url.removesuffix("/simple") + path) as response:
                    answer = response.status, response.content_type, await response.read()
                    answers.append(answer)
        return answers, view.failure.result() if view.failure.done() else None

    return asyncio.run(work())


@pytest.fixture
def index() -> SmallIndex:
    index = SmallIndex()
    index.wheel("app", "1.0", "lib", requires_python=">=3.8", tags="cp312-cp312-win_amd64")
    index.wheel("app", "1.0", "lib", tags="cp312-cp312-macosx_11_0_arm64")
    index.sdist("app", "1.0", "lib")
    return index


def page(body: bytes) -> dict[str, Mapping[str, object]]:
    return {file["filename"]: file for file in json.loads(body)["files"]}


def test_a_page_lists_what_the_targets_can_install(index: SmallIndex) -> None:
    ((status, content_type, body),), _ = ask(index, "/simple/app/")
    assert (status, content_type) == (200, "application/vnd.pypi.simple.v1+json")
    files = page(body)
    assert set(files) == {"app-1.0-cp312-cp312-win_amd64.whl", "app-1.0-0-py3-none-any.whl"}
    wheel = files["app-1.0-cp312-cp312-win_amd64.whl"]
    assert wheel["url"] == "../../files/app/app-1.0-cp312-cp312-win_amd64.whl"
    assert wheel["requires-python"] == ">=3.8"
    assert wheel["core-metadata"] is True


def test_the_metadata_of_what_a_page_lists_is_there(index: SmallIndex) -> None:
    wheel = "app-1.0-cp312-cp312-win_amd64.whl"
    (_, (status, _, body)), _ = ask(index, "/simple/app/", f"/files/app/{wheel}.metadata")
    assert (status, body) == (200, index.documents[wheel])


def test_a_stand_in_for_an_sdist_has_the_sdists_metadata(index: SmallIndex) -> None:
    del index.files["app"][:2]  # type: ignore[index]
    stand_in = "/files/app/app-1.0-0-py3-none-any.whl.metadata"
    (_, (status, _, body)), _ = ask(index, "/simple/app/", stand_in)
    assert status == 200
    assert b"Requires-Dist: lib\n" in body
    assert index.asked["app-1.0.tar.gz"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/simple/nosuch/",
        "/files/app/app-1.0-cp312-cp312-macosx_11_0_arm64.whl.metadata",
        "/files/app/app-1.0-cp312-cp312-win_amd64.whl",
        "/files/nosuch/nosuch-1.0-py3-none-any.whl.metadata",
        "/",
    ],
)
def test_nothing_else_is_there(index: SmallIndex, path: str) -> None:
    (_, (status, _, _)), failure = ask(index, "/simple/app/", path)
    assert (status, failure) == (404, None)


@pytest.mark.parametrize(
    ("fails", "path"),
    [
        ("app", "/simple/app/"),
        (
            "app-1.0-cp312-cp312-win_amd64.whl",
            "/files/app/app-1.0-cp312-cp312-win_amd64.whl.metadata",
        ),
    ],
)
def test_what_cannot_be_read_fails_the_question(index: SmallIndex, fails: str, path: str) -> None:
    error = Unavailable("https://index.example", "503")
    index.failures[fails] = error
    answers, failure = ask(index, "/simple/app/", path)
    assert answers[-1][0] == 503
    assert failure is error


def test_a_file_that_is_known_to_be_lost_has_no_metadata(index: SmallIndex) -> None:
    wheel = "app-1.0-cp312-cp312-win_amd64.whl"
    index.failures[wheel] = FileNotFound(f"https://files.example/{wheel}")
    (_, (status, _, body)), failure = ask(index, "/simple/app/", f"/files/app/{wheel}.metadata")
    assert (status, body, failure) == (200, b"", None)


def test_direct_urls_are_left_out_and_all_else_stays(index: SmallIndex) -> None:
    wheel = "app-2.0-py3-none-any.whl"
    index.wheel(
        "app",
        "2.0",
        "tool @ https://example.org/tool.zip",
        'lib>=1; python_version > "3.8"',
        requires_python=">=3.9",
        extras={"more": ["other @ git+https://example.org/other", "plain"]},
    )
    (_, (_, _, body)), _ = ask(index, "/simple/app/", f"/files/app/{wheel}.metadata")
    lines = body.decode().split()
    assert "tool" not in lines
    assert "other" not in lines
    assert body.count(b"Requires-Dist: ") == 2
    assert b"Requires-Python: >=3.9\n" in body
    assert b"Provides-Extra: more\n" in body


def test_a_damaged_wheel_is_passed_over_for_an_earlier_release(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.add_wheel("alpha", "1.0", requires=("beta",))
    world.add_wheel("beta", "2.0")
    world.add_file("beta", "beta-3.0-py3-none-any.whl", b"this is no zip file")
    options = ["--upstream", world.simple_url, "--yard", str(tmp_path / "yard"), "--json"]
    assert main(["plan", "alpha", *options]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [file["filename"] for file in plan["add"]] == [
        "alpha-1.0-py3-none-any.whl",
        "beta-2.0-py3-none-any.whl",
    ]
