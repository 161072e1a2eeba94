"""`python -m bench [SUBJECT ...]`: measure, and print one table for each subject.

The subjects are serving, mirroring, planning and proving.
"""

import argparse
import sys
from importlib import import_module

from bench.measuring import render_table

# Each is a module here with `measure() -> Iterator[Line]`.
SUBJECTS = ("serving", "mirroring", "planning", "proving")


def main() -> None:
    """Run the chosen subjects, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}")
    chosen = parser.parse_args().subjects or SUBJECTS
    for subject in chosen:
        if subject not in SUBJECTS:
            parser.error(f"`{subject}` is none of {', '.join(SUBJECTS)}")
    for subject in chosen:
        print(f"measuring {subject}", file=sys.stderr)
        print(f"\n{subject}\n\n{render_table(import_module(f'bench.{subject}').measure())}\n")


if __name__ == "__main__":
    main()
