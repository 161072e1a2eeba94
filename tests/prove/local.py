"""This machine, as proofs see it."""

import asyncio
import os
from functools import cache
from pathlib import Path

import uv

from wheelyard.cli.here import platform_here
from wheelyard.prove.interpreters import find_pythons
from wheelyard.prove.machine import Machine


@cache
def local_machine() -> Machine:
    """This machine with all its Pythons."""
    return Machine(
        platform=platform_here(),
        pythons=asyncio.run(find_pythons(os.environ)),
        uv=Path(uv.find_uv_bin()),
        environment=os.environ,
    )
