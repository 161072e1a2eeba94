"""docs/commands.md against the command line's parser."""

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from documents import document, table_with
from wheelyard import cli
from wheelyard.cli import exit_codes
from wheelyard.cli.commands import NAMES
from wheelyard.cli.options import add_selection_options, add_serve_options, add_yard_options
from wheelyard.cli.settings import Settings

_PAGE = document("docs/commands.md")


def _options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


@pytest.mark.parametrize(
    ("add", "one_of_them"),
    [
        (add_yard_options, "--yard DIR"),
        (add_selection_options, "--upstream URL"),
        (add_serve_options, "--port N"),
    ],
)
def test_the_tables_of_options_are_those_of_the_parser(
    add: Callable[[argparse.ArgumentParser], None], one_of_them: str
) -> None:
    parser = argparse.ArgumentParser()
    add(parser)
    offered = {option for action in parser._actions for option in action.option_strings}
    documented = {
        option for row in table_with(_PAGE, one_of_them) for option in _options(row[0])
    } | {"-h", "--help"}
    assert documented == offered


def _section(name: str) -> str:
    """What the page says of a command, without the examples, in one line."""
    section = _PAGE.partition(f"\n## `wheelyard {name}")[2].partition("\n## ")[0]
    return " ".join(re.sub(r"^```.*?^```$", "", section, flags=re.DOTALL | re.MULTILINE).split())


def _table(one_of_them: str) -> set[str]:
    return {option for row in table_with(_PAGE, one_of_them) for option in _options(row[0])}


def _documented(name: str) -> set[str]:
    """The options that a command has by what the page says."""
    section = _section(name)
    if like := re.search(r"Takes the options of (.*?), but for (.*?)\.", section):
        others = re.findall(r"`(\w+)`", like[1])
        return set[str]().union(*map(_documented, others)) - _options(like[2])
    takers = re.search(r"^(.*) take them\.$", _PAGE, re.MULTILINE)
    assert takers is not None
    what_to_mirror = _table("--upstream URL") if f"`{name}`" in takers[1] else set()
    return _table("--yard DIR") | what_to_mirror | _options(section)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_the_options_that_the_page_gives_it(name: str) -> None:
    (commands,) = (
        action
        for action in cli._parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    offered = {
        option for action in commands.choices[name]._actions for option in action.option_strings
    }
    assert _documented(name) == offered


def test_every_command_has_its_section() -> None:
    assert tuple(re.findall(r"^## `wheelyard (\w+)", _PAGE, re.MULTILINE)) == NAMES


def test_the_readme_has_every_command() -> None:
    rows = table_with(document("README.md"), "wheelyard status")
    assert tuple(command.split()[1] for command, _ in rows) == NAMES


def test_the_exit_codes_are_the_same_everywhere() -> None:
    codes = {
        str(code)
        for code in (
            exit_codes.COMPLETE,
            exit_codes.FELL_SHORT,
            exit_codes.BAD_INPUT,
            exit_codes.UNREACHABLE,
            exit_codes.INTERRUPTED,
        )
    }
    table = table_with(_PAGE, "130")
    assert {code for code, _ in table} == codes
    assert table == table_with(document("README.md"), "130")


class _Asked(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def _settings(arguments: list[str], environment: Mapping[str, str], home: Path) -> tuple[Any, ...]:
    """All that settings say, for `wheelyard up`."""
    found = Settings(cli._parse(["up", "django", *arguments]), environment, lambda: home)
    return found.config.path, found.yard(), found.upstreams(), found.listening()


def test_every_environment_variable_has_the_effect_of_its_option(tmp_path: Path) -> None:
    (tmp_path / "7").write_text("")
    nothing = _settings([], {}, tmp_path)
    for variable, option in table_with(_PAGE, "WHEELYARD_YARD"):
        value = str(tmp_path / "7") if option == "--config" else "7"
        by_variable = _settings([], {variable: value}, tmp_path)
        assert by_variable == _settings([option, value], {}, tmp_path), variable
        assert by_variable != nothing, variable


def test_every_environment_variable_that_is_read_is_on_the_page(tmp_path: Path) -> None:
    environment = _Asked()
    _settings([], environment, tmp_path)
    read = {name for name in environment.names if name.startswith("WHEELYARD_")}
    assert read == {variable for variable, _ in table_with(_PAGE, "WHEELYARD_YARD")}
