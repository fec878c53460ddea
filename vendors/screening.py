"""Exclusion lists: what a look at one found, and what that makes of the vendor."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from vendors.model import Screening, ScreeningResult, Vendor


def add_screening(
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
    """Record a look at a list. A match excludes the vendor at once, a clear look ends that list's match.

    A possible match changes nothing: it does not count as screened until a person has decided.
    """
    screening = Screening(
        id=id, vendor_id=vendor.id, list=list, list_date=list_date, result=result, screened_on=screened_on, screened_by=screened_by
    )
    session.add(screening)
    if result is ScreeningResult.POSSIBLE:
        return screening
    is_match = result is ScreeningResult.MATCH
    if list == "leie":
        vendor.on_leie = is_match
    elif list == "sam":
        vendor.on_sam = is_match
    else:
        vendor.on_state_list = is_match
    vendor.screened_on = screened_on
    return screening
