"""Exclusion lists: what a look at one found, and what that makes of the vendor.

Each list speaks for itself, and of one list the newest version that was looked at: a clear look at an older version, or at
another list (each state keeps its own), ends no match. A match on any list excludes.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from vendors.model import Screening, ScreeningResult, Vendor

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
    screened_by: UUID,
) -> Screening:
    """Record a look at a list. A match excludes the vendor at once; a clear look at the same list, not an older one, ends it.

    A possible match does not count as screened, and until a person has decided it nothing is paid: a look at the same list,
    not an older one, that says clear or match. The caller has locked the vendor.
    """
    screening = Screening(
        id=id, vendor_id=vendor.id, list=list, list_date=list_date, result=result, screened_on=screened_on, screened_by=screened_by
    )
    session.add(screening)
    await session.flush()
    query = select(Screening).where(Screening.vendor_id == vendor.id).order_by(Screening.list_date, Screening.id)
    looks = (await session.scalars(query)).all()
    matched = {name for name, look in _newest(looks, is_decided=True).items() if look.result is ScreeningResult.MATCH}
    vendor.on_leie, vendor.on_sam, vendor.on_state_list = LEIE in matched, SAM in matched, bool(matched - _FEDERAL)
    newest = _newest(looks, is_decided=False)
    vendor.has_possible_match = any(look.result is ScreeningResult.POSSIBLE for look in newest.values())
    if result is not ScreeningResult.POSSIBLE and newest[list] is screening:
        vendor.screened_on = screened_on
    return screening


def _newest(looks: Sequence[Screening], *, is_decided: bool) -> dict[str, Screening]:
    """Take the newest look at each list; `looks` are the oldest first."""
    return {look.list: look for look in looks if not (is_decided and look.result is ScreeningResult.POSSIBLE)}
