import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wheelyard.model.digests import Sha256
from wheelyard.model.errors import InvalidInput, Unreachable
from wheelyard.model.names import parse_project_name
from wheelyard.yard import holdings, ledger
from wheelyard.yard.catalog import CatalogDamaged, CatalogTooNew
from wheelyard.yard.ledger import Failure, Outcome, Selection
from wheelyard.yard.yard import YardWriter, open_yard

TINYLIB = parse_project_name("tinylib")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_later_schema_is_refused_with_both_numbers(root: Path) -> None:
    open_yard(root, create=True).close()
    connection = sqlite3.connect(root / "state" / "catalog.sqlite")
    connection.execute("PRAGMA user_version=7")
    connection.close()
    with pytest.raises(CatalogTooNew, match="schema 7") as caught:
        open_yard(root, create=True)
    assert isinstance(caught.value, InvalidInput)
    assert "later version" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"this is no database" * 100])
def test_a_damaged_catalogue_can_be_told_from_an_error_of_the_disk(
    root: Path, content: bytes
) -> None:
    open_yard(root, create=True).close()
    for left in (root / "state").glob("catalog.sqlite-*"):
        left.unlink()
    (root / "state" / "catalog.sqlite").write_bytes(content)
    with pytest.raises(CatalogDamaged) as caught:
        open_yard(root, create=False)
    assert isinstance(caught.value, Unreachable)
    assert "bring back a copy" in caught.value.hint


def test_an_error_in_a_transaction_undoes_all_of_it(yard: YardWriter) -> None:
    with pytest.raises(RuntimeError), yard.catalog.transaction():
        ledger.save_plan(yard.catalog, "data", "{}")
        raise RuntimeError
    assert ledger.plans(yard.catalog) == {}


def test_serials_only_grow_even_from_many_threads(yard: YardWriter) -> None:
    taken: list[int] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(holdings.take_serials(yard.catalog, 3)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 25))
    assert holdings.serial(yard.catalog) == 24


def test_selections_are_replaced_group_by_group(yard: YardWriter) -> None:
    old = [_selection("data", "tinylib-1.0.tar.gz"), _selection("data", "tinylib-1.1.tar.gz")]
    other = [_selection("web", "tinylib-1.0.tar.gz")]
    new = [_selection("data", "tinylib-2.0.tar.gz")]
    ledger.replace_selections(yard.catalog, "data", old)
    ledger.replace_selections(yard.catalog, "web", other)
    ledger.replace_selections(yard.catalog, "data", new)
    assert ledger.selections(yard.catalog) == [*new, *other]
    assert ledger.selections_of(yard.catalog, TINYLIB) == [*new, *other]
    assert ledger.selections_of(yard.catalog, parse_project_name("otherlib")) == []


def test_a_forgotten_group_leaves_no_selection_and_no_plan(yard: YardWriter) -> None:
    ledger.replace_selections(yard.catalog, "data", [_selection("data", "tinylib-1.0.tar.gz")])
    ledger.save_plan(yard.catalog, "data", '{"schema": 1}')
    ledger.save_plan(yard.catalog, "web", '{"schema": 2}')
    ledger.forget_group(yard.catalog, "data")
    assert ledger.selections(yard.catalog) == []
    assert ledger.plans(yard.catalog) == {"web": '{"schema": 2}'}


def test_a_failure_stays_until_it_is_forgotten(yard: YardWriter) -> None:
    ledger.save_failure(yard.catalog, Failure(TINYLIB, "timed out", NOON))
    ledger.save_failure(yard.catalog, Failure(TINYLIB, "no such file", NOON + timedelta(days=1)))
    assert ledger.failures(yard.catalog) == [
        Failure(TINYLIB, "no such file", NOON + timedelta(days=1))
    ]
    ledger.forget_failure(yard.catalog, TINYLIB)
    assert ledger.failures(yard.catalog) == []


def test_a_run_that_never_ended_can_be_seen(yard: YardWriter) -> None:
    killed = ledger.start_run(yard.catalog, NOON)
    number = ledger.start_run(yard.catalog, NOON + timedelta(hours=1))
    end = NOON + timedelta(hours=2)
    ledger.finish_run(yard.catalog, number, end, Outcome.FELL_SHORT, '{"added": 3}')
    newest, oldest = ledger.last_runs(yard.catalog, 10)
    assert (newest.number, newest.finished, newest.outcome) == (number, end, Outcome.FELL_SHORT)
    assert newest.summary == '{"added": 3}'
    assert (oldest.number, oldest.finished, oldest.outcome) == (killed, None, None)
    assert ledger.last_runs(yard.catalog, 1) == [newest]


def _selection(group: str, filename: str) -> Selection:
    return Selection(
        group=group,
        target="cp312-manylinux_2_28_x86_64",
        project=TINYLIB,
        filename=filename,
        sha256=Sha256("ab" * 32),
        reason="tinylib>=1",
    )
