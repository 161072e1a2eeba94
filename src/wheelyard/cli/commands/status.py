"""`wheelyard status`: what the yard holds, and how its last run went."""

import argparse

from wheelyard.cli.options import add_json_option, add_yard_options

HELP = "show what the yard holds and how its last run went"
DESCRIPTION = (
    "Show the yard's projects, files and size, what each group has in it, the last run, and what\n"
    "failed. The exit code is 1 where something fell short."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_json_option(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    from wheelyard.cli import exit_codes
    from wheelyard.cli.output import print_json, print_lines
    from wheelyard.cli.settings import read_settings
    from wheelyard.cli.standing import read_standing, standing_document, standing_lines
    from wheelyard.yard.yard import open_yard

    with open_yard(read_settings(arguments).yard(), create=False) as yard:
        standing = read_standing(yard)
    if arguments.json:
        print_json(standing_document(standing))
    else:
        print_lines(standing_lines(standing))
    return exit_codes.COMPLETE if standing.is_complete else exit_codes.FELL_SHORT
