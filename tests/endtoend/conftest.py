"""One cut-off network for all tests that install in it."""

from collections.abc import Iterator

import pytest

from endtoend.cut_off import CutOff
from endtoend.environments import Environments


@pytest.fixture(scope="session")
def network() -> Iterator[CutOff]:
    """A cut-off network."""
    with CutOff() as network:
        yield network


@pytest.fixture(scope="session")
def environments(network: CutOff, tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """Environments in the cut-off network."""
    return Environments(tmp_path_factory.mktemp("environments"), network)
