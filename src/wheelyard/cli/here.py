"""This machine as a target: the one place that looks at the running interpreter."""

import sys
import sysconfig

from packaging.tags import platform_tags

from wheelyard.model.platforms import Platform, parse_platform
from wheelyard.model.pythons import PythonInterval
from wheelyard.model.targets import PythonBuild


def python_here() -> PythonBuild:
    """The Python that runs wheelyard, with all its patch releases."""
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    return PythonBuild(PythonInterval(*sys.version_info[:2]), free_threaded)


def platform_here() -> Platform:
    """This machine's platform, by the newest wheel tag that it accepts.

    Raises InvalidPlatform on a machine that wheelyard cannot mirror for.
    """
    tags = list(platform_tags())
    # A bare `linux_*` comes first and says nothing of the libc.
    return parse_platform(next((tag for tag in tags if not tag.startswith("linux_")), tags[0]))
