"""What happened to a vendor: an event that is kept for ever with its reason, and the journal's own beside it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal, Role
from sdc.crypto import KeyRing
from sdc.ids import new_id
from sdc.outbox import enqueue
from vendors import Vendor, VendorEvent, excluded_on

_COLUMN = "vendor_events.reason_sealed"
_LOOKED_UP_AFTER = frozenset({"applied", "changed", "person_added", "tax_form_accepted"})
"""After these a vendor may be somebody else for the exclusion lists: it and its people are looked up at once."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to a vendor, in which role, and by which keys their words are sealed; nobody: the program itself."""

    id: UUID | None = None
    role: Role | None = None
    keyring: KeyRing | None = None

    @classmethod
    def of(cls, who: Principal | None, keyring: KeyRing) -> "Actor":
        """Name whoever calls."""
        return cls(keyring=keyring) if who is None else cls(who.id, who.role, keyring)


def note_event(
    session: AsyncSession, vendor: Vendor, kind: str, *, actor: Actor, reason: str | None = None, at: datetime, **facts: journal.Fact
) -> VendorEvent:
    """Keep an event of a vendor and its reason, sealed.

    `facts` are ids, codes, dates and cents, and nothing that the vendor may not see: it reads its events.
    """
    event_id = new_id()
    sealed = None
    if reason is not None:
        assert actor.keyring is not None, "a reason is kept sealed"
        sealed = actor.keyring.seal(reason, _COLUMN, event_id)
    event = VendorEvent(
        id=event_id,
        vendor_id=vendor.id,
        kind=kind,
        by=actor.id,
        by_role=actor.role,
        reason_sealed=sealed,
        facts=journal.plain_facts(facts),
        at=at,
    )
    session.add(event)
    journal.record(session, f"vendor.{kind}", subject=vendor.id, by=actor.id, at=at, event=event_id, **facts)
    if kind in _LOOKED_UP_AFTER:
        enqueue(session, "screen_vendor", vendor.id, at=at)
    return event


def note_exclusion(session: AsyncSession, vendor: Vendor, *, actor: Actor, at: datetime) -> VendorEvent:
    """Keep that the lists which exclude a vendor are others than before: which they are now, or that none does."""
    lists = ",".join(sorted(excluded_on(vendor)))
    return note_event(session, vendor, "excluded" if lists else "exclusion_ended", actor=actor, at=at, lists=lists)


def open_reason(keyring: KeyRing, event: VendorEvent) -> str | None:
    """Open why something was done."""
    return None if event.reason_sealed is None else keyring.open(event.reason_sealed, _COLUMN, event.id)
