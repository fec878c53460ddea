"""A stage for payments: a program with money at its processor, a vendor, and accepted bills."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

import ledger
from sdc.auth.principal import Role
from sdc.bills.model import Bill, BillState
from sdc.bills.receiving import receive_bill
from sdc.books import chart
from sdc.books.posting import open_accounts
from sdc.config import Settings
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.jobs import drain
from sdc.outbox.work import Work
from sdc.payments.model import Attempt, Payment, SenderSwitch
from sdc.programs.receiving import request_top_up
from sdc.purchases.approve import approve_purchase
from sdc.purchases.confirm import confirm_delivery
from sdc.purchases.deliver import deliver_order
from sdc.purchases.judging import RulingIds
from sdc.purchases.model import PurchaseState
from tests.builders import KEYS, SOMEBODY, House, a_budget, a_house, an_approved_plan
from tests.scripted_rail import ScriptedRail
from tests.serving import StandingClock
from tests.shops import a_purchase, a_vendor, an_offering, principal
from vendors import Vendor

NUMBERS = count(1)


@dataclass(slots=True)
class Stage:
    """Everything that stands when a payment begins."""

    sessions: Sessions
    rail: Any
    work: Work
    house: House
    budget: Any
    goal: str
    vendor: Vendor

    async def bills(self, cents: int = 4_000, *, vendor: Vendor | None = None) -> Bill:
        """Have something bought, delivered, confirmed and billed; the bill is accepted."""
        seller, member = vendor or self.vendor, self.house.member
        at = self.work.clock.now()
        offering = await an_offering(self.sessions, seller, category="TRAN_TRANSIT", title="Bus pass", unit_price_cents=cents)
        whole = await a_purchase(self.sessions, member, self.budget, seller, goal_id=self.goal, offering_id=offering.id)
        if whole.purchase.state is PurchaseState.PENDING:  # one like it was bought just now
            broker, ids = principal(self.house.broker.id, Role.BROKER), RulingIds.new()
            async with self.sessions.begin() as session:
                whole = await approve_purchase(
                    session, whole.purchase.id, who=broker, approval_id=new_id(), note=None, ids=ids, keyring=KEYS, at=at
                )
        as_vendor = principal(seller.id, Role.VENDOR)
        async with self.sessions.begin() as session:
            await deliver_order(
                session,
                whole.purchase.order_id,
                who=as_vendor,
                delivery_id=new_id(),
                quantity_thousandths=None,
                delivered_on=None,
                proof=None,
                at=at,
            )
        async with self.sessions.begin() as session:
            await confirm_delivery(session, whole.purchase.id, who=principal(member.id, Role.MEMBER), delivery_id=None, at=at)
        said: dict[str, Any] = {"billed_on": at.date(), "business": seller.name, "description": "as ordered", "is_final": True}
        made: dict[str, Any] = {"id": new_id(), "decision_id": new_id(), "number": f"B-{next(NUMBERS)}"}
        async with self.sessions.begin() as session:
            bill = await receive_bill(session, whole.purchase.order_id, **made, amount_cents=cents, **said, who=as_vendor, at=at)
        assert bill.state is BillState.ACCEPTED, bill.held_because
        return bill

    async def works(self) -> int:
        """Let the worker do all that is due."""
        return await drain(self.work)

    async def waits(self, **by: float) -> None:
        """Let the machine's time pass for what is on its way, as if each instant of it lay further back."""
        back = timedelta(**by)
        async with self.sessions.begin() as session:
            for row in await session.scalars(select(Payment).where(Payment.look_at.is_not(None))):
                row.look_at = row.look_at - back if row.look_at else None
            for attempt in await session.scalars(select(Attempt)):
                attempt.claimed_at -= back
        await self.works()

    async def quiet_is_over(self) -> None:
        """Let the rest end that the processor asked for."""
        async with self.sessions.begin() as session:
            await session.execute(update(SenderSwitch).values(quiet_until=None))

    async def payment(self, bill: Bill) -> Payment:
        """Read the payment of a bill."""
        async with self.sessions.read() as session:
            return (await session.scalars(select(Payment).where(Payment.bill_id == bill.id))).one()

    async def bill(self, bill: Bill) -> Bill:
        """Read a bill as it is now."""
        async with self.sessions.read() as session:
            return await session.get_one(Bill, bill.id)

    async def attempts(self) -> list[str]:
        """Name the states of all attempts, the oldest first."""
        async with self.sessions.read() as session:
            return [state.value for state in await session.scalars(select(Attempt.state).order_by(Attempt.id))]

    async def changes_vendor(self, **columns: Any) -> None:
        """Change what stands of the vendor."""
        async with self.sessions.begin() as session:
            await session.execute(update(Vendor).where(Vendor.id == self.vendor.id).values(**columns))

    async def books(self) -> dict[str, int]:
        """Read what is owed to the vendor, on its way to it, and at the processor; the books are whole."""
        program, vendor = self.house.program.id, self.vendor.id
        codes = {"owed": chart.payable(vendor), "transit": chart.transit(), "cash": chart.CASH_PROCESSOR}
        async with self.sessions.begin() as session:
            await open_accounts(session, [chart.account(program, codes["owed"])], at=self.work.clock.now())
        async with self.sessions.read() as session:
            held = await ledger.balances(session, [chart.account_id(program, code) for code in codes.values()])
            assert (await ledger.verify(session)).ok
        return {name: held[chart.account_id(program, code)] for name, code in codes.items()}


async def a_stage(url: str, *, top_up_cents: int = 100_000, rail: Any = None) -> Stage:
    """Set it up; the top-up is settled."""
    sessions, rail = Sessions(url), rail or ScriptedRail()
    work = Work(sessions=sessions, clock=StandingClock(), keyring=KEYS, settings=Settings(sender_rate=0), rail=rail)
    house = await a_house(sessions)
    budget = await a_budget(sessions, house)
    plan = await an_approved_plan(sessions, house.member, lines={"TRAN_TRANSIT": 100_000})
    vendor = await a_vendor(sessions, house.program, payee_id="acct_1", rail="stripe")
    stage = Stage(sessions, rail, work, house, budget, plan.goals[0]["id"], vendor)
    if top_up_cents:
        await top_up(stage, top_up_cents)
        await stage.works()
    return stage


async def top_up(stage: Stage, cents: int) -> UUID:
    """Ask for a top-up; the worker sends it."""
    async with stage.sessions.begin() as session:
        made = await request_top_up(
            session, stage.house.program.id, id=new_id(), amount_cents=cents, by=SOMEBODY, at=stage.work.clock.now()
        )
    return made.id
