"""The check without a resolver, over witnesses that are complete and witnesses that are not."""

from collections.abc import Mapping, Sequence

import pytest
from packaging.version import Version

from closure.values import LINUX, WINDOWS, documents, group, listed, metadata, requirements, witness
from wheelyard.closure.check import Walk, walk_witness
from wheelyard.closure.witness import Witness
from wheelyard.model.files import DistributionFile
from wheelyard.model.targets import Target

PY312 = Version("3.12.0")


def wheel(stem: str) -> str:
    return f"{stem}-py3-none-any.whl"


def walk(
    held: Mapping[str, Sequence[str]],
    *roots: str,
    target: Target = LINUX,
    python: Version = PY312,
    constraints: Sequence[str] = (),
    overrides: Sequence[str] = (),
) -> Walk:
    """Walk from the roots; `held` is file stem -> requirements of that file."""
    table = documents({wheel(stem): requires for stem, requires in held.items()})
    asked = group(*roots, targets=[target], constraints=constraints, overrides=overrides)
    return walk_witness(witness(*table, target=target), python, asked, table)


def shortfalls(found: Walk) -> list[tuple[str, str]]:
    return [(str(one.chain), one.reason) for one in found.shortfalls]


def chains(found: Walk) -> dict[str, str]:
    return {project: str(chain) for project, chain in found.chains.items()}


def test_a_complete_witness_has_a_chain_to_every_project_and_no_shortfall() -> None:
    found = walk(
        {"app-1.0": ["lib>=1", "other"], "lib-1.5": ["base"], "other-2.0": [], "base-3.0": []},
        "app",
    )
    assert not found.shortfalls
    assert chains(found) == {
        "app": "app",
        "lib": "app > lib>=1",
        "other": "app > other",
        "base": "app > lib>=1 > base",
    }


def test_the_chain_to_a_project_is_the_shortest() -> None:
    found = walk({"a-1": ["b"], "b-1": ["c"], "c-1": ["d"], "d-1": []}, "a", "c")
    assert chains(found)["d"] == "c > d"


def test_a_project_that_is_not_there_is_told_with_the_chain_to_it() -> None:
    found = walk({"app-1.0": ["lib>=1"]}, "app")
    assert shortfalls(found) == [("app > lib>=1", "no release of `lib` is there")]


def test_a_version_that_does_not_meet_a_requirement_is_told() -> None:
    found = walk({"app-1.0": ["lib>=2"], "lib-1.0": [], "other-1.0": ["lib<1"]}, "app", "other")
    assert shortfalls(found) == [
        ("app > lib>=2", "`lib` 1.0 is there, which is not `>=2`"),
        ("other > lib<1", "`lib` 1.0 is there, which is not `<1`"),
    ]


@pytest.mark.parametrize("specifier", [">=2.0a1", "==2.0rc1", ">1", "!=2.0"])
def test_a_prerelease_that_is_there_meets_what_it_is_within(specifier: str) -> None:
    """Which releases may be chosen was the resolver's question; here they are chosen."""
    assert not walk({"lib-2.0rc1": []}, f"lib{specifier}").shortfalls


@pytest.mark.parametrize(
    ("marker", "target", "python", "is_followed"),
    [
        ("sys_platform == 'win32'", WINDOWS, "3.12.0", True),
        ("sys_platform == 'win32'", LINUX, "3.12.0", False),
        ("platform_machine == 'AMD64'", WINDOWS, "3.12.0", True),
        ("python_version < '3.13'", LINUX, "3.12.0", True),
        ("python_version < '3.12'", LINUX, "3.12.0", False),
        ("python_full_version < '3.12.4'", LINUX, "3.12.3", True),
        ("python_full_version < '3.12.4'", LINUX, "3.12.4", False),
        ("implementation_name != 'cpython'", LINUX, "3.12.0", False),
        ("extra == 'nobody-asked'", LINUX, "3.12.0", False),
    ],
)
def test_a_requirement_is_followed_where_its_marker_holds(
    marker: str, target: Target, python: str, is_followed: bool
) -> None:
    held = {"app-1.0": [f"lib; {marker}"], "lib-1.0": []}
    found = walk(held, "app", target=target, python=Version(python))
    assert ("lib" in found.chains) == is_followed


def test_a_marker_on_a_root_holds_too() -> None:
    found = walk({}, "tzdata; sys_platform == 'win32'")
    assert not found.shortfalls
    assert not found.chains


def test_extras_are_followed_only_where_they_are_asked_for() -> None:
    held = {"app-1.0": ["fast; extra == 'speed'", "pretty; extra == 'looks'"], "fast-1.0": []}
    assert chains(walk(held, "app[speed]")) == {
        "app": "app[speed]",
        "fast": 'app[speed] > fast; extra == "speed"',
    }
    assert shortfalls(walk(held, "app[looks]")) == [
        ('app[looks] > pretty; extra == "looks"', "no release of `pretty` is there")
    ]


@pytest.mark.parametrize("asked", ["app[Fast_One]", "app[fast.one]", "app[fast-one]"])
@pytest.mark.parametrize("declared", ["fast-one", "Fast.One", "fast_one"])
def test_extras_are_the_same_in_any_spelling(asked: str, declared: str) -> None:
    """ "Extra names ... are compared after normalizing" (PEP 685)."""
    found = walk({"app-1.0": [f"lib; extra == '{declared}'"], "lib-1.0": []}, asked)
    assert "lib" in found.chains


