"""Set up what members' budgets rest on: a payer, a program with its book, its funding sources."""

from datetime import date, datetime
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.books import chart, posting
from sdc.clock import local_date
from sdc.errors import FieldError, InvalidFieldError
from sdc.programs.model import FundingSource, NoticeProfile, Payer, Program, Release
from sdc.programs.reading import find_payer
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.reading import compiled, version_in_force

CURRENCY = "USD"
MAX_PERIOD_DAYS = 3_653
"""A program's period, and a budget's, spans ten years at most: more is a slip of the pen."""


async def add_payer(session: AsyncSession, *, id: UUID, name: str, by: UUID, at: datetime) -> Payer:
    """Make an organisation known that pays for programs."""
    payer = Payer(id=id, name=name, created_at=at)
    session.add(payer)
    journal.record(session, "payer.added", subject=id, by=by, at=at)
    return payer


async def add_program(
    session: AsyncSession,
    *,
    id: UUID,
    payer_id: UUID,
    name: str,
    rulebook: str,
    time_zone: str,
    period_starts_on: date,
    period_ends_on: date,
    release: Release | None,
    notice_profile: NoticeProfile,
    by: UUID,
    at: datetime,
) -> Program:
    """Set up a program and open its book. Without a release it releases as its rulebook says; with one, that alone counts.

    Raises:
        InvalidFieldError: an unknown rulebook or time zone, a rulebook that is only there to inherit from, or a period that ends before it
            starts (all are named).
        NotFoundError: no such payer.

    """
    wrong = wrong_period("period", period_starts_on, period_ends_on)
    if time_zone not in _time_zones():
        wrong.append(FieldError("time_zone", "this is not the name of a time zone, such as America/New_York"))
    wrong += await _wrong_rulebook(session, rulebook)
    refuse_if_any(wrong)
    if release is None:
        release = await _release_of(session, rulebook, on=local_date(at, time_zone))
    payer = await find_payer(session, payer_id)
    program = Program(
        id=id,
        payer_id=payer.id,
        name=name,
        rulebook=rulebook,
        time_zone=time_zone,
        period_starts_on=period_starts_on,
        period_ends_on=period_ends_on,
        release=release,
        notice_profile=notice_profile,
        currency=CURRENCY,
        created_at=at,
    )
    session.add(program)
    journal.record(session, "program.added", subject=id, by=by, at=at, payer=payer.id)
    await session.flush()
    await posting.open_accounts(session, chart.program_accounts(id), at=at)
    return program


async def _release_of(session: AsyncSession, name: str, *, on: date) -> Release:
    """Tell how a rulebook releases money: the one in force today, which a program follows from its beginning."""
    version_id = await session.scalar(version_in_force(name, on))
    if version_id is None:
        raise InvalidFieldError("release", "the rulebook is not in force yet: say how this program releases money")
    return Release((await compiled(session, version_id)).release)


async def _wrong_rulebook(session: AsyncSession, name: str) -> list[FieldError]:
    """Tell what is wrong with a rulebook for a program to decide by, if anything."""
    query = select(RulebookVersion.is_abstract).where(RulebookVersion.name == name).order_by(RulebookVersion.version.desc()).limit(1)
    is_abstract = await session.scalar(query)
    if is_abstract is None:
        return [FieldError("rulebook", "no rulebook of this name is published")]
    return [FieldError("rulebook", "this rulebook is abstract: choose one that inherits from it")] if is_abstract else []


async def add_funding_source(
    session: AsyncSession, program: Program, *, id: UUID, payer_id: UUID, name: str, by: UUID, at: datetime
) -> FundingSource:
    """Make a payer's money for one purpose known to a program, and open its account.

    Raises:
        NotFoundError: no such payer.

    """
    payer = await find_payer(session, payer_id)
    source = FundingSource(id=id, program_id=program.id, payer_id=payer.id, name=name, created_at=at)
    session.add(source)
    journal.record(session, "funding_source.added", subject=id, by=by, at=at, program=program.id, payer=payer.id)
    await session.flush()
    await posting.open_accounts(session, [chart.account(program.id, chart.funding(id))], at=at)
    return source


def wrong_period(field: str, starts_on: date, ends_on: date) -> list[FieldError]:
    """Tell what is wrong with a period, if anything; `field` is the object that holds its two days, or nothing."""
    name = f"{field}.ends_on" if field else "ends_on"
    if ends_on < starts_on:
        return [FieldError(name, "this is before starts_on")]
    if (ends_on - starts_on).days >= MAX_PERIOD_DAYS:
        return [FieldError(name, "a period is ten years at most")]
    return []


def refuse_if_any(wrong: list[FieldError]) -> None:
    """Refuse when something is wrong, and name all of it.

    Raises:
        InvalidFieldError: something is.

    """
    if wrong:
        first, *more = wrong
        raise InvalidFieldError(first.field, first.message, more=more)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
