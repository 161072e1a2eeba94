"""One module per command: its help, its arguments, and `run`, which gives the exit code.

They import what they need when they run, so that `wheelyard --help` stays quick.
"""

NAMES = ("up", "plan", "mirror", "prove", "why", "status", "serve")
