"""docs/architecture.md, the rooms that are there, and the contract that import-linter holds."""

import tomllib

from documents import ROOT, document, table_with

_ROOMS = table_with(document("docs/architecture.md"), "model")
_CONTRACTS = tomllib.loads(document("pyproject.toml"))["tool"]["importlinter"]["contracts"]


def test_the_table_of_rooms_is_the_contract_on_imports() -> None:
    (layers,) = (contract["layers"] for contract in _CONTRACTS if contract["type"] == "layers")
    assert [room for room, *_ in _ROOMS] == layers[::-1]


def test_the_table_has_every_room_that_is_there() -> None:
    packages = {path.parent.name for path in (ROOT / "src" / "wheelyard").glob("*/__init__.py")}
    assert {room for room, *_ in _ROOMS} == packages


def test_the_rooms_called_pure_are_those_that_may_do_no_io() -> None:
    (sources,) = (
        contract["source_modules"] for contract in _CONTRACTS if contract["type"] == "forbidden"
    )
    pure = [f"wheelyard.{room}" for room, _, kind in _ROOMS if kind == "pure"]
    assert pure == sources
