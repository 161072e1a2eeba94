"""Targets that a lock can tell apart, and those it cannot."""

import pytest

from wheelyard.closure.groups import split_by_markers
from wheelyard.model.targets import parse_target


@pytest.mark.parametrize(
    ("targets", "parts"),
    [
        (["cp312-win_amd64"], [["cp312-win_amd64"]]),
        # markers tell Pythons, systems and machines apart
        (
            ["cp311-win_amd64", "cp312-win_amd64", "cp312-win_arm64", "cp312-macosx_14_0_arm64"],
            [["cp311-win_amd64", "cp312-win_amd64", "cp312-win_arm64", "cp312-macosx_14_0_arm64"]],
        ),
        # no marker names glibc or musl
        (
            ["cp312-manylinux_2_17_x86_64", "cp312-win_amd64", "cp312-manylinux_2_28_x86_64"],
            [
                ["cp312-manylinux_2_17_x86_64", "cp312-win_amd64"],
                ["cp312-manylinux_2_28_x86_64"],
            ],
        ),
        (
            ["cp312-manylinux_2_28_x86_64", "cp312-musllinux_1_2_x86_64"],
            [["cp312-manylinux_2_28_x86_64"], ["cp312-musllinux_1_2_x86_64"]],
        ),
        # nor macOS versions, the ABI, or the oldest patch release
        (
            ["cp312-macosx_11_0_arm64", "cp312-macosx_14_0_arm64"],
            [["cp312-macosx_11_0_arm64"], ["cp312-macosx_14_0_arm64"]],
        ),
        (
            ["cp313-win_amd64", "cp313t-win_amd64"],
            [["cp313-win_amd64"], ["cp313t-win_amd64"]],
        ),
        (
            ["cp311-win_amd64", "cp311.4-win_amd64"],
            [["cp311-win_amd64"], ["cp311.4-win_amd64"]],
        ),
        # three that look alike need three parts; what comes after fills the first
        (
            [
                "cp313-manylinux_2_17_x86_64",
                "cp313-manylinux_2_28_x86_64",
                "cp313t-manylinux_2_28_x86_64",
                "cp312-manylinux_2_28_x86_64",
            ],
            [
                ["cp313-manylinux_2_17_x86_64", "cp312-manylinux_2_28_x86_64"],
                ["cp313-manylinux_2_28_x86_64"],
                ["cp313t-manylinux_2_28_x86_64"],
            ],
        ),
    ],
)
def test_targets_of_one_part_differ_in_their_markers(
    targets: list[str], parts: list[list[str]]
) -> None:
    found = split_by_markers(tuple(map(parse_target, targets)))
    assert [[str(target) for target in part] for part in found] == parts
