"""Log messages on stderr: warnings always, more with `--verbose`, none with `--quiet`."""

import argparse
import logging
import sys


def configure_logging(arguments: argparse.Namespace) -> None:
    """Show the messages of wheelyard's own loggers as the options ask."""
    logger = logging.getLogger("wheelyard")
    logger.handlers = [_ToStderr(_level(arguments))]
    logger.setLevel(logging.INFO)


def _level(arguments: argparse.Namespace) -> int:
    if arguments.quiet:
        return logging.ERROR
    return logging.INFO if arguments.verbose else logging.WARNING


class _ToStderr(logging.Handler):
    """Writes to what is `sys.stderr` at that moment: a progress bar puts itself in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        sys.stderr.write(f"{level}{record.getMessage()}\n")
