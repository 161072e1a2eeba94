"""The rules of conditional and range requests (RFC 9110 sections 13 and 14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.serve.conditions import (
    Span,
    Unsatisfiable,
    http_date,
    is_unmodified,
    names_etag,
    parse_range,
    range_applies,
)

ETAG = b'"abc"'
DATE = b"Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (b"bytes=0-0", Span(0, 0)),
        (b"bytes=0-99", Span(0, 9)),
        (b"BYTES = 2 - 4", Span(2, 4)),
        (b"bytes=5-", Span(5, 9)),
        (b"bytes=-3", Span(7, 9)),
        (b"bytes=-30", Span(0, 9)),
        (b"bytes=10-", Unsatisfiable()),
        (b"bytes=-0", Unsatisfiable()),
        (b"bytes=4-2", None),
        (b"bytes=-", None),
        (b"bytes=0-1,3-4", None),
        (b"lines=0-1", None),
        (b"bytes=0-" + b"9" * 5000, None),
        ("bytes=٣-".encode(), None),
        (b"", None),
    ],
)
def test_a_range_header_is_read(header: bytes, answer: object) -> None:
    assert parse_range(header, 10) == answer


def test_no_range_of_an_empty_file_can_be_had() -> None:
    assert parse_range(b"bytes=0-", 0) == parse_range(b"bytes=-5", 0) == Unsatisfiable()


@given(st.binary(), st.integers(0, 10**12))
def test_any_header_gives_a_part_inside_the_file_or_none(header: bytes, size: int) -> None:
    for each in (header, b"bytes=" + header):
        part = parse_range(each, size)
        if isinstance(part, Span):
            assert 0 <= part.first <= part.last < size


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_range_that_was_asked_for_is_the_one_that_is_given(
    first: int, length: int, size: int
) -> None:
    part = parse_range(b"bytes=%d-%d" % (first, first + length), size)
    if first < size:
        assert part == Span(first, min(first + length, size - 1))
        assert isinstance(part, Span)
        assert part.size == min(length + 1, size - first)
    else:
        assert part == Unsatisfiable()


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (b'"abc"', True),
        (b'W/"abc"', True),
        (b'"x", "abc" , "y"', True),
        (b" * ", True),
        (b'"x"', False),
        (b"abc", False),
        (b"", False),
    ],
)
def test_if_none_match_is_compared_weakly(header: bytes, named: bool) -> None:
    assert names_etag(header, ETAG) is named


@pytest.mark.parametrize(
    ("header", "applies"),
    [
        (None, True),
        (b'"abc"', True),
        (DATE, True),
        (b'W/"abc"', False),
        (b'"x"', False),
        (b"Sun, 06 Nov 1994 08:49:38 GMT", False),
    ],
)
def test_if_range_is_compared_strongly(header: bytes | None, applies: bool) -> None:
    assert range_applies(header, ETAG, DATE) is applies


@pytest.mark.parametrize(
    ("header", "unmodified"),
    [
        (DATE, True),
        (b"Sun, 06 Nov 1994 08:49:38 GMT", True),
        (b"Sun, 06 Nov 1994 08:49:36 GMT", False),
        (b"soon", False),
        (b"\xff", False),
        (b"Mon, 99 Nov 9999999999 08:49:36 GMT", False),
    ],
)
def test_if_modified_since_counts_whole_seconds(header: bytes, unmodified: bool) -> None:
    assert is_unmodified(header, 784111777.9) is unmodified


@given(st.binary())
def test_any_date_is_read_or_passed_over(header: bytes) -> None:
    assert is_unmodified(header, 784111777.0) in (True, False)


def test_dates_are_written_as_http_writes_them() -> None:
    assert http_date(784111777) == DATE
