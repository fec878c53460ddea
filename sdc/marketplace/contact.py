"""How a vendor is reached: sealed with the vendor, opened for staff, the vendor itself and the mail."""

import json
from dataclasses import asdict, dataclass

from sdc.crypto import KeyRing
from sdc.web.input import Language
from vendors import Vendor

_COLUMN = "vendors.contact_sealed"
_LEGAL_NAME_COLUMN = "vendors.legal_name_sealed"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to or call, and in which language."""

    name: str
    email: str
    phone: str | None = None
    language: Language = "en"


def seal_contact(keyring: KeyRing, vendor: Vendor, contact: Contact) -> bytes:
    """Seal how a vendor is reached."""
    return keyring.seal(json.dumps(asdict(contact), ensure_ascii=False), _COLUMN, vendor.id)


def open_contact(keyring: KeyRing, vendor: Vendor, sealed: bytes) -> Contact:
    """Open a contact of a vendor: the one of now, one of before, or the one a message was written to."""
    return Contact(**json.loads(keyring.open(sealed, _COLUMN, vendor.id)))


def seal_legal_name(keyring: KeyRing, vendor: Vendor, name: str) -> bytes:
    """Seal the name under which a vendor is known to the tax office."""
    return keyring.seal(name, _LEGAL_NAME_COLUMN, vendor.id)


def open_legal_name(keyring: KeyRing, vendor: Vendor) -> str | None:
    """Open the name under which a vendor is known to the tax office; nothing when it has told none."""
    return None if vendor.legal_name_sealed is None else keyring.open(vendor.legal_name_sealed, _LEGAL_NAME_COLUMN, vendor.id)
