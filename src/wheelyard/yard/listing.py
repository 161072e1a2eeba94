"""Carrying an upstream's later changes over to files that are held: yanks, statuses, and the like.

"Un-yanking" is allowed and a status can change at any time, so what was said about a file when it
was fetched is not the last word. The bytes never change.
"""

from dataclasses import replace

from wheelyard.model.files import DistributionFile
from wheelyard.model.pages import ProjectPage
from wheelyard.plan.inventory import HeldFile
from wheelyard.yard import holdings
from wheelyard.yard.yard import YardWriter


def update_listing(yard: YardWriter, page: ProjectPage) -> bool:
    """Note what an upstream's page now says of the held files and of their project.

    Gives whether the yard's own page has to change. Files that the upstream no longer lists, or
    lists with other bytes, stay as they are; a quarantined project's too, though its page will
    offer none. Nothing is noted for a project of which the yard has never held a file, so take
    files in first.
    """
    with yard.catalog.transaction():
        project = holdings.find_project(yard.catalog, page.name)
        if project is None:
            return False
        listed = {file.filename: file for file in page.files}
        pairs = [
            (held, _carried(held, listed[held.filename]))
            for held in holdings.files_of(yard.catalog, page.name)
            if held.filename in listed and held.is_the_same_as(listed[held.filename])
        ]
        shown = [new for held, new in pairs if _shown(new) != _shown(held)]
        hidden = [new for held, new in pairs if new != held and _shown(new) == _shown(held)]
        has_new_status = page.status != project.status
        if page.serial != project.upstream_serial:
            holdings.save_upstream_serial(yard.catalog, page.name, page.serial)
        if has_new_status:
            holdings.save_status(yard.catalog, page.name, page.status)
        holdings.save_files(yard.catalog, shown)
        holdings.save_unshown(yard.catalog, hidden)
        return has_new_status or bool(shown)


def _carried(held: HeldFile, listed: DistributionFile) -> HeldFile:
    return replace(
        held,
        hashes={**held.hashes, **listed.hashes},
        uploaded=listed.uploaded or held.uploaded,  # an HTML page says none
        requires_python=listed.requires_python,
        yank=listed.yank,
        provenance=listed.provenance,
        upstream_url=listed.url,
    )


def _shown(held: HeldFile) -> HeldFile:
    """The file without what no page of ours shows."""
    return replace(held, provenance=None, upstream_url=None)
