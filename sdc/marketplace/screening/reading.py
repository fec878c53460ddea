"""Read matches with whom they may be about, opened for the person who decides."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.crypto import KeyRing
from sdc.marketplace.people import open_person
from sdc.marketplace.screening.forms import ScreeningMatchOut, subject_out
from vendors import Vendor, VendorPerson
from vendors.screening import ScreeningDecision, ScreeningMatch


async def show_matches(session: AsyncSession, matches: Sequence[ScreeningMatch], keyring: KeyRing) -> list[ScreeningMatchOut]:
    """Show matches, each with the vendor or person and every decision on it, the oldest first."""
    vendors = {one.id: one for one in await session.scalars(select(Vendor).where(Vendor.id.in_({match.vendor_id for match in matches})))}
    person_ids = {match.person_id for match in matches if match.person_id is not None}
    people = {one.id: one for one in await session.scalars(select(VendorPerson).where(VendorPerson.id.in_(person_ids)))}
    decisions: dict[UUID, list[ScreeningDecision]] = {match.id: [] for match in matches}
    query = select(ScreeningDecision).where(ScreeningDecision.match_id.in_(decisions)).order_by(ScreeningDecision.id)
    for decision in await session.scalars(query):
        decisions[decision.match_id].append(decision)
    shown = []
    for match in matches:
        vendor = vendors[match.vendor_id]
        person = people.get(match.person_id) if match.person_id is not None else None
        subject = subject_out(match, vendor.name, vendor.npi, None if person is None else open_person(keyring, person))
        shown.append(ScreeningMatchOut.of(match, subject, decisions[match.id], keyring))
    return shown
