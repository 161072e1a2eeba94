"""docs/configuration.md against the room that reads the file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documents import document, table_with
from examples import blocks
from wheelyard.cli.config import config_schema, read_config

_PAGE = document("docs/configuration.md")


def _keys(schema: dict[str, Any], node: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Every key of the file, as `table.key`."""
    for key, value in node["properties"].items():
        inner = value.get("items", value)
        reference = inner.get("$ref") or next(
            (part["$ref"] for part in inner.get("anyOf", ()) if "$ref" in part), None
        )
        if reference is None:
            yield f"{prefix}{key}"
        else:
            yield from _keys(schema, schema["$defs"][reference.rpartition("/")[2]], f"{key}.")


def test_the_table_of_keys_is_that_of_the_schema() -> None:
    schema = config_schema()
    root = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    documented = [row[0] for row in table_with(_PAGE, "yard")]
    assert documented == list(_keys(schema, root))


def test_the_example_can_be_read(tmp_path: Path) -> None:
    (example,) = blocks(_PAGE, "toml")
    path = tmp_path / "wheelyard.toml"
    path.write_text(example.body)
    config = read_config(path)
    assert [group.name for group in config.table.group] == ["web", "data"]
