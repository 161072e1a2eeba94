"""docs/commands.md against the command line's parser."""

import argparse
import re
from collections.abc import Callable

import pytest

from documents import document, table_with
from wheelyard import cli
from wheelyard.cli import exit_codes
from wheelyard.cli.commands import NAMES
from wheelyard.cli.options import add_selection_options, add_serve_options, add_yard_options

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


@pytest.mark.parametrize("name", NAMES)
def test_every_option_of_a_command_is_on_the_page(name: str) -> None:
    (commands,) = (
        action
        for action in cli._parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    offered = {
        option for action in commands.choices[name]._actions for option in action.option_strings
    }
    section = _PAGE.partition(f"\n## `wheelyard {name}")[2].partition("\n## ")[0]
    shared = _PAGE.partition("\n## `wheelyard up")[0] + _PAGE.partition("\n## `wheelyard serve")[2]
    own = offered - _options(shared)
    assert own <= _options(section), f"the section of `{name}` does not mention all its options"


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


def test_every_environment_variable_stands_for_an_option_of_that_name() -> None:
    for variable, option in table_with(_PAGE, "WHEELYARD_YARD"):
        assert option == "--" + variable.removeprefix("WHEELYARD_").lower().replace("_", "-")
