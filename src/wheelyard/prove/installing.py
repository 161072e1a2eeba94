"""Installing for real: every witness that this machine can, from its yard and nothing else.

Each installation has an environment and caches of its own in a network that is cut off, so what an
installer finds, builds and writes comes from the yard. What stands in the environment at the end is
held against the witness.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from packaging.version import Version

from wheelyard.mirror.progress import Progress
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.prove.cut_off import CutOff, cut_off
from wheelyard.prove.document import (
    Check,
    Method,
    Proof,
    ProvenGroup,
    ProvenWitness,
    Scope,
    Verdict,
)
from wheelyard.prove.environments import Environment, Environments, NoEnvironment, last_lines
from wheelyard.prove.interpreters import LocalPython
from wheelyard.prove.machine import Machine

_AT_ONCE = 2  # an installation keeps a core busy, and the disk


class Installer(StrEnum):
    """The installers that are asked."""

    PIP = "pip"
    UV = "uv"


@dataclass(frozen=True, slots=True)
class _Job:
    """One installer for one witness."""

    group: ProvenGroup
    witness: ProvenWitness
    installer: Installer


async def install_all(
    yard: Path,
    proof: Proof,
    machine: Machine,
    progress: Progress,
    now: Callable[[], datetime],
    *,
    scope: Scope = Scope.VIEW,
) -> list[tuple[str, Check]]:
    """Install every group of the proof with each installer; gives the group's name and the check.

    The order is the proof's, pip before uv. What this machine cannot install is skipped, with the
    reason. Nothing is left behind, also when this is cancelled. Raises CannotCutOff and
    YardNotServed.
    """
    jobs = list(_jobs(proof))
    able = [job for job in jobs if not _obstacle(job, machine)]
    progress.begin("Installing", files=len(able))
    checks: list[Check] = []
    if able:
        async with cut_off(yard, machine.environment) as network:
            workshop = _Workshop(Environments(network, machine.uv), machine, progress, now, scope)
            checks = await gather_in_order(workshop.check(job) for job in able)
    progress.end(len(able), "installation")
    done = iter(checks)
    return [
        (job.group.name, _skipped(job, reason, now(), scope))
        if (reason := _obstacle(job, machine))
        else (job.group.name, next(done))
        for job in jobs
    ]


def _jobs(proof: Proof) -> Iterator[_Job]:
    """Build groups are none: they are met where an sdist is built."""
    for group in proof.groups:
        if not group.builds:
            for witness in group.witnesses:
                yield from (_Job(group, witness, installer) for installer in Installer)


def _obstacle(job: _Job, machine: Machine) -> str:
    """Why this machine cannot install the witness; empty if it can."""
    python = machine.python_for(job.witness)
    if (obstacle := machine.obstacle(job.witness)) or python is None:
        return obstacle
    if job.installer is Installer.UV:
        return ""
    if job.group.overrides:
        return "pip knows no overrides"
    if not python.makes_pip:
        return f"{python.executable} brings no pip along; Debian has it in `python3-venv`"
    return ""


def _skipped(job: _Job, reason: str, at: datetime, scope: Scope) -> Check:
    return Check(
        by=job.installer.value,
        method=Method.INSTALL,
        scope=scope,
        target=job.witness.target,
        python=job.witness.first,
        verdict=Verdict.SKIPPED,
        said=reason,
        at=at,
    )


@dataclass(frozen=True, slots=True)
class _Workshop:
    """Where installations are made, a few at a time."""

    environments: Environments
    machine: Machine
    progress: Progress
    now: Callable[[], datetime]
    scope: Scope
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def check(self, job: _Job) -> Check:
        """Install a witness that nothing is in the way of, and say what came of it."""
        async with self.turns:
            python = self.machine.python_for(job.witness)
            assert python is not None  # noqa: S101 - there is no obstacle
            by, verdict, said = await self._install(job, python)
            self.progress.advance(files=1)
        return Check(
            by=f"{by} on CPython {python.version}",
            method=Method.INSTALL,
            scope=self.scope,
            target=job.witness.target,
            python=str(python.version),
            verdict=verdict,
            said=said,
            at=self.now(),
        )

    async def _install(self, job: _Job, python: LocalPython) -> tuple[str, Verdict, str]:
        """Who installed, and what came of it."""
        is_pip = job.installer is Installer.PIP
        make = self.environments.with_pip if is_pip else self.environments.bare
        uv = self.environments.uv
        try:
            environment = await make(python)
        except NoEnvironment as error:
            return job.installer.value, Verdict.SKIPPED, str(error)
        program = (environment.python, "-m", "pip") if is_pip else (uv, "pip")
        by = await _program_version(environment, uv, is_pip=is_pip)
        before = environment.installed()
        url = _index_url(environment.network, job, self.scope)
        done = await environment.run(*program, "install", *_options(job, environment, url))
        if done.status != 0:
            return by, Verdict.FAILS, last_lines(done.output)
        if complaint := await _checked(job, environment, program):
            return by, Verdict.FAILS, complaint
        difference = _difference(job.witness, before, environment.installed())
        return by, Verdict.DIFFERS if difference else Verdict.HOLDS, difference


async def _program_version(environment: Environment, uv: Path, *, is_pip: bool) -> str:
    """The installer with its version, such as `pip 24.0`."""
    if is_pip:
        installed = environment.installed()
        return f"pip {installed[ProjectName('pip')]}"
    done = await environment.run(uv, "--version")
    return " ".join(done.output.split()[:2])


def _index_url(network: CutOff, job: _Job, scope: Scope) -> str:
    if scope is Scope.ALL:
        return network.url
    return network.view_url(job.group.name, job.witness.target)


def _options(job: _Job, environment: Environment, url: str) -> Iterator[str | Path]:
    """The options of `install` for a group."""
    group = job.group
    yield from _options_of_installer(job, environment)
    yield from ("--index-url", url, *group.formats)
    if group.locked:
        yield from ("--no-deps", "-r", environment.write("locked.txt", _locked_lines(job.witness)))
        if all(file.sha256 for file in job.witness.files):
            yield "--require-hashes"
        return
    yield from ("-r", environment.write("requirements.txt", group.requirements))
    if group.constraints:
        yield from ("-c", environment.write("constraints.txt", group.constraints))
    if group.overrides:
        yield from ("--overrides", environment.write("overrides.txt", group.overrides))


def _options_of_installer(job: _Job, environment: Environment) -> Iterator[str | Path]:
    if job.installer is Installer.PIP:
        # The setuptools that an old Python brings along neither builds, which the yard has to
        # provide for, nor stands in for the witness's.
        yield from ("--use-pep517", "--upgrade", "--upgrade-strategy", "eager")
        if job.group.prereleases:
            yield "--pre"
    else:
        yield from ("--python", environment.python)
        if job.group.prereleases:
            yield from ("--prerelease", "allow")


def _locked_lines(witness: ProvenWitness) -> list[str]:
    has_all = all(file.sha256 for file in witness.files)
    return [
        f"{file.project}=={file.version}" + (f" --hash=sha256:{file.sha256}" if has_all else "")
        for file in witness.files
    ]


async def _checked(job: _Job, environment: Environment, program: Sequence[str | Path]) -> str:
    """What the installer's own `check` complains of; empty if nothing."""
    if job.group.locked or job.group.overrides:
        return ""  # what they install need not be what metadata asks for; the lock has the word
    python = () if job.installer is Installer.PIP else ("--python", environment.python)
    done = await environment.run(*program, "check", *python)
    return last_lines(done.output) if done.status != 0 else ""


def _difference(
    witness: ProvenWitness,
    before: Mapping[ProjectName, Version],
    after: Mapping[ProjectName, Version],
) -> str:
    """How what was installed differs from the witness; empty if it does not."""
    wanted = {parse_project_name(file.project): Version(file.version) for file in witness.files}
    told = []
    for project in sorted(wanted.keys() | after.keys()):
        got, want = after.get(project), wanted.get(project)
        if got == want or (want is None and before.get(project) == got):
            continue
        if want is None:
            told.append(f"`{project}` {got}, which the witness does not have")
        elif got is None:
            told.append(f"no `{project}`, of which the witness has {want}")
        else:
            told.append(f"`{project}` {got}, of which the witness has {want}")
    return f"it installed {'; '.join(told)}" if told else ""
