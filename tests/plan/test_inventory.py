"""Whether a yard holds the very file that an index lists."""

from dataclasses import replace

import pytest

from closure.values import listed
from plan.closures import held, inventory
from wheelyard.model.files import DistributionFile
from wheelyard.model.names import ProjectName

NAME = "lib-1.0-py3-none-any.whl"
LISTED = listed(NAME)


@pytest.mark.parametrize(
    ("file", "is_the_same"),
    [
        (LISTED, True),
        (replace(LISTED, url="https://mirror.example/elsewhere.whl"), True),
        (replace(LISTED, size=None), True),
        (replace(LISTED, size=1), False),
        (replace(LISTED, filename="lib-2.0-py3-none-any.whl"), False),
        (replace(LISTED, hashes={"sha256": "0" * 64}), False),
        # what cannot be compared is believed
        (replace(LISTED, hashes={}), True),
        (replace(LISTED, hashes={"sha512": "0" * 128}), True),
        (replace(LISTED, hashes={**LISTED.hashes, "md5": "0" * 32}), True),
    ],
)
def test_a_file_is_the_same_unless_something_is_against_it(
    file: DistributionFile, is_the_same: bool
) -> None:
    assert held(NAME).is_the_same_as(file) == is_the_same


def test_an_inventory_finds_by_project_and_file() -> None:
    yard = inventory(NAME)
    assert yard.find(ProjectName("lib"), LISTED) == held(NAME)
    assert yard.find(ProjectName("other"), LISTED) is None
    assert yard.find(ProjectName("lib"), replace(LISTED, size=1)) is None
    assert (len(yard), list(yard)) == (1, [held(NAME)])
