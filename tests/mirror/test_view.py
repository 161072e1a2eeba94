"""What the resolver sees of the facts, over a real small world and real uv."""

import json
from pathlib import Path

import pytest

from wheelyard.cli import main
from world import World


def test_a_damaged_wheel_is_passed_over_for_an_earlier_release(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.add_wheel("alpha", "1.0", requires=("beta",))
    world.add_wheel("beta", "2.0")
    world.add_file("beta", "beta-3.0-py3-none-any.whl", b"this is no zip file")
    options = ["--upstream", world.simple_url, "--yard", str(tmp_path / "yard"), "--json"]
    assert main(["plan", "alpha", *options]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [file["filename"] for file in plan["add"]] == [
        "alpha-1.0-py3-none-any.whl",
        "beta-2.0-py3-none-any.whl",
    ]
