"""A yard with a few projects and the real server over it, shared by tests that change nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serve.running import RunningServer
from serve.small_yard import SmallYard
from wheelyard.model.files import Yank
from world import make_sdist, make_wheel


def fill(yard: SmallYard) -> SmallYard:
    """Put the projects in that the tests speak of."""
    yard.add("tinylib", "1.0", {"tinylib-1.0-py3-none-any.whl": make_wheel("tinylib", "1.0")})
    yard.add(
        "tinylib",
        "2.0",
        {
            "tinylib-2.0-py3-none-any.whl": make_wheel(
                "tinylib", "2.0", requires=["dot-ted>=1"], payload=300_000
            ),
            "tinylib-2.0.tar.gz": make_sdist("tinylib", "2.0"),
        },
        requires_python=">=3.8",
    )
    yard.add(
        "tinylib",
        "2.1",
        {"tinylib-2.1-py3-none-any.whl": make_wheel("tinylib", "2.1")},
        yank=Yank("broken \"<&' on Mondays"),
        requires_python=">=3.8,<4",
    )
    yard.add("Dot.Ted", "1.0", {"dot_ted-1.0-py3-none-any.whl": make_wheel("dot-ted", "1.0")})
    local = "1.0+cu121"
    yard.add("local", local, {f"local-{local}-py3-none-any.whl": make_wheel("local", local)})
    return yard


@pytest.fixture
def yard(tmp_path: Path) -> SmallYard:
    """A yard of the test's own."""
    return fill(SmallYard(tmp_path / "yard"))


@pytest.fixture
def server(yard: SmallYard) -> Iterator[RunningServer]:
    """A server of the test's own over `yard`."""
    with RunningServer(yard.root) as running:
        yield running


@pytest.fixture(scope="module")
def standing_yard(tmp_path_factory: pytest.TempPathFactory) -> SmallYard:
    """A yard that tests only read."""
    return fill(SmallYard(tmp_path_factory.mktemp("standing") / "yard"))


@pytest.fixture(scope="module")
def site(standing_yard: SmallYard) -> Iterator[RunningServer]:
    """A server over `standing_yard`."""
    with RunningServer(standing_yard.root) as running:
        yield running
