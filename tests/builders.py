"""Builders: programs, money, people, budgets and plans, made by the application's own verbs, with defaults a test may change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

import ledger
from sdc.auth.principal import Role
from sdc.books import chart
from sdc.budgets.allocating import allocate_budget
from sdc.budgets.model import Budget
from sdc.config import DEVELOPMENT_KEY
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.members.enrolling import add_member, add_representative, give_broker
from sdc.members.model import Member, Representative
from sdc.plans.agreeing import approve_plan, sign_plan, submit_plan
from sdc.plans.drafting import GoalDraft, LineDraft, draft_plan
from sdc.plans.model import Plan
from sdc.programs.model import FundingSource, NoticeProfile, Program, Release, Staff
from sdc.programs.receiving import record_deposit
from sdc.programs.setting_up import add_funding_source, add_payer, add_program
from sdc.programs.staffing import add_staff
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.publishing import publish_shipped

NOON = datetime(2026, 10, 15, 16, 0, tzinfo=UTC)
"""Noon in Florida on the day the story starts."""
YEAR = (date(2026, 7, 1), date(2027, 6, 30))
SOMEBODY = UUID("00000000-0000-7000-8000-000000000001")
"""Who set things up; what matters in a test is who acts on them."""
KEYS = KeyRing((DEVELOPMENT_KEY,))


@dataclass(frozen=True, slots=True)
class House:
    """A program, where its money comes from, and the people in it."""

    program: Program
    source: FundingSource
    broker: Staff
    member: Member


async def a_house(sessions: Sessions, *, funded_cents: int = 1_000_000, at: datetime = NOON, **program: Any) -> House:
    """Make a program with money in its funding source, a broker, and a member in the broker's caseload."""
    made = await a_program(sessions, at=at, **program)
    source = await a_funding_source(sessions, made, funded_cents=funded_cents, at=at)
    broker = await a_staff(sessions, Role.BROKER, program_ids=[made.id], at=at)
    member = await a_member(sessions, made, broker=broker, at=at)
    return House(made, source, broker, member)


async def publish_rulebooks(sessions: Sessions, *, at: datetime = NOON) -> None:
    """Publish what is shipped, as `sdc db upgrade` does; the YAML is read once in a run of tests."""
    async with sessions.begin() as session:
        if await session.scalar(select(RulebookVersion.id).limit(1)) is not None:
            return
        if _published:
            session.add_all(RulebookVersion(**columns) for columns in _published)
            return
        made = await publish_shipped(session, at=at)
        _published.extend({column.name: getattr(version, column.name) for column in RulebookVersion.__table__.columns} for version in made)


_published: list[dict[str, Any]] = []


async def a_program(
    sessions: Sessions,
    *,
    rulebook: str = "florida",
    release: Release = Release.QUARTERLY,
    time_zone: str = "America/New_York",
    period: tuple[date, date] = YEAR,
    at: datetime = NOON,
) -> Program:
    """Make a program and the payer behind it."""
    await publish_rulebooks(sessions, at=at)
    async with sessions.begin() as session:
        payer = await add_payer(session, id=new_id(), name="A managing entity", by=SOMEBODY, at=at)
        await session.flush()
        return await add_program(
            session,
            id=new_id(),
            payer_id=payer.id,
            name="Self-directed care",
            rulebook=rulebook,
            time_zone=time_zone,
            period_starts_on=period[0],
            period_ends_on=period[1],
            release=release,
            notice_profile=NoticeProfile.FEE_FOR_SERVICE,
            by=SOMEBODY,
            at=at,
        )


async def a_funding_source(sessions: Sessions, program: Program, *, funded_cents: int = 1_000_000, at: datetime = NOON) -> FundingSource:
    """Make a funding source of a program, with money in it."""
    async with sessions.begin() as session:
        source = await add_funding_source(
            session, program, id=new_id(), payer_id=program.payer_id, name="State general revenue", by=SOMEBODY, at=at
        )
        if funded_cents:
            await session.flush()
            await record_deposit(
                session,
                source.id,
                id=new_id(),
                amount_cents=funded_cents,
                received_on=at.date(),
                reference="wire 1",
                by=SOMEBODY,
                at=at,
            )
    return source


