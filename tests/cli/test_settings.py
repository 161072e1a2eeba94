"""Options beat variables, which beat the file; and what is said of settings that are wrong."""

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.shell import write_config
from wheelyard.cli import _parse
from wheelyard.cli.config import InvalidConfig
from wheelyard.cli.settings import (
    GroupBesideRequirements,
    InvalidGroup,
    InvalidVariable,
    NothingToMirror,
    Settings,
    UnknownGroup,
)
from wheelyard.model.errors import InvalidInput
from wheelyard.model.platforms import InvalidPlatform
from wheelyard.model.requirements import InvalidRequirement
from wheelyard.model.targets import InvalidPython, InvalidTarget

FILE = """\
yard = "from-file"
[[upstream]]
url = "https://file.example/simple"
[targets]
python = ["3.11"]
platform = ["linux"]
[[group]]
name = "web"
requirements = ["django", "gunicorn"]
[[group]]
name = "data"
requirements = ["pandas"]
pre = true
[serve]
host = "192.0.2.1"
port = 1
workers = 2
tls-cert = "file.pem"
tls-key = "file.key"
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder has no configuration."""
    (tmp_path / "current").mkdir()
    monkeypatch.chdir(tmp_path / "current")


def settings(
    tmp_path: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings of `wheelyard up` with these arguments and variables."""
    parsed: argparse.Namespace = _parse(["up", *arguments])
    return Settings(parsed, environment or {}, lambda: tmp_path / "home")


def with_file(
    tmp_path: Path,
    *arguments: str,
    text: str = FILE,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    path = write_config(tmp_path, text)
    return settings(tmp_path, "--config", str(path), *arguments, environment=environment)


VARIABLES = {
    "WHEELYARD_YARD": "from-variable",
    "WHEELYARD_UPSTREAM": "https://variable.example/simple/",
    "WHEELYARD_HOST": "192.0.2.2",
    "WHEELYARD_PORT": "2",
    "WHEELYARD_WORKERS": "3",
    "WHEELYARD_TLS_CERT": "variable.pem",
    "WHEELYARD_TLS_KEY": "variable.key",
}
OPTIONS = {
    "--yard": "from-option",
    "--upstream": "https://option.example/simple/",
    "--host": "192.0.2.3",
    "--port": "3",
    "--workers": "4",
    "--tls-cert": "option.pem",
    "--tls-key": "option.key",
}


def told(found: Settings) -> dict[str, str]:
    listening = found.listening()
    return {
        "yard": found.yard().name,
        "upstream": found.upstreams()[0].url,
        "host": listening.host,
        "port": str(listening.port),
        "workers": str(listening.workers),
        "tls-cert": str(listening.tls_cert),
        "tls-key": str(listening.tls_key),
    }


def named(values: Mapping[str, str]) -> dict[str, str]:
    prefix = "wheelyard-"
    return {
        key.lower().replace("_", "-").removeprefix("--").removeprefix(prefix): value
        for key, value in values.items()
    }


def test_an_option_beats_a_variable_which_beats_the_file(tmp_path: Path) -> None:
    file = told(with_file(tmp_path))
    assert file == {
        "yard": "from-file",
        "upstream": "https://file.example/simple/",
        "host": "192.0.2.1",
        "port": "1",
        "workers": "2",
        "tls-cert": "file.pem",
        "tls-key": "file.key",
    }
    assert told(with_file(tmp_path, environment=VARIABLES)) == named(VARIABLES)
    options = [word for pair in OPTIONS.items() for word in pair]
    assert told(with_file(tmp_path, *options, environment=VARIABLES)) == named(OPTIONS)


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    empty = dict.fromkeys(VARIABLES, "")
    assert told(with_file(tmp_path, environment=empty)) == told(with_file(tmp_path))


def test_zero_is_a_port_and_not_nothing(tmp_path: Path) -> None:
    assert with_file(tmp_path, "--port", "0").listening().port == 0
    assert with_file(tmp_path, environment={"WHEELYARD_PORT": "0"}).listening().port == 0
    assert with_file(tmp_path, text="[serve]\nport = 0").listening().port == 0


def test_without_any_settings_there_are_defaults(tmp_path: Path) -> None:
    found = settings(tmp_path, "django")
    assert told(found) == {
        "yard": "wheelyard-yard",
        "upstream": "https://pypi.org/simple/",
        "host": "127.0.0.1",
        "port": "8080",
        "workers": "1",
        "tls-cert": "None",
        "tls-key": "None",
    }
    (group,) = found.selection().groups
    (target,) = group.targets  # this machine
    assert (group.name, group.prereleases) == ("default", False)
    assert target.python.versions.floor.micro == 0


def test_a_relative_yard_begins_where_the_file_lies(tmp_path: Path) -> None:
    assert with_file(tmp_path).yard() == tmp_path / "from-file"
    assert with_file(tmp_path, text='yard = "/srv/yard"').yard() == Path("/srv/yard")
    assert with_file(tmp_path, "--yard", "here").yard() == Path("here")


def test_the_file_is_looked_for_in_the_folder_and_then_at_the_users(tmp_path: Path) -> None:
    def found(**environment: str) -> str | None:
        return settings(tmp_path, environment=environment).config.table.yard

    assert found() is None
    for folder, name in (
        (tmp_path / "home" / ".config" / "wheelyard", "home"),
        (tmp_path / "xdg" / "wheelyard", "xdg"),
    ):
        folder.mkdir(parents=True)
        write_config(folder, f'yard = "{name}"')
    assert found() == "home"
    assert found(XDG_CONFIG_HOME=str(tmp_path / "xdg")) == "xdg"
    named = write_config(tmp_path, 'yard = "named"')
    assert found(WHEELYARD_CONFIG=str(named)) == "named"
    write_config(Path(), 'yard = "current"')
    assert found(XDG_CONFIG_HOME=str(tmp_path / "xdg")) == "current"
    assert found(WHEELYARD_CONFIG=str(named)) == "named"


def _no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_user_without_a_home_has_no_file_there(tmp_path: Path) -> None:
    assert Settings(_parse(["up", "django"]), {}, _no_home).config.path is None
    path = write_config(tmp_path, FILE)
    assert Settings(_parse(["up", "--config", str(path)]), {}, _no_home).config.path == path


def test_a_file_that_is_there_and_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "home" / ".config" / "wheelyard" / "wheelyard.toml").mkdir(parents=True)
    with pytest.raises(InvalidConfig, match=r"wheelyard\.toml: it cannot be read: Is a directory"):
        settings(tmp_path)


@contextmanager
def as_an_ordinary_user() -> Iterator[None]:
    """Without root's right to read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_closed_folder_is_passed_over_and_a_closed_file_is_told(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as home:  # pytest's own folders are closed to others
        folder = Path(home, ".config", "wheelyard")
        folder.mkdir(parents=True)
        write_config(folder, FILE).chmod(0)
        for above in (home, folder.parent, folder):
            Path(above).chmod(0o755)
        parsed = _parse(["up", "django"])
        with as_an_ordinary_user(), pytest.raises(InvalidConfig, match="Permission denied"):
            Settings(parsed, {}, lambda: Path(home))
        folder.chmod(0)
        with as_an_ordinary_user():
            assert Settings(parsed, {}, lambda: Path(home)).config.path is None
        folder.chmod(0o700)


def test_what_lies_where_nothing_can_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".config").write_text("no folder")
    assert settings(tmp_path).config.path is None


