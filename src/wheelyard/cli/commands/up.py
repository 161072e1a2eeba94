"""`wheelyard up`: mirror, then serve and print how to install."""

import argparse

from wheelyard.cli.options import (
    add_proof_option,
    add_selection_options,
    add_serve_options,
    add_yard_options,
)

HELP = "mirror, then serve: the main job in one command"
DESCRIPTION = (
    "Mirror what the requirements take, then serve the yard and print how to install from it.\n"
    "Run it again at any time: what is there already is not fetched again, and what is there is\n"
    "served also when the upstream cannot be reached."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_selection_options(parser)
    add_proof_option(parser)
    add_serve_options(parser)
    add_yard_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code."""
    from wheelyard.cli import exit_codes
    from wheelyard.cli.mirroring import mirror
    from wheelyard.cli.output import tell
    from wheelyard.cli.serving import check_listening, serve_yard
    from wheelyard.cli.settings import read_settings
    from wheelyard.yard.yard import open_yard

    settings = read_settings(arguments)
    selection = settings.selection()
    listening = settings.listening()
    check_listening(listening)
    outcome = mirror(selection, arguments)
    if not arguments.quiet:
        tell([outcome.summary()])
    outcome.tell_shortfalls(quiet=arguments.quiet)
    code = outcome.exit_code()
    if code == exit_codes.BAD_INPUT:
        return code
    if code == exit_codes.UNREACHABLE:
        # Where there is no internet any more, what was fetched before is what people came for.
        with open_yard(selection.yard, create=False) as yard:
            if not yard.inventory():
                return code
        tell(["note: the upstream cannot be reached; what the yard has is served"])
    # What cannot be installed is not advised.
    installs = arguments.requirements if code == exit_codes.COMPLETE else ()
    serve_yard(selection.yard, listening, installs, quiet=arguments.quiet)
    return code
