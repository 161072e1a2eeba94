"""The small world is real enough for pip: it installs from it and builds its sdists offline."""

import http.client
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import pytest

from world import World, make_sdist, make_wheel

JSON = "application/vnd.pypi.simple.v1+json"


def get(url: str, **headers: str) -> tuple[int, bytes, Message]:
    request = urllib.request.Request(
        url, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, response.read(), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def pip_install(world: World, env: dict[str, str], into: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--target", str(into), "--no-compile"]
    command += ["--index-url", world.simple_url, *arguments]
    subprocess.run(command, env=env, check=True, capture_output=True, timeout=120)


def test_archives_are_the_same_bytes_each_time() -> None:
    assert make_wheel("tinylib", "1.0") == make_wheel("tinylib", "1.0")
    assert make_sdist("tinylib", "1.0") == make_sdist("tinylib", "1.0")
    assert len(make_wheel("tinylib", "1.0")) < 1000


@pytest.mark.installer
@pytest.mark.parametrize("serves_json", [True, False])
def test_pip_installs_a_wheel_and_what_it_requires(
    world: World, clean_env: dict[str, str], tmp_path: Path, serves_json: bool
) -> None:
    world.serves_json = serves_json
    world.add_wheel("app", "1.0", requires=["tinylib>=1; python_version>'3'"], extras={"x": ["no"]})
    world.add_wheel("tinylib", "1.0")
    world.add_wheel("tinylib", "2.0", requires_python=">=4")
    pip_install(world, clean_env, tmp_path / "site", "app")
    names = {path.name for path in (tmp_path / "site").iterdir()}
    assert names == {"app.py", "app-1.0.dist-info", "tinylib.py", "tinylib-1.0.dist-info"}


@pytest.mark.installer
def test_pip_builds_a_default_sdist_with_nothing_but_the_world(
    world: World, clean_env: dict[str, str], tmp_path: Path
) -> None:
    world.add_sdist(
        "app",
        "1.0",
        requires=["tinylib"],
        hook_requires=["buildhelper"],
        built_requires=["latecomer"],
        dynamic=["Requires-Dist"],
    )
    for name in ("tinylib", "buildhelper", "latecomer"):
        world.add_wheel(name, "1.0")
    pip_install(world, clean_env, tmp_path / "site", "app")
    names = {path.name for path in (tmp_path / "site").glob("*.py")}
    assert names == {"app.py", "tinylib.py", "latecomer.py"}


def test_pages_carry_etags_and_follow_changes(world: World) -> None:
    world.add_wheel("tinylib", "1.0")
    url = f"{world.simple_url}tinylib/"
    status, body, headers = get(url, Accept=JSON)
    assert (status, headers["Content-Type"]) == (200, JSON)
    assert b"tinylib-1.0-py3-none-any.whl" in body
    assert get(url, Accept=JSON, If_None_Match=headers["ETag"])[0] == 304
    world.yank("tinylib-1.0-py3-none-any.whl", "broken")
    status, body, changed = get(url, Accept=JSON, If_None_Match=headers["ETag"])
    assert status == 200
    assert b'"yanked": "broken"' in body
    assert int(changed["X-PyPI-Last-Serial"]) > int(headers["X-PyPI-Last-Serial"])
    world.set_status("tinylib", "quarantined", "malware")
    assert b".whl" not in get(url, Accept=JSON)[1]
    assert b"tinylib" not in get(world.simple_url, Accept=JSON)[1]


def test_files_come_whole_in_ranges_and_with_their_metadata(world: World) -> None:
    file = world.add_wheel("tinylib", "1.0", payload=1000)
    url = world.url + file.path
    assert get(url)[1] == file.body
    status, body, headers = get(url, Range="bytes=-10")
    assert (status, body) == (206, file.body[-10:])
    size = len(file.body)
    assert headers["Content-Range"] == f"bytes {size - 10}-{size - 1}/{size}"
    assert get(url, Range="bytes=5-8")[1] == file.body[5:9]
    assert get(url, Range=f"bytes={size}-")[0] == 416
    assert get(url, Range="bytes=5-", If_Range='"other"')[0] == 200
    assert get(f"{url}.metadata")[1].startswith(b"Metadata-Version")
    world.remove(file.filename)
    assert get(url)[0] == 404


def test_faults_happen_where_and_as_often_as_asked(world: World) -> None:
    file = world.add_wheel("tinylib", "1.0", payload=10_000)
    url = world.url + file.path
    world.answer("*.whl", 429, times=1, headers={"Retry-After": "3"})
    assert get(url)[2]["Retry-After"] == "3"
    assert get(url)[0] == 200
    world.truncate("*.whl", 100)
    with pytest.raises(http.client.IncompleteRead):
        get(url)
    world.lie("*.whl", b"lies")
    assert get(url)[1] == b"lies"
    world.heal()
    world.then("/simple/tinylib/", lambda: world.remove_project("tinylib"))
    assert get(f"{world.simple_url}tinylib/")[0] == 200
    assert get(f"{world.simple_url}tinylib/")[0] == 404
    assert [request.status for request in world.requests_to("/simple/*")] == [200, 404]


def test_a_stalled_path_does_not_answer(world: World) -> None:
    world.add_wheel("tinylib", "1.0")
    world.stall("/simple/*")
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(f"{world.simple_url}tinylib/", timeout=0.2)


def test_a_slow_path_answers_all_in_its_time(world: World) -> None:
    file = world.add_wheel("tinylib", "1.0", payload=1000)
    world.slow("*.whl", 0.2, times=1)
    started = time.monotonic()
    assert get(world.url + file.path)[1] == file.body
    assert time.monotonic() - started >= 0.2
    assert get(world.url + file.path, Range="bytes=5-8")[1] == file.body[5:9]
