import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.index.assignment import InvalidPattern, parse_project_pattern
from wheelyard.model.names import ProjectName, parse_project_name


@pytest.mark.parametrize(
    ("pattern", "project", "fits"),
    [
        ("torch", "torch", True),
        ("torch", "torchvision", False),
        ("Zope.Interface", "zope-interface", True),
        ("nvidia-*", "nvidia-cublas-cu12", True),
        ("nvidia_*", "nvidia-cublas-cu12", True),
        ("nvidia-*", "nvidia", False),
        ("*", "anything", True),
        ("*-cu12", "nvidia-cublas-cu12", True),
        ("lib?", "lib3", True),
        ("lib?", "lib", False),
    ],
)
def test_a_pattern_fits_names_in_their_normalized_form(
    pattern: str, project: str, *, fits: bool
) -> None:
    assert parse_project_pattern(pattern).fits(ProjectName(project)) is fits


@pytest.mark.parametrize(
    "text", ["", "a b", "torch==2", "[a-z]*", "-torch", "a/b", "torch\n", "ü*"]
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(InvalidPattern):
        parse_project_pattern(text)


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True))
def test_a_name_in_any_spelling_fits_itself_alone(text: str) -> None:
    pattern = parse_project_pattern(text)
    assert pattern.is_name
    assert pattern.fits(parse_project_name(text))
    assert not pattern.fits(ProjectName(f"{parse_project_name(text)}x"))
