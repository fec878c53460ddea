"""What each step of a flow does, by the verbs that a request or a worker would use.

A step that the program refuses posts nothing, and the flow goes on: its balances tell. A step that the program has no
verb for ends the flow.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from sdc.bills.model import Bill, BillState
from sdc.bills.receiving import receive_bill
from sdc.bills.reversing import reverse_bill
from sdc.bills.reviewing import open_bill
from sdc.bills.states import BillMove
from sdc.books import chart
from sdc.budgets import earning
from sdc.budgets.allocating import AllocationLine, allocate_budget
from sdc.budgets.earning import BaselineIds, set_baseline
from sdc.changes.asking import AskedSaving, request_saving
from sdc.changes.judging import ChangeIds
from sdc.changes.releasing import release_saving
from sdc.cli.flows import afterwards, paying
from sdc.cli.flows.refusals import NotBuiltError, UnexpectedError
from sdc.cli.flows.scene import CATEGORY, PERIOD, Hold, Scene
from sdc.cli.flows.steps import Step
from sdc.clock import local_date
from sdc.errors import ConflictError, WrongStateError
from sdc.ids import new_id
from sdc.members.model import Member
from sdc.programs.receiving import record_deposit, request_top_up
from sdc.purchases.cancel import cancel_purchase
from sdc.purchases.confirm import confirm_delivery
from sdc.purchases.deliver import deliver_order
from sdc.purchases.model import PaidFrom, Purchase, PurchaseState
from sdc.purchases.request import Asked, RequestIds, request_purchase

_TIME_ZONE = "America/New_York"
_FIRST_YEAR = 2024
_YEARS = 3
"""Months are closed from January 2024 on, each other baseline three years earlier: all of them have run out by the day of the flow."""


async def allocate(scene: Scene, step: Step) -> None:
    """Receive a deposit, move it to the processor, and allocate it to the member, all of it released at once."""
    await _allocate(scene, step.cents)


async def allocate_split(scene: Scene, step: Step) -> None:
    """Allocate an amount split over so many lines: `100000 over 3 lines`."""
    await _allocate(scene, step.cents, lines=[AllocationLine(f"LINE_{number}") for number in range(1, step.count("lines") + 1)])


async def _allocate(scene: Scene, cents: int, *, lines: Sequence[AllocationLine] = ()) -> None:
    await _pay_in(scene, cents)
    async with scene.sessions.begin() as session:
        budget = await allocate_budget(
            session,
            await session.get_one(Member, scene.member.id),
            id=new_id(),
            funding_source_id=scene.source_id,
            amount_cents=cents,
            starts_on=PERIOD[0],
            ends_on=PERIOD[1],
            by=scene.admin.id,
            at=scene.now,
            lines=lines,
        )
    scene.budgets.append(budget.id)


async def _pay_in(scene: Scene, cents: int) -> None:
    """Receive a payer's money and move it to the processor."""
    today = local_date(scene.now, _TIME_ZONE)
    async with scene.sessions.begin() as session:
        await record_deposit(
            session,
            scene.source_id,
            id=new_id(),
            amount_cents=cents,
            received_on=today,
            reference="flow",
            by=scene.admin.id,
            at=scene.now,
        )
    async with scene.sessions.begin() as session:
        top_up = await request_top_up(session, scene.program_id, id=new_id(), amount_cents=cents, by=scene.admin.id, at=scene.now)
    await paying.do_job(scene, "send_top_up", top_up.id)


