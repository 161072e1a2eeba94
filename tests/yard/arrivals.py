"""Finished downloads without an upstream, and reading back what a yard publishes."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from wheelyard.model.files import DistributionFile, Yank
from wheelyard.model.names import ProjectName, parse_project_name
from wheelyard.model.pages import ProjectPage
from wheelyard.yard.files import Arrival, measure
from wheelyard.yard.layout import Layout, PageForm
from world import make_sdist, make_wheel, sdist_filename, wheel_filename

UPLOADED = datetime(2026, 3, 1, 12, 30, 15, 250000, tzinfo=UTC)


def listed(
    filename: str,
    body: bytes,
    *,
    requires_python: str | None = None,
    yank: Yank | None = None,
    url: str | None = None,
) -> DistributionFile:
    """The file as an upstream with every field would list it."""
    return DistributionFile(
        filename=filename,
        url=url or f"https://files.example/packages/{filename}",
        hashes={
            "sha256": hashlib.sha256(body).hexdigest(),
            "md5": hashlib.md5(body).hexdigest(),
        },
        size=len(body),
        uploaded=UPLOADED,
        requires_python=requires_python,
        yank=yank,
    )


def arrival(layout: Layout, name: str, file: DistributionFile, body: bytes) -> Arrival:
    """The download of `file`, finished."""
    partial = layout.partial(file)
    partial.write_bytes(body)
    return Arrival(parse_project_name(name), file, partial, measure(partial))


def wheel_arrival(layout: Layout, name: str, version: str, **more: Any) -> Arrival:
    """A downloaded wheel; `more` is what `make_wheel` takes."""
    body = make_wheel(name, version, **more)
    filename = wheel_filename(name, version, more.get("tags", "py3-none-any"))
    file = listed(filename, body, requires_python=more.get("requires_python"))
    return arrival(layout, name, file, body)


def sdist_arrival(layout: Layout, name: str, version: str, **more: Any) -> Arrival:
    """A downloaded sdist; `more` is what `make_sdist` takes."""
    body = make_sdist(name, version, **more)
    return arrival(layout, name, listed(sdist_filename(name, version), body), body)


def json_page(layout: Layout, name: ProjectName) -> dict[str, Any]:
    """A project's page as it is published."""
    document = layout.project_page(name, PageForm.V1_JSON).read_bytes()
    page: dict[str, Any] = json.loads(document)
    return page


def linked_file(layout: Layout, name: ProjectName, url: str) -> Path:
    """The file that a URL on a project's page leads to."""
    base = f"http://yard.example/simple/{name}/"
    return layout.web / urlsplit(urljoin(base, url)).path.removeprefix("/")


def upstream_page(name: str, *files: DistributionFile, **more: Any) -> ProjectPage:
    """An upstream's page; `more` is what ProjectPage takes."""
    return ProjectPage(name=parse_project_name(name), files=files, **more)
