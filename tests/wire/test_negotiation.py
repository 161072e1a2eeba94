import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.wire.negotiation import Encoding, Format, choose_encoding, choose_format

J = "application/vnd.pypi.simple.v1+json"
H = "application/vnd.pypi.simple.v1+html"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Format.HTML),
        (" , ", Format.HTML),
        ("*/*", Format.HTML),
        ("*/*;q=0.001", Format.HTML),
        ("text/*", Format.HTML),
        ("application/*", Format.JSON),
        (J, Format.JSON),
        (J.upper(), Format.JSON),
        (H, Format.HTML_V1),
        ("text/html", Format.HTML),
        ("text/html; charset=utf-8", Format.HTML),
        # pip 26.3, uv, poetry, a browser
        (f"{J}, {H}; q=0.1, text/html; q=0.01", Format.JSON),
        (f"{J}, {H};q=0.2, text/html;q=0.01", Format.JSON),
        (f"{J}, */*;q=0.1", Format.JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format.HTML),
        # "Header order means nothing"
        (f"text/html, {H}, {J}", Format.JSON),
        (f"text/html, {H}", Format.HTML_V1),
        (f"text/html;q=0.01, {H};q=0.1, {J}", Format.JSON),
        (f"{J};q=0.1, text/html", Format.HTML),
        (f"{J}, */*", Format.JSON),
        ("text/html, */*", Format.HTML),
        # the most specific range speaks for a type, whatever its weight
        (f"{J};q=0, */*", Format.HTML),
        (f"{J};q=0, application/*", Format.HTML_V1),
        (f"{J};q=0.2, application/*;q=0.1, */*;q=0.5", Format.HTML),
        ("text/html;q=0, */*", Format.JSON),
        ("text/*;q=0, */*", Format.JSON),
        # the reply to `latest` is the concrete version
        ("application/vnd.pypi.simple.latest+json", Format.JSON),
        ("application/vnd.pypi.simple.latest+html", Format.HTML_V1),
        # nothing acceptable
        ("application/vnd.pypi.simple.v2+json", None),
        ("application/json", None),
        ("*/*;q=0", None),
        (f"{J};q=0", None),
        ("text/html;q=0.000", None),
        # weights that cannot be read
        (";;q=x", None),
        (f"{J};q=x, text/html;q=0.1", Format.HTML),
        (f"{J};q=1.5", None),
        (f"{J};q=-1", None),
        (f"{J};q=0.5555", None),
        (f"{J};Q=0.5, text/html;q=0.4", Format.JSON),
        (f"{J} ; q = 0.4 , text/html;q=0.5", Format.HTML),
        (f'{J};x="a,text/html;q=1";q=0.1, text/html;q=0.5', Format.HTML),
        (f'{J};x="', Format.JSON),
    ],
)
def test_the_best_format_is_chosen(accept: str, expected: Format | None) -> None:
    assert choose_format(accept) is expected


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("", Encoding.IDENTITY),
        ("gzip", Encoding.GZIP),
        ("GZIP", Encoding.GZIP),
        ("x-gzip", Encoding.GZIP),
        ("gzip, deflate", Encoding.GZIP),
        ("gzip, deflate, zstd", Encoding.GZIP),
        ("gzip;q=0.1", Encoding.GZIP),
        ("gzip;q=0", Encoding.IDENTITY),
        ("gzip, identity", Encoding.GZIP),
        ("gzip;q=0.5, identity", Encoding.IDENTITY),
        ("identity", Encoding.IDENTITY),
        ("br", Encoding.IDENTITY),
        ("*", Encoding.GZIP),
        ("*;q=0", Encoding.IDENTITY),
        ("gzip;q=0, *", Encoding.IDENTITY),
        ("identity;q=0, gzip;q=0.1", Encoding.GZIP),
        ("identity;q=0", Encoding.IDENTITY),
        ("gzip;q=x", Encoding.IDENTITY),
    ],
)
def test_the_best_coding_is_chosen(accept_encoding: str, expected: Encoding) -> None:
    assert choose_encoding(accept_encoding) is expected


headers = st.text(max_size=80) | st.lists(
    st.sampled_from([J, H, "text/html", "*/*", "gzip", ";q=", "0.5", "0", ",", ";", '"', "\\", " "])
).map("".join)


@given(headers)
def test_no_header_is_an_error(header: str) -> None:
    assert choose_format(header) in {*Format, None}
    assert choose_encoding(header) in Encoding


ranges = st.tuples(
    st.sampled_from([J, H, "text/html", "text/*", "application/*", "*/*", "image/png"]),
    st.sampled_from(["", ";q=0", ";q=0.5", ";q=1"]),
)


@given(st.lists(ranges, max_size=6, unique_by=lambda item: item[0]))
def test_the_order_of_a_header_means_nothing(items: list[tuple[str, str]]) -> None:
    texts = [name + weight for name, weight in items]
    assert choose_format(", ".join(texts)) is choose_format(", ".join(reversed(texts)))


@given(st.lists(ranges, max_size=6, unique_by=lambda item: item[0]))
def test_a_refused_format_is_never_chosen(items: list[tuple[str, str]]) -> None:
    chosen = choose_format(", ".join(name + weight for name, weight in items))
    assert (chosen, ";q=0") not in items
