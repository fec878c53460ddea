"""A small town for journeys: a funded program with its people, plans and vendors, and another program far away."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import vendors
from sdc.auth.principal import PrincipalRow, Role, enrol
from sdc.auth.tokens import DEFAULT_LIFE, issue_token, new_token_text
from sdc.budgets.model import Budget
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.marketplace.applying import apply_as_vendor
from sdc.marketplace.events import Actor
from sdc.marketplace.offerings import add_offering
from sdc.marketplace.reviewing import accept_tax_form, review_vendor, screen_vendor
from sdc.plans.model import Plan
from sdc.programs.model import FundingSource, Program, Staff
from sdc.programs.receiving import request_top_up
from sdc.rulebooks.publishing import publish_shipped
from tests import builders
from tests.builders import NOON, SOMEBODY
from vendors import ScreeningResult, Vendor
from vendors.rails import PayeeRequest

FUNDED_CENTS = 2_000_000
TOP_UP_CENTS = 500_000
BUDGET_CENTS = 160_000
"""By the middle of October two of four quarters are released: half of it."""
RELEASED_CENTS = BUDGET_CENTS // 2
SMALL_BUDGET_CENTS = 14_000
"""What is released of it holds one bus card, and not two."""
GOALS = {"wellness": "Feel well in my body", "work": "Keep a job I like"}
LINES = {"WELL_GYM": 40_000, "TRAN_TRANSIT": 60_000, "EDUC_CLASS": 40_000, "TECH_COMPUTER": 80_000}

SHOPS: dict[str, dict[str, tuple[str, str, int]]] = {
    "bus": {"pass": ("TRAN_TRANSIT", "Bus pass", 5_000), "card": ("TRAN_TRANSIT", "Bus card", 4_500)},
    "gym": {"month": ("WELL_GYM", "Gym month", 9_000)},
    "school": {"lesson": ("EDUC_CLASS", "Lesson", 1_000)},
    "tech": {"computer": ("TECH_COMPUTER", "Laptop computer", 52_000)},
}
"""What is sold here: by shop and name, its category, title and price."""


@dataclass(slots=True)
class Town:
    """Who and what is there, by names that the journeys use."""

    program: Program
    source: FundingSource
    ids: dict[str, UUID] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    budgets: dict[str, Budget] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    offerings: dict[str, UUID] = field(default_factory=dict)

    def goal(self, member: str, domain: str = "work") -> str:
        """Name the goal of a member in a part of their life."""
        return str(next(goal["id"] for goal in self.plans[member].goals if goal["domain"] == domain))

    def request(self, offering: str, *, member: str = "ana", **changes: Any) -> dict[str, Any]:
        """Write the body of a request for an offering, such as `bus.pass`."""
        return {
            "member_id": str(self.ids[member]),
            "budget_id": str(self.budgets[member].id),
            "vendor_id": str(self.ids[offering.partition(".")[0]]),
            "offering_id": str(self.offerings[offering]),
            "goal_id": self.goal(member),
        } | changes


async def a_town(sessions: Sessions, *, rail: Any = None, at: datetime = NOON) -> Town:
    """Build it by the application's own verbs; with a rail its vendors are payees there, and money is on its way to it."""
    async with sessions.begin() as session:
        await publish_shipped(session, at=at)
    program = await builders.a_program(sessions, at=at)
    town = Town(program, await builders.a_funding_source(sessions, program, funded_cents=FUNDED_CENTS, at=at))
    town.ids["program"], town.ids["source"], town.ids["payer of all"] = program.id, town.source.id, program.payer_id
    await _hire(sessions, town, at=at)
    for name, broker, cents in (
        ("ana", "broker", BUDGET_CENTS),
        ("ben", "broker", BUDGET_CENTS),
        ("cleo", "other broker", BUDGET_CENTS),
        ("dora", "broker", SMALL_BUDGET_CENTS),
    ):
        await _enrol(sessions, town, name, broker=town.ids[broker], budget_cents=cents, at=at)
    for name, offers in SHOPS.items():
        await a_vendor(sessions, town, name, offers, rail=rail, at=at)
    if rail is not None:
        async with sessions.begin() as session:
            town.ids["top-up"] = new_id()
            await request_top_up(session, program.id, id=town.ids["top-up"], amount_cents=TOP_UP_CENTS, by=SOMEBODY, at=at)
    for name, role in _roles(town).items():
        town.tokens[name] = await a_token(sessions, town.ids[name], role, at=at)
    return town