def test_extras_that_name_the_project_itself_are_followed() -> None:
    found = walk(
        {
            "app-1.0": [
                "app[speed,looks]; extra == 'all'",
                "fast; extra == 'speed'",
                "pretty; extra == 'looks'",
            ],
            "fast-1.0": [],
            "pretty-1.0": [],
        },
        "app[all]",
    )
    assert not found.shortfalls
    assert chains(found)["fast"] == (
        'app[all] > app[looks,speed]; extra == "all" > fast; extra == "speed"'
    )


def test_an_extra_asked_for_later_is_followed_too() -> None:
    found = walk(
        {"app-1.0": ["lib"], "lib-1.0": ["more; extra == 'x'"], "zed-1.0": ["lib[x]"]},
        "app",
        "zed",
    )
    assert shortfalls(found) == [
        ('zed > lib[x] > more; extra == "x"', "no release of `more` is there")
    ]


def test_an_extra_that_nobody_provides_asks_for_nothing() -> None:
    """pip warns about it and installs the rest."""
    found = walk({"app-1.0": []}, "app[nosuch]")
    assert not found.shortfalls


def test_a_marker_with_an_extra_or_another_condition_is_followed_once() -> None:
    found = walk({"app-1.0": ["lib>=2; extra == 'x' or sys_platform == 'linux'"]}, "app[x]")
    assert len(found.shortfalls) == 1


def test_requirements_that_go_round_end() -> None:
    found = walk({"a-1": ["b[x]"], "b-1": ["a", "a[y]; extra == 'x'"]}, "a")
    assert not found.shortfalls
    assert set(found.chains) == {"a", "b"}


def test_a_file_that_refuses_the_python_is_told() -> None:
    file = listed(wheel("lib-1.0"), requires_python=">=3.12.4")
    found = walk_file(file, Version("3.12.3"))
    assert shortfalls(found) == [("lib", f"`{wheel('lib-1.0')}` requires Python >=3.12.4")]
    assert not walk_file(file, Version("3.12.4")).shortfalls


def test_a_file_whose_metadata_refuses_the_python_is_told() -> None:
    """pip and uv read it there as well, and old indexes leave it off their pages."""
    found = walk_file(listed(wheel("lib-1.0")), PY312, requires_python=">=3.13")
    assert shortfalls(found) == [("lib", f"`{wheel('lib-1.0')}` requires Python >=3.13")]


def walk_file(
    file: DistributionFile, python: Version, *, requires_python: str | None = None
) -> Walk:
    document = metadata(file.filename, requires_python=requires_python)
    return walk_witness(witness(file), python, group("lib"), {file.filename: document})


def test_direct_urls_are_told_and_not_followed() -> None:
    found = walk({"app-1.0": ["lib @ https://example.org/lib.zip"]}, "app")
    assert not found.shortfalls
    (direct,) = found.direct_urls
    assert str(direct.requirement) == "lib @ https://example.org/lib.zip"
    assert str(direct.chain) == "app > lib @ https://example.org/lib.zip"


def test_what_nothing_leads_to_has_no_chain() -> None:
    found = walk({"app-1.0": [], "stray-1.0": []}, "app")
    assert set(found.chains) == {"app"}


def test_a_chain_can_be_taken_apart_again() -> None:
    """ " > " stands between requirements, so it cannot be within one."""
    held = {"app-1.0": ["lib; python_version > '3.8'"], "lib-1.0": []}
    chain = chains(walk(held, "app>0"))["lib"]
    assert chain.split(" > ") == ["app>0", 'lib; python_version>"3.8"']
    assert requirements(*chain.split(" > ")) == requirements("app>0", *held["app-1.0"])


def test_a_witness_is_checked_as_it_is() -> None:
    empty = Witness(group="g", target=LINUX, pythons=witness().pythons, pins=())
    found = walk_witness(empty, PY312, group(), {})
    assert (dict(found.chains), found.shortfalls, found.direct_urls) == ({}, (), ())


def test_a_constraint_bounds_what_is_reached_and_asks_for_nothing() -> None:
    held = {"app-1.0": ["lib"], "lib-2.0": []}
    barred = walk(held, "app", constraints=["lib<2", "absent>=1"])
    assert shortfalls(barred) == [
        ("app > lib", "`lib` 2.0 is there, which the constraint `lib<2` bars")
    ]
    assert not walk(held, "app", constraints=["lib<3"]).shortfalls
    elsewhere = "lib<2; sys_platform == 'win32'"
    assert not walk(held, "app", constraints=[elsewhere]).shortfalls
    assert walk(held, "app", constraints=[elsewhere], target=WINDOWS).shortfalls


def test_an_override_stands_in_place_of_whatever_asks_for_its_project() -> None:
    held = {"app-1.0": ["lib<2"], "lib-2.0": []}
    found = walk(held, "app", overrides=["lib>=2"])
    assert not found.shortfalls
    assert chains(found)["lib"] == "app > lib>=2"
    assert walk(held, "app").shortfalls
