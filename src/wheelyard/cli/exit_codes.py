"""What the exit code of a command says."""

from wheelyard.model.errors import InvalidInput, Unreachable, WheelyardError

COMPLETE, FELL_SHORT, BAD_INPUT, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130

HELP = """\
exit codes:
  0    done and complete
  1    ran, but something fell short; it is listed
  2    bad input or configuration; nothing was changed
  3    an upstream or the yard could not be reached or locked
  130  interrupted; what was finished is kept
"""


def exit_code_of(error: WheelyardError) -> int:
    """The exit code of a command that an error has ended."""
    match error:
        case InvalidInput():
            return BAD_INPUT
        case Unreachable():
            return UNREACHABLE
        case _:
            return FELL_SHORT
