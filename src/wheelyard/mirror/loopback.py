"""Showing an installer an index: a server on the loopback interface, and what is noted of a look.

An installer must not take "could not be read" for "does not exist", or its answer is false. So an
error that is not an answer of the index is kept, and fails the whole question.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache

from aiohttp import web

from wheelyard.closure.releases import Releases
from wheelyard.index import ProjectNotFound
from wheelyard.mirror.facts import Facts
from wheelyard.model.errors import Unreachable, WheelyardError
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName
from wheelyard.wire.core_metadata import (
    parse_core_metadata,
    python_conditions,
    render_core_metadata,
    without_description,
)

_log = logging.getLogger(__name__)

_DIRECT_URL = re.compile(rb"^Requires-Dist:[^;\n]*@", re.IGNORECASE | re.MULTILINE)


class Look:
    """One question's look at the facts: what was asked for, and what could not be read."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.asked: set[ProjectName] = set()
        self.conditions: set[str] = set()  # on Python, of all that was looked at
        self.passed_over = False  # whether a damaged file was
        self.failure: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def releases(self, name: ProjectName) -> Releases:
        """A project's releases. Raises HTTPNotFound, or HTTPServiceUnavailable and keeps why."""
        self.asked.add(name)
        try:
            releases = await self._facts.releases(name)
            self.conditions |= releases.python_bounds
            return releases
        except ProjectNotFound as error:
            raise web.HTTPNotFound from error
        except Exception as error:  # it is raised where the question was asked
            raise self._failed(error) from error

    async def metadata(self, project: ProjectName, file: DistributionFile) -> bytes:
        """A file's core metadata as far as installers resolve by it; nothing of a damaged file.

        Raises HTTPServiceUnavailable and keeps why.
        """
        try:
            document = await self._facts.metadata_document(project, file)
            self.conditions |= python_conditions(document)
            return _for_resolution(document)
        except WheelyardError as error:
            if isinstance(error, Unreachable):
                raise self._failed(error) from error
            # A damaged file is known to be damaged. uv passes over a release whose metadata it
            # cannot read, as it does online.
            _log.info("`%s` is passed over: %s", file.filename, error)
            self.passed_over = True
            return b""
        except Exception as error:  # it is raised where the question was asked
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> web.HTTPException:
        if not self.failure.done():
            self.failure.set_result(error)
        return web.HTTPServiceUnavailable()


def answer(body: bytes, content_type: str) -> web.Response:
    """A response that no installer keeps."""
    # uv would write every answer into a cache that ends with it.
    return web.Response(body=body, content_type=content_type, headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def serve_application(application: web.Application) -> AsyncIterator[str]:
    """Serve on a free port of the loopback interface; gives the URL without a slash at its end."""
    # When an installer has ended, nobody waits for a page that is still on its way. 0 would mean
    # for ever.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        _, port = runner.addresses[0][:2]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@lru_cache(maxsize=4096)
def _for_resolution(document: bytes) -> bytes:
    """The document without direct URLs, and without its description, which pip reads line by line.

    The wheels of a release mostly share one document, and many questions look at it.
    """
    document = without_description(document)
    # uv refuses a whole resolution for a direct URL in a dependency. The check of the witness reads
    # the true document and tells of it.
    if not _DIRECT_URL.search(document):
        return document
    metadata = parse_core_metadata(document)
    kept = tuple(item for item in metadata.requires_dist if item.url is None)
    return render_core_metadata(replace(metadata, requires_dist=kept))
