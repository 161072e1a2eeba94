"""Random indexes: what uv finds online, a closed yard finds as well.

`WHEELYARD_SEEDS=300` tries that many worlds, `WHEELYARD_SEEDS=17-20` those from 17 to 20.
"""

import os
from collections.abc import Iterator, Mapping

import pytest

from property.trial import Trial, running_trial
from property.worlds import random_world

_IN_CI = "40"
_AT_ONCE = 20  # worlds in one yard


def _batches() -> list[range]:
    first, dash, last = os.environ.get("WHEELYARD_SEEDS", _IN_CI).rpartition("-")
    seeds = range(int(first), int(last) + 1) if dash else range(int(last))
    return [seeds[start : start + _AT_ONCE] for start in range(0, len(seeds), _AT_ONCE)]


@pytest.fixture(
    scope="module", params=_batches(), ids=lambda seeds: f"seeds {seeds[0]}-{seeds[-1]}"
)
def trial(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    worlds = [random_world(seed) for seed in request.param]
    with running_trial(worlds, tmp_path_factory.mktemp("trial")) as running:
        yield running


def test_a_seed_gives_one_world() -> None:
    assert random_world(7) == random_world(7)
    assert random_world(7) != random_world(8)


@pytest.mark.installer
def test_what_can_be_installed_online_is_claimed_and_nothing_else(trial: Trial) -> None:
    """A target is claimed when all of its Pythons have a solution."""
    unsolved = {(case.group, case.target) for case, pins in trial.online.items() if pins is None}
    wrong = {
        f"{case.group.name}, {case.target}: {trial.problems(case) or 'is claimed'}"
        for case in trial.cases
        if trial.is_claimed(case) == ((case.group, case.target) in unsolved)
    }
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.installer
def test_what_is_claimed_can_be_installed_from_the_yard(trial: Trial) -> None:
    claimed = [case for case in trial.cases if trial.is_claimed(case)]
    offline = trial.ask(claimed, lambda _: trial.yard_url)
    unsolved = [str(case) for case, pins in offline.items() if pins is None]
    assert not unsolved, "\n".join(unsolved)


@pytest.mark.installer
def test_a_witness_is_what_uv_takes_online(trial: Trial) -> None:
    different = [
        f"{case}: online {_only(online, taken)}, witness {_only(taken, online)}"
        for case, online in trial.online.items()
        if online is not None and trial.is_claimed(case)
        if online != (taken := trial.witness_pins(case))
    ]
    assert not different, "\n".join(different)


@pytest.mark.installer
def test_through_the_view_uv_takes_what_it_takes_online(trial: Trial) -> None:
    viewed = [case for case in trial.cases if trial.is_claimed(case) and not case.group.builds]
    different = [
        f"{case}: online {trial.online[case]}, through the view {pins}"
        for case, pins in trial.ask(viewed, trial.view_url).items()
        if pins != trial.online[case]
    ]
    assert not different, "\n".join(different)


def _only(pins: Mapping[str, str], others: Mapping[str, str]) -> Mapping[str, str]:
    return {name: version for name, version in pins.items() if others.get(name) != version}
