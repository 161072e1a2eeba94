import sys
from pathlib import Path

import pytest

from examples import blocks, commands, run_console, run_python
from tools import clean_environment

_PROGRAMS = {"python": [sys.executable]}


def _run(page: str, folder: Path) -> None:
    run_console(page, _PROGRAMS, folder, clean_environment(folder))


def test_a_command_that_prints_what_the_page_shows_passes(tmp_path: Path) -> None:
    _run("```console\n$ python -c 'print(1); print(2)'\n1\n2\n```\n", tmp_path)


def test_dots_stand_for_what_differs_between_machines(tmp_path: Path) -> None:
    _run("```console\n$ python -c 'print(\"took 3 ms\")'\ntook ... ms\n```\n", tmp_path)


def test_a_command_that_prints_something_else_fails_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="line 3"):
        _run("# Title\n```console\n$ python -c 'print(1)'\n2\n```\n", tmp_path)


def test_a_failing_command_fails_even_without_output_shown(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="fails"):
        _run("```console\n$ python -c 'raise SystemExit(1)'\n```\n", tmp_path)


def test_a_command_may_fail_where_the_page_shows_an_error(tmp_path: Path) -> None:
    _run("```console\n$ python -c 'exit(\"error: no\")'\nerror: no\n```\n", tmp_path)


def test_a_command_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="cannot be run"):
        _run("```console\n$ rm -rf /\n```\n", tmp_path)


def test_commands_of_a_page_share_a_folder_and_an_order(tmp_path: Path) -> None:
    write = '$ python -c \'open("x", "w").write("kept")\'\n'
    read = "$ python -c 'print(open(\"x\").read())'\nkept\n"
    _run(f"```console\n{write}```\ntext\n```console\n{read}```\n", tmp_path)


def test_a_command_goes_on_after_a_backslash() -> None:
    body = "$ wheelyard plan django \\\n    --python 3.12\nplanned\n$ wheelyard why x\n"
    page = f"```console\n{body}```\n"
    first, second = commands(blocks(page, "console")[0])
    assert first.words == ("wheelyard", "plan", "django", "--python", "3.12")
    assert (first.expected, first.line) == ("planned\n", 2)
    assert (second.words, second.line) == (("wheelyard", "why", "x"), 5)


def test_python_examples_are_doctests() -> None:
    run_python("```python\n>>> x = 1\n```\nand\n```python\n>>> x + 1\n2\n```\n", "page")
    with pytest.raises(AssertionError):
        run_python("```python\n>>> 1 + 1\n3\n```\n", "page")


def test_other_blocks_are_left_alone(tmp_path: Path) -> None:
    _run("```sh\n$ rm -rf /\n```\n```\n$ false\n```\n", tmp_path)
