"""Making the catalogue anew from `web/`, when `state` was lost or damaged.

Pages say all that readers need, so what comes back is what was published. What only the catalogue
knew is gone: selections, plans, failures, runs, digests that pip takes none of, upstream URLs and
serials. The next run notes them again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from wheelyard.model.digests import Sha256
from wheelyard.model.errors import WheelyardError
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import InvalidProjectName, ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.plan.inventory import HeldFile, PackagePath
from wheelyard.wire.entries import InvalidPage
from wheelyard.wire.simple_json import parse_project_page
from wheelyard.yard import holdings
from wheelyard.yard.catalog import Catalog, create_catalog, open_catalog
from wheelyard.yard.errors import YardMissing, writing
from wheelyard.yard.files import version_in
from wheelyard.yard.layout import (
    InvalidPackagePath,
    Layout,
    PageForm,
    is_side_file,
    parse_package_path,
)
from wheelyard.yard.lock import locked
from wheelyard.yard.presence import has_file

# Our pages have relative URLs only; they are read with an origin that no other URL has.
_ORIGIN = "http://yard.invalid"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found in `web/`."""

    projects: int
    files: int
    unreadable: tuple[WheelyardError, ...]  # folders and pages that are none of ours
    lost: tuple[str, ...]  # URLs on pages that lead to no file, or to one of another size
    unlisted: tuple[PackagePath, ...]  # files that are on no page


@dataclass(slots=True)
class _Survey:
    """What has been found so far."""

    pages: list[tuple[ProjectPage, list[HeldFile]]] = field(default_factory=list)
    unreadable: list[WheelyardError] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def rebuild_catalog(root: Path) -> Rebuilt:
    """Put a new catalogue, made from the pages in `web/`, in the place of the yard's own.

    Digests are believed as the pages list them. The old catalogue is replaced only when the new
    one is complete. Raises YardMissing where there are no pages, YardLocked and YardUnwritable.
    """
    layout = Layout(root)
    if not layout.simple.is_dir():
        raise YardMissing(root)
    with writing(layout.state):
        layout.staging.mkdir(parents=True, exist_ok=True)
    with locked(layout), writing(layout.catalog):
        survey = _survey(layout)
        held = {file.path for _, files in survey.pages for file in files}
        _replace_catalog(layout, survey.pages)
        return Rebuilt(
            projects=len(survey.pages),
            files=sum(len(files) for _, files in survey.pages),
            unreadable=tuple(survey.unreadable),
            lost=tuple(survey.lost),
            unlisted=tuple(path for path in _package_paths(layout) if path not in held),
        )


def _survey(layout: Layout) -> _Survey:
    survey = _Survey()
    for folder in sorted(path for path in layout.simple.iterdir() if path.is_dir()):
        try:
            page = _read_page(layout, parse_project_name(folder.name))
        except (InvalidPage, InvalidProjectName) as error:
            survey.unreadable.append(error)
            continue
        files = []
        for listed in page.files:
            held = _held(layout, page.name, listed)
            if held is None:
                survey.lost.append(listed.url.removeprefix(_ORIGIN))
            else:
                files.append(held)
        survey.pages.append((page, files))
    return survey


def _read_page(layout: Layout, name: ProjectName) -> ProjectPage:
    path = layout.project_page(name, PageForm.V1_JSON)
    try:
        document = path.read_bytes()
    except FileNotFoundError as error:
        raise InvalidPage(str(path), "it does not exist") from error
    return parse_project_page(document, name, f"{_ORIGIN}/simple/{name}/")


def _held(layout: Layout, project: ProjectName, listed: DistributionFile) -> HeldFile | None:
    """The listed file as the yard holds it, or None if it does not."""
    text = urlsplit(listed.url).path.removeprefix("/")
    try:
        blake2b, filename = parse_package_path(text)
    except InvalidPackagePath:
        return None
    if listed.sha256 is None or listed.size is None:
        return None
    path = PackagePath(text)
    held = HeldFile(
        project=project,
        version=version_in(filename, project),
        filename=filename,
        path=path,
        sha256=listed.sha256,
        blake2b=blake2b,
        size=listed.size,
        hashes=listed.hashes,
        uploaded=listed.uploaded,
        requires_python=listed.requires_python,
        yank=listed.yank,
        core_metadata=_metadata_digest(layout, path),
    )
    return held if has_file(layout, held) else None


def _metadata_digest(layout: Layout, path: PackagePath) -> Sha256 | None:
    try:
        return Sha256(hashlib.sha256(layout.metadata(path).read_bytes()).hexdigest())
    except FileNotFoundError:
        return None


def _package_paths(layout: Layout) -> Iterable[PackagePath]:
    for path in sorted(layout.packages.glob("*/*/*/*")):
        text = path.relative_to(layout.web).as_posix()
        if not is_side_file(path.name):
            yield PackagePath(text)


def _replace_catalog(layout: Layout, pages: list[tuple[ProjectPage, list[HeldFile]]]) -> None:
    fresh = layout.staging / layout.catalog.name
    _remove_database(fresh)
    create_catalog(fresh)
    with open_catalog(fresh) as catalog:
        for page, files in pages:
            _save(catalog, page, files)
        last = max((page.serial or 0 for page, _ in pages), default=0)
        holdings.take_serials(catalog, last)
    _remove_database(layout.catalog)
    fresh.replace(layout.catalog)


def _save(catalog: Catalog, page: ProjectPage, files: list[HeldFile]) -> None:
    with catalog.transaction():
        holdings.save_status(catalog, page.name, page.status)
        holdings.save_files(catalog, files)
        project = holdings.find_project(catalog, page.name)
        if project is not None and page.serial is not None and len(files) == len(page.files):
            holdings.save_published(catalog, [(project, page.serial)])


def _remove_database(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
