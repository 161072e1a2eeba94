"""Finding the files that `why` is asked about, and the chains to each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plan.closures import held
from wheelyard.cli.evidence import Evidence
from wheelyard.cli.reasons import find_files, read_reasons
from wheelyard.cli.sought import NothingNamed, parse_sought
from wheelyard.model.names import ProjectName
from wheelyard.yard.holdings import save_files
from wheelyard.yard.ledger import Selection, replace_selections
from wheelyard.yard.yard import YardWriter, open_yard

WHEEL, SDIST, OTHER = "lib-1.0-py3-none-any.whl", "lib-1.0.tar.gz", "app-1.0-py3-none-any.whl"
OLD = "old-py-lib-0.1-final.tar.gz"  # nobody can tell where the version begins


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[YardWriter]:
    with open_yard(tmp_path / "yard", create=True) as opened, opened.exclusive() as writer:
        files = [held(name) for name in (WHEEL, SDIST, OTHER)]
        old = replace(held(OLD), project=ProjectName("old-py-lib"))
        save_files(writer.catalog, [*files, old])
        yield writer


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("lib", [WHEEL, SDIST]),
        ("LIB", [WHEEL, SDIST]),
        (WHEEL, [WHEEL]),
        (SDIST, [SDIST]),
        (OLD, [OLD]),
        ("Old_Py.Lib", [OLD]),
    ],
)
def test_a_project_or_a_file_is_found_by_its_name(
    yard: YardWriter, name: str, files: list[str]
) -> None:
    assert [file.filename for file in find_files(yard, parse_sought(name))] == files


@pytest.mark.parametrize("name", ["other", "lib-2.0.tar.gz", "app-1.0.tar.gz", "lib>1"])
def test_what_is_not_there_is_not_found(yard: YardWriter, name: str) -> None:
    assert find_files(yard, parse_sought(name)) == []


@pytest.mark.parametrize("name", ["", "-", "../x", "x.whl", "x.tar.gz", "a @ https://b.example/"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(NothingNamed):
        parse_sought(name)


def test_each_file_has_its_own_chains(yard: YardWriter) -> None:
    chosen = [
        Selection(
            group="web",
            target=target,
            project=ProjectName("lib"),
            filename=filename,
            sha256=None,
            reason=reason,
        )
        for filename, target, reason in [
            (WHEEL, "a", "lib"),
            (WHEEL, "b", "lib"),
            (WHEEL, "a", "app > lib"),
            (SDIST, "c", "lib"),
        ]
    ]
    replace_selections(yard.catalog, "web", chosen)
    files = [file for name in ("lib", "app") for file in find_files(yard, parse_sought(name))]
    reasons = read_reasons(yard, files, Evidence(), 20)
    assert [
        (one.file.filename, [(why.group, why.chain, [*why.targets]) for why in one.reasons])
        for one in reasons
    ] == [
        (WHEEL, [("web", ("lib",), ["a", "b"]), ("web", ("app", "lib"), ["a"])]),
        (SDIST, [("web", ("lib",), ["c"])]),
        (OTHER, []),
    ]
