"""Every chain of requirements to a file, and the places where each holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from packaging.version import Version

from closure.values import LINUX, WINDOWS, documents, group
from wheelyard.closure.chains import (
    Found,
    Installation,
    RequirementGraph,
    chains_to,
    requirement_graph,
)
from wheelyard.closure.groups import Group
from wheelyard.closure.ways import Standpoint, ways_to
from wheelyard.closure.witness import PythonSpan
from wheelyard.model.names import parse_project_name
from wheelyard.model.targets import Target

Files = Mapping[str, Sequence[str]]  # file stem, or sdist -> what it requires


def name(stem: str) -> str:
    return stem if stem.endswith(".tar.gz") else f"{stem}-py3-none-any.whl"


def graph(
    *installed: tuple[Group, Files], target: Target = LINUX, python: str = "3.12.0"
) -> RequirementGraph:
    table = {name(stem): requires for _, files in installed for stem, requires in files.items()}
    installations = [
        Installation(
            one, {parse_project_name(stem.partition("-")[0]): name(stem) for stem in files}
        )
        for one, files in installed
    ]
    return requirement_graph(installations, target, Version(python), documents(table))


def told(found: Found) -> list[str]:
    return list(map(str, found.chains))


def chains(files: Files, *roots: str, to: str, most: int | None = None) -> list[str]:
    return told(chains_to(graph((group(*roots), files)), "default", name(to), most))


DIAMOND = {"app-1": ["left", "right>=1"], "left-1": ["base"], "right-1": ["base<2"], "base-1": []}


def test_every_chain_is_found_the_shortest_first() -> None:
    assert chains(DIAMOND, "app", "base", to="base-1") == [
        "base",
        "app > left > base",
        "app > right>=1 > base<2",
    ]


def test_a_root_is_a_chain_of_one() -> None:
    assert chains(DIAMOND, "app", to="app-1") == ["app"]


def test_no_chain_comes_to_a_project_twice() -> None:
    files = {"a-1": ["b"], "b-1": ["a", "c"], "c-1": ["b", "a"]}
    assert chains(files, "a", to="c-1") == ["a > b > c"]
    assert chains(files, "c", to="b-1") == ["c > b", "c > a > b"]


def test_extras_of_a_project_are_gone_through_within_it() -> None:
    files = {
        "app-1": ["app[speed]; extra == 'all'", "fast; extra == 'speed'"],
        "fast-1": [],
    }
    assert chains(files, "app[all]", to="fast-1") == [
        'app[all] > app[speed]; extra == "all" > fast; extra == "speed"'
    ]
    assert chains(files, "app", to="fast-1") == []


def test_two_requirements_for_one_project_are_two_chains() -> None:
    assert chains({"app-1": ["lib", "lib>=1"], "lib-1": []}, "app", to="lib-1") == [
        "app > lib",
        "app > lib>=1",
    ]


def test_what_is_not_there_or_has_no_metadata_leads_nowhere() -> None:
    one = group("app", "other", "away @ https://example.org/away.zip")
    files = {"app": name("app-1"), "lib": name("lib-1")}
    installation = Installation(one, {parse_project_name(key): file for key, file in files.items()})
    found = requirement_graph([installation], LINUX, Version("3.12.0"), {})
    assert told(chains_to(found, "default", name("app-1"), None)) == ["app"]
    assert chains_to(found, "default", name("lib-1"), None) == Found((), is_all=True)


def test_of_many_chains_the_shortest_are_given() -> None:
    layers = 12  # 2 to the 12th chains
    files: dict[str, list[str]] = {"end-1": []}
    for layer in range(layers):
        below = [f"a{layer + 1}", f"b{layer + 1}"] if layer + 1 < layers else ["end"]
        files |= {f"a{layer}-1": below, f"b{layer}-1": [*below]}
    files["b5-1"].append("end")
    whole = graph((group("a0", "b0"), files))
    found = chains_to(whole, "default", name("end-1"), 40)
    assert len(found.chains) == 40
    assert not found.is_all
    assert {len(chain.requirements) for chain in found.chains[:32]} == {7}
    assert len(chains_to(whole, "default", name("end-1"), None).chains) == 2**12 + 2**5


DOCOPT = "docopt-0.6.2.tar.gz"


def test_a_chain_goes_on_through_the_build_of_an_sdist() -> None:
    build = group("setuptools>=61", name=f"build of {DOCOPT}", builds=(DOCOPT,))
    found = graph(
        (group("app", "docopt"), {"app-1": ["docopt<1"], DOCOPT: []}),
        (build, {"setuptools-80": ["wheel"], "wheel-1": []}),
    )
    assert told(chains_to(found, "default", name("wheel-1"), None)) == [
        f"docopt > build of {DOCOPT} > setuptools>=61 > wheel",
        f"app > docopt<1 > build of {DOCOPT} > setuptools>=61 > wheel",
    ]


def test_a_build_that_needs_itself_has_an_end() -> None:
    own = "setuptools-80.tar.gz"
    build = group("setuptools", name=f"build of {own}", builds=(own, DOCOPT))
    found = graph((group("docopt"), {DOCOPT: []}), (build, {own: []}))
    assert told(chains_to(found, "default", own, None)) == [
        f"docopt > build of {DOCOPT} > setuptools"
    ]


def test_overrides_stand_in_the_place_of_requirements() -> None:
    one = replace(group("app"), overrides=group("lib>=2").requirements)
    found = graph((one, {"app-1": ["lib<1"], "lib-2": []}))
    assert told(chains_to(found, "default", name("lib-2"), None)) == ["app > lib>=2"]


def standpoints(
    files: Files, *roots: str, targets: Sequence[Target], pythons: Sequence[str] = ("3.12.0",)
) -> list[Standpoint]:
    firsts = [Version(python) for python in pythons]
    lasts = [Version(f"3.12.{python.micro - 1}") for python in firsts[1:]]
    return [
        Standpoint(
            target,
            PythonSpan(python, last),
            graph((group(*roots), files), target=target, python=str(python)),
        )
        for target in targets
        for python, last in zip(firsts, [*lasts, None], strict=True)
    ]


def test_a_chain_is_told_once_with_every_target_on_which_it_holds() -> None:
    files = {"app-1": ["lib", "lib[x]; sys_platform == 'win32'"], "lib-1": []}
    ways = ways_to(name("lib-1"), standpoints(files, "app", targets=[LINUX, WINDOWS]), 20)
    assert [(str(way.chain), [*map(str, way.places)]) for way in ways.shown] == [
        ("app > lib", [str(LINUX), str(WINDOWS)]),
        ('app > lib[x]; sys_platform == "win32"', [str(WINDOWS)]),
    ]
    assert (ways.more, ways.is_counted) == (0, True)


@pytest.mark.parametrize(
    ("marker", "pythons"),
    [
        ("python_full_version < '3.12.4'", "Python 3.12.0 to 3.12.3"),
        ("python_full_version >= '3.12.4'", "Python 3.12.4 and later"),
        ("python_full_version == '3.12.4'", "Python 3.12.4"),
        ("python_full_version != '3.12.4'", "Python 3.12.0 to 3.12.3, 3.12.5 and later"),
    ],
)
def test_a_chain_is_told_with_the_pythons_where_it_does_not_hold_on_all(
    marker: str, pythons: str
) -> None:
    files = {"app-1": ["lib", f"lib>0; {marker}"], "lib-1": []}
    points = standpoints(
        files, "app", targets=[LINUX], pythons=["3.12.0", "3.12.2", "3.12.4", "3.12.5"]
    )
    whole, part = ways_to(name("lib-1"), points, 20).shown
    assert [*map(str, whole.places)] == [str(LINUX)]
    assert [*map(str, part.places)] == [f"{LINUX} ({pythons})"]


def test_it_is_told_how_many_chains_are_not_shown() -> None:
    points = standpoints(DIAMOND, "app", "base", targets=[LINUX])
    ways = ways_to(name("base-1"), points, 1)
    assert ([str(way.chain) for way in ways.shown], ways.more) == (["base"], 2)
    assert len(ways_to(name("base-1"), points, None).shown) == 3
