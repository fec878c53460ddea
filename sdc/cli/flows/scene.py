"""The scene of a flow: an empty database with a program, a member with a plan, a vendor ready to be paid, and the money's rail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from sdc import migrations
from sdc.auth.principal import Principal, Role
from sdc.cli.flows.rail import FlowRail
from sdc.cli.process import open_sessions
from sdc.clock import Clock, machine_now
from sdc.config import DEVELOPMENT_KEY, Settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.marketplace.applying import apply_as_vendor
from sdc.marketplace.events import Actor
from sdc.marketplace.onboarding import ask_rail, record_payee
from sdc.marketplace.reviewing import accept_tax_form, review_vendor
from sdc.members.enrolling import add_member, give_broker
from sdc.members.model import Member
from sdc.outbox.work import Work
from sdc.payments.claiming import Claimed
from sdc.plans.agreeing import approve_plan, sign_plan, submit_plan
from sdc.plans.drafting import GoalDraft, draft_plan
from sdc.programs.model import FundingSource, NoticeProfile, Program, Release
from sdc.programs.setting_up import add_funding_source, add_payer, add_program
from sdc.programs.staffing import add_staff
from sdc.rulebooks.publishing import SHIPPED, publish_shipped

STARTS_AT = datetime(2026, 10, 15, 16, 0, tzinfo=UTC)
PERIOD = (date(2026, 7, 1), date(2027, 6, 30))
CATEGORY = "WELL_GYM"
_RULEBOOK = """rulebook: flows
version: 1
title: The rules that flows of money need
inherits: base
budget: {period: [2026-07-01, 2027-06-30], release: annual}
only: [G01, B01, B12, R02]
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A purchase that was approved in this flow."""

    purchase_id: UUID
    order_id: UUID
    amount_cents: int


@dataclass(slots=True)
class Scene:
    """Who and what a flow plays with, and what it has made so far."""

    work: Work
    rail: FlowRail
    program_id: UUID
    source_id: UUID
    vendor_id: UUID
    goal_id: str
    admin: Principal
    broker: Principal
    member: Principal
    vendor: Principal
    budgets: list[UUID] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    released: set[int] = field(default_factory=set)
    """The amounts of purchases that were canceled."""
    bills: list[UUID] = field(default_factory=list)
    closed: dict[int, int] = field(default_factory=dict)
    """How many months were closed against each baseline, by its cents a month."""
    payouts: list[list[Claimed]] = field(default_factory=list)
    """Payments that were begun and are not settled, by the step that began them."""
    sent: list[Claimed] = field(default_factory=list)

    @property
    def sessions(self) -> Sessions:
        """The database."""
        return self.work.sessions

    @property
    def now(self) -> datetime:
        """The instant of the next step."""
        return self.work.clock.now()


@asynccontextmanager
async def empty_scene(release: Release = Release.ANNUAL) -> AsyncIterator[Scene]:
    """Set the scene on a new database, and take it away afterwards; what is allocated, or earned, is released at once."""
    with TemporaryDirectory(prefix="sdc-flow-") as folder:
        file = Path(folder) / "flow.db"
        if not _made:
            _made.append(await _make_database(file))
        file.write_bytes(_made[0])
        async with open_sessions(f"sqlite:///{file}") as sessions:
            rail = FlowRail(at=STARTS_AT)
            clock = Clock(STARTS_AT - machine_now())
            work = Work(sessions=sessions, clock=clock, keyring=KeyRing((DEVELOPMENT_KEY,)), settings=Settings(), rail=rail)
            yield await _cast(work, rail, release)


_made: list[bytes] = []
"""The empty database with its rulebook, made once: every flow begins on a copy."""


async def _make_database(file: Path) -> bytes:
    url = f"sqlite:///{file}"
    await migrations.upgrade(url)
    async with open_sessions(url) as sessions, sessions.begin() as session:
        await publish_shipped(session, folder=_write_rulebook(file.parent / "rulebooks"), at=STARTS_AT)
    return await asyncio.to_thread(file.read_bytes)


def _write_rulebook(folder: Path) -> Path:
    """Write the one rulebook of the flows, beside the shipped base."""
    folder.mkdir()
    (folder / "base.yaml").write_text((SHIPPED / "base.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "flows.yaml").write_text(_RULEBOOK, encoding="utf-8")
    return folder


async def _cast(work: Work, rail: FlowRail, release: Release) -> Scene:
    """Make the program and its people."""
    at, admin = work.clock.now(), _principal(Role.ADMIN)
    async with work.sessions.begin() as session:
        program, source = await _program(session, admin, release, at=at)
    async with work.sessions.begin() as session:
        broker = _principal(Role.BROKER)
        await add_staff(
            session,
            id=broker.id,
            role=Role.BROKER,
            name="Flow Broker",
            program_ids=[program.id],
            payer_id=None,
            employer_id=None,
            relatives=[],
            by=admin.id,
            at=at,
        )
    async with work.sessions.begin() as session:
        member, goal_id = await _member(session, work.keyring, program, broker, at=at)
    vendor = await _vendor(work, program, admin, at=at)
    return Scene(
        work=work,
        rail=rail,
        program_id=program.id,
        source_id=source.id,
        vendor_id=vendor.id,
        goal_id=goal_id,
        admin=admin,
        broker=broker,
        member=_principal(Role.MEMBER, member.id),
        vendor=vendor,
    )


def _principal(role: Role, person: UUID | None = None) -> Principal:
    return Principal(id=person or new_id(), role=role, token_id=new_id())


async def _program(session: AsyncSession, admin: Principal, release: Release, *, at: datetime) -> tuple[Program, FundingSource]:
    payer = await add_payer(session, id=new_id(), name="Flow Payer", by=admin.id, at=at)
    await session.flush()
    program = await add_program(
        session,
        id=new_id(),
        payer_id=payer.id,
        name="Flow Program",
        rulebook="flows",
        time_zone="America/New_York",
        period_starts_on=PERIOD[0],
        period_ends_on=PERIOD[1],
        release=release,
        notice_profile=NoticeProfile.FEE_FOR_SERVICE,
        by=admin.id,
        at=at,
    )
    return program, await add_funding_source(session, program, id=new_id(), payer_id=payer.id, name="Flow money", by=admin.id, at=at)


async def _member(session: AsyncSession, keyring: KeyRing, program: Program, broker: Principal, *, at: datetime) -> tuple[Member, str]:
    """Enrol the member, with a broker and an approved plan of one goal."""
    member = await add_member(
        session,
        keyring,
        id=new_id(),
        program_id=program.id,
        name="Flow Member",
        language="en",
        funding="public",
        eligible_from=PERIOD[0],
        eligible_to=PERIOD[1],
        relatives=[],
        household=[],
        by=broker.id,
        at=at,
    )
    await session.flush()
    await give_broker(session, member, broker_id=broker.id, by=broker.id, at=at)
    goal = GoalDraft(id=new_id(), key=None, domain="wellness", title="Feel well", status="active")
    plan = await draft_plan(
        session, keyring, member, id=new_id(), starts_on=PERIOD[0], ends_on=PERIOD[1], goals=[goal], lines=[], by=member.id, at=at
    )
    await session.flush()
    await submit_plan(session, plan, by=member.id, at=at)
    await sign_plan(session, plan, by=member.id, at=at)
    await approve_plan(session, plan, by=broker.id, at=at)
    return member, str(plan.goals[0]["id"])


async def _vendor(work: Work, program: Program, admin: Principal, *, at: datetime) -> Principal:
    """Make a vendor that may sell and be paid."""
    async with work.sessions.begin() as session:
        vendor = await apply_as_vendor(
            session,
            id=new_id(),
            program_id=program.id,
            name="Flow Vendor",
            categories=[CATEGORY],
            owners=[],
            is_directed_worker=False,
            actor=Actor(),
            at=at,
        )
        await session.flush()
        await review_vendor(session, vendor, "approve", actor=Actor(admin.id), at=at)
        await accept_tax_form(session, vendor, actor=Actor(admin.id), at=at)
    status = await ask_rail(work.rail, vendor)
    async with work.sessions.begin() as session:
        vendor = await session.merge(vendor)
        await record_payee(session, vendor, status, rail=work.rail.name, by=None, at=at)
    return _principal(Role.VENDOR, vendor.id)
