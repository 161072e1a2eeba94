"""Lines of keys in TOML files."""

import pytest

from wheelyard.cli.toml_lines import line_of

TEXT = """\
# yard = "not this"
yard = "here"
"quoted" = 1
targets.python = ["3.12"]
targets . 'platform' = ["linux"]
inline = { key = 1 }

[serve]   # port = 1
port = 8080

[[group]]
name = "one"
requirements = [
    "name",
]

[[ "group" ]]
# name = "not this"
  name = "two"
  requirements = ["a"]

[serve.more]
port = 1
"""


@pytest.mark.parametrize(
    ("table", "index", "key", "line"),
    [
        ("yard", 0, None, 2),
        ("quoted", 0, None, 3),
        ("targets", 0, None, 4),
        ("targets", 0, "python", 4),
        ("targets", 0, "platform", 5),
        ("inline", 0, "key", 6),
        ("serve", 0, None, 8),
        ("serve", 0, "port", 9),
        ("serve", 0, "host", 8),
        ("group", 0, None, 11),
        ("group", 0, "name", 12),
        ("group", 0, "requirements", 13),
        ("group", 1, None, 17),
        ("group", 1, "name", 19),
        ("group", 1, "requirements", 20),
        ("group", 1, "pre", 17),
        ("group", 2, None, None),
        ("nosuch", 0, None, None),
        ("port", 0, None, None),
    ],
)
def test_a_key_is_found_in_its_own_table(
    table: str, index: int, key: str | None, line: int | None
) -> None:
    assert line_of(TEXT, table, index, key) == line


def test_an_empty_file_has_no_lines() -> None:
    assert line_of("", "yard") is None
