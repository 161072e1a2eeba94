"""A project's own pyproject.toml: dependencies, extras, groups, and what it leaves to a build."""

from pathlib import Path

import pytest

from wheelyard.wire.project_table import Choice, InvalidProject, parse_project

SAMPLE = (Path(__file__).parent / "samples" / "pyproject.toml").read_bytes()
IDNA = ['idna<3.8; python_version < "3.12"', 'idna>=3.8; python_version >= "3.12"']


def wanted(document: bytes, choice: Choice) -> list[str]:
    return [str(item) for item in parse_project(document, "pyproject.toml", choice).requirements]


@pytest.mark.parametrize(
    ("choice", "more"),
    [
        (Choice(), []),
        (Choice(extras=("Web",)), ["urllib3[socks]"]),
        (Choice(extras=("all",)), ["urllib3[socks]"]),
        (Choice(every_extra=True), ["urllib3[socks]"]),
        (Choice(dependency_groups=("dev",)), ["iniconfig", "pathspec"]),
        (Choice(extras=("web",), dependency_groups=("Lint",)), ["urllib3[socks]", "pathspec"]),
    ],
)
def test_a_project_asks_for_what_is_chosen(choice: Choice, more: list[str]) -> None:
    assert wanted(SAMPLE, choice) == ["click>=8", *IDNA, *more]


def test_extras_of_the_project_itself_are_taken_apart_with_their_markers() -> None:
    document = b"""
    [project]
    name = "My.App"
    dependencies = ["base"]
    [project.optional-dependencies]
    a = ["x; os_name == 'nt'", "my-app[a]"]
    all = ["my_app[a]; python_version < '3.12'"]
    """
    assert wanted(document, Choice(extras=("all",))) == [
        "base",
        'x; os_name == "nt" and python_version < "3.12"',
    ]


def test_groups_need_no_project() -> None:
    document = b'[dependency-groups]\ndev = ["x"]'
    assert wanted(document, Choice(dependency_groups=("dev",))) == ["x"]


def test_places_lie_outside() -> None:
    document = b"""
    [project]
    name = "app"
    dependencies = ["a @ https://x.example/a.zip", "b", "c", "d"]
    [tool.uv.sources]
    b = { git = "https://x.example/b" }
    c = { index = "x" }
    D = { workspace = true }
    """
    read = parse_project(document, "pyproject.toml", Choice())
    assert [str(item) for item in read.requirements] == ["c"]
    assert [(item.project, item.place.name) for item in read.outside] == [
        ("a", "URL"),
        ("b", "REPOSITORY"),
        ("d", "LOCAL"),
    ]


@pytest.mark.parametrize(
    ("document", "choice", "message", "hint"),
    [
        ("[project", Choice(), "pyproject.toml: ", "specification"),
        ("[tool.x]", Choice(), "it has no `[project]` table", "lock the project"),
        ("[dependency-groups]\ndev = ['x']", Choice(), "no `[project]` table", "`dev`"),
        ('[project]\nname = "a"\ndynamic = ["dependencies"]', Choice(), "dynamic", "`uv lock`"),
        (
            '[project]\nname = "a"\ndynamic = ["optional-dependencies"]',
            Choice(every_extra=True),
            "its optional-dependencies are dynamic",
            "`uv lock`",
        ),
        (
            '[tool.poetry.dependencies]\npython = "^3.8"',
            Choice(),
            "`[tool.poetry.dependencies]` alone",
            "`-r poetry.lock`",
        ),
        ('[project]\nname = "a"\ndependencies = ["?"]', Choice(), "`?` is not", "as pip takes"),
        (SAMPLE.decode(), Choice(extras=("wep",)), "has no extra `wep`", "`web`?"),
        (SAMPLE.decode(), Choice(dependency_groups=("x",)), "no dependency group `x`", "`lint`"),
        (
            "[dependency-groups]\na = [{ include-group = 'a' }]",
            Choice(dependency_groups=("a",)),
            "Cyclic dependency group include",
            "specification",
        ),
    ],
)
def test_what_cannot_be_told_is_an_error(
    document: str, choice: Choice, message: str, hint: str
) -> None:
    with pytest.raises(InvalidProject) as caught:
        wanted(document.encode(), choice)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")
