"""How cleaning a PDF went, as the process that did it says by its exit code."""

from enum import IntEnum


class Cleaning(IntEnum):
    """What became of a PDF."""

    CLEANED = 0
    UNREADABLE = 3
    LOCKED = 4
    OVERSIZED = 5
