"""The owners and managing persons of a vendor: named to be screened, told apart by opaque references, shown to staff and the vendor."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc.auth.principal import Role
from sdc.crypto import KeyRing
from sdc.errors import ConflictError, InvalidFieldError, NotFoundError, WrongStateError
from sdc.marketplace.events import Actor, note_event
from sdc.outbox import enqueue
from vendors import PersonKind, Vendor, VendorPerson, VendorState

MOST_PERSONS = 200
_NAME_COLUMN = "vendor_persons.name_sealed"
_BIRTH_COLUMN = "vendor_persons.birth_sealed"
_WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Who owns or manages a vendor, as it says."""

    name: str
    kind: PersonKind
    born_on: date | None = None
    npi: str | None = None
    ownership_bps: int | None = None
    reference: str | None = None


def open_person(keyring: KeyRing, person: VendorPerson) -> Disclosed:
    """Open who a person is."""
    born_on = None if person.birth_sealed is None else date.fromisoformat(keyring.open(person.birth_sealed, _BIRTH_COLUMN, person.id))
    name = keyring.open(person.name_sealed, _NAME_COLUMN, person.id)
    return Disclosed(name, person.kind, born_on, person.npi, person.ownership_bps, person.reference)


async def add_person(session: AsyncSession, vendor: Vendor, said: Disclosed, *, id: UUID, actor: Actor, at: datetime) -> VendorPerson:
    """Keep an owner or managing person of a vendor. The caller has locked the vendor.

    Nobody has screened this person yet, so the vendor does not count as screened any more (42 CFR 455.436).

    Raises:
        WrongStateError: the vendor was rejected.
        InvalidFieldError: the owners would own more than the whole, or there are too many persons.

    """
    if vendor.state is VendorState.REJECTED:
        raise WrongStateError("vendor", vendor.id, state=vendor.state, move="add_person", open_moves=vendors.open_moves(vendor.state))
    await session.flush()
    current = (await session.scalars(_current(vendor))).all()
    if len(current) >= MOST_PERSONS:
        raise InvalidFieldError("name", f"a vendor has at most {MOST_PERSONS} owners and managers")
    if sum(one.ownership_bps or 0 for one in current) + (said.ownership_bps or 0) > _WHOLE_BPS:
        raise InvalidFieldError("ownership_bps", "the owners own more than the whole together")
    assert actor.keyring is not None, "a name is kept sealed"
    keyring = actor.keyring
    person = VendorPerson(
        id=id,
        vendor_id=vendor.id,
        kind=said.kind,
        name_sealed=keyring.seal(said.name, _NAME_COLUMN, id),
        birth_sealed=None if said.born_on is None else keyring.seal(said.born_on.isoformat(), _BIRTH_COLUMN, id),
        mark=keyring.mark(f"person:{' '.join(said.name.casefold().split())}:{said.born_on or ''}"),
        npi=said.npi,
        reference=said.reference,
        ownership_bps=said.ownership_bps,
        is_current=True,
        added_at=at,
        ended_at=None,
    )
    session.add(person)
    if said.reference is not None:
        vendor.owners = sorted({*vendor.owners, said.reference})
    vendor.screened_on = None
    note_event(session, vendor, "person_added", actor=actor, at=at, person=id, role=said.kind)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)
    return person


async def end_person(session: AsyncSession, vendor: Vendor, person: VendorPerson, *, reason: str, actor: Actor, at: datetime) -> None:
    """Note that a person does not own or manage a vendor any more; the row stays. The caller has locked the vendor.

    Raises:
        ConflictError: an approved vendor ends this itself: a person of the program does.
        WrongStateError: it was ended before.

    """
    if actor.role is Role.VENDOR and vendor.state is not VendorState.APPLIED:
        raise ConflictError("an approved vendor does not take away an owner or manager itself: ask the program to")
    if not person.is_current:
        raise WrongStateError("person", person.id, state="ended", move="end", open_moves=())
    person.is_current, person.ended_at = False, at
    others = {one.reference for one in await session.scalars(_current(vendor)) if one.id != person.id}
    if person.reference is not None and person.reference not in others:
        vendor.owners = [one for one in vendor.owners if one != person.reference]
    note_event(session, vendor, "person_ended", actor=actor, reason=reason, at=at, person=person.id, role=person.kind)
    enqueue(session, "look_at_vendor_bills", vendor.id, at=at)


async def find_person(session: AsyncSession, vendor: Vendor, person_id: UUID) -> VendorPerson:
    """Find a person of a vendor.

    Raises:
        NotFoundError: no such person, or another vendor's.

    """
    person = await session.get(VendorPerson, person_id)
    if person is None or person.vendor_id != vendor.id:
        raise NotFoundError("person", person_id)
    return person


def _current(vendor: Vendor) -> Select[VendorPerson]:
    return select(VendorPerson).where(VendorPerson.vendor_id == vendor.id, VendorPerson.is_current)
