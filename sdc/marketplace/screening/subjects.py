"""Whom the lists are asked about: each vendor by its names, and each of its owners and managers; opened here and kept nowhere."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.crypto import KeyRing
from sdc.marketplace.contact import open_legal_name
from sdc.marketplace.people import Disclosed, open_person
from vendors import Vendor, VendorPerson
from vendors.screening import Identity, identify_person, identify_vendor


@dataclass(frozen=True, slots=True)
class Subject:
    """A vendor, or one of its people, as the lists are asked about them. `words` tell whether they changed since a decision."""

    id: UUID
    vendor_id: UUID
    person_id: UUID | None
    identity: Identity = field(repr=False)
    words: str = field(repr=False)


async def read_subjects(session: AsyncSession, vendor_ids: Collection[UUID], keyring: KeyRing) -> dict[UUID, list[Subject]]:
    """Read and open whom to ask about: the vendors themselves first, then their people of today."""
    vendors = await session.scalars(select(Vendor).where(Vendor.id.in_(vendor_ids)).order_by(Vendor.id))
    found = {vendor.id: [_vendor(vendor, keyring)] for vendor in vendors}
    people = select(VendorPerson).where(VendorPerson.vendor_id.in_(vendor_ids), VendorPerson.is_current).order_by(VendorPerson.id)
    for person in await session.scalars(people):
        found[person.vendor_id].append(_person(person, open_person(keyring, person)))
    return found


def _vendor(vendor: Vendor, keyring: KeyRing) -> Subject:
    legal_name = open_legal_name(keyring, vendor)
    names = [vendor.name, *([legal_name] if legal_name else [])]
    identity = identify_vendor(*names, npi=vendor.npi)
    return Subject(vendor.id, vendor.id, None, identity, "|".join(["vendor", *names, vendor.npi or ""]))


def _person(person: VendorPerson, said: Disclosed) -> Subject:
    identity = identify_person(said.name, npi=said.npi, born_on=said.born_on)
    words = "|".join(["person", said.name, said.born_on.isoformat() if said.born_on else "", said.npi or ""])
    return Subject(person.id, person.vendor_id, person.id, identity, words)
