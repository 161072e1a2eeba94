"""Building wheels from the sdists of a yard's witnesses, so that nobody else has to.

Each is built in a network that is cut off, from the yard's own files: so it is also the proof that
what its build needs is in the yard. The wheels lie beside their sdists under names of their own.
"""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from wheelyard.closure.formats import parse_options
from wheelyard.mirror.built import build_tag, built_url, built_wheels, is_built_from
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.tasks import gather_in_order
from wheelyard.model.errors import WheelyardError
from wheelyard.model.filenames import InvalidFilename, WheelName, is_wheel, parse_filename
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.targets import accepts_wheel, parse_target
from wheelyard.plan.inventory import HeldFile
from wheelyard.prove.cut_off import cut_off
from wheelyard.prove.document import Proof, ProvenFile, ProvenGroup
from wheelyard.prove.environments import Environment, Environments, last_lines
from wheelyard.prove.interpreters import LocalPython
from wheelyard.prove.machine import Machine
from wheelyard.prove.retagging import WheelTags, has_native_code, retag, tags_of
from wheelyard.wire.core_metadata import parse_core_metadata
from wheelyard.wire.wheels import wheel_metadata
from wheelyard.yard import holdings
from wheelyard.yard.files import Arrival, add_file, measure
from wheelyard.yard.layout import package_path
from wheelyard.yard.ledger import Selection, replace_selections, selections
from wheelyard.yard.pages import publish_projects, publish_root
from wheelyard.yard.presence import is_whole
from wheelyard.yard.yard import YardWriter

_AT_ONCE = 2  # builds; many of them use every core by themselves
# For archives, which know no time before 1980. With a steady time many builds give the same bytes.
_STEADY_TIME = "SOURCE_DATE_EPOCH=315532800"


