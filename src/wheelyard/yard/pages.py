"""Publishing: project pages and the list of projects, from what the catalogue holds.

What holds: a page is replaced by one rename per form, after the files that it names are on disk
under their final names; a page that would not change is not touched. Serials are the yard's own
and only grow; a new one is in the catalogue before it is on a page, so none is ever used twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import Version

from wheelyard.model.files import DistributionFile, MetadataOffer
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ListedProject, ProjectList, ProjectPage, Status
from wheelyard.plan.inventory import HeldFile
from wheelyard.wire.simple_html import render_project_list as render_html_list
from wheelyard.wire.simple_html import render_project_page as render_html_page
from wheelyard.wire.simple_json import render_project_list as render_json_list
from wheelyard.wire.simple_json import render_project_page as render_json_page
from wheelyard.yard import holdings
from wheelyard.yard.catalog import Catalog
from wheelyard.yard.durable import Move, place, stage
from wheelyard.yard.errors import writing
from wheelyard.yard.holdings import HeldProject
from wheelyard.yard.layout import Layout, PageForm, page_link
from wheelyard.yard.presence import has_file, has_metadata
from wheelyard.yard.yard import Yard, YardWriter

_BATCH = 256  # pages held in memory until the disk is waited for
# uv writes every digest of a page into a requirements file, and pip refuses one that has others.
_OFFERED_DIGESTS = ("sha256", "sha384", "sha512")


def publish_projects(yard: YardWriter, names: Iterable[ProjectName]) -> tuple[ProjectName, ...]:
    """Bring the pages of these projects up to date; gives those whose pages had to be written.

    A name of which the yard never held a file is passed over. When it returns, pages are on disk
    and no longer stale. The disk is waited for twice per 256 pages. Raises YardUnwritable; each
    page is then either the old or the new one.
    """
    ordered = sorted(set(names))
    written: list[ProjectName] = []
    with yard.turn, writing(yard.layout.web):
        for start in range(0, len(ordered), _BATCH):
            written += _publish_batch(yard, ordered[start : start + _BATCH])
    return tuple(written)


def publish_root(yard: YardWriter) -> bool:
    """Bring the list of projects up to date; gives whether it had to be written.

    It lists the projects that have a page, without the quarantined ones, as PyPI does. Publish the
    projects' pages before it, so that everything it lists can be followed. Raises YardUnwritable.
    """
    with yard.turn, writing(yard.layout.web):
        forms = _render_list(_project_list(yard.catalog))
        paths = {form: yard.layout.root_page(form) for form in PageForm}
        if _is_published(paths, forms):
            return False
        place(_stage_forms(yard.layout, paths, forms), yard.layout.root)
        return True


def stale_projects(yard: Yard) -> tuple[ProjectName, ...]:
    """The projects whose pages tell less than the catalogue, or are gone, by name.

    After a crash these are what is left to publish.
    """
    return tuple(
        project.name
        for project in holdings.projects(yard.catalog)
        if project.is_stale or not _has_page(yard.layout, project.name)
    )


def project_page(yard: Yard, project: HeldProject) -> ProjectPage:
    """A project's page as the yard offers it: URLs are relative, and only what is there is listed.

    Files are ordered by version. Attestations are left out: PEP 740 wants a full URL, which only
    a server knows.
    """
    held = holdings.files_of(yard.catalog, project.name)
    there = [file for file in held if has_file(yard.layout, file)]
    is_open = project.status.status is not Status.QUARANTINED
    return ProjectPage(
        name=project.name,
        files=tuple(_offer(yard.layout, file) for file in sorted(there, key=_page_order))
        if is_open
        else (),
        versions=_versions(there),
        status=project.status,
        serial=project.serial,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """A project as it was read, and the page that this makes."""

    project: HeldProject
    page: ProjectPage

    def is_published(self, layout: Layout) -> bool:
        """Whether the page is there already, byte for byte."""
        paths = _page_paths(layout, self.project.name)
        return self.project.serial is not None and _is_published(paths, _render_page(self.page))


def _publish_batch(yard: YardWriter, names: list[ProjectName]) -> list[ProjectName]:
    projects = [holdings.find_project(yard.catalog, name) for name in names]
    drafts = [_Draft(one, project_page(yard, one)) for one in projects if one is not None]
    changed = [draft for draft in drafts if not draft.is_published(yard.layout)]
    serials = holdings.take_serials(yard.catalog, len(changed)) if changed else range(0)
    published = {
        draft.project.name: replace(draft, page=replace(draft.page, serial=serial))
        for draft, serial in zip(changed, serials, strict=True)
    }
    place([move for new in published.values() for move in _moves(yard, new)], yard.layout.root)
    final = [published.get(draft.project.name, draft) for draft in drafts]
    holdings.save_published(
        yard.catalog,
        [
            (draft.project, draft.page.serial)
            for draft in final
            if draft.project.is_stale or draft.project.serial != draft.page.serial
        ],
    )
    return list(published)


def _moves(yard: YardWriter, draft: _Draft) -> list[Move]:
    paths = _page_paths(yard.layout, draft.project.name)
    return _stage_forms(yard.layout, paths, _render_page(draft.page))


def _offer(layout: Layout, held: HeldFile) -> DistributionFile:
    # Offered and missing is fatal for pip and uv: neither falls back to the wheel.
    metadata = MetadataOffer(held.core_metadata) if has_metadata(layout, held) else None
    return DistributionFile(
        filename=held.filename,
        url=page_link(held.path),
        hashes={name: held.hashes[name] for name in _OFFERED_DIGESTS if name in held.hashes},
        size=held.size,
        uploaded=held.uploaded,
        requires_python=held.requires_python,
        core_metadata=metadata,
        yank=held.yank,
    )


def _page_order(held: HeldFile) -> tuple[bool, Version, str]:
    """Files without a version first, then by version and filename."""
    return (held.version is not None, Version(held.version or "0"), held.filename)


def _versions(files: Iterable[HeldFile]) -> tuple[str, ...]:
    known = {file.version for file in files if file.version is not None}
    return tuple(sorted(known, key=Version))


def _project_list(catalog: Catalog) -> ProjectList:
    listed = [
        project
        for project in holdings.projects(catalog)
        if project.serial is not None and project.status.status is not Status.QUARANTINED
    ]
    return ProjectList(
        tuple(ListedProject(project.name, project.serial) for project in listed),
        max((project.serial or 0 for project in listed), default=0),
    )


def _render_page(page: ProjectPage) -> Mapping[PageForm, bytes]:
    return _forms(render_json_page(page), render_html_page(page))


def _render_list(projects: ProjectList) -> Mapping[PageForm, bytes]:
    return _forms(render_json_list(projects), render_html_list(projects))


def _forms(as_json: bytes, as_html: bytes) -> Mapping[PageForm, bytes]:
    # Two files, not two links to one: FAT has no links, and copies of a yard would lose them.
    return {PageForm.V1_JSON: as_json, PageForm.V1_HTML: as_html, PageForm.HTML: as_html}


def _page_paths(layout: Layout, name: ProjectName) -> Mapping[PageForm, Path]:
    return {form: layout.project_page(name, form) for form in PageForm}


def _has_page(layout: Layout, name: ProjectName) -> bool:
    return all(path.is_file() for path in _page_paths(layout, name).values())


def _is_published(paths: Mapping[PageForm, Path], forms: Mapping[PageForm, bytes]) -> bool:
    try:
        return all(path.read_bytes() == forms[form] for form, path in paths.items())
    except FileNotFoundError:
        return False


def _stage_forms(
    layout: Layout, paths: Mapping[PageForm, Path], forms: Mapping[PageForm, bytes]
) -> list[Move]:
    return [Move(stage(layout.staging, content), paths[form]) for form, content in forms.items()]
