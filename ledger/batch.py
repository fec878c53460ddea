"""Long lists of ids, cut so that each part fits the parameters of one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_AT_MOST = 10_000

Item = TypeVar("Item")


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Cut `items` into parts of at most ten thousand."""
    for start in range(0, len(items), _AT_MOST):
        yield items[start : start + _AT_MOST]
