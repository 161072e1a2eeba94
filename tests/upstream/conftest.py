"""An index over the small world, for every test of this room."""

from pathlib import Path

import pytest

from upstream.asking import Asker
from world import World


@pytest.fixture
def asker(world: World, tmp_path: Path) -> Asker:
    return Asker(world, tmp_path)
