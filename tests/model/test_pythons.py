import pytest
from packaging.version import Version

from wheelyard.model.pythons import PythonInterval, accepts_python, parse_requires_python


def test_an_interval_starts_at_its_oldest_patch() -> None:
    interval = PythonInterval(3, 11, 2)
    assert interval.floor == Version("3.11.2")
    assert interval.at(5) == Version("3.11.5")
    assert (str(interval), str(PythonInterval(3, 12))) == ("3.11.2", "3.12")


@pytest.mark.parametrize(
    ("requires_python", "python", "accepted"),
    [
        (None, "3.11.0", True),
        (">=3.8", "3.11.0", True),
        (">=3.11.3", "3.11.2", False),
        ("!=3.11.*", "3.11.2", False),
        (">=3.14", "3.14.0rc1", False),
        (">=3.8", "3.14.0rc1", True),
        ("", "3.11.0", True),
        (">=3.8.*", "3.11.0", False),
        ("3.8 or newer", "3.11.0", False),
    ],
)
def test_only_what_pip_and_uv_both_install_is_accepted(
    requires_python: str | None, python: str, accepted: bool
) -> None:
    assert accepts_python(requires_python, Version(python)) is accepted


def test_an_unreadable_requires_python_is_none() -> None:
    assert parse_requires_python("3.8 or newer") is None
    assert parse_requires_python(">=3.8") is not None
