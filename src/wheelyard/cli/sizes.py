"""Sizes and counts as people read them."""


def format_size(size: int) -> str:
    """Bytes in decimal units, as disks and networks count: `18.3 MB`."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def format_count(number: int, noun: str) -> str:
    """A number and its noun: `1 file`, `1,234 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
