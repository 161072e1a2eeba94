"""Opening a yard: to read it, and to be the only one who writes into it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from wheelyard.plan.inventory import Inventory
from wheelyard.yard import holdings
from wheelyard.yard.catalog import Catalog, create_catalog, open_catalog, open_catalog_to_read
from wheelyard.yard.durable import Move, place
from wheelyard.yard.errors import NotAYard, YardMissing, reading, writing
from wheelyard.yard.layout import Layout
from wheelyard.yard.lock import locked
from wheelyard.yard.presence import is_whole

# A disk's root folder is not empty, and a run that was killed while it made a yard leaves folders.
_NOT_IN_THE_WAY = frozenset({"lost+found", "web", "state"})


@dataclass(frozen=True, slots=True)
class Yard:
    """An open yard, for reading; what it reads is what the last finished steps of a run left."""

    layout: Layout
    catalog: Catalog

    def inventory(self) -> Inventory:
        """All files that the yard holds. One that somebody has deleted is not held any more."""
        listed = holdings.files(self.catalog)
        return Inventory.of(file for file in listed if is_whole(self.layout, file))

    @contextmanager
    def exclusive(self) -> Iterator["YardWriter"]:
        """Be the only writer until the end of the block.

        Raises YardLocked at once if another process is, and YardUnwritable.
        """
        with locked(self.layout):
            with writing(self.layout.root):
                shutil.rmtree(self.layout.staging, ignore_errors=True)
                _make_folders(self.layout)
            with open_catalog(self.layout.catalog) as catalog:
                yield YardWriter(self.layout, catalog)
                catalog.settle()

    def close(self) -> None:
        """Close the catalogue."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class YardWriter(Yard):
    """A yard whose lock is held; the functions that change a yard ask for one.

    Threads may share it: additions and publications take turns.
    """

    turn: threading.Lock = field(default_factory=threading.Lock)


def open_yard(root: Path, *, create: bool) -> Yard:
    """Open the yard at `root`; with `create`, make an empty one where there is nothing yet.

    Raises YardMissing, NotAYard for a folder with other things in it, YardLocked while another
    process makes it, YardUnwritable, YardUnreadable, CatalogTooNew and CatalogDamaged.
    """
    layout = Layout(root)
    with reading(root):
        is_there = layout.catalog.exists()
        obstacle = None if is_there else _obstacle(layout)
    if obstacle is not None:
        raise NotAYard(root, obstacle)
    if create:
        with writing(root):
            _make_folders(layout)
        if not is_there:
            _make_catalog(layout)
    elif not is_there:
        raise YardMissing(root)
    return Yard(layout, open_catalog_to_read(layout.catalog))


def _obstacle(layout: Layout) -> str | None:
    """What is in the way of a new yard, or None if nothing is."""
    root = layout.root
    if not root.exists():
        return None
    if not root.is_dir():
        return "it is no folder"
    found = sorted(path.name for path in root.iterdir() if path.name not in _NOT_IN_THE_WAY)
    if not found and layout.web.is_dir():
        found = sorted(
            str(path.relative_to(root)) for path in layout.web.rglob("*") if not path.is_dir()
        )
    return f"it holds `{found[0]}`" if found else None


def _make_catalog(layout: Layout) -> None:
    """Make an empty catalogue, unless another run has in the meantime.

    It gets its name when its tables are in it: one without would pass for a damaged one.
    """
    with locked(layout), writing(layout.catalog):
        if not layout.catalog.exists():
            fresh = layout.staging / layout.catalog.name
            create_catalog(fresh)
            place([Move(fresh, layout.catalog)], layout.root)


def _make_folders(layout: Layout) -> None:
    for folder in (
        layout.simple,
        layout.packages,
        layout.partials,
        layout.staging,
        layout.upstream,
        layout.resolved,
    ):
        folder.mkdir(parents=True, exist_ok=True)
