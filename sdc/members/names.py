"""Where the sealed names of members and representatives stand, and how they are read."""

from sdc.crypto import KeyRing
from sdc.members.model import Member, Representative

MEMBER_NAME = "members.name"
REPRESENTATIVE_NAME = "representatives.name"


def name_of(keyring: KeyRing, person: Member | Representative) -> str:
    """Open a person's name."""
    column = MEMBER_NAME if isinstance(person, Member) else REPRESENTATIVE_NAME
    return keyring.open(person.name_sealed, column, person.id)
