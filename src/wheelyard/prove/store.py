"""The proof in its yard: `state/proof.json`, read and replaced as a whole."""

from wheelyard.prove.document import InvalidProof, Proof, parse_proof, render_proof
from wheelyard.yard.durable import Move, place
from wheelyard.yard.errors import reading, writing
from wheelyard.yard.layout import Layout
from wheelyard.yard.yard import YardWriter


def read_proof(layout: Layout) -> Proof | None:
    """The yard's proof, or None if it has none. Raises InvalidProof and YardUnreadable."""
    with reading(layout.proof):
        try:
            content = layout.proof.read_bytes()
        except FileNotFoundError:
            return None
    return parse_proof(content, str(layout.proof))


def last_proof(layout: Layout) -> Proof | None:
    """The proof that a new one takes the place of. One that cannot be read is none.

    Raises YardUnreadable.
    """
    try:
        return read_proof(layout)
    except InvalidProof:
        return None


def write_proof(yard: YardWriter, proof: Proof) -> None:
    """Put a proof in place of the yard's last one, by a rename. Raises YardUnwritable."""
    fresh = yard.layout.staging / yard.layout.proof.name
    with writing(yard.layout.proof):
        fresh.write_bytes(render_proof(proof))
        place([Move(fresh, yard.layout.proof)], yard.layout.root)
