"""`wheelyard prove`: check a yard against its claims, without any upstream."""

import argparse

from wheelyard.cli.options import add_json_option, add_yard_options

HELP = "check that installing works from the yard alone"
DESCRIPTION = (
    "Check every claim of the yard's proof: each file is there, each installation meets every\n"
    "requirement on the way, and uv and pip, asked over the yard's pages alone, find it and take\n"
    "just that from each view. No upstream is asked, so it works wherever the yard is."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--group",
        metavar="NAME",
        action="append",
        default=[],
        help="only this group of the proof; repeatable",
    )
    parser.add_argument(
        "--install",
        action="store_true",
        help="also install for real, with each Python of this machine, with the network cut off",
    )
    add_json_option(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    from wheelyard.cli import exit_codes
    from wheelyard.cli.display import shown_progress
    from wheelyard.cli.output import print_json, print_lines, tell
    from wheelyard.cli.proving import (
        broken_lines,
        failure_lines,
        group_lines,
        proof_summary,
        standing_document,
    )
    from wheelyard.cli.reproving import reprove
    from wheelyard.cli.settings import read_settings

    yard = read_settings(arguments).yard()
    with shown_progress(arguments) as progress:
        found = reprove(yard, arguments.group, progress, install=arguments.install)
    standing = found.standing
    if arguments.json:
        print_json(standing_document(standing))
    else:
        print_lines(line for group in standing.groups for line in group_lines(group))
        print_lines([proof_summary(standing)])
        if not arguments.quiet:
            tell(f"note: {obligation}" for obligation in standing.proof.obligations)
    if found.unkept is not None and not arguments.quiet:
        tell([f"note: the proof in the yard stays as it is: {found.unkept}"])
    tell(broken_lines(standing.broken))
    if standing.broken:
        tell(["hint: run `wheelyard mirror` where its upstreams can be reached: it fetches these"])
    tell(failure_lines(standing.failures))
    tell(f"error: in group `{group}`: {problem}" for group, problem in standing.problems)
    return exit_codes.COMPLETE if standing.holds else exit_codes.FELL_SHORT
