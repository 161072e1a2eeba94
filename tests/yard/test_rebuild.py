import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from wheelyard.model.files import Yank
from wheelyard.model.names import parse_project_name
from wheelyard.model.pages import ProjectStatus, Status
from wheelyard.yard import holdings
from wheelyard.yard.catalog import CatalogDamaged
from wheelyard.yard.errors import NotAYard, YardMissing
from wheelyard.yard.files import add_file, add_files
from wheelyard.yard.listing import update_listing
from wheelyard.yard.lock import YardLocked
from wheelyard.yard.pages import publish_projects, publish_root, stale_projects
from wheelyard.yard.rebuild import rebuild_catalog
from wheelyard.yard.yard import YardWriter, open_yard
from yard.arrivals import sdist_arrival, upstream_page, wheel_arrival

TINYLIB = parse_project_name("tinylib")


@pytest.fixture
def published(root: Path) -> Path:
    """A yard with two projects, one of them archived and one file yanked."""
    with open_yard(root, create=True) as yard, yard.exclusive() as writer:
        yanked = wheel_arrival(yard.layout, "tinylib", "1.0", requires_python=">=3.8")
        others = [
            sdist_arrival(yard.layout, "tinylib", "1.0"),
            wheel_arrival(yard.layout, "otherlib", "2.0+cu121"),
        ]
        add_files(writer, [yanked, *others])
        file = replace(yanked.file, yank=Yank("broken"))
        archived = ProjectStatus(Status.ARCHIVED, "finished")
        update_listing(writer, upstream_page("tinylib", file, status=archived))
        publish_projects(writer, [one.project for one in (yanked, *others)])
        publish_root(writer)
    return root


def test_a_lost_state_comes_back_from_the_pages(published: Path) -> None:
    with open_yard(published, create=False) as yard:
        files, projects = list(yard.inventory()), holdings.projects(yard.catalog)
    shutil.rmtree(published / "state")
    with pytest.raises(NotAYard) as caught:
        open_yard(published, create=True)
    assert "an empty folder" in (caught.value.hint or "")
    found = rebuild_catalog(published)
    assert (found.projects, found.files) == (2, 3)
    assert (found.unreadable, found.lost, found.unlisted) == ((), (), ())
    with open_yard(published, create=False) as yard, yard.exclusive() as writer:
        known = [replace(file, upstream_url=None, hashes={"sha256": file.sha256}) for file in files]
        assert list(yard.inventory()) == known
        assert [(one.name, one.status, one.serial) for one in holdings.projects(yard.catalog)] == [
            (one.name, one.status, one.serial) for one in projects
        ]
        assert stale_projects(yard) == ()
        assert publish_projects(writer, [one.name for one in projects]) == ()
        assert publish_root(writer) is False


def test_serials_go_on_after_the_highest_that_was_published(published: Path) -> None:
    rebuild_catalog(published)
    with open_yard(published, create=False) as yard, yard.exclusive() as writer:
        assert holdings.take_serials(writer.catalog, 1) == range(3, 4)


def test_a_damaged_catalogue_is_replaced(published: Path) -> None:
    for left in (published / "state").glob("catalog.sqlite*"):
        left.write_bytes(b"damaged" * 1000)
    with pytest.raises(CatalogDamaged):
        open_yard(published, create=False)
    rebuild_catalog(published)
    with open_yard(published, create=False) as yard:
        assert len(yard.inventory()) == 3


def test_what_does_not_fit_is_told_and_left_out(published: Path) -> None:
    with open_yard(published, create=False) as yard, yard.exclusive() as writer:
        unlisted = add_file(writer, wheel_arrival(yard.layout, "latelib", "1.0"))
        sdist = next(file for file in yard.inventory() if file.filename.endswith(".tar.gz"))
    (published / "web" / sdist.path).write_bytes(b"cut short")
    (published / "web" / "simple" / "not a name").mkdir()
    (published / "web" / "simple" / "otherlib" / "index.v1_json").write_text("[")
    found = rebuild_catalog(published)
    assert found.lost == (f"/{sdist.path}",)
    assert unlisted.path in found.unlisted
    assert len(found.unreadable) == 2
    with open_yard(published, create=False) as yard:
        assert [file.project for file in yard.inventory()] == [TINYLIB]
        assert stale_projects(yard) == (TINYLIB,)


def test_a_quarantined_project_keeps_its_status(published: Path) -> None:
    with open_yard(published, create=False) as yard, yard.exclusive() as writer:
        status = ProjectStatus(Status.QUARANTINED)
        update_listing(writer, upstream_page("tinylib", status=status))
        publish_projects(writer, [TINYLIB])
    found = rebuild_catalog(published)
    assert (found.projects, found.files, len(found.unlisted)) == (2, 1, 2)
    with open_yard(published, create=False) as yard:
        statuses = {one.name: one.status.status for one in holdings.projects(yard.catalog)}
    assert statuses[TINYLIB] is Status.QUARANTINED


def test_there_is_nothing_to_rebuild_without_pages(root: Path) -> None:
    with pytest.raises(YardMissing):
        rebuild_catalog(root)
    assert not root.exists()


def test_a_yard_at_work_is_not_rebuilt(yard: YardWriter, root: Path) -> None:
    with pytest.raises(YardLocked):
        rebuild_catalog(root)
    assert len(yard.inventory()) == 0
