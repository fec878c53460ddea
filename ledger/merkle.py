"""Merkle trees as RFC 6962, section 2.1, has them: the root over some leaves, and the path that proves one of them.

A tree splits at the largest power of two below its size; pairing neighbours level by level, the odd one going up alone, comes
to the same tree.
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
_NODE = b"\x01"


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Compute the root over leaf hashes."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path_of(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Name the nodes that lead from the leaf at `index` to the root, the lowest first."""
    level, path = list(leaves), []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        level, index = _above(level), index >> 1
    return path


def _above(level: list[bytes]) -> list[bytes]:
    digest = sha256
    above = [digest(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
    return above if len(level) % 2 == 0 else [*above, level[-1]]
