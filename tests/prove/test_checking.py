"""Claims held against what a yard has, file by file, without any resolver."""

import asyncio
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from mirror.mirrors import NOON
from prove.mirrored_world import LINUX, WINDOWS, ProvenYard, mirrored
from wheelyard.mirror.facts import Facts
from wheelyard.mirror.progress import Silent
from wheelyard.prove.checking import CheckedClaims, check_claims
from wheelyard.prove.document import Proof, Verdict
from wheelyard.yard.published import PublishedIndex
from world import World

APP, LIB, NEWER = (f"{name}-py3-none-any.whl" for name in ("app-1.0", "lib-1.0", "lib-2.0"))
TZDATA, CORE = "tzdata-2024.1-py3-none-any.whl", "core-1.0-py3-none-any.whl"
BUILT, BACKEND = "built-1.0.tar.gz", "backend-1.0.tar.gz"
BOTH = (LINUX, WINDOWS)


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProvenYard]:
    """A yard that every test leaves as it found it."""
    with World() as world:
        yield mirrored(world, tmp_path_factory.mktemp("checking"))


def check(yard: ProvenYard, proof: Proof | None = None) -> CheckedClaims:
    facts = Facts(PublishedIndex(yard.layout), Silent())
    return asyncio.run(check_claims(proof or yard.proof, facts, lambda: NOON))


@contextmanager
def changed(*paths: Path) -> Iterator[None]:
    """Put back afterwards what is changed or removed."""
    kept = {path: path.read_bytes() for path in paths}
    try:
        yield
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


def needs(found: CheckedClaims, filename: str) -> set[tuple[str, str, tuple[str, ...]]]:
    """What needs a file that is broken: group, chain, targets."""
    return {
        (one.group, one.needed_by, one.targets) for one in found.broken if one.filename == filename
    }


def verdicts(found: CheckedClaims) -> set[Verdict]:
    return {check.verdict for _, check in found.checks}


def test_a_whole_yard_bears_every_claim_out(yard: ProvenYard) -> None:
    found = check(yard)
    assert (found.broken, verdicts(found)) == ((), {Verdict.HOLDS})
    witnesses = [one for group in yard.proof.groups for one in group.witnesses]
    assert len(found.standing) == len(found.checks) == len(witnesses) == 8
    assert {check.by.partition(" ")[0] for _, check in found.checks} == {"wheelyard"}


def test_every_single_file_that_is_removed_is_named(yard: ProvenYard) -> None:
    """The files of witnesses, builds and additions, and the metadata beside them."""
    names = [path.name for path in yard.packages()]
    assert sorted(names) == sorted(
        [BUILT, BACKEND, *(f"{wheel}{end}" for end in ("", ".metadata") for wheel in WHEELS)]
    )
    for path in yard.packages():
        with changed(path):
            path.unlink()
            found = check(yard)
        assert {one.filename for one in found.broken} == {path.name.removesuffix(".metadata")}
        assert all(path.name in one.reason for one in found.broken)
        assert Verdict.FAILS in verdicts(found)
        assert all(path.name not in check.said for _, check in found.checks if not check.said)


WHEELS = (APP, LIB, NEWER, TZDATA, CORE)


@pytest.mark.parametrize(
    ("filename", "needed"),
    [
        (APP, {("web", "app", BOTH)}),
        (LIB, {("web", "lib", BOTH), ("data", "built > lib<2", BOTH)}),
        (TZDATA, {("web", 'app > tzdata; sys_platform == "win32"', (WINDOWS,))}),
        (BUILT, {("data", "built", BOTH)}),
        (BACKEND, {(f"build of {BUILT}", f"backend of build of {BUILT}", BOTH)}),
        (CORE, {(f"build of {BACKEND}", f"core of build of {BACKEND}", BOTH)}),
    ],
)
def test_a_file_is_named_with_the_groups_chains_and_targets_that_need_it(
    yard: ProvenYard, filename: str, needed: set[tuple[str, str, tuple[str, ...]]]
) -> None:
    path = yard.file(filename)
    with changed(path):
        path.unlink()
        assert needs(check(yard), filename) == needed


