"""A yard beside a small world."""

from pathlib import Path

import pytest

from mirror.mirrors import Mirror
from world import World


@pytest.fixture
def mirror(world: World, tmp_path: Path) -> Mirror:
    return Mirror(world, tmp_path / "yard")
