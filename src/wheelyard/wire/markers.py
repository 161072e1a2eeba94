"""Requirements with a further condition put on them."""

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement

from wheelyard.model.names import normalize_extra


def for_extra(requirement: Requirement, extra: str) -> Requirement:
    """The requirement as asked for only with the extra. Raises InvalidRequirement."""
    if '"' in extra:
        raise InvalidRequirement(f"`{extra}` is not the name of an extra")
    return under_marker(requirement, f'extra == "{normalize_extra(extra)}"')


def under_marker(requirement: Requirement, marker: str) -> Requirement:
    """The requirement as asked for only where the marker holds too. Raises InvalidRequirement."""
    narrowed = Requirement(str(requirement))
    try:
        both = [Marker(marker)] if narrowed.marker is None else [narrowed.marker, Marker(marker)]
        narrowed.marker = Marker(" and ".join(f"({part})" for part in both))
    except InvalidMarker as error:
        raise InvalidRequirement(str(error)) from error
    return narrowed
