"""What the lines of a plan come to today: as they were signed, and with what was moved between them since, kept apart."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Moved = tuple[str, str, int]
"""A move that counts: from which category, to which, and how many cents."""


def signed_lines(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Add up the lines of a plan by category, as they were signed."""
    signed: dict[str, int] = {}
    for line in lines:
        signed[line["category"]] = signed.get(line["category"], 0) + line["amount_cents"]
    return signed


def moved_lines(signed: Mapping[str, int], moves: Iterable[Moved | Sequence[Any]]) -> dict[str, int]:
    """Tell what each line comes to once what was moved is taken out of one and put into the other."""
    lines = dict(signed)
    for from_category, to_category, amount_cents in moves:
        lines[from_category] = lines.get(from_category, 0) - amount_cents
        lines[to_category] = lines.get(to_category, 0) + amount_cents
    return lines
