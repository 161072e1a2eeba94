"""`wheelyard why`: the chain of requirements that brought a project or a file in."""

import argparse

from wheelyard.cli.options import add_json_option, add_yard_options

HELP = "show which requirements brought a project or file in"
DESCRIPTION = (
    "Show, for a project or a file of the yard, every chain of requirements that leads to it from\n"
    "a root of a group, with the targets that take it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", metavar="NAME|FILE", help="a project, or the name of one file")
    add_json_option(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    from wheelyard.cli import exit_codes
    from wheelyard.cli.output import print_json, print_lines
    from wheelyard.cli.reasons import find_files, read_reasons, reason_document, reason_lines
    from wheelyard.cli.settings import read_settings
    from wheelyard.yard.yard import open_yard

    with open_yard(read_settings(arguments).yard(), create=False) as yard:
        reasons = read_reasons(yard, find_files(yard, arguments.name))
    if arguments.json:
        print_json({"schema": 1, "files": [reason_document(item) for item in reasons]})
    else:
        print_lines(line for item in reasons for line in reason_lines(item))
    return exit_codes.COMPLETE
