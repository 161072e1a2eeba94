import io
import zipfile

import pytest

from wheelyard.model.errors import Unreachable
from wheelyard.wire import archives
from wheelyard.wire.archives import InvalidArchive
from wheelyard.wire.wheels import wheel_metadata
from wire.page_strategies import zipped

WHEEL = "tiny_lib-1.0-py3-none-any.whl"
METADATA = b"Name: tiny-lib\nVersion: 1.0\n"


@pytest.mark.parametrize(
    "directory",
    [
        "tiny_lib-1.0.dist-info",
        "Tiny.Lib-1.0.dist-info",
        "tiny-lib-1.0.dist-info",
        "tiny_lib-1.0.0.dist-info",
        "tiny_lib-odd.dist-info",
    ],
)
def test_the_directory_may_be_spelt_otherwise(directory: str) -> None:
    wheel = zipped({"tiny_lib/__init__.py": b"", f"{directory}/METADATA": METADATA})
    assert wheel_metadata(wheel, WHEEL) == METADATA


def test_other_projects_and_other_places_are_passed_over() -> None:
    wheel = zipped(
        {
            "tiny_lib-1.0.dist-info/METADATA": METADATA,
            "tiny_lib-0.9.dist-info/METADATA": b"old",
            "other-1.0.dist-info/METADATA": b"other",
            "vendor/tiny_lib-1.0.dist-info/METADATA": b"vendored",
            "tiny_lib-1.0.dist-info/sub/METADATA": b"sub",
        }
    )
    assert wheel_metadata(wheel, WHEEL) == METADATA


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"other-1.0.dist-info/METADATA": METADATA},
        {"tiny_lib-1.0.dist-info/RECORD": b""},
        {"tiny_lib-1.0.dist-info/METADATA": METADATA, "Tiny.Lib-1.0.dist-info/METADATA": METADATA},
    ],
)
def test_a_wheel_needs_one_directory_of_its_own(members: dict[str, bytes]) -> None:
    with pytest.raises(InvalidArchive) as caught:
        wheel_metadata(zipped(members), WHEEL)
    assert caught.value.filename == WHEEL


@pytest.mark.parametrize("archive", [b"", b"PK", b"PK\x05\x06" + bytes(18), bytes(1000)])
def test_what_is_no_zip_is_an_error(archive: bytes) -> None:
    with pytest.raises(InvalidArchive):
        wheel_metadata(io.BytesIO(archive), WHEEL)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_DOCUMENT", 1000)
    wheel = zipped({"tiny_lib-1.0.dist-info/METADATA": bytes(1001)})
    with pytest.raises(InvalidArchive, match="more than 1000 bytes"):
        wheel_metadata(wheel, WHEEL)


def test_a_compression_that_cannot_be_bounded_is_refused() -> None:
    wheel = zipped({"tiny_lib-1.0.dist-info/METADATA": METADATA}, zipfile.ZIP_LZMA)
    with pytest.raises(InvalidArchive, match="method 14"):
        wheel_metadata(wheel, WHEEL)


class Counting(io.BytesIO):
    """A file that knows how much of it was asked for."""

    asked = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.asked += len(data)
        return data


def test_only_the_directory_and_the_member_are_read() -> None:
    whole = zipped(
        {
            "tiny_lib/data.bin": bytes(5_000_000),
            "tiny_lib-1.0.dist-info/METADATA": METADATA,
        },
        zipfile.ZIP_STORED,
    )
    wheel = Counting(whole.getvalue())
    assert wheel_metadata(wheel, WHEEL) == METADATA
    assert wheel.asked < 5_000


class Broken(io.BytesIO):
    """A file whose bytes come from a place that cannot be reached."""

    def __init__(self, error: Exception) -> None:
        super().__init__(bytes(100))
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        raise self.error


@pytest.mark.parametrize("error", [Unreachable("the network is down"), OSError(5, "disk")])
def test_what_is_not_the_archives_fault_is_not_said_to_be(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        wheel_metadata(Broken(error), WHEEL)
    assert caught.value is error
