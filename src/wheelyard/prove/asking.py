"""Asking real installers about claims: over all files, and over the view of each target.

Over all files an installer has to find some complete installation; over a view it has to take the
witness, file for file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Protocol

from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.closure.groups import Group
from wheelyard.closure.witness import Witness
from wheelyard.mirror.resolver import ResolverFailed
from wheelyard.prove.document import Check, Method, Scope, Verdict
from wheelyard.prove.pip import PipFailed, ask_pip
from wheelyard.prove.provers import Provers
from wheelyard.prove.questions import (
    Answer,
    InstallQuestion,
    NoInstallation,
    NotAsked,
    Taken,
    question_of,
)
from wheelyard.prove.uv import ask_uv
from wheelyard.prove.virtual import VirtualIndex


class Ask(Protocol):
    """An installer that is asked questions, each over an index of its own."""

    async def __call__(
        self, asked: Sequence[tuple[InstallQuestion, VirtualIndex]], provers: Provers
    ) -> list[Answer]:
        """Its answers, in the order of the questions."""
        ...


INSTALLERS: Mapping[str, Ask] = {"uv": ask_uv, "pip": ask_pip}


@dataclass(frozen=True, slots=True)
class AskedWitness:
    """A witness of a group, and what of an index it is to be asked over."""

    group: Group
    witness: Witness
    index: VirtualIndex
    scope: Scope
    is_locked: bool  # whether a lock file names the witness's releases

    @property
    def python(self) -> Version:
        """The Python to ask for: the oldest of the span."""
        return self.witness.pythons.first

    def question(self) -> InstallQuestion:
        """What an installer is asked. Of a lock, its releases alone and nothing that they need."""
        question = question_of(self.group, self.witness.target, self.python)
        if not self.is_locked:
            return question
        pins = tuple(Requirement(f"{pin.project}==={pin.version}") for pin in self.witness.pins)
        return InstallQuestion(
            requirements=pins,
            target=self.witness.target,
            python=self.python,
            prereleases=True,
            no_deps=True,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim, and what an installer said to it."""

    claim: AskedWitness
    answer: Answer
    check: Check


def installer_name(name: str) -> str:
    """An installer as checks name it, such as `uv 0.13.9`."""
    return f"{name} {version(name)}"


async def ask_installer(
    name: str,
    claims: Sequence[AskedWitness],
    method: Method,
    provers: Provers,
    now: Callable[[], datetime],
) -> list[Asked]:
    """What an installer says to each claim.

    One that ends otherwise than by an answer has not been asked: what is wrong with it holds up
    nothing else. Raises Unreachable.
    """
    questions = [(claim.question(), claim.index) for claim in claims]
    answers: list[Answer]
    try:
        answers = await INSTALLERS[name](questions, provers)
    except (PipFailed, ResolverFailed) as error:
        answers = [NotAsked(str(error)) for _ in claims]
    return [
        Asked(claim, answer, _check(name, claim, answer, method, now()))
        for claim, answer in zip(claims, answers, strict=True)
    ]


def _check(name: str, claim: AskedWitness, answer: Answer, method: Method, at: datetime) -> Check:
    verdict, said = _judge(claim, answer)
    return Check(
        by=installer_name(name),
        method=method,
        scope=claim.scope,
        target=str(claim.witness.target),
        python=str(claim.python),
        verdict=verdict,
        said=said,
        at=at,
    )


def _judge(claim: AskedWitness, answer: Answer) -> tuple[Verdict, str]:
    match answer:
        case NotAsked(reason):
            return Verdict.SKIPPED, reason
        case NoInstallation(said):
            return Verdict.FAILS, said
        case Taken(files):
            taken = {file.filename for file in files.values()}
            expected = {pin.file.filename for pin in claim.witness.pins}
            if taken == expected:
                return Verdict.HOLDS, ""
            others = ", ".join(sorted(taken - expected)) or "nothing else"
            lacks = ", ".join(sorted(expected - taken))
            return Verdict.DIFFERS, f"takes {others}" + (f" and not {lacks}" if lacks else "")
