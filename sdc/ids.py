"""Identifiers: time-ordered for our own rows, random for what outsiders see, derived for what follows from a row."""

import secrets
from uuid import UUID, uuid4, uuid5

import uuid_utils.compat

NAMESPACE = UUID("7f6a2f0e-55f1-5b0a-9d0c-6a3f0f6f2b11")

_PICK_UP_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_id() -> UUID:
    """Make the id of a new row: a UUIDv7, so that rows of one table sort by their making."""
    return uuid_utils.compat.uuid7()


def new_reference() -> UUID:
    """Make a reference that an outsider may see: random, it tells neither when nor for whom."""
    return uuid4()


def new_pick_up_code() -> str:
    """Make the six signs by which a vendor knows who comes, without a name (no 0, O, 1, I)."""
    return "".join(secrets.choice(_PICK_UP_ALPHABET) for _ in range(6))


def derived_id(row: UUID, kind: str) -> UUID:
    """Derive the id of what follows from an event's row, so that a retry of the event makes nothing new."""
    return uuid5(row, kind)
