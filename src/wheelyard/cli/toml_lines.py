"""Where a key stands in a TOML file: `tomllib` tells no positions, and a message must name a line.

It is for people, so what is written in an unusual way may be told by the line of its table.
"""

import re
from collections import Counter

_HEADER = re.compile(r"""\s*\[{1,2}\s*["']?(?P<name>[^]"'\s]+)["']?\s*\]""")


def line_of(text: str, table: str, index: int = 0, key: str | None = None) -> int | None:
    """The line of a key in a table, the line of the table itself without one, or None.

    `index` counts tables of that name from 0, as `[[table]]` repeats. A key of the whole file is a
    `table` here too.
    """
    found = None
    current: tuple[str, int] | None = None  # None: before the first header
    count: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header["name"]
            current = name, count[name]
            count[name] += 1
            if current == (table, index):
                found = number
        elif current == (table, index) and key is not None and _assigns(line, key):
            return number
        elif current is None and found is None and _assigns(line, table, key):
            found = number
    return found


def _assigns(line: str, key: str, inner: str | None = None) -> bool:
    """Whether the line is `key = ...`, or `key.inner = ...` (any inner key if it is None)."""
    dotted = r"\." if inner is None else rf"\.\s*{_spelled(inner)}\s*="
    return re.match(rf"\s*{_spelled(key)}\s*(=|{dotted})", line) is not None


def _spelled(key: str) -> str:
    return rf"""["']?{re.escape(key)}["']?"""