def targets(found: Settings) -> list[str]:
    (selected, *others) = [group.targets for group in found.selection().groups]
    assert all(other == selected for other in others)
    return [str(target) for target in selected]


def test_targets_are_the_product_of_pythons_and_platforms_and_single_ones(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        *["django", "--python", "3.12", "--python", "3.13t"],
        *["--platform", "windows", "--platform", "macosx_14_0_arm64"],
        *["--target", "cp311.2-manylinux_2_36_aarch64", "--target", "cp312-win_amd64"],
    )
    assert targets(found) == [
        "cp312-win_amd64",
        "cp312-macosx_14_0_arm64",
        "cp313t-win_amd64",
        "cp313t-macosx_14_0_arm64",
        "cp311.2-manylinux_2_36_aarch64",
    ]


def test_single_targets_alone_are_all(tmp_path: Path) -> None:
    assert targets(settings(tmp_path, "django", "--target", "cp312-win_amd64")) == [
        "cp312-win_amd64"
    ]


def test_any_target_option_takes_the_place_of_all_in_the_file(tmp_path: Path) -> None:
    assert targets(with_file(tmp_path)) == ["cp311-manylinux_2_28_x86_64"]
    assert targets(with_file(tmp_path, "--target", "cp312-win_amd64")) == ["cp312-win_amd64"]
    (windows,) = targets(with_file(tmp_path, "--platform", "windows"))
    assert windows.endswith("-win_amd64")


