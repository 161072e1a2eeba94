import gzip
import io
import tarfile

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from wheelyard.model.filenames import InvalidFilename
from wheelyard.model.metadata import MetadataSource, SdistFacts
from wheelyard.model.names import ProjectName
from wheelyard.wire import archives, sdist_members
from wheelyard.wire.archives import InvalidArchive
from wheelyard.wire.sdists import sdist_facts
from wire.page_strategies import tarred, zipped

TINYLIB = ProjectName("tinylib")
SDIST = "tinylib-1.0.tar.gz"
TOP = "tinylib-1.0"
STATIC = b"Metadata-Version: 2.2\nName: tinylib\nVersion: 1.0\nRequires-Python: >=3.8\n"
OLD = b"Metadata-Version: 1.1\nName: tinylib\nVersion: 1.0\n"
TABLE = b"""
[project]
name = "tinylib"
requires-python = ">=3.9"
dependencies = ["idna", "?!"]
[project.optional-dependencies]
Net_Work = ["socks; python_version < '4' or os_name == 'nt'"]
bad = ["!"]
"""
REQUIRES = b"""\
idna>=2
?!
# a comment
[fast]
cython

[fast:python_version < "3"]
futures; os_name == "nt"

[:sys_platform == "win32"]
colorama

[:odd marker]
six

[a"b]
seven
"""


def facts(members: dict[str, bytes], filename: str = SDIST) -> SdistFacts:
    return sdist_facts(tarred(in_top(members)), filename, TINYLIB)


def in_top(members: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{TOP}/{name}": content for name, content in members.items()}


def requirements(*texts: str) -> tuple[Requirement, ...]:
    return tuple(map(Requirement, texts))


EGG_INFO = {"src/Tinylib.egg-info/requires.txt": REQUIRES}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"PKG-INFO": STATIC, "pyproject.toml": TABLE, **EGG_INFO}, MetadataSource.PKG_INFO),
        ({"PKG-INFO": STATIC + b"Dynamic: Summary\n"}, MetadataSource.PKG_INFO),
        (
            {"PKG-INFO": STATIC + b"Dynamic: requires-dist\n", "pyproject.toml": TABLE},
            MetadataSource.PROJECT_TABLE,
        ),
        ({"PKG-INFO": OLD, "pyproject.toml": TABLE, **EGG_INFO}, MetadataSource.PROJECT_TABLE),
        ({"pyproject.toml": TABLE}, MetadataSource.PROJECT_TABLE),
        (
            {"pyproject.toml": b'[project]\nname = "x"\ndynamic = ["version", "readme"]\n'},
            MetadataSource.PROJECT_TABLE,
        ),
        (
            {"pyproject.toml": b'[project]\nname = "tinylib"\ndynamic = ["dependencies"]\n'},
            MetadataSource.OLD_PKG_INFO,
        ),
        (
            {"pyproject.toml": b'[project]\nname = "x"\ndynamic = ["requires-python"]\n'},
            MetadataSource.OLD_PKG_INFO,
        ),
        ({"pyproject.toml": b"[project]\n"}, MetadataSource.OLD_PKG_INFO),
        ({"pyproject.toml": b"project = 7\n"}, MetadataSource.OLD_PKG_INFO),
        ({"PKG-INFO": OLD, **EGG_INFO}, MetadataSource.EGG_INFO),
        ({"PKG-INFO": STATIC + b"Dynamic: Requires-Dist\n", **EGG_INFO}, MetadataSource.EGG_INFO),
        ({"PKG-INFO": OLD}, MetadataSource.OLD_PKG_INFO),
        ({"PKG-INFO": OLD, "other.egg-info/requires.txt": REQUIRES}, MetadataSource.OLD_PKG_INFO),
        ({"sub/PKG-INFO": STATIC}, MetadataSource.OLD_PKG_INFO),
        ({}, MetadataSource.OLD_PKG_INFO),
    ],
)
def test_metadata_comes_from_the_best_source(
    members: dict[str, bytes], expected: MetadataSource
) -> None:
    assert facts({"setup.py": b"", **members}).source is expected


