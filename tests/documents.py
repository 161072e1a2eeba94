"""The project's documents, and the tables and links in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_SEPARATOR = re.compile(r"\|(-+\|)+")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")


def document(path: str) -> str:
    """The text of a document, by its path in the project."""
    return (ROOT / path).read_text()


def tables(page: str) -> Iterator[list[tuple[str, ...]]]:
    """The rows of each table below its head, cells without blanks and backticks around them."""
    rows: list[tuple[str, ...]] | None = None
    for line in [*page.splitlines(), ""]:
        if _SEPARATOR.fullmatch(line):
            rows = []
        elif rows is not None and line.startswith("|"):
            rows.append(tuple(cell.strip(" `") for cell in line.strip("|").split(" | ")))
        elif rows is not None:
            yield rows
            rows = None


def table_with(page: str, first_cell: str) -> list[tuple[str, ...]]:
    """The first table that has a row with this first cell; raises StopIteration without one."""
    return next(rows for rows in tables(page) if any(row[0] == first_cell for row in rows))


def local_links(page: str) -> set[str]:
    """The targets of links to other files of the project, without the part behind `#`."""
    targets = (match["target"].partition("#")[0] for match in _LINK.finditer(page))
    return {target for target in targets if target and "://" not in target}
