"""Ranges: headers as RFC 9110 writes them, and files of which only parts are there."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.upstream.ranges import ContentRange, NeedRange, SparseFile, parse_content_range

BODY = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes 0-9/100", ContentRange(0, 10, 100)),
        ("bytes 99-99/100", ContentRange(99, 100, 100)),
        ("bytes */100", ContentRange(0, 0, 100)),
        ("bytes 0-100/100", None),
        ("bytes 9-8/100", None),
        ("bytes 0-9/*", None),
        ("items 0-9/100", None),
        ("bytes 0-9", None),
        ("", None),
    ],
)
def test_content_range_is_read_or_refused(text: str, expected: ContentRange | None) -> None:
    assert parse_content_range(text) == expected


@given(st.text())
def test_no_header_breaks_the_reader(text: str) -> None:
    parse_content_range(text)


@given(
    st.lists(st.tuples(st.integers(0, len(BODY)), st.integers(0, 300)), max_size=6),
    st.integers(0, len(BODY) + 5),
    st.integers(0, 400),
    st.integers(0, 50),
)
def test_a_sparse_file_reads_as_the_whole_one_once_it_has_what_it_asked_for(
    held: list[tuple[int, int]], position: int, size: int, margin: int
) -> None:
    sparse = SparseFile(len(BODY))
    for start, length in held:
        sparse.add(start, BODY[start : start + length])
    sparse.seek(position)
    for _ in range(2):
        try:
            content = sparse.read(size)
            break
        except NeedRange as need:
            start, stop = sparse.missing(need.start, need.stop, before=margin, after=margin)
            assert 0 <= start <= need.start < need.stop <= stop <= len(BODY)
            sparse.add(start, BODY[start:stop])
    else:
        pytest.fail("one range was not enough")
    assert content == BODY[position : position + size]
    assert sparse.tell() == position + len(content)


def test_a_position_before_the_start_is_an_error_that_zipfile_knows() -> None:
    with pytest.raises(OSError, match="before the start"):
        SparseFile(10).seek(-22, io.SEEK_END)
