"""docs/targets.md against the room that reads targets."""

import re

from documents import document, table_with
from wheelyard.model.platforms import ALIASES, parse_platform
from wheelyard.model.targets import parse_python, parse_target

_PAGE = document("docs/targets.md")


def test_the_table_of_platform_names_has_all_of_them() -> None:
    rows = table_with(_PAGE, "raspberrypi")
    assert rows == [("here", "this machine"), *ALIASES.items()]


def test_every_platform_on_the_page_can_be_read() -> None:
    for _, examples in table_with(_PAGE, "Windows"):
        for name in re.findall(r"[\w-]+", examples):
            parse_platform(name)


def test_every_python_on_the_page_can_be_read() -> None:
    here, *others = [written for written, _ in table_with(_PAGE, "3.12")]
    assert here == "here"
    for written in others:
        parse_python(written)


def test_every_whole_target_on_the_page_is_written_as_we_write_it() -> None:
    for written, _ in table_with(_PAGE, "cp310-win_amd64"):
        assert str(parse_target(written)) == written