@pytest.mark.parametrize("field", ["Requires-Dist", "Requires-Python", "Provides-Extra", "Version"])
def test_a_relevant_dynamic_field_takes_the_guarantee_away(field: str) -> None:
    document = STATIC + f"Dynamic: {field}\n".encode()
    assert facts({"PKG-INFO": document}).source is MetadataSource.OLD_PKG_INFO


@pytest.mark.parametrize(
    ("version", "guaranteed"),
    [("2.2", True), ("2.10", True), ("3.0", True), ("2.1", False), ("1.2", False), ("x", False)],
)
def test_metadata_is_guaranteed_from_2_2_on(version: str, guaranteed: bool) -> None:
    document = STATIC.replace(b"2.2", version.encode())
    assert facts({"PKG-INFO": document}).source.is_guaranteed is guaranteed


def test_a_project_table_becomes_metadata() -> None:
    metadata = facts({"PKG-INFO": OLD, "pyproject.toml": TABLE}).metadata
    assert metadata.requires_dist == requirements(
        "idna",
        "socks; (python_version < '4' or os_name == 'nt') and extra == 'net-work'",
    )
    assert metadata.provides_extra == {"net-work", "bad"}
    assert metadata.requires_python == ">=3.9"
    assert metadata.unreadable == ("?!", "!")


def test_headings_of_requires_txt_become_markers() -> None:
    metadata = facts({"PKG-INFO": OLD + b"Requires-Python: >=3.6\n", **EGG_INFO}).metadata
    assert metadata.requires_dist == requirements(
        "idna>=2",
        'cython; extra == "fast"',
        'futures; (os_name == "nt" and python_version < "3") and extra == "fast"',
        'colorama; sys_platform == "win32"',
    )
    assert metadata.provides_extra == {"fast", 'a"b'}
    assert metadata.requires_python == ">=3.6"
    assert metadata.unreadable == ("?!", "six", "seven")


def test_name_and_version_come_from_the_file_name_when_nothing_inside_says_them() -> None:
    metadata = facts({}, "Tinylib-2.0.post1.tar.gz").metadata
    assert (metadata.name, metadata.version) == (TINYLIB, Version("2.0.post1"))
    metadata = facts({"PKG-INFO": b"Name: -\nVersion: x\n"}).metadata
    assert (metadata.name, metadata.version) == (TINYLIB, Version("1.0"))


def test_a_version_that_nothing_says_is_an_error() -> None:
    with pytest.raises(InvalidFilename):
        facts({}, "tinylib.tar.gz")


@pytest.mark.parametrize(
    ("document", "requires", "backend", "has_path"),
    [
        (None, ["setuptools>=40.8.0", "wheel"], "setuptools.build_meta:__legacy__", False),
        (
            b"[tool.x]\n",
            ["setuptools>=40.8.0", "wheel"],
            "setuptools.build_meta:__legacy__",
            False,
        ),
        (
            b'[build-system]\nrequires = ["wheel"]\n',
            ["wheel"],
            "setuptools.build_meta:__legacy__",
            False,
        ),
        (
            b'[build-system]\nrequires = ["flit-core<4"]\nbuild-backend = "flit_core.buildapi"\n',
            ["flit-core<4"],
            "flit_core.buildapi",
            False,
        ),
        (
            b'[build-system]\nrequires = []\nbuild-backend = "x"\nbackend-path = ["."]\n',
            [],
            "x",
            True,
        ),
    ],
)
def test_what_a_build_needs_has_defaults(
    document: bytes | None, requires: list[str], backend: str, has_path: bool
) -> None:
    found = facts({} if document is None else {"pyproject.toml": document})
    assert found.build_requires == requirements(*requires)
    assert (found.build_backend, found.has_backend_path) == (backend, has_path)


