"""What a look at a list makes of a vendor.

Each list speaks for itself, and of one list the newest version that was looked at: a clear look at an older version, or at
another list (each state keeps its own), ends no match. A match on any list excludes. A match that stands in the queue of those to
be decided counts beside the looks, until a person has decided it there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from vendors.model import Screening, ScreeningResult, Vendor
from vendors.screening.model import MatchState, ScreeningMatch

LEIE: Final = "leie"
SAM: Final = "sam"
_FEDERAL: Final = frozenset({LEIE, SAM})


async def add_screening(
    session: AsyncSession,
    vendor: Vendor,
    *,
    id: UUID,
    list: str,
    list_date: date,
    result: ScreeningResult,
    screened_on: date,
    screened_by: UUID | None,
) -> Screening:
    """Record a look at a list. A match excludes the vendor at once; a clear look at the same list, not an older one, ends it.

    A possible match does not count as screened, and until a person has decided it nothing is paid: a look at the same list,
    not an older one, that says clear or match. The caller has locked the vendor.
    """
    screening = Screening(
        id=id, vendor_id=vendor.id, list=list, list_date=list_date, result=result, screened_on=screened_on, screened_by=screened_by
    )
    await add_screenings(session, {vendor.id: vendor}, [screening], counted=[id])
    return screening


async def add_screenings(
    session: AsyncSession, vendors: Mapping[UUID, Vendor], looks: Sequence[Screening], *, counted: Collection[UUID]
) -> None:
    """Record looks for many vendors at once; those `counted` say that the vendor is screened on their day. The caller has locked all."""
    session.add_all(looks)
    await session.flush()
    known = await _read(session, vendors)
    for vendor_id, vendor in vendors.items():
        known[vendor_id].mark(vendor)
    for look in looks:
        is_newest = known[look.vendor_id].newest[look.list].id == look.id
        if look.id in counted and look.result is not ScreeningResult.POSSIBLE and is_newest:
            vendor = vendors[look.vendor_id]
            vendor.screened_on = max(vendor.screened_on or look.screened_on, look.screened_on)


@dataclass(frozen=True, slots=True)
class _Look:
    id: UUID
    result: ScreeningResult


@dataclass(slots=True)
class _Known:
    """What is known of a vendor: the newest look at each list, the newest that decided, and which lists' matches wait or exclude."""

    newest: dict[str, _Look] = field(default_factory=dict)
    decided: dict[str, _Look] = field(default_factory=dict)
    excluding: set[str] = field(default_factory=set)
    has_open: bool = False

    def mark(self, vendor: Vendor) -> None:
        matched = {name for name, look in self.decided.items() if look.result is ScreeningResult.MATCH} | self.excluding
        vendor.on_leie, vendor.on_sam, vendor.on_state_list = LEIE in matched, SAM in matched, bool(matched - _FEDERAL)
        vendor.has_possible_match = self.has_open or any(look.result is ScreeningResult.POSSIBLE for look in self.newest.values())


async def _read(session: AsyncSession, vendor_ids: Collection[UUID]) -> dict[UUID, _Known]:
    known = {vendor_id: _Known() for vendor_id in vendor_ids}
    looks = select(Screening.vendor_id, Screening.list, Screening.id, Screening.result).where(Screening.vendor_id.in_(vendor_ids))
    for vendor_id, name, look_id, result in await session.execute(looks.order_by(Screening.list_date, Screening.id)):
        known[vendor_id].newest[name] = _Look(look_id, result)
        if result is not ScreeningResult.POSSIBLE:
            known[vendor_id].decided[name] = _Look(look_id, result)
    one = ScreeningMatch
    matches = select(one.vendor_id, one.list_name, one.state, one.excludes).where(
        one.vendor_id.in_(vendor_ids), or_(one.excludes, one.state == MatchState.OPEN)
    )
    for vendor_id, name, state, excludes in await session.execute(matches):
        known[vendor_id].has_open |= state is MatchState.OPEN
        if excludes:
            known[vendor_id].excluding.add(name)
    return known
