"""The money's part of a flow: the processor's side of top-ups and payouts, told by the rail of this process."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

import ledger
from sdc.bills.model import Bill, BillState
from sdc.books import chart
from sdc.cli.flows.refusals import UnexpectedError
from sdc.cli.flows.scene import Scene
from sdc.cli.flows.steps import Step
from sdc.clock import machine_now
from sdc.errors import ConflictError
from sdc.ids import new_id, new_reference
from sdc.jobs import JOBS
from sdc.outbox.relay import Leased
from sdc.payments.claiming import Claimed, claim_payment
from sdc.payments.model import PaymentState
from sdc.payments.queueing import queue_payment, requeue_payment
from sdc.payments.recording import record_outcome
from sdc.payments.sending import call_rail
from sdc.payments.webhook import apply_event, receive_event
from vendors.rails import Event, Rejected, Sent


async def do_job(scene: Scene, name: str, subject_id: UUID) -> None:
    """Do one job now, as the worker would."""
    await JOBS[name](scene.work, Leased(id=new_id(), name=name, subject_id=subject_id, data={}, fence=1, tries=1))


async def budget_with(scene: Scene, cents: int, *, name: Callable[[UUID], str] = chart.available) -> UUID:
    """Choose the first budget that holds enough on an account (available, unless told), else the last.

    Raises:
        ConflictError: nothing was allocated.

    """
    async with scene.sessions.read() as session:
        for budget_id in scene.budgets:
            if await ledger.balance(session, chart.account_id(scene.program_id, name(budget_id))) >= cents:
                return budget_id
    if not scene.budgets:
        raise ConflictError("nothing was allocated")
    return scene.budgets[-1]


async def payout(scene: Scene, step: Step) -> None:
    """Begin to pay the bill of this amount, or all bills that come to it together."""
    claimed = []
    for bill_id in await _owed(scene, step.cents):
        async with scene.sessions.begin() as session:
            payment = await queue_payment(
                session,
                bill_id,
                id=new_id(),
                reference=new_reference(),
                rail=scene.rail.name,
                at=scene.now,
                machine_at=machine_now(),
            )
            assert payment is not None, "an accepted bill has its payment"
            if payment.state is PaymentState.HELD:
                requeue_payment(session, payment, at=scene.now, machine_at=machine_now())
            await session.flush()
            one = await claim_payment(session, payment.id, attempt_id=new_id(), at=scene.now, machine_at=machine_now())
        if one is None:
            raise UnexpectedError("the payment may not leave")
        claimed.append(one)
    scene.payouts.append(claimed)


async def payout_paid(scene: Scene, step: Step) -> None:
    """Let the processor pay what was begun first; told again, the same word changes nothing."""
    if scene.payouts:
        for one in _take(scene, step):
            await call_rail(scene.work, one, at=scene.now, machine_at=machine_now())
            scene.sent.append(one)
        return
    if not scene.sent:
        raise ConflictError("nothing was paid out that could arrive")
    again = scene.sent[-1]
    (found,) = await scene.rail.find(again.call.payment_reference)
    async with scene.sessions.begin() as session:
        await record_outcome(session, again, Sent(found.rail_id), at=scene.now, machine_at=machine_now())


async def payout_returned(scene: Scene, step: Step) -> None:
    """Have the processor refuse what was begun first, or else give back what it paid last."""
    if scene.payouts:
        scene.rail.answer = Rejected(reason="returned", retry="vendor")
        for one in _take(scene, step):
            await call_rail(scene.work, one, at=scene.now, machine_at=machine_now())
        scene.rail.answer = None
        return
    if not scene.sent:
        raise ConflictError("nothing was paid that could come back")
    (found,) = await scene.rail.find(scene.sent.pop().call.payment_reference)
    scene.rail.take_back(found.rail_id)
    told = Event(id=f"evt_{found.rail_id}", type="transfer.reversed", object_id=found.rail_id, created_at=scene.now, live=False)
    async with scene.sessions.begin() as session:
        await receive_event(session, told, rail=scene.rail.name, at=scene.now)
    await apply_event(scene.work, told.id, at=scene.now, machine_at=machine_now())


async def _owed(scene: Scene, cents: int) -> list[UUID]:
    """Find the accepted bill of this amount, or all accepted bills when they come to it."""
    async with scene.sessions.read() as session:
        query = select(Bill.id, Bill.amount_cents).where(Bill.id.in_(scene.bills), Bill.state == BillState.ACCEPTED, ~Bill.is_sending)
        owed = {row.id: row.amount_cents for row in await session.execute(query.order_by(Bill.id))}
    if not owed:
        raise ConflictError("no bill is owed")
    same = next((bill_id for bill_id, amount_cents in owed.items() if amount_cents == cents), None)
    if same is not None:
        return [same]
    if sum(owed.values()) != cents:
        raise UnexpectedError(f"{sum(owed.values())} cents are owed, in bills of {', '.join(map(str, owed.values()))}")
    return list(owed)


def _take(scene: Scene, step: Step) -> list[Claimed]:
    """Take the payout of this amount out of those that were begun, or the first."""
    wanted = next((one for one in scene.payouts if sum(part.call.amount_cents for part in one) == step.amount_cents), scene.payouts[0])
    scene.payouts.remove(wanted)
    return wanted