@pytest.mark.parametrize(
    "document",
    [
        b"[",
        b"x = '\xff'",
        b"x = " + b"[" * 100_000,
        b"build-system = 7",
        b"[build-system]\n",
        b"[build-system]\nrequires = 7\n",
        b"[build-system]\nrequires = [7]\n",
        b'[build-system]\nrequires = ["?!"]\n',
        b"[build-system]\nrequires = []\nbuild-backend = 7\n",
    ],
)
def test_a_pyproject_that_no_installer_builds_is_an_error(document: bytes) -> None:
    with pytest.raises(InvalidArchive, match=r"`tinylib-1.0.tar.gz`.*pyproject\.toml"):
        facts({"PKG-INFO": STATIC, "pyproject.toml": document})


MEMBERS = in_top({"PKG-INFO": STATIC, "setup.py": b""})


@pytest.mark.parametrize(
    ("archive", "filename"),
    [
        (tarred(MEMBERS), "tinylib-1.0.tar.gz"),
        (tarred(MEMBERS), "tinylib-1.0.tgz"),
        (tarred(MEMBERS, ""), "tinylib-1.0.tar"),
        (tarred(MEMBERS, ""), "tinylib-1.0.tar.gz"),
        (zipped(MEMBERS), "tinylib-1.0.zip"),
        (tarred({f"./{name}": content for name, content in MEMBERS.items()}), SDIST),
    ],
)
def test_every_kind_of_archive_is_read(archive: io.BytesIO, filename: str) -> None:
    assert sdist_facts(archive, filename, TINYLIB).source is MetadataSource.PKG_INFO


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"\x1f\x8b",
        b"x" * 1000,
        tarred(MEMBERS).getvalue()[:-40],
        tarred(MEMBERS, "").getvalue()[:700],
        zipped(MEMBERS).getvalue(),
    ],
)
def test_a_damaged_tar_is_an_error(archive: bytes) -> None:
    with pytest.raises(InvalidArchive):
        sdist_facts(io.BytesIO(archive), SDIST, TINYLIB)


def test_a_damaged_zip_is_an_error() -> None:
    with pytest.raises(InvalidArchive):
        sdist_facts(tarred(MEMBERS), "tinylib-1.0.zip", TINYLIB)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_only_plain_files_are_read(kind: bytes) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as writer:
        member = tarfile.TarInfo(f"{TOP}/PKG-INFO")
        member.type, member.linkname = kind, "/etc/passwd"
        writer.addfile(member)
    archive.seek(0)
    assert sdist_facts(archive, SDIST, TINYLIB).source is MetadataSource.OLD_PKG_INFO


def test_a_member_beyond_the_limit_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdist_members, "LARGEST_DOCUMENT", 1000)
    monkeypatch.setattr(archives, "LARGEST_DOCUMENT", 1000)
    members = in_top({"PKG-INFO": bytes(1001)})
    with pytest.raises(InvalidArchive, match="more than 1000 bytes"):
        sdist_facts(tarred(members), SDIST, TINYLIB)
    with pytest.raises(InvalidArchive, match="more than 1000 bytes"):
        sdist_facts(zipped(members), "tinylib-1.0.zip", TINYLIB)


def test_an_archive_beyond_the_limits_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdist_members, "MOST_UNPACKED", 50_000)
    with pytest.raises(InvalidArchive, match="unpacks to more than 50000 bytes"):
        facts({"data.bin": bytes(100_000)})
    monkeypatch.setattr(sdist_members, "MOST_MEMBERS", 3)
    with pytest.raises(InvalidArchive, match="more than 3 members"):
        facts({"a": b"", "b": b"", "c": b"", "d": b""})


def test_a_header_that_claims_gigabytes_is_not_read() -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 2**32
    archive = gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(100_000))
    with pytest.raises(InvalidArchive, match="header claims"):
        sdist_facts(io.BytesIO(archive), SDIST, TINYLIB)
