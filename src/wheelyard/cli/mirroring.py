"""One mirror run from the command line, shared by `mirror` and `up`."""

import argparse
import asyncio
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

from wheelyard.cli import exit_codes
from wheelyard.cli.display import shown_progress
from wheelyard.cli.machine import machine_here
from wheelyard.cli.outcome import exit_code_for
from wheelyard.cli.output import obligation_lines, problem_lines, report_totals, tell
from wheelyard.cli.proving import Prover, broken_lines, compared, failure_lines, proof_summary
from wheelyard.cli.running import Workshop, open_workshop
from wheelyard.cli.settings import DEFAULT_GROUP, Selection
from wheelyard.cli.sizes import format_count, format_size
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.record import forget_other_groups
from wheelyard.mirror.run import Report, carry_out, study_groups
from wheelyard.prove.building import BuildReport, build_wheels
from wheelyard.prove.yards import ProvenYard
from wheelyard.yard.catalog import Catalog
from wheelyard.yard.errors import writing
from wheelyard.yard.ledger import Outcome, finish_run, recorded_groups, start_run
from wheelyard.yard.yard import YardWriter, open_yard


@dataclass(frozen=True, slots=True)
class MirrorOutcome:
    """What a run did, and what it took."""

    report: Report
    requests: int  # to the upstreams
    proven: ProvenYard | None = None  # None: it was not asked for
    built: BuildReport | None = None  # None: no wheels were to be built

    def summary(self) -> str:
        """One line that says what the yard has now."""
        report = self.report
        wanted = report.plan.wanted()
        size = sum(planned.file.size or 0 for planned in wanted)
        asked = format_count(self.requests, "request")
        if not wanted:
            return f"nothing mirrored; {asked}"
        if report.changed_nothing:
            did = "nothing changed"
        else:
            fetched = format_count(report.fetched_files, "file")
            pages = format_count(report.written_pages, "page")
            did = f"{fetched} ({format_size(report.fetched_size)}) fetched, {pages} written"
        state = "complete" if report.is_complete else "NOT COMPLETE"
        total = f"{format_count(len(wanted), 'file')}, {format_size(size)}"
        lines = [f"{state}: {total}; {did}; {asked}"]
        if self.built is not None:
            present = format_count(len(self.built.present), "wheel")
            lines.append(
                f"{format_count(len(self.built.built), 'wheel')} built, {present} built before"
            )
        if self.proven is not None:
            lines.append(proof_summary(self.proven))
        return "\n".join(lines)

    def tell_shortfalls(self, *, quiet: bool) -> None:
        """Everything that fell short and, unless `quiet`, notes; on stderr."""
        report = self.report
        if not quiet:
            tell(obligation_lines(report.plan.obligations))
        tell(problem_lines(report.plan.problems))
        for failed in report.failed:
            hint = [f"hint: {failed.error.hint}"] if failed.error.hint else []
            tell([f"error: {failed.error}", *hint, ""])
        if self.built is not None:
            if not quiet:
                tell(f"note: {note}" for note in self.built.notes)
            for error in self.built.problems:
                tell([f"error: {error}", *([f"hint: {error.hint}"] if error.hint else [])])
        if self.proven is not None:
            tell(broken_lines(self.proven.broken))
            tell(failure_lines(self.proven.failures))
        told = {failed.planned.file.filename for failed in report.failed}
        for planned in report.missing:
            if planned.file.filename not in told:
                tell([f"error: `{planned.file.filename}` is not in the yard"])
                tell(["hint: it went away during the run; run it again", ""])
        if report.plan.drop and not quiet:
            unwanted = format_count(len(report.plan.drop), "file")
            tell([f"note: {unwanted} in the yard that nothing wants any more; kept"])

    def exit_code(self) -> int:
        """The exit code of the run."""
        if self.report.is_complete:
            holds = self.proven is None or self.proven.holds
            are_built = self.built is None or not self.built.problems
            return exit_codes.COMPLETE if holds and are_built else exit_codes.FELL_SHORT
        return (
            exit_code_for(self.report.plan.problems, self.report.plan.wanted())
            or exit_codes.FELL_SHORT
        )


