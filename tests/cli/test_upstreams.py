"""What options, variables and the file say of upstreams."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.shell import write_config
from wheelyard.cli import _parse
from wheelyard.cli.config import InvalidConfig
from wheelyard.cli.settings import Settings
from wheelyard.cli.upstreams import InvalidUpstream, UnknownUpstream, UpstreamChoice
from wheelyard.index.assignment import InvalidPattern
from wheelyard.upstream.credentials import InvalidUrl

PYPI = "https://pypi.org/simple/"
FILE = """
[[upstream]]
name = "pypi"
[[upstream]]
name = "torch"
url = "https://download.pytorch.org/whl/cpu"
projects = ["torch", "NVIDIA_*"]
explicit = true
[[upstream]]
name = "wheels"
url = "wheels"
"""


@pytest.fixture(autouse=True)
def current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder has no configuration."""
    folder = tmp_path / "current"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def read(
    tmp_path: Path,
    *arguments: str,
    text: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[UpstreamChoice, ...]:
    named = ["--config", str(write_config(tmp_path, text))] if text is not None else []
    parsed = _parse(["plan", "django", *named, *arguments])
    return Settings(parsed, environment or {}, lambda: tmp_path / "home").upstreams()


def login(tmp_path: Path, text: str, **environment: str) -> tuple[str, str] | None:
    (upstream,) = read(tmp_path, text=f"[[upstream]]\n{text}", environment=environment)
    return upstream.login


def test_without_any_setting_it_is_pypi(tmp_path: Path) -> None:
    (upstream,) = read(tmp_path)
    assert (upstream.name, upstream.url, upstream.login) == ("pypi", PYPI, None)


def test_those_of_the_file_are_asked_in_its_order(tmp_path: Path) -> None:
    pypi, torch, wheels = read(tmp_path, text=FILE)
    assert (pypi.url, pypi.explicit, pypi.refusals) == (PYPI, False, frozenset())
    assert torch.url == "https://download.pytorch.org/whl/cpu/"
    assert [str(pattern) for pattern in torch.projects] == ["torch", "nvidia-*"]
    assert torch.explicit
    assert torch.refusals == {403}
    assert wheels.folder == tmp_path / "wheels"
    assert wheels.url == f"{(tmp_path / 'wheels').as_uri()}/"


def test_options_take_the_place_of_the_file_in_their_order(tmp_path: Path) -> None:
    arguments = ["--upstream", "own=https://own.example/simple", "--upstream", PYPI]
    assert [(one.name, one.url) for one in read(tmp_path, *arguments, text=FILE)] == [
        ("own", "https://own.example/simple/"),
        ("pypi", PYPI),
    ]


def test_an_option_may_name_one_of_the_file(tmp_path: Path) -> None:
    torch, wheels = read(tmp_path, "--upstream", "torch", "--upstream", "wheels", text=FILE)
    assert torch.explicit
    assert wheels.folder == tmp_path / "wheels"


def test_the_variable_may_name_several(tmp_path: Path) -> None:
    urls = f"https://own.example/simple/ {PYPI}"
    found = read(tmp_path, text=FILE, environment={"WHEELYARD_UPSTREAM": urls})
    assert [one.name for one in found] == ["own.example", "pypi"]


def test_a_folder_of_an_option_begins_in_the_current_one(tmp_path: Path, current: Path) -> None:
    for text in ("wheels", "./wheels", (current / "wheels").as_uri()):
        (found,) = read(tmp_path, "--upstream", text, text="")
        assert found.url == f"{(current / 'wheels').as_uri()}/"


def test_those_without_a_name_get_different_ones(tmp_path: Path) -> None:
    urls = ["https://a.example/one/simple/", "https://a.example/two/simple/"]
    found = read(tmp_path, "--upstream", urls[0], "--upstream", urls[1])
    assert [one.name for one in found] == ["a.example", "a.example-2"]


def test_a_project_is_assigned_by_an_option(tmp_path: Path) -> None:
    arguments = ["--upstream-for", "nvidia-*=b", "--upstream-for", "Torch=b"]
    a, b = read(tmp_path, "--upstream=a=https://a/", "--upstream=b=https://b/", *arguments)
    assert a.projects == ()
    assert [str(pattern) for pattern in b.projects] == ["nvidia-*", "torch"]


@pytest.mark.parametrize(
    ("arguments", "error", "message", "hint"),
    [
        (["--upstream-for", "x=torhc"], UnknownUpstream, "no upstream `torhc`", "`torch`?"),
        (["--upstream-for", "x=other"], UnknownUpstream, "no upstream `other`", "`pypi`, `torch`"),
        (["--upstream-for", "x"], InvalidUpstream, "wants a project and", "torch=NAME"),
        (["--upstream-for", "a b=torch"], InvalidPattern, "neither a project's name", "nvidia-*"),
        (["--upstream", "https://"], InvalidUrl, "not a URL to fetch from", "`https://`"),
        (["--upstream", "ftp://a/simple/"], InvalidUrl, "not a URL to fetch from", "`https://`"),
        (["--upstream", "https://pypi.org"], InvalidUpstream, "is not the simple index", PYPI),
        (["--upstream", "https://pypi.org/pypi"], InvalidUpstream, "not the simple index", PYPI),
        (
            ["--upstream", "a=https://a/", "--upstream", "a=https://b/"],
            InvalidUpstream,
            "two upstreams have this name",
            "rename",
        ),
    ],
)
def test_a_mistake_is_told_with_a_hint(
    tmp_path: Path, arguments: list[str], error: type[Exception], message: str, hint: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        read(tmp_path, *arguments, text=FILE)
    assert hint in str(getattr(caught.value, "hint", ""))


def test_credentials_are_looked_for_in_their_order(tmp_path: Path) -> None:
    url = 'name = "my-own.one"\nurl = "https://urluser:urlword@a.example/simple/"\n'
    assert login(tmp_path, url) == ("urluser", "urlword")
    keys = f'{url}username = "keyuser"\npassword-env = "WORD"\n'
    assert login(tmp_path, keys, WORD="keyword") == ("keyuser", "keyword")
    variables = {
        "WHEELYARD_UPSTREAM_MY_OWN_ONE_USERNAME": "user",
        "WHEELYARD_UPSTREAM_MY_OWN_ONE_PASSWORD": "word",
    }
    assert login(tmp_path, keys, WORD="keyword", **variables) == ("user", "word")
    assert login(tmp_path, 'url = "https://a.example/"') is None


def test_a_token_needs_no_user(tmp_path: Path) -> None:
    text = 'name = "own"\nurl = "https://a.example/"\npassword-env = "TOKEN"'
    assert login(tmp_path, text, TOKEN="abc") == ("__token__", "abc")


def test_a_password_that_is_not_set_is_told(tmp_path: Path) -> None:
    text = 'name = "own"\nurl = "https://a.example/"\npassword-env = "TOKEN"'
    for environment in ({}, {"TOKEN": ""}):
        with pytest.raises(InvalidUpstream, match="`own`: its password is to be in `TOKEN`"):
            login(tmp_path, text, **environment)


def test_a_secret_is_in_no_value_that_is_shown(tmp_path: Path) -> None:
    text = FILE.replace("https://down", "https://me:sesame@down")
    assert read(tmp_path, text=text)[1].login == ("me", "sesame")
    assert "sesame" not in repr(read(tmp_path, text=text))
    with pytest.raises(InvalidUpstream) as caught:
        read(tmp_path, "--upstream", "https://me:sesame@pypi.org/")
    assert "sesame" not in str(caught.value)


def test_the_line_of_a_second_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="line 13: two upstreams are called `pypi`"):
        read(tmp_path, text=f'{FILE}[[upstream]]\nname = "pypi"\n')