async def close_month(scene: Scene, step: Step) -> None:
    """Close the next month against a baseline: what it earned is paid in, allocated and released."""
    monthly_cents, actual_cents = step.named("baseline", "actual")
    earned_cents = max(0, monthly_cents - actual_cents)
    if earned_cents:
        await _pay_in(scene, earned_cents)
    first_year = _FIRST_YEAR - _YEARS * list({**scene.closed, monthly_cents: 0}).index(monthly_cents)
    if monthly_cents not in scene.closed:
        await _set_baseline(scene, monthly_cents, first_year)
    number = scene.closed.get(monthly_cents, 0)
    scene.closed[monthly_cents] = number + 1
    month = date(first_year + number // 12, number % 12 + 1, 1)
    async with scene.sessions.begin() as session:
        member = await session.get_one(Member, scene.member.id)
        await earning.close_month(session, member, id=new_id(), month=month, actual_cents=actual_cents, by=scene.admin.id, at=scene.now)


async def _set_baseline(scene: Scene, monthly_cents: int, first_year: int) -> None:
    ids = BaselineIds.new()
    async with scene.sessions.begin() as session:
        await set_baseline(
            session,
            await session.get_one(Member, scene.member.id),
            ids=ids,
            monthly_cents=monthly_cents,
            starts_on=date(first_year, 1, 1),
            ends_on=date(first_year + _YEARS - 1, 12, 31),
            funding_source_id=scene.source_id,
            by=scene.admin.id,
            at=scene.now,
        )
    scene.budgets.append(ids.budget)


async def hold(scene: Scene, step: Step, *, paid_from: PaidFrom = PaidFrom.AVAILABLE) -> None:
    """Ask for a purchase that serves the member's goal: set aside when there is enough, denied when there is not."""
    purchase = await _request(scene, step.cents, goal_id=scene.goal_id, paid_from=paid_from)
    if purchase.state is PurchaseState.APPROVED:
        scene.holds.append(Hold(purchase.id, purchase.order_id, step.cents))
    elif purchase.state is not PurchaseState.DENIED:
        raise UnexpectedError(f"the purchase is {purchase.state}")


async def hold_from_reserve(scene: Scene, step: Step) -> None:
    """Ask for a purchase that is bought from savings."""
    await hold(scene, step, paid_from=PaidFrom.SAVED)


async def reserve(scene: Scene, step: Step) -> None:
    """Save for the member's goal: put aside when there is enough, denied when there is not."""
    asked = AskedSaving(step.cents, "what the flow saves for", scene.goal_id)
    budget_id = await paying.budget_with(scene, step.cents)
    async with scene.sessions.begin() as session:
        await request_saving(
            session, budget_id, asked, who=scene.member, id=new_id(), ids=ChangeIds.new(), keyring=scene.work.keyring, at=scene.now
        )


async def undo_reserve(scene: Scene, step: Step) -> None:
    """Take saved money back."""
    budget_id = await paying.budget_with(scene, step.cents, name=chart.saved)
    async with scene.sessions.begin() as session:
        await release_saving(session, budget_id, id=new_id(), amount_cents=step.cents, who=scene.member, at=scene.now)


async def deny(scene: Scene, step: Step) -> None:
    """Ask for a purchase without a goal, which is denied."""
    purchase = await _request(scene, step.cents, goal_id=None)
    if purchase.state is not PurchaseState.DENIED:
        raise UnexpectedError(f"a request without a goal is {purchase.state}")


async def release(scene: Scene, step: Step) -> None:
    """Cancel the purchase of this amount."""
    wanted = next((one for one in scene.holds if one.amount_cents == step.amount_cents or step.amount_cents is None), None)
    if wanted is None and (not scene.holds or step.amount_cents in scene.released):
        raise ConflictError("this was given back before")
    if wanted is None:
        raise NotBuiltError(f"nothing of {step.amount_cents} cents is set aside that could be given back as a whole")
    async with scene.sessions.begin() as session:
        await cancel_purchase(session, wanted.purchase_id, who=scene.member, reason=None, keyring=scene.work.keyring, at=scene.now)
    scene.holds.remove(wanted)
    scene.released.add(wanted.amount_cents)


async def invoice(scene: Scene, step: Step) -> None:
    """Deliver, confirm and bill: a final bill, unless its words say that it is a part."""
    await _bill(scene, step, is_final=not {"partial", "part", "open", "final=false", "final:false", "not_final"} & set(step.words))


async def partial_invoice(scene: Scene, step: Step) -> None:
    """Deliver, confirm and bill a part: more bills may follow."""
    await _bill(scene, step, is_final=False)


async def reverse_invoice(scene: Scene, step: Step) -> None:
    """Undo the last accepted bill of this amount."""
    async with scene.sessions.begin() as session:
        query = select(Bill.id).where(Bill.id.in_(scene.bills), Bill.state.in_((BillState.ACCEPTED, BillState.PAID)))
        if step.amount_cents is not None:
            query = query.where(Bill.amount_cents == step.amount_cents)
        bill_id = await session.scalar(query.order_by(Bill.id.desc()).limit(1))
        if bill_id is None:
            raise ConflictError("there is no accepted bill of this amount")
        case, bill = await open_bill(session, bill_id, move=BillMove.REVERSE, who=scene.admin, at=scene.now)
        await reverse_bill(session, case, bill, reason="a mistake", by=scene.admin.id, at=scene.now)


async def _request(scene: Scene, cents: int, *, goal_id: str | None, paid_from: PaidFrom = PaidFrom.AVAILABLE) -> Purchase:
    account = chart.saved if paid_from is PaidFrom.SAVED else chart.available
    asked = Asked(
        budget_id=await paying.budget_with(scene, cents, name=account),
        member_id=scene.member.id,
        vendor_id=scene.vendor_id,
        category=CATEGORY,
        description="what the flow buys",
        amount_cents=cents,
        goal_id=goal_id,
        paid_from=paid_from,
    )
    async with scene.sessions.begin() as session:
        whole = await request_purchase(session, asked, who=scene.member, ids=RequestIds.new(), keyring=scene.work.keyring, at=scene.now)
    return whole.purchase


async def _bill(scene: Scene, step: Step, *, is_final: bool) -> None:
    """Bill the purchase of this amount, or else the first that is not billed in full."""
    wanted = await _billable(scene, step.cents)
    await _deliver(scene, wanted)
    async with scene.sessions.begin() as session:
        bill = await receive_bill(
            session,
            wanted.order_id,
            id=new_id(),
            decision_id=new_id(),
            number=f"FLOW-{len(scene.bills) + 1}",
            billed_on=local_date(scene.now, _TIME_ZONE),
            amount_cents=step.cents,
            business="Flow Vendor",
            description="what the flow bought",
            is_final=is_final,
            who=scene.vendor,
            at=scene.now,
        )
    scene.bills.append(bill.id)


async def _billable(scene: Scene, cents: int) -> Hold:
    async with scene.sessions.read() as session:
        query = select(Purchase.id, Purchase.state).where(Purchase.id.in_([one.purchase_id for one in scene.holds]))
        states: Mapping[UUID, PurchaseState] = {row.id: row.state for row in await session.execute(query)}
    open_holds = [one for one in scene.holds if states[one.purchase_id] in {PurchaseState.APPROVED, PurchaseState.DELIVERED}]
    if not open_holds:
        raise ConflictError("there is no purchase that can be billed")
    return next((one for one in open_holds if one.amount_cents == cents), open_holds[0])


async def _deliver(scene: Scene, wanted: Hold) -> None:
    """Deliver and confirm all of a purchase, once."""
    async with scene.sessions.read() as session:
        state = await session.scalar(select(Purchase.state).where(Purchase.id == wanted.purchase_id))
    if state is not PurchaseState.APPROVED:
        return
    try:
        async with scene.sessions.begin() as session:
            await deliver_order(
                session,
                wanted.order_id,
                who=scene.vendor,
                delivery_id=new_id(),
                quantity_thousandths=None,
                delivered_on=None,
                proof=None,
                at=scene.now,
            )
            await session.flush()
            await confirm_delivery(session, wanted.purchase_id, who=scene.member, delivery_id=None, at=scene.now)
    except WrongStateError as error:
        raise UnexpectedError(f"what was approved can not be delivered: {error}") from error


Move = Callable[[Scene, Step], Awaitable[None]]
MOVES: Mapping[str, Move] = {
    "allocate": allocate,
    "allocate_split": allocate_split,
    "close_month": close_month,
    "hold": hold,
    "hold_from_reserve": hold_from_reserve,
    "reserve": reserve,
    "undo_reserve": undo_reserve,
    "deny": deny,
    "release": release,
    "invoice": invoice,
    "partial_invoice": partial_invoice,
    "invoice_partial": partial_invoice,
    "invoice_part": partial_invoice,
    "reverse_invoice": reverse_invoice,
    "refund": afterwards.refund,
    "refund_offset": afterwards.refund_offset,
    "refund_claim": afterwards.refund_claim,
    "payout_net": afterwards.payout_net,
    "withhold": afterwards.withhold,
    "dormant": afterwards.dormant,
    "claim": afterwards.claim_unclaimed,
    "remit_tax": afterwards.remit_tax_step,
    "remit_unclaimed": afterwards.remit_unclaimed_step,
    "retro_term": afterwards.retro_term,
    "take_back_paid": afterwards.take_back_paid,
    "take_back_recovered": afterwards.take_back_recovered,
    "close_year": afterwards.close_year,
    "payout": paying.payout,
    "payout_paid": paying.payout_paid,
    "payout_returned": paying.payout_returned,
}
"""Every step that is built."""