async def _hire(sessions: Sessions, town: Town, *, at: datetime) -> None:
    of_program = {"program_ids": [town.program.id]}
    staff: dict[str, tuple[Role, dict[str, Any]]] = {
        "broker": (Role.BROKER, of_program),
        "other broker": (Role.BROKER, of_program),
        "director": (Role.DIRECTOR, of_program),
        "other director": (Role.DIRECTOR, of_program),
        "auditor": (Role.AUDITOR, of_program),
        "payer": (Role.PAYER, {"payer_id": town.program.payer_id}),
        "admin": (Role.ADMIN, {}),
    }
    for name, (role, scope) in staff.items():
        town.ids[name] = (await builders.a_staff(sessions, role, at=at, **scope)).id


async def _enrol(sessions: Sessions, town: Town, name: str, *, broker: UUID, budget_cents: int, at: datetime) -> None:
    async with sessions.read() as session:
        peer = await session.get_one(Staff, broker)
    member = await builders.a_member(sessions, town.program, broker=peer, funding="insured", name=name.title(), at=at)
    member.broker_id = broker
    house = builders.House(town.program, town.source, peer, member)
    town.ids[name] = member.id
    town.budgets[name] = await builders.a_budget(sessions, house, amount_cents=budget_cents, at=at)
    town.plans[name] = await builders.an_approved_plan(sessions, member, goals=GOALS, lines=LINES, at=at)
    if name == "ana":
        town.ids["representative"] = (await builders.a_representative(sessions, member, at=at)).id


async def a_vendor(
    sessions: Sessions, town: Town, name: str, offers: dict[str, tuple[str, str, int]], *, rail: Any = None, at: datetime = NOON
) -> None:
    """Let a vendor apply and be approved, screened and set up to be paid, with something on offer."""
    vendor_id = new_id()
    payee_id, is_ready = f"acct_{name}", True
    if rail is not None:
        payee_id = await rail.ensure_payee(PayeeRequest(str(vendor_id), key=f"payee:{vendor_id}"))
        is_ready = (await rail.payee_status(payee_id)).ready
    town.ids[name] = vendor_id
    async with sessions.begin() as session:
        vendor = await apply_as_vendor(
            session,
            id=vendor_id,
            program_id=town.program.id,
            name=f"The {name}",
            categories=[category for category, _, _ in offers.values()],
            owners=[],
            is_directed_worker=False,
            actor=Actor(),
            at=at,
        )
        await session.flush()
        await review_vendor(session, vendor, "approve", actor=Actor(SOMEBODY), at=at)
        await accept_tax_form(session, vendor, actor=Actor(SOMEBODY), at=at)
        vendors.set_payee(vendor, rail="stripe", payee_id=payee_id, is_ready=is_ready)
        for key, (category, title, cents) in offers.items():
            made: dict[str, Any] = {"category": category, "title": title, "unit": "piece", "unit_price_cents": cents, "tags": ["plain"]}
            ids: dict[str, Any] = {"id": new_id(), "price_id": new_id()}
            offering = await add_offering(session, vendor, **ids, **made, description=None, actor=Actor(SOMEBODY), at=at)
            town.offerings[f"{name}.{key}"] = offering.id
    await screen(sessions, vendor_id, at=at)


async def screen(sessions: Sessions, vendor_id: UUID, *, at: datetime) -> None:
    """Look at both lists again: a look holds for a month."""
    async with sessions.begin() as session:
        vendor = await session.get_one(Vendor, vendor_id, with_for_update=True)
        for name in ("leie", "sam"):
            look: dict[str, Any] = {"list": name, "list_date": at.date(), "result": ScreeningResult.CLEAR}
            await screen_vendor(session, vendor, id=new_id(), **look, actor=Actor(SOMEBODY), at=at)


def _roles(town: Town) -> dict[str, Role]:
    return {
        "ana": Role.MEMBER,
        "ben": Role.MEMBER,
        "cleo": Role.MEMBER,
        "dora": Role.MEMBER,
        "representative": Role.REPRESENTATIVE,
        "broker": Role.BROKER,
        "other broker": Role.BROKER,
        "director": Role.DIRECTOR,
        "other director": Role.DIRECTOR,
        "auditor": Role.AUDITOR,
        "payer": Role.PAYER,
        "admin": Role.ADMIN,
        **dict.fromkeys((name for name in SHOPS if name in town.ids), Role.VENDOR),
    }


async def a_token(sessions: Sessions, subject: UUID, role: Role, *, at: datetime, life: Any = DEFAULT_LIFE) -> str:
    """Issue a token to somebody, who is enrolled first when nobody knows them."""
    text = new_token_text()
    async with sessions.begin() as session:
        if await session.get(PrincipalRow, subject) is None:
            enrol(session, subject, role=role, at=at)
            await session.flush()
        await issue_token(session, subject, id=new_id(), text=text, role=role, expires_at=at + life, by=None, at=at)
    return text
