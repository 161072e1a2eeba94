"""The small world: a fake upstream over real HTTP, filled with real wheels and sdists.

It knows nothing of wheelyard, so that it can say what wheelyard gets wrong.
"""

from world.archives import make_sdist, make_wheel, sdist_filename, wheel_filename
from world.hosted import HostedFile, HostedProject
from world.server import Request, World

__all__ = [
    "HostedFile",
    "HostedProject",
    "Request",
    "World",
    "make_sdist",
    "make_wheel",
    "sdist_filename",
    "wheel_filename",
]