def test_groups_of_the_file_are_all_or_those_named(tmp_path: Path) -> None:
    def groups(*arguments: str) -> list[tuple[str, bool]]:
        found = with_file(tmp_path, *arguments).selection().groups
        return [(group.name, group.prereleases) for group in found]

    assert groups() == [("web", False), ("data", True)]
    assert groups("--pre") == [("web", True), ("data", True)]
    assert groups("--group", "data") == [("data", True)]
    assert groups("--group", "data", "--group", "web", "--group", "data") == [
        ("data", True),
        ("web", False),
    ]


def test_requirements_on_the_command_line_take_the_place_of_the_files_groups(
    tmp_path: Path,
) -> None:
    (group,) = with_file(tmp_path, "flask>=3", "--pre", "uvicorn[standard]").selection().groups
    assert (group.name, group.prereleases) == ("default", True)
    assert [str(item) for item in group.requirements] == ["flask>=3", "uvicorn[standard]"]


@pytest.mark.parametrize(
    ("arguments", "error", "message", "hint"),
    [
        (["not one!"], InvalidRequirement, "`not one!` is not a requirement", "as pip takes it"),
        (
            ["lib @ https://example.org/lib.zip"],
            InvalidRequirement,
            "it names a direct URL",
            "`lib`",
        ),
        (["a", "--platform", "linus"], InvalidPlatform, "`linus` is not a platform", "`linux`?"),
        (["a", "--python", "3"], InvalidPython, "`3` is not a Python version", "`3.12`"),
        (["a", "--python", "3.12t"], InvalidPython, "`3.12t` is not", "`3.13t`"),
        (["a", "--target", "cp312"], InvalidTarget, "`cp312` is not a target", "--platform"),
        (["a", "--target", "cp312-linus"], InvalidPlatform, "`linus` is not", "`linux`?"),
        (
            ["a", "--group", "web"],
            GroupBesideRequirements,
            "requirements on the command line are a group of their own",
            "leave out one",
        ),
        (["--group", "wep"], UnknownGroup, "there is no group `wep`", "did you mean `web`?"),
        (["--group", "x"], UnknownGroup, "there is no group `x`", "are: `web`, `data`"),
    ],
)
def test_what_cannot_be_used_is_told_with_a_hint(
    tmp_path: Path, arguments: list[str], error: type[InvalidInput], message: str, hint: str
) -> None:
    found = with_file(tmp_path, *arguments)
    with pytest.raises(error) as caught:
        found.selection()
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_a_requirement_in_the_file_is_told_with_its_group(tmp_path: Path) -> None:
    text = '[[group]]\nname = "web"\nrequirements = ["django", "not one!"]'
    with pytest.raises(InvalidGroup, match=r"in group `web`: `not one!` is not a requirement"):
        with_file(tmp_path, text=text).selection()


def test_nothing_to_mirror_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NothingToMirror, match="there is no configuration file"):
        settings(tmp_path).selection()
    with pytest.raises(NothingToMirror, match=r"wheelyard\.toml has no groups"):
        with_file(tmp_path, text="").selection()


def test_a_variable_that_is_no_number_is_named(tmp_path: Path) -> None:
    for text in ("x", "-1", "8080.0", "8_0"):
        found = settings(tmp_path, environment={"WHEELYARD_PORT": text})
        with pytest.raises(InvalidVariable, match=rf"`WHEELYARD_PORT` is `{text}`"):
            found.listening()
