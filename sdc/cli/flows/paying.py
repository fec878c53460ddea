"""The money's part of a flow: the processor's side of top-ups and payouts, told by the rail of this process."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select

import ledger
from sdc.bills.model import Bill, BillState
from sdc.bills.states import TAKEN
from sdc.books import chart
from sdc.cli.flows.refusals import UnexpectedError
from sdc.cli.flows.scene import Scene
from sdc.cli.flows.steps import Step
from sdc.clock import local_date, machine_now
from sdc.errors import ConflictError
from sdc.ids import new_id, new_reference
from sdc.jobs import JOBS
from sdc.outbox.relay import Leased
from sdc.payments.applying import apply_event
from sdc.payments.claiming import Claimed, claim_payment
from sdc.payments.locking import lock_payment
from sdc.payments.model import Payment, PaymentState
from sdc.payments.queueing import queue_payment, requeue_payment, retry_payment
from sdc.payments.recording import record_outcome
from sdc.payments.sending import call_rail
from sdc.payments.splitting import backup_cents
from sdc.payments.webhook import receive_event
from vendors import Vendor
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
    """Begin to pay the bill of which this much is owed, or all bills that come to it together."""
    await begin(scene, await _owed(scene, step.cents))


async def begin(scene: Scene, bill_ids: Sequence[UUID]) -> None:
    """Begin to pay bills; of what is set off as a whole nothing is sent, and it is paid at once."""
    claimed = []
    for bill_id in bill_ids:
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
            elif payment.state is not PaymentState.QUEUED:
                retry_payment(session, await lock_payment(session, payment.id), by=scene.admin.id, at=scene.now, machine_at=machine_now())
            await session.flush()
            one = await claim_payment(session, payment.id, attempt_id=new_id(), at=scene.now, machine_at=machine_now())
        if one is not None:
            claimed.append(one)
        elif not await _is_set_off(scene, payment.id):
            raise UnexpectedError("the payment may not leave")
    if claimed:
        scene.payouts.append(claimed)


async def payout_paid(scene: Scene, step: Step) -> None:
    """Let the processor pay what was begun first; told again, the same word changes nothing."""
    if scene.payouts:
        for one in _take(scene, step):
            await call_rail(scene.work, one, at=scene.now, machine_at=machine_now())
            await do_job(scene, "collect_offsets", one.payment_id)
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
    told = Event(
        id=f"evt_{found.rail_id}", type="transfer.reversed", object_id=found.rail_id, created_at=scene.now, live=False, about="transfer"
    )
    async with scene.sessions.begin() as session:
        await receive_event(session, told, rail=scene.rail.name, at=scene.now)
    await apply_event(scene.work, told.id, at=scene.now, machine_at=machine_now())


async def owed(scene: Scene) -> dict[UUID, int]:
    """Tell what is owed of each bill: all of an accepted one, and what came back of a paid one."""
    async with scene.sessions.read() as session:
        query = (
            select(Bill.id, Bill.amount_cents, Bill.state, Payment.returned_cents)
            .outerjoin(Payment, Payment.bill_id == Bill.id)
            .where(Bill.id.in_(scene.bills), Bill.state.in_(TAKEN), ~Bill.is_sending)
        )
        rows = (await session.execute(query.order_by(Bill.id))).all()
    cents = {row.id: row.amount_cents if row.state is BillState.ACCEPTED else row.returned_cents or 0 for row in rows}
    return {bill_id: left_cents for bill_id, left_cents in cents.items() if left_cents}


async def owed_net(scene: Scene, cents: int) -> UUID | None:
    """Find the bill of a vendor of whom tax is withheld, of which this much is sent."""
    async with scene.sessions.read() as session:
        vendor = await session.get_one(Vendor, scene.vendor_id)
    if not vendor.withholds:
        return None
    today = local_date(scene.now, "America/New_York")
    return next((bill_id for bill_id, left in (await owed(scene)).items() if left - backup_cents(left, on=today) == cents), None)


async def _owed(scene: Scene, cents: int) -> list[UUID]:
    """Find the bill of which this much is owed, or all that are owed when they come to it."""
    left = await owed(scene)
    if not left:
        raise ConflictError("no bill is owed")
    same = next((bill_id for bill_id, left_cents in left.items() if left_cents == cents), None) or await owed_net(scene, cents)
    if same is not None:
        return [same]
    if sum(left.values()) != cents:
        raise UnexpectedError(f"{sum(left.values())} cents are owed, in bills of {', '.join(map(str, left.values()))}")
    return list(left)


async def _is_set_off(scene: Scene, payment_id: UUID) -> bool:
    """Collect what a payment of which nothing is sent was set off against, and say whether it was one."""
    async with scene.sessions.read() as session:
        payment = await session.get_one(Payment, payment_id)
    if payment.state is not PaymentState.SENT or payment.attempts:
        return False
    await do_job(scene, "collect_offsets", payment_id)
    return True


def _take(scene: Scene, step: Step) -> list[Claimed]:
    """Take the payout of this amount out of those that were begun, or the first."""
    wanted = next((one for one in scene.payouts if sum(part.call.amount_cents for part in one) == step.amount_cents), scene.payouts[0])
    scene.payouts.remove(wanted)
    return wanted
