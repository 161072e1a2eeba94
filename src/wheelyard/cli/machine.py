"""This machine, as installing for real finds it."""

import os
from pathlib import Path

import uv

from wheelyard.cli.here import platform_here
from wheelyard.prove.interpreters import find_pythons
from wheelyard.prove.machine import Machine


async def machine_here() -> Machine:
    """This machine with every Python that can be found on it."""
    return Machine(
        platform=platform_here(),
        pythons=await find_pythons(os.environ),
        uv=Path(uv.find_uv_bin()),
        environment=os.environ,
    )
