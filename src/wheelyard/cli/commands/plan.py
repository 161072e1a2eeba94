"""`wheelyard plan`: what would be added, kept and dropped; nothing is changed."""

import argparse
import asyncio

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
    from wheelyard.cli.display import choose_progress
    from wheelyard.cli.outcome import exit_code_for
    from wheelyard.cli.output import (
        obligation_lines,
        plan_lines,
        print_json,
        print_lines,
        problem_lines,
        tell,
    )
    from wheelyard.cli.running import open_workshop, yard_to_plan_for
    from wheelyard.cli.settings import read_settings
    from wheelyard.mirror.run import plan_groups
    from wheelyard.plan.document import plan_document
    from wheelyard.plan.plan import Plan

    selection = read_settings(arguments).selection()

    async def make() -> tuple[Plan, int]:
        with yard_to_plan_for(selection.yard) as (yard, facts, downloads):
            progress = choose_progress(arguments)
            tools = open_workshop(selection.upstream, facts, downloads, progress)
            async with tools as workshop:
                plan = await plan_groups(selection.groups, yard, workshop.tools)
                return plan, workshop.traffic.requests

    plan, requests = asyncio.run(make())
    if arguments.json:
        print_json(plan_document(plan))
    else:
        print_lines(plan_lines(plan))
        tell(obligation_lines(plan.obligations))
        if not arguments.quiet:
            tell([f"{requests} requests to {selection.upstream}"])
    tell(problem_lines(plan.problems))
    return exit_code_for(plan.problems, plan.wanted())
