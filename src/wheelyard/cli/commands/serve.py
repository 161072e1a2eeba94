"""`wheelyard serve`: the index server."""

import argparse

from wheelyard.cli.options import add_serve_options, add_yard_options

HELP = "serve the yard to pip, uv and other installers"
DESCRIPTION = (
    "Serve the yard as a package index. When it is ready, one line on stdout says where:\n"
    "`serving http://127.0.0.1:8080/simple/`. It may run while `wheelyard mirror` does; new files\n"
    "are shown as they arrive. SIGINT or SIGTERM ends it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_serve_options(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    from wheelyard.cli import exit_codes
    from wheelyard.cli.serving import serve_yard
    from wheelyard.cli.settings import read_settings

    settings = read_settings(arguments)
    serve_yard(settings.yard(), settings.listening(), (), quiet=arguments.quiet)
    return exit_codes.COMPLETE