async def a_staff(sessions: Sessions, role: Role, *, at: datetime = NOON, **changes: Any) -> Staff:
    """Make a staff person; `changes` are their programs, payer, employer, relatives."""
    given: dict[str, Any] = {"name": "Somebody of the staff", "program_ids": [], "payer_id": None, "employer_id": None, "relatives": []}
    async with sessions.begin() as session:
        person = await add_staff(session, id=new_id(), role=role, **(given | changes), by=SOMEBODY, at=at)
    return person.staff


async def a_member(sessions: Sessions, program: Program, *, broker: Staff | None = None, at: datetime = NOON, **changes: Any) -> Member:
    """Enrol a member, in a broker's caseload when one is given."""
    given: dict[str, Any] = {
        "name": "Ana Example",
        "language": "en",
        "funding": "uninsured",
        "eligible_from": YEAR[0],
        "eligible_to": YEAR[1],
        "relatives": [],
        "household": [],
    }
    async with sessions.begin() as session:
        member = await add_member(session, KEYS, id=new_id(), program_id=program.id, **(given | changes), by=SOMEBODY, at=at)
        if broker is not None:
            await session.flush()
            await give_broker(session, member, broker_id=broker.id, by=SOMEBODY, at=at)
    return member


async def a_representative(
    sessions: Sessions, member: Member, *, term: tuple[date, date] = YEAR, may: tuple[str, ...] = (), at: datetime = NOON
) -> Representative:
    """Name somebody who may act for a member."""
    async with sessions.begin() as session:
        return await add_representative(
            session, KEYS, member, id=new_id(), name="Ray Example", starts_on=term[0], ends_on=term[1], may=may, by=SOMEBODY, at=at
        )


async def a_budget(
    sessions: Sessions,
    house: House,
    *,
    member: Member | None = None,
    amount_cents: int = 319_200,
    period: tuple[date, date] = YEAR,
    at: datetime = NOON,
) -> Budget:
    """Allocate a budget to the house's member, or to another."""
    async with sessions.begin() as session:
        return await allocate_budget(
            session,
            member or house.member,
            id=new_id(),
            funding_source_id=house.source.id,
            amount_cents=amount_cents,
            starts_on=period[0],
            ends_on=period[1],
            by=SOMEBODY,
            at=at,
        )


async def an_approved_plan(
    sessions: Sessions,
    member: Member,
    *,
    goals: dict[str, str] | None = None,
    lines: dict[str, int] | None = None,
    span: tuple[date, date] = YEAR,
    at: datetime = NOON,
) -> Plan:
    """Put a plan in force: `goals` are titles by domain, `lines` cents by category."""
    goals = {"wellness": "Feel well in my body"} if goals is None else goals
    lines = {"WELL_GYM": 36_000, "TRAN_TRANSIT": 18_000} if lines is None else lines
    async with sessions.begin() as session:
        plan = await draft_plan(
            session,
            KEYS,
            member,
            id=new_id(),
            starts_on=span[0],
            ends_on=span[1],
            goals=[GoalDraft(id=new_id(), key=None, domain=domain, title=title, status="active") for domain, title in goals.items()],
            lines=[LineDraft(category, cents, None) for category, cents in lines.items()],
            by=member.id,
            at=at,
        )
        await session.flush()
        await submit_plan(session, plan, by=member.id, at=at)
        await sign_plan(session, plan, by=member.id, at=at)
        await approve_plan(session, plan, by=member.broker_id or SOMEBODY, at=at)
    return plan


async def balances_of(sessions: Sessions, budget: Budget) -> dict[str, int]:
    """Read what the four accounts of a budget hold."""
    ids = chart.budget_account_ids(budget.program_id, budget.id)
    async with sessions.read() as session:
        held = await ledger.balances(session, ids.values())
    return {name: held[account_id] for name, account_id in ids.items()}


async def count_of(sessions: Sessions, model: type[Any]) -> int:
    """Count the rows of a table."""
    async with sessions.read() as session:
        return len((await session.execute(select(model))).all())
