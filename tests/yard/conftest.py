"""Yards for tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wheelyard.yard.yard import YardWriter, open_yard


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the test's yard is."""
    return tmp_path / "yard"


@pytest.fixture
def yard(root: Path) -> Iterator[YardWriter]:
    """An empty yard, held for writing."""
    with open_yard(root, create=True) as opened, opened.exclusive() as writer:
        yield writer
