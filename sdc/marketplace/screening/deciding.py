"""Decide a match: a person says that it is them, or that it is not, and why; the decision stands with the version of the list."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.auth.principal import Principal
from sdc.clock import local_date
from sdc.crypto import KeyRing
from sdc.errors import NotFoundError, WrongStateError
from sdc.ids import new_id
from sdc.marketplace.events import Actor
from sdc.marketplace.reviewing import time_zone_of
from sdc.marketplace.scope import load_vendor
from sdc.marketplace.screening.recording import LIST_LASTS, note_standing, raise_alarm, standing_of
from vendors import Screening, ScreeningResult, Vendor, VendorPerson
from vendors.screening import (
    MatchDecision,
    MatchState,
    ScreeningDecision,
    ScreeningMatch,
    ScreeningSubject,
    add_screenings,
    current_versions,
)

REASON_COLUMN = "screening_decisions.reason_sealed"
_STATES = {MatchDecision.CONFIRMED: MatchState.CONFIRMED, MatchDecision.CLEARED: MatchState.CLEARED}


async def lock_match(session: AsyncSession, match_id: UUID, *, who: Principal, at: datetime) -> tuple[Vendor, ScreeningMatch]:
    """Lock a match's vendor, then the match.

    Raises:
        NotFoundError: no such match, or not of the caller's programs.

    """
    vendor_id = await session.scalar(select(ScreeningMatch.vendor_id).where(ScreeningMatch.id == match_id))
    if vendor_id is None:
        raise NotFoundError("match", match_id)
    try:
        vendor = await load_vendor(session, vendor_id, who=who, at=at, lock=True)
    except NotFoundError as error:
        raise NotFoundError("match", match_id) from error
    match = await session.scalar(select(ScreeningMatch).where(ScreeningMatch.id == match_id).with_for_update())
    assert match is not None, "a match stays"
    return vendor, match


async def decide_match(
    session: AsyncSession,
    match: ScreeningMatch,
    vendor: Vendor,
    *,
    id: UUID,
    decision: MatchDecision,
    reason: str,
    keyring: KeyRing,
    who: Principal,
    at: datetime,
) -> ScreeningDecision:
    """Keep what a person decided. The caller has locked the vendor and the match.

    Confirmed: nothing more is bought from the vendor or paid to it, at once. Cleared: not asked about again on the next list, unless
    the row, the vendor or the person has changed by then. Either may be decided the other way later; every decision is kept.

    Raises:
        WrongStateError: it was decided so already.

    """
    if match.state is _STATES[decision]:
        other = {state.value for state in _STATES.values()} - {match.state.value}
        raise WrongStateError("match", match.id, state=match.state, move=decision, open_moves=other)
    version = (await current_versions(session)).get(match.list_name)
    list_id, list_date = (match.list_id, match.list_date) if version is None else (version.id, version.list_date)
    kept = ScreeningDecision(
        id=id,
        match_id=match.id,
        decision=decision,
        question=match.question,
        reason_sealed=keyring.seal(reason, REASON_COLUMN, id),
        list_id=list_id,
        list_date=list_date,
        by=who.id,
        at=at,
    )
    session.add(kept)
    match.state, match.excludes, match.decided_at = _STATES[decision], decision is MatchDecision.CONFIRMED, at
    journal.record(session, f"screening.match_{decision}", subject=vendor.id, by=who.id, at=at, match=match.id, list_date=list_date)
    if match.excludes:
        raise_alarm(session, "excluded_vendor", match, at=at)
    await session.flush()
    zone = await time_zone_of(session, vendor)
    looked_on = await _looked_on(session, match, zone)
    look = Screening(
        id=new_id(),
        vendor_id=vendor.id,
        list=match.list_name,
        list_date=list_date,
        result=await _standing_result(session, match),
        screened_on=looked_on or local_date(at, zone),
        screened_by=who.id,
    )
    before = standing_of(vendor)
    is_whole = looked_on is not None and looked_on - list_date <= LIST_LASTS
    await add_screenings(session, {vendor.id: vendor}, [look], counted=[look.id] if is_whole else [])
    note_standing(session, vendor, before, actor=Actor.of(who, keyring), at=at)
    return kept


async def _looked_on(session: AsyncSession, match: ScreeningMatch, zone: str) -> date | None:
    """Tell when the vendor and all its people of today were last looked up on a match's list; nothing when one of them never was."""
    one = ScreeningSubject
    rows = await session.execute(
        select(one.person_id, func.max(one.screened_at).label("screened_at"))
        .where(one.vendor_id == match.vendor_id, one.list_name == match.list_name)
        .group_by(one.person_id)
    )
    looked = {row.person_id: row.screened_at for row in rows}
    people = await session.scalars(select(VendorPerson.id).where(VendorPerson.vendor_id == match.vendor_id, VendorPerson.is_current))
    days = [looked.get(subject) for subject in (None, *people)]
    return min(local_date(day, zone) for day in days if day) if all(days) else None


async def _standing_result(session: AsyncSession, match: ScreeningMatch) -> ScreeningResult:
    """Sum up what stands of a vendor on a match's list."""
    one = ScreeningMatch
    query = select(one.excludes, one.state).where(one.vendor_id == match.vendor_id, one.list_name == match.list_name)
    standing = (await session.execute(query)).all()
    if any(excludes for excludes, _ in standing):
        return ScreeningResult.MATCH
    is_open = any(state is MatchState.OPEN for _, state in standing)
    return ScreeningResult.POSSIBLE if is_open else ScreeningResult.CLEAR
