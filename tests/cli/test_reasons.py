"""Finding the files that `why` is asked about, and the chains to each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plan.closures import held
from wheelyard.cli.reasons import NotInTheYard, find_files, read_reasons
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
    assert [file.filename for file in find_files(yard, name)] == files


@pytest.mark.parametrize("name", ["", "-", "../x", "lib-2.0.tar.gz", "app-1.0.tar.gz"])
def test_what_is_not_there_is_not_found(yard: YardWriter, name: str) -> None:
    with pytest.raises(NotInTheYard):
        find_files(yard, name)


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
    reasons = read_reasons(yard, find_files(yard, "lib") + find_files(yard, "app"))
    assert [(one.file.filename, one.chains) for one in reasons] == [
        (WHEEL, {("web", "lib"): ["a", "b"], ("web", "app > lib"): ["a"]}),
        (SDIST, {("web", "lib"): ["c"]}),
        (OTHER, {}),
    ]
