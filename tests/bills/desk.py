"""A desk where bills arrive: a vendor with orders, the member who confirms, the broker and director who look at bills."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import update

from sdc.auth.principal import Role
from sdc.budgets.model import Budget
from sdc.jobs import drain
from sdc.purchases.model import Authorization, Purchase
from sdc.purchases.whole import Whole
from tests.builders import House, a_budget, a_house, a_staff, an_approved_plan, balances_of
from tests.scripted_rail import ScriptedRail
from tests.serving import Serving
from tests.shops import a_purchase, a_vendor, an_offering, principal
from vendors import Vendor

NUMBERS = count(1)
GIVEN = {"billed_on": "2026-10-15", "business": "Corner Gym", "description": "as ordered"}


@dataclass(slots=True)
class Desk:
    """Who is there, and what they do, over HTTP."""

    served: Serving
    house: House
    budget: Budget
    goal: str
    vendor: Vendor
    rail: ScriptedRail
    tokens: dict[str, str] = field(default_factory=dict)

    async def order(self, cents: int = 4_000, *, quantity: int = 1, delivered: int | None = None, title: str = "Bus pass") -> Whole:
        """Have something bought and delivered, all of it unless told; the member confirms."""
        offering = await an_offering(self.served.sessions, self.vendor, category="TRAN_TRANSIT", title=title, unit_price_cents=cents)
        asked: dict[str, Any] = {"goal_id": self.goal, "offering_id": offering.id, "quantity_thousandths": quantity * 1_000}
        who = principal(self.house.member.id, Role.MEMBER)
        whole = await a_purchase(self.served.sessions, self.house.member, self.budget, self.vendor, who=who, **asked)
        if whole.purchase.state == "pending":
            expected(await self.post("broker", f"/v1/purchases/{whole.purchase.id}/approve"))
        if delivered != 0:
            await self.delivers(whole, delivered or quantity)
        return whole

    async def delivers(self, whole: Whole, quantity: int) -> None:
        """Deliver some of an order; the member confirms, and the worker looks at the bills that wait for it."""
        expected(await self.post("vendor", f"/v1/purchases/{whole.purchase.order_id}/deliver", {"quantity": quantity}))
        expected(await self.post("member", f"/v1/purchases/{whole.purchase.id}/confirm"))
        await self.works()

    async def bills(self, whole: Whole, cents: int, *, who: str = "vendor", **changes: Any) -> dict[str, Any]:
        """Send a bill that is taken in."""
        return expected(await self.sends(whole, cents, who=who, **changes))

    async def sends(self, whole: Whole, cents: int, *, who: str = "vendor", **changes: Any) -> httpx.Response:
        """Send a bill and take any answer."""
        body = {"order_id": str(whole.purchase.order_id), "number": f"B-{next(NUMBERS)}", "amount_cents": cents}
        return await self.post(who, "/v1/bills", body | GIVEN | changes)

    async def post(self, who: str, path: str, body: Any = None) -> httpx.Response:
        """Do something as somebody."""
        return await self.served.post(path, body, self.tokens[who])

    async def bill(self, bill: dict[str, Any], *, who: str = "vendor") -> dict[str, Any]:
        """Read a bill."""
        return expected(await self.served.get(f"/v1/bills/{bill['id']}", self.tokens[who]))

    async def works(self) -> None:
        """Let the worker do all that is due."""
        await drain(self.served.work)

    async def changes_vendor(self, **columns: Any) -> None:
        """Change what stands of the vendor."""
        async with self.served.sessions.begin() as session:
            await session.execute(update(Vendor).where(Vendor.id == self.vendor.id).values(**columns))

    async def balances(self) -> dict[str, int]:
        """Read the budget's accounts."""
        return await balances_of(self.served.sessions, self.budget)

    async def left(self, whole: Whole) -> tuple[str, int]:
        """Read where the purchase stands, and what is left of its authorisation."""
        async with self.served.sessions.read() as session:
            purchase = await session.get_one(Purchase, whole.purchase.id)
            assert purchase.authorization_id is not None
            authorization = await session.get_one(Authorization, purchase.authorization_id)
        return purchase.state.value, authorization.left_cents


async def a_desk(served: Serving, *, budget_cents: int = 319_200) -> Desk:
    """Set it up."""
    house = await a_house(served.sessions)
    budget = await a_budget(served.sessions, house, amount_cents=budget_cents)
    plan = await an_approved_plan(served.sessions, house.member, lines={"TRAN_TRANSIT": 300_000})
    vendor = await a_vendor(served.sessions, house.program, payee_id="acct_1", rail="stripe")
    desk = Desk(served, house, budget, plan.goals[0]["id"], vendor, served.work.rail)  # type: ignore[arg-type]
    director = (await a_staff(served.sessions, Role.DIRECTOR, program_ids=[house.program.id])).id
    people: dict[str, tuple[Role, UUID]] = {
        "vendor": (Role.VENDOR, vendor.id),
        "member": (Role.MEMBER, house.member.id),
        "broker": (Role.BROKER, house.broker.id),
        "director": (Role.DIRECTOR, director),
    }
    for name, (role, subject) in people.items():
        desk.tokens[name] = await served.token(role, subject)
    desk.tokens["admin"] = await served.token(Role.ADMIN)
    return desk


def expected(response: httpx.Response) -> dict[str, Any]:
    """Take the body of an answer that must be a yes."""
    assert response.is_success, f"{response.status_code}: {response.text[:400]}"
    body: dict[str, Any] = response.json()
    return body


def rules_of(bill: dict[str, Any]) -> list[str]:
    """Name what a bill waits for, or was rejected for."""
    return [one["rule"] for one in bill["held_because"]]
