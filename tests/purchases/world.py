"""A small world for tests of purchases: one program, its people and shops, over HTTP; its ledger is verified at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

import ledger
from sdc.auth.principal import Role
from sdc.budgets.model import Budget
from sdc.plans.model import Plan
from sdc.programs.model import Staff
from tests.builders import House, a_budget, a_house, a_staff, an_approved_plan, balances_of
from tests.rejudging import rejudge
from tests.serving import Serving, serving
from tests.shops import a_vendor, an_offering
from vendors import Offering, Vendor

GOALS = {"wellness": "Feel well in my body", "work": "Find work"}
LINES = {"WELL_GYM": 36_000, "TRAN_TRANSIT": 18_000, "WELL_ALT": 16_000, "TECH_COMPUTER": 60_000}


@dataclass(slots=True)
class World:
    """Who is there, what they hold, and a token for each."""

    serving: Serving
    house: House
    budget: Budget
    plan: Plan
    vendor: Vendor
    gym: Offering
    bus: Offering
    director: Staff
    member: str
    broker: str
    directing: str
    selling: str

    @property
    def goal(self) -> str:
        """The goal of wellness."""
        return str(self.plan.goals[0]["id"])

    def body(self, offering: Offering | None = None, **changes: Any) -> dict[str, Any]:
        """Write a request for a gym month ($40.00), or for another offering."""
        given: dict[str, Any] = {
            "member_id": str(self.house.member.id),
            "budget_id": str(self.budget.id),
            "vendor_id": str(self.vendor.id),
            "offering_id": str((offering or self.gym).id),
            "goal_id": self.goal,
        }
        return {name: value for name, value in (given | changes).items() if value is not ...}

    async def ask(
        self, offering: Offering | None = None, *, token: str | None = None, key: str | None = None, **changes: Any
    ) -> httpx.Response:
        """Ask to buy, as the member unless told."""
        return await self.serving.post("/v1/purchases", self.body(offering, **changes), token or self.member, key=key)

    async def move(self, purchase: dict[str, Any], move: str, token: str, **body: Any) -> httpx.Response:
        """Make a move on a purchase."""
        return await self.serving.post(f"/v1/purchases/{purchase['id']}/{move}", body, token)

    async def approved(self, **changes: Any) -> dict[str, Any]:
        """Ask for something that is approved at once."""
        response = await self.ask(**changes)
        assert response.json()["state"] == "approved", response.text
        shown: dict[str, Any] = response.json()
        return shown

    async def pending(self, **changes: Any) -> dict[str, Any]:
        """Ask for something that waits for the broker: a gym month at $90.00."""
        response = await self.ask(**({"unit_price_cents": 9_000} | changes))
        assert response.json()["state"] == "pending", response.text
        shown: dict[str, Any] = response.json()
        return shown

    async def balances(self) -> dict[str, int]:
        """Read the budget's four accounts."""
        return await balances_of(self.serving.sessions, self.budget)


@asynccontextmanager
async def a_world(url: str, *, amount_cents: int = 319_200, funding: str = "insured", **program: Any) -> AsyncIterator[World]:
    """Set up the world; when the test is done with it, verify the ledger and make every decision again."""
    async with serving(url) as served:
        sessions = served.sessions
        house = await a_house(sessions, **program)
        async with sessions.begin() as session:
            house.member.funding = funding
            session.add(house.member)
        vendor = await a_vendor(sessions, house.program)
        director = await a_staff(sessions, Role.DIRECTOR, program_ids=[house.program.id])
        yield World(
            serving=served,
            house=house,
            budget=await a_budget(sessions, house, amount_cents=amount_cents),
            plan=await an_approved_plan(sessions, house.member, goals=GOALS, lines=LINES),
            vendor=vendor,
            gym=await an_offering(sessions, vendor),
            bus=await an_offering(sessions, vendor, category="TRAN_TRANSIT", title="Bus pass", unit_price_cents=4_500),
            director=director,
            member=await served.token(Role.MEMBER, house.member.id),
            broker=await served.token(Role.BROKER, house.broker.id),
            directing=await served.token(Role.DIRECTOR, director.id),
            selling=await served.token(Role.VENDOR, vendor.id),
        )
        async with sessions.read() as session:
            verified = await ledger.verify(session)
        assert verified.ok, verified.faults
        await rejudge(sessions, served.keyring)


def rules_in(answer: httpx.Response | dict[str, Any], severity: str) -> list[str]:
    """Name the rules that spoke with a severity."""
    shown = answer if isinstance(answer, dict) else answer.json()
    return [one["rule"] for one in shown["decision"]["findings"] if one["severity"] == severity]


def changes_of(remedy: dict[str, Any]) -> dict[str, Any]:
    """Tell what a remedy says to send otherwise, as it says it."""
    return {change["field"]: change["after"] for change in remedy["changes"]}
