"""What somebody saves for: their own words, sealed with the saving."""

from uuid import UUID

from sdc.budgets.model import Saving
from sdc.crypto import KeyRing

_COLUMN = "savings.purpose"


def seal_purpose(purpose: str | None, saving_id: UUID, keyring: KeyRing) -> bytes | None:
    """Seal what a saving is for; nothing when nothing was said."""
    return None if purpose is None else keyring.seal(purpose, _COLUMN, saving_id)


def open_purpose(saving: Saving, keyring: KeyRing) -> str | None:
    """Open what a saving is for."""
    return None if saving.purpose_sealed is None else keyring.open(saving.purpose_sealed, _COLUMN, saving.id)
