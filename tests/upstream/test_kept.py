"""What is kept of an upstream answers without it."""

import asyncio

import pytest

from upstream.asking import TINYLIB, Asker
from wheelyard.model.names import ProjectName
from wheelyard.upstream.kept import KeptIndex, NeverRead
from world import World


def test_pages_and_metadata_are_as_they_were_last_read(asker: Asker, world: World) -> None:
    world.add_wheel("tinylib", "1.0", requires=["base"])
    world.add_sdist("tinylib", "2.0", build_requires=["backend"])
    page = asker.page()
    wheel, sdist = page.files
    document = asker.ask(lambda index: index.core_metadata(wheel))
    facts = asker.ask(lambda index: index.sdist_facts(sdist, TINYLIB))
    world.remove_project("tinylib")
    kept = KeptIndex(asker.directory, [world.simple_url])
    assert asyncio.run(kept.page(TINYLIB)) == page
    assert asyncio.run(kept.core_metadata(wheel)) == document
    assert asyncio.run(kept.sdist_facts(sdist, TINYLIB)) == facts
    assert kept.names() == {"tinylib"}


def test_what_was_never_read_is_told(asker: Asker, world: World) -> None:
    world.add_wheel("tinylib", "1.0")
    world.add_sdist("tinylib", "2.0")
    wheel, sdist = asker.page().files
    kept = KeptIndex(asker.directory)
    with pytest.raises(NeverRead, match="the page of `other` was never read"):
        asyncio.run(kept.page(ProjectName("other")))
    with pytest.raises(NeverRead, match=r"metadata of `tinylib-1\.0"):
        asyncio.run(kept.core_metadata(wheel))
    with pytest.raises(NeverRead, match=r"metadata of `tinylib-2\.0"):
        asyncio.run(kept.sdist_facts(sdist, TINYLIB))


def test_the_upstreams_come_in_their_order(asker: Asker, world: World) -> None:
    world.add_wheel("tinylib", "1.0")
    asker.page()
    local = world.simple_url.replace("127.0.0.1", "localhost")
    asker.simple_url = local
    asker.page()
    for urls in ([local, world.simple_url], [world.simple_url, local]):
        first, second = KeptIndex(asker.directory, urls).pages(TINYLIB)
        assert (first.files[0].filename, second.files[0].filename) == 2 * (
            "tinylib-1.0-py3-none-any.whl",
        )
        assert [folder.name[:4] for folder in KeptIndex(asker.directory, urls)._folders()] == [
            "loca" if "localhost" in url else "127." for url in urls
        ]
