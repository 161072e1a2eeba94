"""`wheelyard mirror`: bring the yard to what the groups need."""

import argparse

from wheelyard.cli.options import (
    add_json_option,
    add_proof_option,
    add_selection_options,
    add_yard_options,
)

HELP = "fetch every file that the requirements take, into the yard"
DESCRIPTION = (
    "Work out every file that the requirements take on the targets, fetch what the yard lacks,\n"
    "publish it, and check that the yard is complete. Run it again to bring the yard up to date;\n"
    "what was interrupted is resumed."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_selection_options(parser)
    add_proof_option(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="only show the plan, as `wheelyard plan` does"
    )
    add_json_option(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    if arguments.dry_run:
        from wheelyard.cli.commands import plan

        return plan.run(arguments)

    from wheelyard.cli.mirroring import mirror
    from wheelyard.cli.output import print_json, print_lines, report_document
    from wheelyard.cli.settings import read_settings

    outcome = mirror(read_settings(arguments).selection(), arguments)
    if arguments.json:
        print_json(report_document(outcome.report, outcome.requests))
    else:
        print_lines([outcome.summary()])
    outcome.tell_shortfalls(quiet=arguments.quiet)
    return outcome.exit_code()
