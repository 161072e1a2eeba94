"""`wheelyard plan`: what would be added, kept and dropped; nothing is changed."""

import argparse

from wheelyard.cli.options import add_json_option, add_selection_options, add_yard_options

HELP = "show what would be added, kept and dropped"
DESCRIPTION = (
    "Work out every file that the requirements take on the targets, and show what a mirror run\n"
    "would add, keep and drop. Nothing is changed and no distribution file is fetched, except\n"
    "sdists that have to be read."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_selection_options(parser)
    add_json_option(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    from wheelyard.cli.display import shown_progress
    from wheelyard.cli.outcome import exit_code_for
    from wheelyard.cli.output import (
        obligation_lines,
        plan_lines,
        print_json,
        print_lines,
        problem_lines,
        tell,
    )
    from wheelyard.cli.planning import plan_selection
    from wheelyard.cli.settings import read_settings
    from wheelyard.cli.sizes import format_count
    from wheelyard.plan.document import plan_document
    from wheelyard.upstream.credentials import displayed

    selection = read_settings(arguments).selection()
    if not arguments.quiet:
        tell(f"note: {note}" for note in selection.notes)
    with shown_progress(arguments) as progress:
        plan, requests = plan_selection(selection, progress)
    if arguments.json:
        print_json(plan_document(plan))
    else:
        print_lines(plan_lines(plan))
        if not arguments.quiet:
            tell(obligation_lines(plan.obligations))
            asked = ", ".join(displayed(upstream.url) for upstream in selection.upstreams)
            tell([f"{format_count(requests, 'request')} to {asked}"])
    tell(problem_lines(plan.problems))
    return exit_code_for(plan.problems, plan.wanted())
