"""Write a message to a vendor, in the transaction of what it tells."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc.marketplace.messages.words import WORDS, Facts
from sdc.marketplace.model import VendorMessage
from sdc.outbox import enqueue
from vendors import Vendor


async def write_message(
    session: AsyncSession,
    vendor: Vendor,
    *,
    kind: str,
    id: UUID,
    facts: Facts,
    to: Literal["current", "old"] = "current",
    at: datetime,
) -> VendorMessage:
    """Tell a vendor something: it reads it over the API, and gets it by mail where mail is set up and an address is known.

    `kind` is one of the table of words; `facts` are ids, codes, dates as ISO text, and cents, and never a name or a word of a member.
    `old` is the address that stood before the last change of the contact, for whatever a thief of the account must not be the
    only one to hear; it is the current one where no other ever stood. The address is kept as it is now.
    """
    assert kind in WORDS, f"{kind} has no words"
    sealed = (vendor.former_contact_sealed or vendor.contact_sealed) if to == "old" else vendor.contact_sealed
    message = VendorMessage(
        id=id,
        vendor_id=vendor.id,
        kind=kind,
        facts=dict(facts),
        to_sealed=sealed,
        created_at=at,
        read_at=None,
        mailed_at=None,
        tries=0,
    )
    session.add(message)
    if sealed is not None:
        enqueue(session, "mail_vendor_message", id, at=at)
    return message
