"""Asking uv and pip over an index with dictionaries inside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from packaging.version import Version

from closure.values import requirements
from mirror.small_index import SmallIndex
from wheelyard.closure.formats import ANY_FORMAT, Formats
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.model.targets import parse_target
from wheelyard.prove.pip import ask_pip
from wheelyard.prove.provers import Provers, open_provers
from wheelyard.prove.questions import Answer, InstallQuestion, Taken
from wheelyard.prove.uv import ask_uv
from wheelyard.prove.virtual import Shows, VirtualIndex

Ask = Callable[[Sequence[tuple[InstallQuestion, VirtualIndex]], Provers], Awaitable[list[Answer]]]
INSTALLERS = {"uv": ask_uv, "pip": ask_pip}


def question(
    *wanted: str,
    target: str = "cp312-manylinux_2_28_x86_64",
    python: str = "3.12.4",
    constraints: Sequence[str] = (),
    overrides: Sequence[str] = (),
    prereleases: bool = False,
    formats: Formats = ANY_FORMAT,
    no_deps: bool = False,
) -> InstallQuestion:
    return InstallQuestion(
        requirements=requirements(*wanted),
        target=parse_target(target),
        python=Version(python),
        constraints=requirements(*constraints),
        overrides=requirements(*overrides),
        prereleases=prereleases,
        formats=formats,
        no_deps=no_deps,
    )


def answers(
    ask: Ask, index: SmallIndex, *questions: InstallQuestion, shows: Shows | None = None
) -> list[Answer]:
    """The answers to questions over one index."""

    async def work() -> list[Answer]:
        virtual = VirtualIndex(Facts(index, Silent()), shows)
        async with open_provers() as provers:
            return await ask([(question, virtual) for question in questions], provers)

    return asyncio.run(work())


def files(answer: Answer) -> set[str]:
    """The names of the files taken; fails if none are."""
    assert isinstance(answer, Taken), answer
    return {file.filename for file in answer.files.values()}
