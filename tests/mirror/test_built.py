"""Wheels that were built here, as later plans see them."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from closure.values import group
from mirror.mirrors import NOON, Mirror
from mirror.small_index import RESOLVER
from wheelyard.index import Index
from wheelyard.mirror.built import WithBuiltWheels, build_tag, built_wheels
from wheelyard.mirror.progress import Silent
from wheelyard.mirror.run import Tools, plan_study, study_groups
from wheelyard.mirror.witnessing import Solvers
from wheelyard.model.digests import Sha256
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage
from wheelyard.plan.plan import Plan
from wheelyard.upstream.http_index import HttpIndex
from wheelyard.upstream.transport import open_transport
from wheelyard.yard.files import add_file
from wheelyard.yard.pages import publish_projects
from wheelyard.yard.yard import Yard, open_yard
from world import World, make_sdist
from yard.arrivals import wheel_arrival

BUILT = ProjectName("built")


@pytest.fixture
def mirror(world: World, tmp_path: Path) -> Mirror:
    world.add_sdist("built", "1.0", requires=["lib"], build_requires=["buildhelper"])
    world.add_wheel("buildhelper", "1.0")
    world.add_wheel("lib", "1.0")
    mirror = Mirror(world, tmp_path / "yard")
    assert mirror.run(group("built")).is_complete
    return mirror


def test_a_plan_takes_the_wheel_and_keeps_its_sdist_and_what_builds_it(mirror: Mirror) -> None:
    wheel = _build(mirror)
    plan = _plan(mirror)
    reasons = {planned.file.filename: planned.reasons for planned in plan.keep}
    assert reasons == {
        "buildhelper-1.0-py3-none-any.whl": reasons["buildhelper-1.0-py3-none-any.whl"],
        wheel: ("default: built",),
        "built-1.0.tar.gz": (f"default: the source of {wheel}",),
        "lib-1.0-py3-none-any.whl": ("default: built > lib",),
    }
    assert (plan.add, plan.drop, plan.problems) == ((), (), ())


def test_a_page_lists_it_beside_its_sdist(mirror: Mirror) -> None:
    wheel = _build(mirror)
    page, metadata = asyncio.run(_page(mirror))
    sdist, built = page.files
    assert (built.filename, built.uploaded, built.yank) == (wheel, sdist.uploaded, sdist.yank)
    assert built.url.startswith("yard:packages/")
    assert built.core_metadata is not None
    assert built.core_metadata.sha256 == hashlib.sha256(metadata).hexdigest()


def test_it_is_yanked_with_its_sdist(mirror: Mirror) -> None:
    _build(mirror)
    mirror.world.yank("built-1.0.tar.gz", "broken")
    page, _ = asyncio.run(_page(mirror))
    assert [file.yank and file.yank.reason for file in page.files] == ["broken", "broken"]


def test_it_goes_with_its_sdist(mirror: Mirror) -> None:
    """Other bytes under the sdist's name are another sdist."""
    _build(mirror)
    mirror.world.remove("built-1.0.tar.gz")
    other = make_sdist("built", "1.0", requires=["other"])
    mirror.world.add_file("built", "built-1.0.tar.gz", other)
    page, _ = asyncio.run(_page(mirror))
    assert [file.filename for file in page.files] == ["built-1.0.tar.gz"]


def test_one_that_is_gone_from_the_yard_is_not_listed(mirror: Mirror) -> None:
    _build(mirror)
    with open_yard(mirror.root, create=False) as yard:
        (held,) = built_wheels(yard, BUILT)
        mirror.layout.file(held.path).unlink()
        assert list(built_wheels(yard, BUILT)) == []
    page, _ = asyncio.run(_page(mirror))
    assert [file.filename for file in page.files] == ["built-1.0.tar.gz"]


def _build(mirror: Mirror) -> str:
    """Put a wheel into the yard as `--build-wheels` does; gives its name."""
    sha256 = Sha256(mirror.world.file("built-1.0.tar.gz").hashes["sha256"])
    tags = f"{build_tag(sha256)}-py3-none-any"
    with open_yard(mirror.root, create=False) as yard, yard.exclusive() as writer:
        arrival = wheel_arrival(writer.layout, "built", "1.0", requires=["lib"], tags=tags)
        held = add_file(writer, arrival)
        publish_projects(writer, [held.project])
    return held.filename


async def _page(mirror: Mirror) -> tuple[ProjectPage, bytes]:
    """The page, and the metadata of its last file if that is a wheel."""
    async with open_transport({}) as transport:
        with open_yard(mirror.root, create=False) as yard:
            layout = yard.layout
            inner = HttpIndex(transport, mirror.world.simple_url, layout.upstream, layout.partial)
            index: Index = WithBuiltWheels(inner, yard)
            page = await index.page(BUILT)
            is_wheel = page.files[-1].filename.endswith(".whl")
            return page, await index.core_metadata(page.files[-1]) if is_wheel else b""


def _plan(mirror: Mirror) -> Plan:
    async def work(yard: Yard) -> Plan:
        async with open_transport({}) as transport:
            layout = yard.layout
            inner = HttpIndex(transport, mirror.world.simple_url, layout.upstream, layout.partial)
            index = WithBuiltWheels(inner, yard)
            tools = Tools(index, inner, Solvers(RESOLVER), Silent(), lambda: NOON)
            return plan_study(await study_groups([group("built")], tools), yard)

    with open_yard(mirror.root, create=False) as yard:
        return asyncio.run(work(yard))
