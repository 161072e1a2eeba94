"""One plan from the command line, over the yard if there is one."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wheelyard.cli.proving import compared
from wheelyard.cli.running import open_workshop
from wheelyard.cli.settings import Selection
from wheelyard.mirror.progress import Progress
from wheelyard.mirror.run import plan_study, study_groups
from wheelyard.plan.plan import Plan
from wheelyard.yard.errors import YardMissing, writing
from wheelyard.yard.layout import Layout
from wheelyard.yard.yard import Yard, open_yard


def plan_selection(selection: Selection, progress: Progress) -> tuple[Plan, int]:
    """The plan, and the number of requests that it took."""
    return asyncio.run(_plan(selection, progress))


async def _plan(selection: Selection, progress: Progress) -> tuple[Plan, int]:
    with _yard_to_plan_for(selection.yard) as (yard, facts, downloads), writing(facts.state):
        tools = open_workshop(selection.upstreams, yard, facts, downloads, progress)
        async with tools as workshop:
            study = await study_groups(selection.groups, workshop.tools)
            if yard is not None:
                study = compared(study, yard.layout, is_whole=selection.is_whole_file)
            return plan_study(study, yard), workshop.traffic.requests


@contextmanager
def _yard_to_plan_for(root: Path) -> Iterator[tuple[Yard | None, Layout, Layout]]:
    """The yard if there is one, and the `facts` and `downloads` for the tools of one plan.

    A plan does without the yard's lock, so it leaves the yard's partial files to the run that has
    it, and downloads what it must read to a folder that is thrown away. What it learns is kept in
    the yard if this user may write there.
    """
    with tempfile.TemporaryDirectory(prefix="wheelyard-plan-") as folder:
        scratch = Layout(Path(folder))
        try:
            yard = open_yard(root, create=False)
        except YardMissing:
            yield None, scratch, scratch
            return
        with yard:
            may_write = os.access(yard.layout.upstream, os.W_OK)
            yield yard, yard.layout if may_write else scratch, scratch
