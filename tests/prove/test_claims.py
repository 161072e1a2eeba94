"""What a closure claims of its groups, in the words of the proof."""

from dataclasses import replace

from closure.values import LINUX, WINDOWS, group, listed, pin
from plan.closures import PROBLEM, closed, closure, held, inventory
from wheelyard.closure.closed import Addition, Closure
from wheelyard.closure.formats import ANY_FORMAT, Format
from wheelyard.closure.policies import parse_policy
from wheelyard.plan.inventory import Inventory
from wheelyard.prove.claims import claims_of
from wheelyard.prove.document import ProvenFile, ProvenGroup
from wheelyard.prove.proven import group_of

APP, LIB = "app-1.0-py3-none-any.whl", "lib-1.0-py3-none-any.whl"
WEB = replace(
    group("app", name="web", constraints=["lib<2"], prereleases=True),
    policy=parse_policy("keep-2"),
    formats=ANY_FORMAT.wishing(Format.NO_BINARY, "other"),
)


def claim(one: Closure, holds: Inventory | None = None) -> ProvenGroup:
    return claims_of(one, holds or inventory())[0]


def test_a_claim_says_what_was_asked_for_and_a_group_is_read_back_from_it() -> None:
    found = claim(closure([closed(WEB, {APP: ["lib"], LIB: []})], WEB))
    assert group_of(found) == WEB
    assert (found.locked, found.builds, found.problems) == (False, (), ())
    (witness,) = found.witnesses
    assert (witness.target, witness.first, witness.last) == (str(LINUX), "3.12.0", None)
    assert [(file.filename, file.reason) for file in witness.files] == [
        (APP, "app"),
        (LIB, "app > lib"),
    ]


def test_what_the_yard_holds_tells_the_digests_that_the_index_does_not() -> None:
    bare = replace(listed(APP), hashes={}, size=None)
    one = group("app")
    witness = closed(one, {APP: []})
    (known,) = witness.witness.pins
    unlisted = replace(known, candidate=replace(known.candidate, file=bare))
    plan = closure([replace(witness, witness=replace(witness.witness, pins=(unlisted,)))], one)
    (file,) = claim(plan).witnesses[0].files
    assert (file.sha256, file.size) == (None, None)
    (file,) = claim(plan, inventory(APP)).witnesses[0].files
    assert (file.sha256, file.size) == (held(APP).sha256, held(APP).size)


def test_an_addition_for_several_targets_is_claimed_once_and_of_its_group_alone() -> None:
    added = [Addition("web", target, pin(LIB), "lib (newest)") for target in (WINDOWS, LINUX)]
    other = Addition("data", None, pin(APP), "app")
    plan = replace(closure([closed(WEB, {APP: []})], WEB), additions=(*added, other))
    (file,) = claim(plan).additions
    assert file == ProvenFile(
        project="lib",
        version="1.0",
        filename=LIB,
        sha256=listed(LIB).sha256,
        size=listed(LIB).size,
        reason="lib (newest)",
    )


def test_problems_are_those_of_the_group_and_builds_are_named() -> None:
    one = group("app")
    build = group("backend", name="build of app-1.0.tar.gz", builds=("app-1.0.tar.gz",))
    found = claims_of(closure([], one, build, problems=(PROBLEM,)), inventory())
    assert [(each.problems, each.builds) for each in found] == [
        ((PROBLEM.message,), ()),
        ((), ("app-1.0.tar.gz",)),
    ]
