"""`wheelyard why`: what brought a project or a file in, or what kept it out."""

import argparse

from wheelyard.cli.options import add_json_option, add_yard_options

HELP = "show what brought a project or file in, or kept it out"
DESCRIPTION = (
    "Show, for what is in the yard, every chain of requirements that leads to it from a root of a\n"
    "group, with the targets that take it; for what is not, the rule or conflict that keeps it\n"
    "out. The exit code is 1 if what the upstream has was never read, so that nothing is known."
)
_SHOWN = 20  # chains for each file and group


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "name",
        metavar="NAME|FILE",
        help="a project, some of its releases as in 'numpy>=2.4', or the name of one file",
    )
    parser.add_argument(
        "--all", action="store_true", help=f"show all chains, not the {_SHOWN} shortest of a group"
    )
    add_json_option(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    from wheelyard.cli import exit_codes
    from wheelyard.cli.absent import absence_document, absence_lines, explain_absence
    from wheelyard.cli.evidence import read_evidence
    from wheelyard.cli.output import print_json, print_lines
    from wheelyard.cli.reasons import find_files, read_reasons, reason_document, reason_lines
    from wheelyard.cli.settings import read_settings
    from wheelyard.cli.sought import parse_sought
    from wheelyard.yard.yard import open_yard

    sought = parse_sought(arguments.name)
    with open_yard(read_settings(arguments).yard(), create=False) as yard:
        evidence = read_evidence(yard)
        most = None if arguments.all else _SHOWN
        reasons = read_reasons(yard, find_files(yard, sought), evidence, most)
        absence = None if reasons else explain_absence(yard, sought, evidence)
    if arguments.json:
        absent = absence and absence_document(absence)
        files = [reason_document(item) for item in reasons]
        print_json({"schema": 1, "files": files, "absent": absent})
    else:
        print_lines(line for item in reasons for line in reason_lines(item))
        print_lines(absence_lines(absence) if absence else [])
    is_known = absence is None or absence.is_known
    return exit_codes.COMPLETE if is_known else exit_codes.FELL_SHORT
