import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from wheelyard.model.names import InvalidProjectName, normalize_extra, parse_project_name

valid = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,30}[A-Za-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    "text",
    ["Friendly-Bard", "FRIENDLY-BARD", "friendly.bard", "friendly_bard", "FrIeNdLy-._.-bArD"],
)
def test_all_spellings_are_one_project(text: str) -> None:
    assert parse_project_name(text) == "friendly-bard"


@pytest.mark.parametrize(
    "text",
    ["", "-", "-a", "a-", "a b", "a/b", "..", "a\n", "ä", "\u0131", "\u212a", "a\x00", "a" * 201],
)
def test_what_no_project_is_called_is_refused(text: str) -> None:
    with pytest.raises(InvalidProjectName) as caught:
        parse_project_name(text)
    assert caught.value.text == text


@given(valid)
def test_a_normalized_name_reads_as_itself(text: str) -> None:
    name = parse_project_name(text)
    assert parse_project_name(name) == name
    assert str(name) == str(canonicalize_name(text))


@given(st.text(max_size=20))
def test_a_name_is_normalized_or_refused(text: str) -> None:
    try:
        name = parse_project_name(text)
    except InvalidProjectName:
        return
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


@given(st.text(max_size=20))
def test_extras_compare_in_normalized_form(text: str) -> None:
    extra = normalize_extra(text)
    assert normalize_extra(extra) == extra
    assert normalize_extra("Net_._Work") == "net-work"
