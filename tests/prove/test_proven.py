"""What is read back from a proof."""

from closure.values import documents
from prove.proofs import LINUX, proof, proven_group, sdist, wheel, witness
from wheelyard.closure.ways import ways_to
from wheelyard.plan.changes import GroupState
from wheelyard.prove.proven import group_of, last_claims, standpoints

TABLE = {
    wheel("app-1.0"): ["lib", "old; python_full_version < '3.11.4'"],
    wheel("lib-1.0"): [],
    sdist("old-1.0"): ["lib>0"],
    wheel("backend-1.0"): [],
}
PROOF = proof(
    proven_group(
        witness(wheel("app-1.0"), wheel("lib-1.0"), sdist("old-1.0"), last="3.11.3"),
        witness(wheel("app-1.0"), wheel("lib-1.0"), first="3.11.4"),
        requirements=["app"],
    ),
    proven_group(
        witness(wheel("backend-1.0")), requirements=["backend"], builds=[sdist("old-1.0")]
    ),
)


def ways(filename: str) -> list[tuple[str, list[str]]]:
    found = ways_to(filename, standpoints(PROOF, documents(TABLE)), 20)
    return [(str(way.chain), [*map(str, way.places)]) for way in found.shown]


def test_witnesses_are_graphs_for_their_pythons() -> None:
    old = 'app > old; python_full_version < "3.11.4"'
    early = [f"{LINUX} (Python 3.11.0 to 3.11.3)"]
    assert ways(wheel("lib-1.0")) == [("app > lib", [LINUX]), (f"{old} > lib>0", early)]
    assert ways(wheel("backend-1.0")) == [(f"{old} > build of {sdist('old-1.0')} > backend", early)]


def test_a_file_without_metadata_leads_nowhere() -> None:
    found = ways_to(wheel("lib-1.0"), standpoints(PROOF, {}), 20)
    assert found.shown == ()


def test_a_group_is_read_back() -> None:
    group = group_of(PROOF.groups[1])
    assert (group.name, group.builds) == ("build of old-1.0.tar.gz", ("old-1.0.tar.gz",))
    assert [*map(str, group.requirements)] == ["backend"]
    assert [*map(str, group.targets)] == [LINUX]


def test_the_last_claims_are_those_of_groups_that_were_asked_for() -> None:
    assert last_claims(PROOF) == {
        "default": GroupState(
            ("app",),
            (LINUX,),
            {
                (LINUX, "3.11.0"): {"app": "1.0", "lib": "1.0", "old": "1.0"},
                (LINUX, "3.11.4"): {"app": "1.0", "lib": "1.0"},
            },
        )
    }
