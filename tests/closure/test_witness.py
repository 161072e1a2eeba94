"""Answers at breakpoints joined into spans of Pythons."""

import pytest
from packaging.version import Version

from closure.values import LINUX, pin
from wheelyard.closure.witness import Pin, PythonSpan, join_spans

A = (pin("alib-1.0-py3-none-any.whl"),)
B = (pin("alib-2.0-py3-none-any.whl"),)


@pytest.mark.parametrize(
    ("answers", "spans"),
    [
        ([("3.12.0", A)], [("3.12.0 and later", A)]),
        ([("3.12.0", A), ("3.12.4", A), ("3.12.5", A)], [("3.12.0 and later", A)]),
        ([("3.12.0", A), ("3.12.4", B)], [("3.12.0 to 3.12.3", A), ("3.12.4 and later", B)]),
        (
            [("3.12.2", A), ("3.12.4", B), ("3.12.5", A)],
            [("3.12.2 to 3.12.3", A), ("3.12.4", B), ("3.12.5 and later", A)],
        ),
        ([("3.12.0", ())], [("3.12.0 and later", ())]),
    ],
)
def test_neighbours_with_the_same_pins_become_one_witness(
    answers: list[tuple[str, tuple[Pin, ...]]], spans: list[tuple[str, tuple[Pin, ...]]]
) -> None:
    joined = join_spans("web", LINUX, [(Version(python), pins) for python, pins in answers])
    assert [(str(witness.pythons), witness.pins) for witness in joined] == spans
    assert {(witness.group, witness.target) for witness in joined} == {("web", LINUX)}


@pytest.mark.parametrize(
    ("span", "python", "is_inside"),
    [
        (("3.12.2", "3.12.4"), "3.12.1", False),
        (("3.12.2", "3.12.4"), "3.12.2", True),
        (("3.12.2", "3.12.4"), "3.12.4", True),
        (("3.12.2", "3.12.4"), "3.12.5", False),
        (("3.12.2", None), "3.12.99", True),
    ],
)
def test_a_span_has_both_its_ends(
    span: tuple[str, str | None], python: str, is_inside: bool
) -> None:
    first, last = span
    pythons = PythonSpan(Version(first), Version(last) if last else None)
    assert (Version(python) in pythons) == is_inside
