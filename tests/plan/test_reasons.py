"""Reasons: the chain from a root of a group down to each file, through builds too."""

from dataclasses import replace

from closure.values import LINUX, WINDOWS, group, witness
from plan.closures import closed, closure
from wheelyard.closure.closed import Addition, CheckedWitness, Closure
from wheelyard.closure.groups import Group
from wheelyard.plan.reasons import wants

DOCOPT, SETUPTOOLS = "docopt-0.6.2.tar.gz", "setuptools-80.0-py3-none-any.whl"
DEFAULT = group("docopt")


def build_of(*sdists: str, requires: str = "setuptools>=40.8.0") -> Group:
    return group(requires, name=f"build of {sdists[0]}", builds=sdists)


def reasons(found: Closure) -> dict[str, list[str]]:
    """File name -> `GROUP: REASON on TARGET`, sorted."""
    table: dict[str, list[str]] = {}
    for pin, want in wants(found):
        reason = f"{want.group}: {want.reason} on {want.target}"
        table.setdefault(pin.file.filename, []).append(reason)
    return {filename: sorted(found) for filename, found in table.items()}


ON = " on cp312-manylinux_2_28_x86_64"


def test_a_chain_leads_from_a_root_to_the_file() -> None:
    app = group("app")
    files = {"app-1.0-py3-none-any.whl": ["lib>=1"], "lib-1.0-py3-none-any.whl": []}
    assert reasons(closure([closed(app, files)], app)) == {
        "app-1.0-py3-none-any.whl": [f"default: app{ON}"],
        "lib-1.0-py3-none-any.whl": [f"default: app > lib>=1{ON}"],
    }


def test_what_a_build_needs_belongs_to_the_group_of_the_sdist() -> None:
    build = build_of(DOCOPT)
    found = closure(
        [closed(DEFAULT, {DOCOPT: []}), closed(build, {SETUPTOOLS: []})], DEFAULT, build
    )
    assert reasons(found) == {
        DOCOPT: [f"default: docopt{ON}"],
        SETUPTOOLS: [f"default: docopt > build of docopt-0.6.2.tar.gz > setuptools>=40.8.0{ON}"],
    }


def test_builds_within_builds_are_followed_to_the_root() -> None:
    outer, inner = build_of(DOCOPT), build_of("flit_core-3.0.tar.gz", requires="tomli")
    found = closure(
        [
            closed(DEFAULT, {DOCOPT: []}),
            closed(outer, {SETUPTOOLS: ["flit_core"], "flit_core-3.0.tar.gz": []}),
            closed(inner, {"tomli-2.0-py3-none-any.whl": []}),
        ],
        DEFAULT,
        outer,
        inner,
    )
    chain = "docopt > build of docopt-0.6.2.tar.gz > setuptools>=40.8.0 > flit_core"
    assert reasons(found)["tomli-2.0-py3-none-any.whl"] == [
        f"default: {chain} > build of flit_core-3.0.tar.gz > tomli{ON}"
    ]


def test_two_groups_that_lead_to_one_build_both_want_its_files() -> None:
    web, data = group("docopt", name="web"), group("other", name="data")
    build = build_of(DOCOPT, "other-1.0.tar.gz")
    found = closure(
        [
            closed(web, {DOCOPT: []}),
            closed(data, {"other-1.0.tar.gz": []}),
            closed(build, {SETUPTOOLS: []}),
        ],
        web,
        data,
        build,
    )
    assert reasons(found)[SETUPTOOLS] == [
        f"data: other > build of other-1.0.tar.gz > setuptools>=40.8.0{ON}",
        f"web: docopt > build of docopt-0.6.2.tar.gz > setuptools>=40.8.0{ON}",
    ]


def test_a_build_that_is_found_again_further_down_belongs_to_both_groups() -> None:
    """`data` needs the build of `deep`, which needs what the build of `docopt` needed before."""
    web, data = group("docopt", name="web"), group("other", name="data")
    first = build_of(DOCOPT, "deep-1.0.tar.gz")
    second = build_of("other-1.0.tar.gz", requires="deep")
    found = closure(
        [
            closed(web, {DOCOPT: []}),
            closed(data, {"other-1.0.tar.gz": []}),
            closed(first, {SETUPTOOLS: []}),
            closed(second, {"deep-1.0.tar.gz": []}),
        ],
        web,
        data,
        first,
        second,
    )
    chain = "other > build of other-1.0.tar.gz > deep > build of deep-1.0.tar.gz"
    assert reasons(found)[SETUPTOOLS] == [
        f"data: {chain} > setuptools>=40.8.0{ON}",
        f"web: docopt > build of docopt-0.6.2.tar.gz > setuptools>=40.8.0{ON}",
    ]


def test_a_build_that_needs_itself_has_an_end() -> None:
    build = build_of("setuptools-80.0.tar.gz", DOCOPT)
    found = closure(
        [closed(DEFAULT, {DOCOPT: []}), closed(build, {"setuptools-80.0.tar.gz": []})],
        DEFAULT,
        build,
    )
    assert reasons(found)["setuptools-80.0.tar.gz"] == [
        f"default: docopt > build of docopt-0.6.2.tar.gz > setuptools>=40.8.0{ON}"
    ]


def test_a_build_belongs_only_to_groups_that_reach_it_on_the_target() -> None:
    web, data = group("docopt", name="web"), group("docopt", name="data", targets=(WINDOWS,))
    build = group(
        "setuptools", name=f"build of {DOCOPT}", targets=(LINUX, WINDOWS), builds=(DOCOPT,)
    )
    found = closure(
        [
            closed(web, {DOCOPT: []}, LINUX),
            closed(data, {DOCOPT: []}, WINDOWS),
            closed(build, {SETUPTOOLS: []}, LINUX),
            closed(build, {SETUPTOOLS: []}, WINDOWS),
        ],
        web,
        data,
        build,
    )
    prefix = "docopt > build of docopt-0.6.2.tar.gz > setuptools on"
    assert reasons(found)[SETUPTOOLS] == [
        f"data: {prefix} cp312-win_amd64",
        f"web: {prefix} cp312-manylinux_2_28_x86_64",
    ]


def test_a_release_that_no_requirement_leads_to_is_held_by_the_lock() -> None:
    stray = CheckedWitness(witness("stray-1.0-py3-none-any.whl"), {})
    assert reasons(closure([stray], DEFAULT)) == {
        "stray-1.0-py3-none-any.whl": [f"default: stray (held by the lock){ON}"]
    }


def test_an_sdist_that_no_one_target_asks_for_is_built_on_all_targets_of_its_group() -> None:
    locked = group(targets=(LINUX, WINDOWS))
    build = group("setuptools", name=f"build of {DOCOPT}", builds=(DOCOPT,))
    (pin,) = witness(DOCOPT).pins
    found = replace(
        closure([closed(build, {SETUPTOOLS: []})], locked, build),
        additions=(Addition("default", None, pin, "named by the lock"),),
    )
    assert reasons(found) == {
        DOCOPT: ["default: named by the lock on "],
        SETUPTOOLS: [f"default: named by the lock > build of {DOCOPT} > setuptools{ON}"],
    }
