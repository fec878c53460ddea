"""Many accepted bills of many vendors, their payments queued, and the money for them at a sandbox of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

import ledger
from sdc.bills.model import Bill, BillState
from sdc.books import chart, entries
from sdc.books.posting import post
from sdc.clock import local_date, machine_now
from sdc.ids import new_id, new_reference
from sdc.payments.model import Attempt, AttemptState, BankLeg, Payment, PaymentState
from tests.payments.stage import Stage, a_stage, top_up
from tests.shops import a_vendor
from tests.vendors.rails.running import a_payee, a_rail, running
from vendors import Vendor

BILL_CENTS = 1_234
A_DEPOSIT_CENTS = 10**9
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Scene:
    """A database, the sandbox beside it, and what stands in both."""

    url: str
    sandbox: str
    stage: Stage
    vendors: list[Vendor]
    template: Bill

    async def queue(self, payments: int) -> None:
        """Have so many accepted bills wait for their money, spread over the vendors."""
        chosen = list(islice(cycle(self.vendors), payments))
        for start in range(0, payments, MOST_ROWS):
            await self._queue(chosen[start : start + MOST_ROWS])

    async def _queue(self, chosen: list[Vendor]) -> None:
        at, machine_at = self.stage.work.clock.now(), machine_now()
        like = {column.name: getattr(self.template, column.name) for column in Bill.__table__.columns}
        bills = [
            like
            | {"id": new_id(), "vendor_id": vendor.id, "number": str(new_reference()), "state": BillState.ACCEPTED, "is_sending": False}
            for vendor in chosen
        ]
        payments = [_a_payment(bill, at=at, machine_at=machine_at) for bill in bills]
        program = self.stage.house.program
        owed = [_owed(program.id, self.stage.house.source.id, bill, on=local_date(at, program.time_zone)) for bill in bills]
        async with self.stage.sessions.begin() as session:
            await session.execute(insert(Bill), bills)
            await session.execute(insert(Payment), payments)
            await post(session, *owed, at=at)

    async def span(self, *, last: int) -> tuple[int, float]:
        """Tell how many of the last attempts were sent, and the seconds from their first claim to their last answer."""
        ended = select(Attempt.claimed_at, Attempt.ended_at).where(Attempt.state == AttemptState.SENT)
        async with self.stage.sessions.read() as session:
            rows = (await session.execute(ended.order_by(Attempt.id.desc()).limit(last))).all()
        seconds = (max(row.ended_at for row in rows) - min(row.claimed_at for row in rows)).total_seconds()
        return len(rows), seconds

    async def attempts(self) -> int:
        """Count all attempts."""
        async with self.stage.sessions.read() as session:
            return int(await session.scalar(select(func.count()).select_from(Attempt)) or 0)

    async def transfers(self) -> list[str]:
        """Name the processor's ids of what was sent."""
        async with self.stage.sessions.read() as session:
            return [str(rail_id) for rail_id in await session.scalars(select(Attempt.rail_id).where(Attempt.state == AttemptState.SENT))]

    async def left(self) -> int:
        """Count the payments that are not sent."""
        async with self.stage.sessions.read() as session:
            unsent = select(func.count()).select_from(Payment).where(Payment.state != PaymentState.SENT)
            return int(await session.scalar(unsent) or 0)


@asynccontextmanager
async def a_scene(url: str, folder: Path, *, vendors: int, payments: int) -> AsyncIterator[Scene]:
    """Set it up: the vendors are payees at a fresh sandbox, and there is money for all payments."""
    with running(folder / "sandbox.db") as sandbox:
        rail = a_rail(sandbox, read_seconds=30.0)
        await rail.open()
        stage = await a_stage(url, rail=rail)
        try:
            payees = await _payees(rail, vendors)
            sellers = [await a_vendor(stage.sessions, stage.house.program, payee_id=payee, rail="stripe") for payee in payees]
            await stage.changes_vendor(payee_id=payees[0])
            template = await stage.bills(BILL_CENTS)
            await _fund(stage)
            await top_up(stage, payments * BILL_CENTS)
            await stage.works()
            yield Scene(url, sandbox, stage, sellers, template)
        finally:
            await rail.aclose()
            await stage.sessions.close()


async def _payees(rail: Any, count: int) -> list[str]:  # noqa: ANN401 - the tests' own
    made: list[str] = []
    while len(made) < count:
        made += await asyncio.gather(*(a_payee(rail) for _ in range(min(16, count - len(made)))))
    return made


async def _fund(stage: Stage) -> None:
    """Put enough into the funding source, from which the bills are owed at once: the way to them is another figure's."""
    program, at = stage.house.program, stage.work.clock.now()
    async with stage.sessions.begin() as session:
        entry = entries.deposit(
            book_id=program.id,
            deposit_id=new_id(),
            source_id=stage.house.source.id,
            amount_cents=A_DEPOSIT_CENTS,
            on=local_date(at, program.time_zone),
        )
        await post(session, entry, at=at)


def _a_payment(bill: dict[str, Any], *, at: Any, machine_at: Any) -> dict[str, Any]:  # noqa: ANN401 - instants
    return {
        "id": new_id(),
        "program_id": bill["program_id"],
        "bill_id": bill["id"],
        "vendor_id": bill["vendor_id"],
        "reference": new_reference(),
        "rail": "stripe",
        "amount_cents": bill["amount_cents"],
        "returned_cents": 0,
        "state": PaymentState.QUEUED,
        "delivery": BankLeg.NONE,
        "held_because": None,
        "attempts": 0,
        "look_at": machine_at,
        "rail_id": None,
        "expected_on": None,
        "created_at": at,
        "sent_at": None,
        "withheld_cents": 0,
        "offset_cents": 0,
    }


def _owed(book_id: UUID, source_id: UUID, bill: dict[str, Any], *, on: Any) -> ledger.Entry:  # noqa: ANN401 - a date
    source, vendor = chart.account_id(book_id, chart.funding(source_id)), chart.account_id(book_id, chart.payable(bill["vendor_id"]))
    transfer = ledger.Transfer(source, vendor, bill["amount_cents"])
    return ledger.Entry(id=new_id(), book_id=book_id, kind="expenditure", subject=bill["id"], effective_on=on, transfers=(transfer,))
