"""Whether what the catalogue lists is on the disk. Sizes are looked at, no byte is read."""

from wheelyard.plan.inventory import HeldFile
from wheelyard.yard.layout import Layout


def is_whole(layout: Layout, held: HeldFile) -> bool:
    """Whether a file is there, and the `.metadata` that is advertised for it."""
    return has_file(layout, held) and (held.core_metadata is None or has_metadata(layout, held))


def has_file(layout: Layout, held: HeldFile) -> bool:
    """Whether a file is there."""
    try:
        return layout.file(held.path).stat().st_size == held.size
    except FileNotFoundError:
        return False


def has_metadata(layout: Layout, held: HeldFile) -> bool:
    """Whether the `.metadata` of a file is there."""
    return held.core_metadata is not None and layout.metadata(held.path).is_file()
