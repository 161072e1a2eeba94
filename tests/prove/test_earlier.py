"""What an earlier proof settles, and what of it a new one keeps."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest

from prove.proofs import LINUX, proof, proven_file, proven_group, sdist, wheel, witness
from wheelyard.prove.asking import INSTALLERS, installer_name
from wheelyard.prove.document import (
    Check,
    Method,
    Proof,
    ProvenGroup,
    ReadPage,
    Scope,
    Snapshot,
    Verdict,
)
from wheelyard.prove.earlier import renewed, settled_groups

WINDOWS = "cp312-win_amd64"
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
PAGE = ReadPage(sha256="0" * 64, serial=7)


def check(
    by: str,
    method: Method = Method.YARD,
    verdict: Verdict = Verdict.HOLDS,
    target: str = LINUX,
) -> Check:
    return Check(
        by=by,
        method=method,
        scope=Scope.VIEW,
        target=target,
        python="3.11.0",
        verdict=verdict,
        at=NOON,
    )


ASKED = tuple(check(installer_name(name)) for name in INSTALLERS)


def checked(group: ProvenGroup, *checks: Check) -> ProvenGroup:
    return msgspec.structs.replace(group, checks=checks)


WEB = proven_group(witness(wheel("app-1.0")), name="web", requirements=["app"])
DATA = proven_group(witness(sdist("data-1.0")), name="data", requirements=["data"])
BACKEND = witness(wheel("backend-1.0"))
BACKEND_ON_WINDOWS = witness(wheel("backend-1.0"), target=WINDOWS)
BUILD = proven_group(BACKEND, requirements=["backend"], builds=[sdist("data-1.0")])


@pytest.mark.parametrize(
    ("earlier", "is_settled"),
    [
        (checked(WEB, *ASKED), True),
        (checked(WEB, *ASKED, check("wheelyard 0", Method.WALK)), True),
        (checked(WEB, *ASKED, check("uv 1", Method.PLANNED, Verdict.NOWHERE)), True),
        (checked(WEB, ASKED[0], check(ASKED[1].by, verdict=Verdict.SKIPPED)), True),
        (WEB, False),
        (checked(WEB, ASKED[0]), False),
        (checked(WEB, ASKED[0], check("pip 1.0")), False),
        (checked(WEB, *(check(one.by, Method.PLANNED) for one in ASKED)), False),
        (checked(WEB, *ASKED, check("wheelyard 0", Method.WALK, Verdict.FAILS)), False),
        (checked(WEB, *ASKED, check("uv 1", Method.INSTALL, Verdict.FAILS)), False),
        (
            checked(
                proven_group(witness(wheel("app-2.0")), name="web", requirements=["app"]), *ASKED
            ),
            False,
        ),
        (checked(msgspec.structs.replace(WEB, policy="keep-2"), *ASKED), False),
        (checked(msgspec.structs.replace(WEB, name="other"), *ASKED), False),
        (
            checked(
                msgspec.structs.replace(WEB, additions=(proven_file(wheel("app-0.9")),)), *ASKED
            ),
            False,
        ),
    ],
)
def test_the_same_claim_asked_of_the_same_installers_is_settled(
    earlier: ProvenGroup, is_settled: bool
) -> None:
    assert settled_groups((WEB,), proof(earlier)) == ({"web"} if is_settled else set())


def test_without_an_earlier_proof_nothing_is_settled() -> None:
    assert settled_groups((WEB,), None) == frozenset()


def test_a_build_is_settled_by_its_witness_as_no_installer_is_asked_over_the_yard() -> None:
    assert settled_groups((BUILD,), proof(BUILD)) == {BUILD.name}


@pytest.mark.parametrize(
    ("builds", "witnesses", "is_settled"),
    [
        (["data-1.0", "more-1.0"], [BACKEND, BACKEND_ON_WINDOWS], True),
        (["data-1.0"], [BACKEND, BACKEND_ON_WINDOWS], True),
        (["data-1.0"], [BACKEND_ON_WINDOWS], False),
        (["data-1.0"], [witness(wheel("backend-2.0")), BACKEND_ON_WINDOWS], False),
    ],
)
def test_a_build_that_serves_others_too_is_settled(
    builds: list[str], witnesses: list[object], is_settled: bool
) -> None:
    wider = proven_group(
        *witnesses,  # type: ignore[arg-type]
        requirements=["backend"],
        builds=[sdist(name) for name in builds],
    )
    assert settled_groups((BUILD,), proof(wider)) == ({BUILD.name} if is_settled else set())


@dataclass(frozen=True)
class Renewal:
    """A new proof of some claims, after an earlier one."""

    earlier: Proof | None

    def of(
        self,
        *claims: ProvenGroup,
        known: frozenset[str] | None = None,
        obligations: tuple[str, ...] = (),
    ) -> Proof:
        snapshot = Snapshot(upstreams=(), read=NOON, pages={"app": PAGE})
        return renewed(claims, snapshot, "a test", obligations, self.earlier, known=known)


def names(found: Proof) -> list[str]:
    return [group.name for group in found.groups]


def test_claims_of_the_same_keep_their_checks_and_others_lose_them() -> None:
    after = Renewal(proof(checked(WEB, *ASKED)))
    assert after.of(WEB).groups == (checked(WEB, *ASKED),)
    changed = msgspec.structs.replace(WEB, policy="keep-2")
    assert after.of(changed).groups == (changed,)


def test_what_was_found_before_and_not_this_time_is_claimed_as_before() -> None:
    earlier = checked(WEB, *ASKED)
    after = Renewal(proof(earlier, DATA))
    nothing = msgspec.structs.replace(WEB, witnesses=(), problems=("it is away",))
    assert after.of(nothing).groups == (earlier, DATA)
    other = msgspec.structs.replace(nothing, requirements=("app>=99",))
    assert after.of(other).groups == (earlier, DATA)


def test_a_target_that_has_no_witness_this_time_keeps_its_earlier_one() -> None:
    linux, windows = witness(wheel("app-1.0")), witness(wheel("app-1.0"), target=WINDOWS)
    both = proven_group(linux, windows, requirements=["app"], targets=[LINUX, WINDOWS])
    newer = witness(wheel("app-2.0"))
    partly = msgspec.structs.replace(both, witnesses=(newer,), problems=("none for windows",))
    (found,) = Renewal(proof(both)).of(partly).groups
    assert found.witnesses == (newer, windows)
    assert not found.problems
    (fresh,) = Renewal(None).of(partly).groups
    assert fresh == partly


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        (None, ["web", "data", BUILD.name]),
        (frozenset({"web", "data"}), ["web", "data", BUILD.name]),
        (frozenset({"web"}), ["web"]),
    ],
)
def test_other_groups_are_kept_with_their_builds_while_they_are_known(
    known: frozenset[str] | None, kept: list[str]
) -> None:
    data, build = checked(DATA, *ASKED), checked(BUILD, check("uv 1", Method.PLANNED))
    found = Renewal(proof(WEB, data, build)).of(WEB, known=known)
    assert names(found) == kept
    assert found.groups[1:] == (data, build)[: len(kept) - 1]


def test_pages_and_obligations_of_kept_groups_are_kept() -> None:
    earlier = proof(WEB, DATA)
    snapshot = msgspec.structs.replace(earlier.snapshot, pages={"data": PAGE})
    earlier = msgspec.structs.replace(earlier, snapshot=snapshot, obligations=("c", "a"))
    found = Renewal(earlier).of(WEB, obligations=("b",))
    assert (set(found.snapshot.pages), found.obligations) == ({"app", "data"}, ("a", "b", "c"))
    alone = Renewal(earlier).of(WEB, obligations=("b",), known=frozenset({"web"}))
    assert (set(alone.snapshot.pages), alone.obligations) == ({"app"}, ("b",))


def test_a_shared_build_goes_on_to_serve_the_groups_that_are_kept() -> None:
    """`mirror REQ` for this machine must not take a build from a group for others."""
    data = proven_group(
        witness(sdist("data-1.0"), target=WINDOWS), name="data", requirements=["data"]
    )
    on_windows = check("uv 1", Method.PLANNED, target=WINDOWS)
    there = checked(
        proven_group(BACKEND_ON_WINDOWS, requirements=["backend"], builds=[sdist("data-1.0")]),
        on_windows,
    )
    found = Renewal(proof(data, there)).of(DATA_HERE, BUILD)
    assert names(found) == ["default", "data", BUILD.name]
    shared = found.groups[2]
    assert (shared.targets, shared.witnesses) == ((LINUX, WINDOWS), (BACKEND, BACKEND_ON_WINDOWS))
    assert shared.checks == (on_windows,)
    alone = Renewal(proof(data, there)).of(DATA_HERE, BUILD, known=frozenset({"default"}))
    assert alone.groups == (DATA_HERE, BUILD)


DATA_HERE = proven_group(witness(sdist("data-1.0")), requirements=["data"])


def test_renewing_a_proof_by_its_own_claims_changes_nothing() -> None:
    earlier = proof(checked(WEB, *ASKED), checked(DATA, *ASKED), BUILD)
    found = Renewal(earlier).of(WEB, DATA, BUILD)
    assert found.groups == earlier.groups
    assert settled_groups((WEB, DATA, BUILD), found) == {"web", "data", BUILD.name}