def mirror(selection: Selection, arguments: argparse.Namespace) -> MirrorOutcome:
    """Open the yard, take its lock, and run.

    A yard that was made for a run that bad input ended is removed again.
    """
    if not arguments.quiet:
        tell(f"note: {note}" for note in selection.notes)
    is_new = not selection.yard.exists()
    outcome = _mirror_into(selection, arguments)
    if is_new and outcome.exit_code() == exit_codes.BAD_INPUT:
        shutil.rmtree(selection.yard, ignore_errors=True)
    return outcome


def _mirror_into(selection: Selection, arguments: argparse.Namespace) -> MirrorOutcome:
    with (
        open_yard(selection.yard, create=True) as yard,
        yard.exclusive() as writer,
        shown_progress(arguments) as progress,
    ):
        return asyncio.run(_recorded(selection, writer, arguments, progress))


async def _recorded(
    selection: Selection, yard: YardWriter, arguments: argparse.Namespace, progress: Progress
) -> MirrorOutcome:
    """Run, and note in the catalogue that it ran and how it ended."""
    number = start_run(yard.catalog, datetime.now(UTC))
    outcome, summary = Outcome.FAILED, {}
    try:
        mirrored = await _mirror(selection, yard, arguments, progress)
        report = mirrored.report
        outcome = Outcome.COMPLETE if report.is_complete else Outcome.FELL_SHORT
        summary = {**report_totals(report), "requests": mirrored.requests}
        return mirrored
    except BaseException as error:
        if not isinstance(error, Exception):
            outcome = Outcome.INTERRUPTED
        raise
    finally:
        finish_run(yard.catalog, number, datetime.now(UTC), outcome, json.dumps(summary))


async def _mirror(
    selection: Selection, yard: YardWriter, arguments: argparse.Namespace, progress: Progress
) -> MirrorOutcome:
    known = _known_groups(selection, yard.catalog)
    if known is not None:
        forget_other_groups(yard.catalog, known)
    layout = yard.layout
    async with open_workshop(selection.upstreams, yard, layout, layout, progress) as workshop:
        run = _Run(selection, yard, workshop, progress, known)
        report, standing = await run.mirror(prove=arguments.prove)
        built = None
        if arguments.build_wheels and standing is not None:
            built = await build_wheels(yard, standing.proof, await machine_here(), progress, _now)
            if built.built:
                # What is built is what people install from now on.
                earlier = report
                report, standing = await run.mirror(prove=True)
                report = report.after(earlier)
        return MirrorOutcome(report, workshop.traffic.requests, standing, built)


def _known_groups(selection: Selection, catalog: Catalog) -> frozenset[str] | None:
    """All groups there are, or None where the selection is of some of them."""
    if not selection.is_whole_file:
        return None
    # Those of the command line are in no file, and are kept.
    of_command_line = (
        name
        for name in recorded_groups(catalog)
        if name == DEFAULT_GROUP or name.startswith(f"{DEFAULT_GROUP}-")
    )
    return frozenset([*of_command_line, *(group.name for group in selection.groups)])


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run works with."""

    selection: Selection
    yard: YardWriter
    workshop: Workshop
    progress: Progress
    known: frozenset[str] | None  # all groups there are; None: there may be others

    async def mirror(self, *, prove: bool) -> tuple[Report, ProvenYard | None]:
        """Bring the yard to what the selection needs, and prove it."""
        tools = self.workshop.tools
        with writing(self.yard.layout.state):  # what is read of the index is kept there
            study = await study_groups(self.selection.groups, tools)
            is_whole = self.selection.is_whole_file
            study = compared(study, self.yard.layout, is_whole=is_whole)
            if not prove:
                return await carry_out(study, self.yard, tools), None
            prover = Prover(self.workshop.provers, self.progress, tools.now)
            proven = await prover.prove_plan(study, self.yard)
        report = await carry_out(proven.study, self.yard, tools)
        upstreams, is_as_before = self.selection.upstreams, report.changed_nothing
        return report, await prover.prove_run(
            proven, self.yard, upstreams, self.known, is_as_before=is_as_before
        )


def _now() -> datetime:
    return datetime.now(UTC)
