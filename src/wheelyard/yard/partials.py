"""Unfinished downloads: they wait for the next run, until nothing wants them any more."""

from wheelyard.yard.errors import writing
from wheelyard.yard.ledger import selections
from wheelyard.yard.yard import YardWriter


def discard_unwanted_partials(yard: YardWriter) -> None:
    """Remove the unfinished downloads of files that no group selects.

    Call it when a run is complete: what is left over then was superseded while it was being
    fetched, was only read for planning, or has no sha256 to be known by. Raises YardUnwritable.
    """
    wanted = {selection.sha256 for selection in selections(yard.catalog)}
    with writing(yard.layout.partials):
        for partial in yard.layout.partials.iterdir():
            if partial.name not in wanted:
                partial.unlink(missing_ok=True)
