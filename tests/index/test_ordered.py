"""Several indexes as one, each a dict here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.version import Version

from wheelyard.index import Downloaded, ProjectNotFound, Refused, Unavailable
from wheelyard.index.assignment import parse_project_pattern
from wheelyard.index.ordered import Member, NoIndexFor, OrderedIndex
from wheelyard.model.digests import Blake2b, Sha256
from wheelyard.model.files import DistributionFile
from wheelyard.model.metadata import CoreMetadata, MetadataSource, SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.model.pages import ProjectPage

TORCH = ProjectName("torch")
NUMPY = ProjectName("numpy")


def listed(filename: str, url: str) -> DistributionFile:
    return DistributionFile(filename=filename, url=url, hashes={})


@dataclass
class Shelf:
    """An index and the order in which it was asked; what it says of a file names itself."""

    name: str
    pages: dict[str, list[DistributionFile]] = field(default_factory=dict)
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def page(self, name: ProjectName) -> ProjectPage:
        self.asked.append(name)
        if self.error is not None:
            raise self.error
        if name not in self.pages:
            raise ProjectNotFound(name, f"https://{self.name}.example/")
        return ProjectPage(name=name, files=tuple(self.pages[name]))

    async def core_metadata(self, file: DistributionFile) -> bytes:
        return f"{self.name}: {file.filename}".encode()

    async def sdist_facts(self, file: DistributionFile, project: ProjectName) -> SdistFacts:
        metadata = CoreMetadata(name=ProjectName(self.name), version=Version("1"))
        return SdistFacts(
            metadata=metadata, source=MetadataSource.PKG_INFO, build_requires=(), build_backend=""
        )

    async def download(
        self, file: DistributionFile, partial: Path, report: Callable[[int], None]
    ) -> Downloaded:
        return Downloaded(Sha256(self.name), Blake2b(""), 0)


def member(shelf: Shelf, *projects: str, explicit: bool = False) -> Member:
    patterns = tuple(parse_project_pattern(text) for text in projects)
    return Member(name=shelf.name, source=shelf, projects=patterns, explicit=explicit)


def page(index: OrderedIndex, name: ProjectName) -> ProjectPage:
    return asyncio.run(index.page(name))


def first_url(index: OrderedIndex, name: ProjectName) -> str:
    return page(index, name).files[0].url


ONE = listed("torch-1.whl", "https://one.example/torch-1.whl")
TWO = listed("torch-1.whl", "https://two.example/torch-1.whl")


@pytest.fixture
def one() -> Shelf:
    return Shelf("one", {"torch": [ONE]})


@pytest.fixture
def two() -> Shelf:
    return Shelf(
        "two", {"torch": [TWO], "numpy": [listed("numpy-1.whl", "https://two/numpy-1.whl")]}
    )


def test_a_project_comes_from_the_first_that_has_it(one: Shelf, two: Shelf) -> None:
    index = OrderedIndex([member(one), member(two)])
    assert first_url(index, TORCH) == ONE.url
    assert two.asked == []
    assert first_url(index, NUMPY) == "https://two/numpy-1.whl"
    assert first_url(OrderedIndex([member(two), member(one)]), TORCH) == TWO.url


def test_a_project_that_nobody_has_names_all_that_were_asked(one: Shelf, two: Shelf) -> None:
    three = Shelf("three")
    index = OrderedIndex([member(one), member(two), member(three)])
    with pytest.raises(ProjectNotFound) as caught:
        page(index, ProjectName("nothing"))
    assert str(caught.value) == (
        "`nothing` does not exist on https://one.example/, https://two.example/ "
        "nor on https://three.example/"
    )


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("https://one.example/", "503"),
        Refused("https://one.example/", "403", status=403),
    ],
)
def test_who_does_not_answer_is_not_answered_for(
    one: Shelf, two: Shelf, error: Unavailable | Refused
) -> None:
    """Else anyone who registers the name on the next index could step in: dependency confusion."""
    one.error = error
    three = Shelf("three")
    with pytest.raises(type(error)) as caught:
        page(OrderedIndex([member(one), member(two), member(three)]), TORCH)
    assert "neither `two` nor `three` was asked for `torch` in its place" in str(caught.value)
    assert caught.value.hint == error.hint
    assert two.asked == three.asked == []


def test_an_error_of_the_last_says_no_more_than_it_did(one: Shelf, two: Shelf) -> None:
    two.error = Unavailable("https://two.example/", "503")
    with pytest.raises(Unavailable) as caught:
        page(OrderedIndex([member(one), member(two)]), NUMPY)
    assert str(caught.value) == "https://two.example/ is unavailable: 503"


def test_an_assigned_project_is_asked_for_there_alone(one: Shelf, two: Shelf) -> None:
    index = OrderedIndex([member(one), member(two, "Torch", "nvidia-*")])
    assert first_url(index, TORCH) == TWO.url
    with pytest.raises(ProjectNotFound, match=r"on https://two\.example/$") as caught:
        page(index, ProjectName("nvidia-cublas"))
    assert one.asked == []
    assert caught.value.hint is not None
    assert "assigned" in caught.value.hint
    page(index, NUMPY)
    assert one.asked == ["numpy"]


def test_a_name_is_nearer_than_a_pattern(one: Shelf, two: Shelf) -> None:
    index = OrderedIndex([member(one, "*"), member(two, "torch")])
    assert first_url(index, TORCH) == TWO.url
    assert one.asked == []


def test_of_several_that_a_pattern_assigns_to_the_first_that_has_it_counts(
    one: Shelf, two: Shelf
) -> None:
    index = OrderedIndex([member(one, "num*"), member(two, "num*")])
    assert first_url(index, NUMPY) == "https://two/numpy-1.whl"


def test_an_explicit_index_is_asked_for_nothing_else(one: Shelf, two: Shelf) -> None:
    index = OrderedIndex([member(one, "torchvision", explicit=True), member(two)])
    assert first_url(index, TORCH) == TWO.url
    assert one.asked == []


def test_where_all_are_explicit_the_rest_comes_from_nowhere(one: Shelf) -> None:
    with pytest.raises(NoIndexFor, match="takes only what is assigned to it"):
        page(OrderedIndex([member(one, "torch", explicit=True)]), NUMPY)
    assert one.asked == []


def test_who_listed_a_file_is_asked_for_it(one: Shelf, two: Shelf, tmp_path: Path) -> None:
    index = OrderedIndex([member(one), member(two)])
    (from_one,), (from_two,) = page(index, TORCH).files, page(index, NUMPY).files
    assert asyncio.run(index.core_metadata(from_one)) == b"one: torch-1.whl"
    assert asyncio.run(index.core_metadata(from_two)) == b"two: numpy-1.whl"
    assert asyncio.run(index.sdist_facts(from_two, NUMPY)).metadata.name == "two"
    assert asyncio.run(index.download(from_one, tmp_path, lambda _: None)).sha256 == "one"


def test_a_file_that_nobody_listed_is_given_to_nobody(one: Shelf, two: Shelf) -> None:
    index = OrderedIndex([member(one), member(two)])
    page(index, TORCH)
    with pytest.raises(Unavailable, match="no upstream has listed it"):
        asyncio.run(index.core_metadata(TWO))
