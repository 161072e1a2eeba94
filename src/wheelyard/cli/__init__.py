"""Arguments in; text, JSON and an exit code out. One module per command.

Modules of commands import what they need when they run, so that `wheelyard --help` stays quick.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from wheelyard.cli.logs import configure_logging
from wheelyard.model.errors import InvalidInput, Unreachable, WheelyardError

COMMANDS = ("up", "plan", "mirror", "why", "status", "serve")

EXIT_COMPLETE, EXIT_FELL_SHORT, EXIT_BAD_INPUT, EXIT_UNREACHABLE, EXIT_INTERRUPTED = 0, 1, 2, 3, 130

_EXIT_CODES = """\
exit codes:
  0    done and complete
  1    ran, but something fell short; it is listed
  2    bad input or configuration; nothing was changed
  3    an upstream or the yard could not be reached or locked
  130  interrupted; what was finished is kept
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments` default to the process's own."""
    parsed = _parser().parse_args(arguments)
    configure_logging(parsed)
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except WheelyardError as error:
        return _tell(error)
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept", file=sys.stderr)  # noqa: T201
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as in `wheelyard plan | head`. Nothing more can be
        # written, not even by the interpreter when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FELL_SHORT
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wheelyard",
        description="A PyPI you can carry, and can trust to be complete.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wheelyard {version('wheelyard')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"wheelyard.cli.{name}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=_EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _tell(error: WheelyardError) -> int:
    print(f"error: {error}", file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"\nhint: {error.hint}", file=sys.stderr)  # noqa: T201
    if isinstance(error, InvalidInput):
        return EXIT_BAD_INPUT
    return EXIT_UNREACHABLE if isinstance(error, Unreachable) else EXIT_FELL_SHORT