class BuildFailed(WheelyardError):
    """A wheel could not be built; its sdist is in the yard all the same."""

    hint = "install what the build lacks on this machine, such as a compiler, and run it again"

    def __init__(self, sdist: HeldFile, python: LocalPython, reason: str) -> None:
        self.sdist, self.python, self.reason = sdist, python, reason
        super().__init__(
            f"`{sdist.filename}` cannot be built with CPython {python.version}:\n{reason}"
        )


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a run of builds did."""

    built: tuple[HeldFile, ...]  # in the yard now, by project and file name
    present: tuple[HeldFile, ...]  # of earlier runs, and as good; likewise
    problems: tuple[WheelyardError, ...]
    notes: tuple[str, ...]  # what holds of a wheel besides its tags

    @property
    def changed_nothing(self) -> bool:
        """Whether the yard is as it was before."""
        return not self.built


@dataclass(frozen=True, slots=True, order=True)
class _Use:
    """A group that installs from an sdist on a target."""

    group: str
    target: str


@dataclass(frozen=True, slots=True)
class _Job:
    """One sdist, to be built with one Python."""

    sdist: HeldFile
    python: LocalPython
    uses: tuple[_Use, ...]  # at least one


@dataclass(frozen=True, slots=True)
class _Wheel:
    """What a job gave, under the name that its build chose."""

    job: _Job
    path: Path
    metadata: bytes


async def build_wheels(
    yard: YardWriter,
    proof: Proof,
    machine: Machine,
    progress: Progress,
    now: Callable[[], datetime],
) -> BuildReport:
    """Build a wheel of each sdist that a group of the proof installs from on this machine.

    Once per Python, but not where a wheel that was built here from the same bytes fits already. A
    build that fails is a problem and does not stop the others. The wheels are in the yard, on its
    pages and among the selections of their groups when this returns. Sdists that the yard does not
    hold, locked groups and projects of which a group wants no wheels are passed over. Raises
    CannotCutOff, YardNotServed and YardUnwritable.
    """
    jobs, present = _open_jobs(yard, _jobs(yard, proof, machine))
    progress.begin("Building", files=len(jobs))
    taken: list[HeldFile] = []
    problems: list[WheelyardError] = []
    notes: list[str] = []
    if jobs:
        async with cut_off(yard.layout.root, machine.environment) as network:
            workshop = _Workshop(Environments(network, machine.uv), yard, progress)
            outcomes = await gather_in_order(workshop.build(job) for job in jobs)
            problems += [one for one in outcomes if isinstance(one, WheelyardError)]
            wheels = [one for one in outcomes if isinstance(one, _Wheel)]
            for named in _named(wheels, network.folder):
                try:
                    taken.append(_take_in(yard, named))
                except WheelyardError as error:
                    problems.append(error)
                else:
                    notes += _notes(named, machine)
        publish_projects(yard, {held.project for held in taken})
        publish_root(yard)
    progress.end(len(taken), "wheel")
    return BuildReport(_in_order(taken), _in_order(present), tuple(problems), tuple(notes))


def _in_order(files: Iterable[HeldFile]) -> tuple[HeldFile, ...]:
    unique = {(file.project, file.filename): file for file in files}
    return tuple(unique[key] for key in sorted(unique))


def _jobs(yard: YardWriter, proof: Proof, machine: Machine) -> list[_Job]:
    uses: defaultdict[tuple[ProjectName, str, LocalPython], set[_Use]] = defaultdict(set)
    for group in proof.groups:
        if group.builds or group.locked:
            continue
        for witness in group.witnesses:
            python = machine.python_for(witness)
            if machine.obstacle(witness) or python is None:
                continue
            for file in _sdists(group, witness.files):
                key = parse_project_name(file.project), file.filename, python
                uses[key].add(_Use(group.name, witness.target))
    jobs = []
    for (project, filename, python), found in uses.items():
        sdist = holdings.find_file(yard.catalog, project, filename)
        if sdist is not None and is_whole(yard.layout, sdist):
            jobs.append(_Job(sdist, python, tuple(sorted(found))))
    return sorted(jobs, key=lambda job: (job.sdist.filename, job.python.version))


def _sdists(group: ProvenGroup, files: Iterable[ProvenFile]) -> Iterator[ProvenFile]:
    formats = parse_options(group.formats)
    for file in files:
        if not is_wheel(file.filename) and formats.accepts(
            parse_project_name(file.project), is_wheel=True
        ):
            yield file


def _open_jobs(yard: YardWriter, jobs: Sequence[_Job]) -> tuple[list[_Job], list[HeldFile]]:
    """What is left to build, and the wheels that are there for the rest."""
    waiting: list[_Job] = []
    present: list[HeldFile] = []
    for job in jobs:
        held = list(built_wheels(yard, job.sdist.project))
        fitting = [next(_fitting(held, job, use), None) for use in job.uses]
        found = [wheel for wheel in fitting if wheel is not None]
        present += found
        if len(found) < len(fitting):
            waiting.append(job)
    return waiting, present


def _fitting(held: Iterable[HeldFile], job: _Job, use: _Use) -> Iterator[HeldFile]:
    sdist = DistributionFile(
        filename=job.sdist.filename, url="", hashes={"sha256": job.sdist.sha256}
    )
    target = parse_target(use.target)
    for wheel in held:
        name = parse_filename(wheel.filename, wheel.project)
        if (
            isinstance(name, WheelName)
            and is_built_from(name, sdist)
            and accepts_wheel(target, name.tags)
        ):
            yield wheel


@dataclass(frozen=True, slots=True)
class _Workshop:
    """Where wheels are built, a few at a time."""

    environments: Environments
    yard: YardWriter
    progress: Progress
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def build(self, job: _Job) -> _Wheel | WheelyardError:
        """Build one wheel, or say why there is none."""
        async with self.turns:
            try:
                environment = await self.environments.bare(job.python)
                return await self._build(job, environment)
            except WheelyardError as error:
                return error
            finally:
                self.progress.advance(files=1)

    async def _build(self, job: _Job, environment: Environment) -> _Wheel:
        folder = environment.home / "wheels"
        done = await environment.run(
            *("env", _STEADY_TIME, self.environments.uv, "build", "--wheel", "--no-sources"),
            *("--python", environment.python, "--default-index", environment.network.url),
            *("--out-dir", folder, self.yard.layout.file(job.sdist.path).absolute()),
        )
        if done.status != 0:
            raise BuildFailed(job.sdist, job.python, last_lines(done.output))
        wheels = sorted(folder.glob("*.whl"))
        if len(wheels) != 1 or not _is_of_release(wheels[0].name, job.sdist):
            found = ", ".join(f"`{wheel.name}`" for wheel in wheels) or "nothing"
            raise BuildFailed(job.sdist, job.python, f"it gave {found}")
        with wheels[0].open("rb") as archive:
            return _Wheel(job, wheels[0], wheel_metadata(archive, wheels[0].name))


def _is_of_release(filename: str, sdist: HeldFile) -> bool:
    try:
        built = parse_filename(filename, sdist.project)
    except InvalidFilename:
        return False
    return built.version == parse_filename(sdist.filename, sdist.project).version


@dataclass(frozen=True, slots=True)
class _Named:
    """A wheel under the name that it gets in the yard, and all jobs that it serves."""

    wheel: _Wheel
    path: Path
    jobs: tuple[_Job, ...]


def _named(wheels: Sequence[_Wheel], folder: Path) -> Iterator[_Named]:
    """The wheels with their names in the yard; several Pythons' are one if they are the same."""
    alike: defaultdict[tuple[str, str], list[_Wheel]] = defaultdict(list)
    for wheel in wheels:
        alike[wheel.job.sdist.sha256, wheel.path.name].append(wheel)
    for same in alike.values():
        if len({wheel.metadata for wheel in same}) == 1:
            jobs = tuple(wheel.job for wheel in same)
            yield _renamed(same[0], _honest_tags(same[0]), folder, jobs)
            continue
        # It says that it is for all Pythons and asks for other projects on each, as a `setup.py`
        # can. Each is for its own Python alone then.
        for wheel in same:
            version = wheel.job.python.version
            tags = WheelTags(f"cp{version.major}{version.minor}", "none", "any")
            yield _renamed(wheel, tags, folder, (wheel.job,))


