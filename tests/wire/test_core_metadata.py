import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.model.metadata import CoreMetadata
from wheelyard.model.names import ExtraName, ProjectName
from wheelyard.wire.core_metadata import (
    InvalidMetadata,
    parse_core_metadata,
    python_conditions,
    without_description,
)

HEAD = b"Metadata-Version: 2.1\nName: tinylib\nVersion: 1.0\n"


def requirements(*texts: str) -> tuple[Requirement, ...]:
    return tuple(map(Requirement, texts))


def test_what_resolution_reads_is_read() -> None:
    document = b"""\
Metadata-Version: 2.4
Name: Tiny.Lib
Version: 1.0.0
Requires-Python: >=3.8
Requires-Dist: idna (>=2)
Requires-Dist: socks[fast]>=1; extra == "net" and python_version < "4"
Provides-Extra: Net_Work
Provides-Extra: all

Requires-Dist: in-the-description
"""
    assert parse_core_metadata(document) == CoreMetadata(
        name=ProjectName("tiny-lib"),
        version=Version("1.0"),
        requires_dist=requirements(
            "idna>=2", 'socks[fast]>=1; extra == "net" and python_version < "4"'
        ),
        provides_extra=frozenset({ExtraName("net-work"), ExtraName("all")}),
        requires_python=">=3.8",
    )


def test_bad_requirements_are_listed_and_the_others_stand() -> None:
    document = HEAD + b"Requires-Dist: idna\nRequires-Dist: ?!\nRequires-Dist: six\n"
    metadata = parse_core_metadata(document)
    assert metadata.requires_dist == requirements("idna", "six")
    assert metadata.unreadable == ("?!",)


@pytest.mark.parametrize(
    "document",
    [
        HEAD + b"Requires-Dist: idna\n",
        HEAD + b"Requires-Dist: idna",
        HEAD.replace(b"\n", b"\r\n") + b"Requires-Dist: idna\r\n\r\ntext\r\n",
        b"\n\n" + HEAD + b"Requires-Dist: idna\n",
        b"\xef\xbb\xbf" + HEAD + b"Requires-Dist: idna\n",
        HEAD + b"Requires-Dist:\n    idna\n",
        HEAD + b"Author: J\xfcrgen\nRequires-Dist: idna\n",
        HEAD + "Author: Jürgen\nRequires-Dist: idna\n".encode(),
        HEAD + b"Name: another\nRequires-Dist: idna\n",
        HEAD + b"Content-Type: multipart/mixed; boundary=x\nRequires-Dist: idna\n\n--x\n\n--x--\n",
        HEAD.replace(b"2.1", b"9.9") + b"Requires-Dist: idna\n\n\xff\xfe\n",
        HEAD.replace(b"Metadata-Version: 2.1\n", b"") + b"Requires-Dist: idna\n",
        HEAD + b"requires-dist: idna\nRequires-Python:\n",
    ],
)
def test_odd_documents_say_the_same(document: bytes) -> None:
    assert parse_core_metadata(document) == CoreMetadata(
        name=ProjectName("tinylib"), version=Version("1.0"), requires_dist=requirements("idna")
    )


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (b"", "Name"),
        (b"\xff\xfe\x00", "Name"),
        (b"Version: 1.0\n", "Name"),
        (b"Name: -\nVersion: 1.0\n", "Name"),
        (b"Name: tinylib\n", "Version"),
        (b"Name: tinylib\nVersion: one\n", "Version"),
        (b"<!DOCTYPE html><html></html>", "Name"),
    ],
)
def test_a_document_of_no_release_is_an_error(document: bytes, field: str) -> None:
    with pytest.raises(InvalidMetadata) as caught:
        parse_core_metadata(document)
    assert caught.value.field == field


def test_the_conditions_on_python_are_found_unparsed() -> None:
    document = HEAD + (
        b"Requires-Python: >=3.8\r\n"
        b"Requires-Dist: idna; python_full_version < '3.11.4'\n"
        b"Requires-Dist: tzdata; sys_platform == 'win32'\n"
        b"requires-dist: six>=3.11.2 ; (Python_Version<'3.12')\n"
    )
    assert python_conditions(document) == {
        ">=3.8",
        "python_full_version < '3.11.4'",
        "(Python_Version<'3.12')",
    }


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\r\r"])
@pytest.mark.parametrize("before", ["", "\n", "\ufeff"])
def test_without_its_description_a_document_says_the_same(before: str, blank: str) -> None:
    line = blank[: len(blank) // 2]
    headers = f"Metadata-Version: 2.1{line}Name: app{line}Version: 1.0{line}Requires-Dist: lib>=1"
    document = f"{before}{headers}{blank}Requires-Dist: no-requirement{blank}".encode()
    assert without_description(document) == f"{before}{headers}{blank}".encode()
    assert parse_core_metadata(without_description(document)) == parse_core_metadata(document)
    assert without_description(headers.encode()) == headers.encode()
