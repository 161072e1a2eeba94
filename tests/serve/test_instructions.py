"""The commands that people copy, as text and as a shell reads them."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wheelyard.serve.instructions import install_commands


@pytest.mark.parametrize(
    ("url", "trust"),
    [
        ("http://192.0.2.7:8080/simple/", ["--trusted-host", "192.0.2.7"]),
        ("http://classroom.local/simple/", ["--trusted-host", "classroom.local"]),
        ("http://127.example:8080/simple/", ["--trusted-host", "127.example"]),
        ("http://[2001:db8::7]:8080/simple/", ["--trusted-host", "2001:db8::7"]),
        ("http://127.0.0.1:8080/simple/", []),
        ("http://127.1.2.3:8080/simple/", []),
        ("http://localhost:8080/simple/", []),
        ("http://LOCALHOST:8080/simple/", []),
        ("http://[::1]:8080/simple/", []),
        ("https://192.0.2.7:8443/simple/", []),
        ("https://pi.example/simple/", []),
    ],
)
def test_pip_is_told_to_trust_a_host_only_where_it_does_not_unasked(
    url: str, trust: list[str]
) -> None:
    commands = install_commands(url, ["django"])
    assert shlex.split(commands.pip) == ["pip", "install", "--index-url", url, *trust, "django"]
    assert shlex.split(commands.uv) == ["uv", "pip", "install", "--default-index", url, "django"]


def test_what_a_shell_would_take_for_a_pattern_is_quoted() -> None:
    commands = install_commands("http://[2001:db8::7]:8080/simple/", ["uvicorn[standard]>=0.30"])
    index = "'http://[2001:db8::7]:8080/simple/'"
    assert commands.pip == (
        f"pip install --index-url {index} --trusted-host 2001:db8::7 'uvicorn[standard]>=0.30'"
    )
    assert commands.uv == f"uv pip install --default-index {index} 'uvicorn[standard]>=0.30'"


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_shell_reads_the_requirements_as_they_were_given(requirements: list[str]) -> None:
    commands = install_commands("http://127.0.0.1:8080/simple/", requirements)
    assert shlex.split(commands.pip)[4:] == requirements
    assert shlex.split(commands.uv)[5:] == requirements
