"""Arguments in; text, JSON and an exit code out. Each command is a module of `commands`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from wheelyard.cli import exit_codes
from wheelyard.cli.commands import NAMES
from wheelyard.cli.logs import configure_logging
from wheelyard.model.errors import WheelyardError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments` default to the process's own."""
    parsed = _parse(arguments)
    configure_logging(parsed)
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except WheelyardError as error:
        _tell(f"error: {error}")
        if error.hint:
            _tell(f"\nhint: {error.hint}")
        return exit_codes.exit_code_of(error)
    except KeyboardInterrupt:
        _tell("interrupted; what was finished is kept")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as in `wheelyard plan | head`. Nothing more can be
        # written, not even by the interpreter when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.FELL_SHORT
    return code


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse, and take requirements from anywhere among the options, as pip does.

    argparse takes them from one place alone and knows no more to do about it with subcommands.
    """
    parser = _parser()
    parsed, rest = parser.parse_known_args(arguments)
    if hasattr(parsed, "requirements") and not any(text.startswith("-") for text in rest):
        parsed.requirements += rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wheelyard",
        description="A PyPI you can carry, and can trust to be complete.",
        epilog=exit_codes.HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wheelyard {version('wheelyard')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in NAMES:
        module = import_module(f"wheelyard.cli.commands.{name}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=exit_codes.HELP,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
