"""The proof as a document: it can come from anywhere, and says nothing that cannot be read."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from prove.proofs import proof, proven_group, sdist, wheel, witness
from wheelyard.prove.document import InvalidProof, parse_proof, render_proof

PROOF = proof(proven_group(witness(wheel("app-1.0"), sdist("lib-2.0")), requirements=["app"]))


def test_a_proof_is_read_as_it_was_written() -> None:
    assert parse_proof(render_proof(PROOF), "proof.json") == PROOF


def changing(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda item: item.update({key: value})


def of_witness(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda group: group["witnesses"][0].update({key: value})


def of_file(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda group: group["witnesses"][0]["files"][0].update({key: value})


@pytest.mark.parametrize(
    "tamper",
    [
        changing("requirements", ["a b c"]),
        changing("assumed", ["=="]),
        changing("targets", ["cp27-dos"]),
        changing("policy", "everything"),
        changing("formats", ["--no-binary"]),
        changing("formats", ["--find-links", "https://elsewhere.example"]),
        changing("requirements", [1]),
        changing("surprise", True),
        of_witness("target", "cp27-dos"),
        of_witness("first", "three"),
        of_witness("first", "3.12.0"),  # the target is of 3.11
        of_witness("last", "3.11.99999999"),
        of_file("project", "../app"),
        of_file("project", "App"),
        of_file("filename", "../app-1.0-py3-none-any.whl"),
        of_file("filename", "app-1.0.exe"),
        of_file("version", "2.0"),
    ],
)
def test_a_proof_that_was_tampered_with_is_none(tamper: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(render_proof(PROOF))
    tamper(document["groups"][0])
    with pytest.raises(InvalidProof, match=r"`proof\.json` is not a proof: ."):
        parse_proof(json.dumps(document).encode(), "proof.json")


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"schema": 2}'])
def test_what_is_no_proof_of_this_schema_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidProof):
        parse_proof(content, "proof.json")
