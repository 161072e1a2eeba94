"""Formats: the options of pip, and back."""

import pytest

from wheelyard.closure.formats import (
    ANY_FORMAT,
    Format,
    Formats,
    InvalidFormatOptions,
    parse_options,
)


@pytest.mark.parametrize(
    "formats",
    [
        ANY_FORMAT,
        ANY_FORMAT.wishing(Format.ONLY_BINARY, ":all:"),
        ANY_FORMAT.wishing(Format.NO_BINARY, ":all:").wishing(Format.ONLY_BINARY, "numpy,pandas"),
        ANY_FORMAT.wishing(Format.NO_BINARY, "b").wishing(Format.ONLY_BINARY, "a"),
    ],
)
def test_options_say_the_same(formats: Formats) -> None:
    assert parse_options([*formats.options()]) == formats


@pytest.mark.parametrize("options", [["--no-binary"], ["--pre", "numpy"], ["numpy", "--no-binary"]])
def test_other_options_say_nothing_of_formats(options: list[str]) -> None:
    with pytest.raises(InvalidFormatOptions):
        parse_options(options)
