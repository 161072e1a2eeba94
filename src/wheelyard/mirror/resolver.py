"""uv as the resolver, behind one function: a question in, a lock or a refusal out.

uv runs as a process of its own, sees nothing but the view, and builds nothing.
"""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from wheelyard.closure.answer import parse_lock
from wheelyard.closure.explain import tell_refusal
from wheelyard.closure.question import Question, lock_options, render_lock_project
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.locks import KeptLocks
from wheelyard.mirror.view import ResolverView, serve_view
from wheelyard.model.errors import WheelyardError
from wheelyard.model.locks import MarkedLock
from wheelyard.model.names import ProjectName

# The view answers when the index has. How long that may take, and how often it is tried, is the
# index's own affair, and a large sdist takes minutes on a slow line.
_PATIENCE = {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "86400"}


class ResolverFailed(WheelyardError):
    """uv ended in a way that is neither a lock nor a refusal."""

    hint = "this is a defect of wheelyard or of this uv; the text above says what uv met"

    def __init__(self, command: str, output: str) -> None:
        self.command, self.output = command, output
        super().__init__(f"`{command}` failed:\n{output.strip()}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """There is no answer; the resolver says why."""

    explanation: str
    asked: frozenset[ProjectName]  # the projects whose pages it asked for


@dataclass(frozen=True, slots=True)
class Resolver:
    """How to run uv: its binary and the environment variables that it gets."""

    uv: Path
    environment: Mapping[str, str]
    kept: KeptLocks | None = None  # None: every question is put to uv anew

    async def lock(self, question: Question, facts: Facts) -> MarkedLock | Refusal:
        """Resolve one question over the facts.

        Raises the error of the index, or of the disk that its answers are kept on, when a page or
        metadata that the resolver wanted could not be read, for then neither a lock nor a refusal
        would be true. Raises ResolverFailed and InvalidLock.
        """
        python = Version("{}.{}.{}".format(*sys.version_info))
        project = render_lock_project(question, python)
        if self.kept is not None:
            kept = await self.kept.find(question, project, facts)
            if kept is not None:
                return parse_lock(kept)
        view = ResolverView(question, facts)
        answer = await self._ask_uv(question, project, view)
        if isinstance(answer, Refusal):
            return answer
        if self.kept is not None and not view.passed_over:
            await self.kept.keep(question, project, answer, view.asked, facts)
        return parse_lock(answer)

    async def _ask_uv(self, question: Question, project: str, view: ResolverView) -> str | Refusal:
        """The lock as a `pylock.toml`."""
        with tempfile.TemporaryDirectory(prefix="wheelyard-lock-") as folder:
            Path(folder, "pyproject.toml").write_text(project, encoding="utf-8")
            async with serve_view(view) as url:
                status, output = await self._run_beside(
                    view,
                    folder,
                    *("lock", "--no-build", "--default-index", url),
                    *lock_options(question),
                )
            if view.failure.done():
                raise view.failure.result()
            if status == 1 and "No solution found" in output:
                return Refusal(tell_refusal(output), frozenset(view.asked))
            if status != 0:
                raise ResolverFailed("uv lock", output)
            status, output = await self._run(
                folder, "export", "--frozen", "--no-emit-project",
                "--format", "pylock.toml", "--output-file", "pylock.toml", "--quiet",
            )  # fmt: skip
            if status != 0:
                raise ResolverFailed("uv export", output)
            return Path(folder, "pylock.toml").read_text(encoding="utf-8")

    async def _run_beside(
        self, view: ResolverView, folder: str, *arguments: str
    ) -> tuple[int, str]:
        """Run uv until it ends, or until the view has failed."""
        running = asyncio.ensure_future(self._run(folder, *arguments))
        try:
            await asyncio.wait((running, view.failure), return_when=asyncio.FIRST_COMPLETED)
            return running.result() if running.done() else (1, "")
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def _run(self, folder: str, *arguments: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            self.uv,
            *arguments,
            "--python", sys.executable, "--no-python-downloads",
            "--cache-dir", str(Path(folder, "cache")),
            "--no-progress", "--color", "never",
            cwd=folder,
            env={**self.environment, **_PATIENCE},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, output = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, output.decode(errors="replace")


def resolver_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv: none of its settings, no configuration files, no proxy.

    A user's `UV_INDEX` or a proxy between uv and the loopback view would give a false answer.
    """
    cleared = {
        name: value
        for name, value in environment.items()
        if not name.startswith("UV_") and not name.lower().endswith("_proxy")
    }
    return {**cleared, "UV_NO_CONFIG": "1"}
