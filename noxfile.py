"""The project's checks in fresh environments. `scripts/test` runs them in one that is kept."""

import nox

nox.needs_version = ">=2026.2"
nox.options.sessions = ["lint", "types", "tests", "docs"]


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """All tests; arguments are pytest's."""
    session.install("--editable", ".", "--group", "test")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, common mistakes, and which room imports which."""
    session.install("--editable", ".", "--group", "lint")
    session.run("ruff", "format", "--check")
    session.run("ruff", "check")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """mypy in strict mode, over the tests too."""
    session.install("--editable", ".", "--group", "lint", "--group", "test", "nox")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Run the examples of the documentation and check its tables and links."""
    session.install("--editable", ".", "--group", "test")
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against nginx and pypiserver, side by side."""
    session.install("--editable", ".")
    session.run("python", "-m", "bench", *session.posargs)
