"""A shell beside a small world."""

from pathlib import Path

import pytest

from cli.shell import Shell
from world import World


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    """`app` needs `lib`, and on Windows `tzdata`; `built` is an sdist that `backend` builds."""
    world.add_wheel("app", "1.0", requires=["lib", 'tzdata; sys_platform == "win32"'])
    world.add_wheel("lib", "1.0")
    world.add_wheel("tzdata", "2024.1")
    world.add_sdist("built", "1.0", build_requires=["backend"])
    world.add_wheel("backend", "1.0")
    return Shell(world, tmp_path)