def test_an_addition_is_needed_by_all_targets_of_its_group_and_fails_a_check_of_each(
    yard: ProvenYard,
) -> None:
    path = yard.file(NEWER)
    with changed(path):
        path.unlink()
        found = check(yard)
    ((group, reason, targets),) = needs(found, NEWER)
    assert (group, targets) == ("web", BOTH)
    assert reason.startswith("lib")
    failed = [
        (name, one.target, one.said) for name, one in found.checks if one.verdict is Verdict.FAILS
    ]
    assert failed == [("web", target, f"{NEWER} cannot be had") for target in BOTH]
    assert len(found.standing) == 8  # no witness has it


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def _scramble(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])


@pytest.mark.parametrize(
    ("filename", "change", "reason"),
    [
        (LIB, _truncate, "are listed"),
        (LIB, _append, "are listed"),
        (BUILT, _truncate, "are listed"),
        (BUILT, _scramble, "cannot be read"),  # an sdist is opened for what it tells
        (f"{LIB}.metadata", _append, "is not the document that its page lists"),
        (f"{LIB}.metadata", _scramble, "is not the document that its page lists"),
    ],
)
def test_what_is_not_as_its_page_lists_it_is_broken(
    yard: ProvenYard, filename: str, change: Callable[[Path], None], reason: str
) -> None:
    path = yard.file(filename)
    with changed(path):
        change(path)
        found = check(yard)
    assert {one.filename for one in found.broken} == {filename.removesuffix(".metadata")}
    assert all(reason in one.reason for one in found.broken), found.broken


def test_the_bytes_of_wheels_are_not_read(yard: ProvenYard) -> None:
    """Sizes are compared. Installers compare digests, and refuse what was replaced."""
    path = yard.file(LIB)
    with changed(path):
        _scramble(path)
        assert not zipfile.is_zipfile(path)
        assert check(yard).broken == ()


def test_a_page_that_is_removed_breaks_all_of_its_project(yard: ProvenYard) -> None:
    pages = yard.pages("lib")
    with changed(*pages):
        for page in pages:
            page.unlink()
        found = check(yard)
    assert {(one.filename, one.reason) for one in found.broken} == {
        (LIB, "`lib` has no page"),
        (NEWER, "`lib` has no page"),
    }


def test_a_file_that_its_page_no_longer_lists_is_broken(yard: ProvenYard) -> None:
    page = yard.pages("app")[-1]
    assert page.name == "index.v1_json"
    with changed(page):
        yard.unlist("app", APP)
        found = check(yard)
    assert {(one.filename, one.reason) for one in found.broken} == {
        (APP, "the page of `app` does not list it")
    }


def test_another_file_under_the_name_is_not_the_one_of_the_claim(yard: ProvenYard) -> None:
    page = yard.pages("app")[-1]
    with changed(page):
        text = page.read_text()
        (digest,) = {
            file.sha256
            for group in yard.proof.groups
            for witness in group.witnesses
            for file in witness.files
            if file.filename == APP
        }
        assert digest is not None
        page.write_text(text.replace(digest, "0" * 64))
        found = check(yard)
    assert {(one.filename, one.reason) for one in found.broken} == {
        (APP, f"another file of that name is there, with sha256 {'0' * 64}")
    }


def test_a_witness_that_lacks_a_requirement_fails_though_all_its_files_are_there(
    yard: ProvenYard,
) -> None:
    web = yard.proof.groups[0]
    short = tuple(
        msgspec.structs.replace(
            one, files=tuple(file for file in one.files if file.project != "tzdata")
        )
        for one in web.witnesses
    )
    proof = msgspec.structs.replace(
        yard.proof, groups=(msgspec.structs.replace(web, witnesses=short),)
    )
    found = check(yard, proof)
    assert found.broken == ()
    assert [(one.target, one.verdict, one.said) for _, one in found.checks] == [
        (LINUX, Verdict.HOLDS, ""),
        (
            WINDOWS,
            Verdict.FAILS,
            'no release of `tzdata` is there, needed by app > tzdata; sys_platform == "win32"',
        ),
    ]
    locked = msgspec.structs.replace(proof.groups[0], locked=True)
    found = check(yard, msgspec.structs.replace(proof, groups=(locked,)))
    assert verdicts(found) == {Verdict.HOLDS}  # a lock says what there is
