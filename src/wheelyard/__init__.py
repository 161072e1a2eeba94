"""wheelyard: a PyPI you can carry, and can trust to be complete.

The rooms, from the purest to the outermost, are listed in `docs/architecture.md`.
"""