def _honest_tags(wheel: _Wheel) -> WheelTags:
    tags = tags_of(wheel.path.name)
    if tags.platform.startswith("linux_") and not has_native_code(wheel.path):
        return WheelTags(tags.python, "none", "any")
    return tags


def _renamed(wheel: _Wheel, tags: WheelTags, folder: Path, jobs: tuple[_Job, ...]) -> _Named:
    path = retag(wheel.path, folder, build_tag(wheel.job.sdist.sha256), tags)
    return _Named(wheel, path, jobs)


def _take_in(yard: YardWriter, named: _Named) -> HeldFile:
    sdist, filename = named.wheel.job.sdist, named.path.name
    partial = yard.layout.partials / filename
    shutil.move(named.path, partial)
    downloaded = measure(partial)
    path = package_path(downloaded.blake2b, filename)
    file = DistributionFile(
        filename=filename,
        url=built_url(path),
        hashes={"sha256": downloaded.sha256},
        size=downloaded.size,
        uploaded=sdist.uploaded,  # what is chosen by date is chosen as if it were the sdist
        requires_python=_requires_python(named.wheel.metadata) or sdist.requires_python,
        yank=sdist.yank,
    )
    held = add_file(yard, Arrival(sdist.project, file, partial, downloaded))
    _select(yard, held, named)
    return held


def _requires_python(metadata: bytes) -> str | None:
    return parse_core_metadata(metadata).requires_python


def _select(yard: YardWriter, held: HeldFile, named: _Named) -> None:
    """Note that the groups of the sdist want the wheel, too."""
    uses = sorted({use for job in named.jobs for use in job.uses})
    with yard.catalog.transaction():
        known = selections(yard.catalog)
        for group in sorted({use.group for use in uses}):
            own = [one for one in known if one.group == group]
            new = [
                Selection(
                    group=group,
                    target=use.target,
                    project=held.project,
                    filename=held.filename,
                    sha256=held.sha256,
                    reason=f"built from {named.wheel.job.sdist.filename}",
                )
                for use in uses
                if use.group == group
            ]
            replace_selections(yard.catalog, group, dict.fromkeys([*own, *new]))


def _notes(named: _Named, machine: Machine) -> list[str]:
    if not tags_of(named.path.name).platform.startswith("linux_"):
        return []
    where = f"was linked on this machine (`{machine.platform}`)"
    likes = "it runs on machines like it, and nothing says on which others"
    return [f"`{named.path.name}` {where}: {likes}"]
