"""The steps of a flow that come after a payment: refunds, withheld tax, money that nobody takes, the end of a year."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from sdc.bills.model import Bill, BillState
from sdc.bills.refund import RefundWay
from sdc.budgets.closing import close_budget
from sdc.cli.flows import paying
from sdc.cli.flows.refusals import UnexpectedError
from sdc.cli.flows.scene import PERIOD, Scene
from sdc.cli.flows.steps import Step
from sdc.clock import local_date, machine_now
from sdc.errors import ConflictError, WrongStateError
from sdc.ids import new_id
from sdc.marketplace.events import Actor
from sdc.marketplace.tax_forms import set_withholding
from sdc.members.model import Member
from sdc.payments.afterwards_model import TakeBack
from sdc.payments.model import Payment
from sdc.payments.refunding import AskedRefund, RefundIds, refund_bill
from sdc.payments.remitting import Paid, remit_tax, remit_unclaimed
from sdc.payments.taking_back import AskedTakeBack, open_to_take_back, pay_take_back, record_take_back, recover_take_back
from sdc.payments.unclaimed import claim_dormant, make_dormant, write_to_owner
from sdc.programs.receiving import record_deposit
from sdc.purchases.cancel import cancel_purchase
from vendors import Vendor

_TIME_ZONE = "America/New_York"
_LAW = "FL"
_YEARS_LATER = timedelta(days=6 * 366)
"""Longer than any law of the table lets money lie."""


async def refund(scene: Scene, step: Step) -> None:
    """Take in cash that the vendor gave back of the last bill of which so much was paid."""
    await _refund(scene, step.cents, RefundWay.CASH)


async def refund_offset(scene: Scene, step: Step) -> None:
    """Have the vendor agree that its next payments are set off against a refund."""
    await _refund(scene, step.cents, RefundWay.OFFSET)


async def refund_claim(scene: Scene, step: Step) -> None:
    """Claim a refund of which nothing came yet."""
    await _refund(scene, step.cents, RefundWay.CLAIM)


async def payout_net(scene: Scene, step: Step) -> None:
    """Begin to pay a vendor of whom tax is withheld; this much of it is sent."""
    await _withholding_begins(scene)
    bill_id = await paying.owed_net(scene, step.cents)
    if bill_id is None:
        raise UnexpectedError(f"no bill is owed of which {step.cents} cents are sent")
    await paying.begin(scene, [bill_id])


async def withhold(scene: Scene, step: Step) -> None:
    """Say what was withheld of the payment that began last; before one began, from here on tax is withheld."""
    begun = scene.payouts[-1] if scene.payouts else []
    if not begun:
        await _withholding_begins(scene)
        return
    async with scene.sessions.read() as session:
        payments = await session.scalars(select(Payment).where(Payment.id.in_([one.payment_id for one in begun])))
        withheld_cents = sum(payment.withheld_cents for payment in payments)
    if withheld_cents != step.cents:
        raise UnexpectedError(f"{withheld_cents} cents were withheld")


async def dormant(scene: Scene, step: Step) -> None:
    """Write to the owner of a payment that came back, let the law's years pass, and move it to unclaimed."""
    payment = await _waiting(scene, step)
    async with scene.sessions.begin() as session:
        await write_to_owner(session, payment.id, law=_LAW, id=new_id(), message_id=new_id(), by=scene.admin.id, at=scene.now)
    async with scene.sessions.begin() as session:
        await make_dormant(session, payment.id, by=scene.admin.id, at=scene.now + _YEARS_LATER)


async def claim_unclaimed(scene: Scene, step: Step) -> None:
    """Have the vendor come for what was unclaimed: it is owed again."""
    payment = await _waiting(scene, step)
    async with scene.sessions.begin() as session:
        await claim_dormant(session, payment.id, by=scene.admin.id, at=scene.now + _YEARS_LATER)


async def remit_tax_step(scene: Scene, step: Step) -> None:
    """Pay withheld tax to the tax office from what the payer brings to the bank for it."""
    paid = await _at_the_bank(scene, step.cents)
    async with scene.sessions.begin() as session:
        await remit_tax(session, scene.program_id, paid, id=new_id(), by=scene.admin.id, at=scene.now)


async def remit_unclaimed_step(scene: Scene, step: Step) -> None:
    """Pay unclaimed money to the state from what the payer brings to the bank for it."""
    paid = await _at_the_bank(scene, step.cents)
    async with scene.sessions.begin() as session:
        await remit_unclaimed(session, scene.program_id, paid, payment_ids=None, id=new_id(), by=scene.admin.id, at=scene.now)


async def retro_term(scene: Scene, step: Step) -> None:
    """Have the payer take back what was spent, or so much of it, because the member turns out not to have been eligible."""
    async with scene.sessions.begin() as session:
        member = await session.get_one(Member, scene.member.id)
        left_cents = step.amount_cents if step.amount_cents is not None else await open_to_take_back(session, member, scene.source_id)
        if left_cents == 0:
            raise ConflictError("nothing was spent that was not taken back")
        asked = AskedTakeBack(left_cents, local_date(scene.now, _TIME_ZONE), "the flow says so")
        await record_take_back(session, member, asked, id=new_id(), by=scene.admin.id, keyring=scene.work.keyring, at=scene.now)


async def take_back_paid(scene: Scene, step: Step) -> None:
    """Pay to the payer from the bank what it takes back; what is missing there is brought to the bank before."""
    taken = await _take_back(scene)
    paid = await _at_the_bank(scene, step.cents)
    async with scene.sessions.begin() as session:
        await pay_take_back(session, taken.id, paid, id=new_id(), by=scene.admin.id, at=scene.now)


async def take_back_recovered(scene: Scene, step: Step) -> None:
    """Take in what the payer took back, from whoever has to bear it."""
    taken = await _take_back(scene)
    came = Paid(step.cents, local_date(scene.now, _TIME_ZONE), "flow")
    async with scene.sessions.begin() as session:
        await recover_take_back(session, taken.id, came, id=new_id(), by=scene.admin.id, at=scene.now)


async def close_year(scene: Scene, step: Step) -> None:
    """End the year: what was begun is paid, what is only set aside is given back, the rest lapses but what may stay saved."""
    (kept_cents,) = step.named("savings_cap") if step.words else (0,)
    while scene.payouts:
        await paying.payout_paid(scene, Step("payout_paid", None, ()))
    for wanted in list(scene.holds):
        with suppress(WrongStateError):  # what was billed is not canceled
            async with scene.sessions.begin() as session:
                await cancel_purchase(session, wanted.purchase_id, who=scene.member, reason=None, keyring=scene.work.keyring, at=scene.now)
    after = datetime(PERIOD[1].year, PERIOD[1].month, PERIOD[1].day, 16, tzinfo=UTC) + timedelta(days=1)
    scene.work.clock.offset = after - machine_now()
    for budget_id in scene.budgets:
        async with scene.sessions.begin() as session:
            closing = await close_budget(session, budget_id, id=new_id(), keep_saved_cents=kept_cents, by=scene.admin.id, at=scene.now)
        kept_cents -= closing.kept_cents


async def _refund(scene: Scene, cents: int, way: RefundWay) -> None:
    today = local_date(scene.now, _TIME_ZONE)
    asked = AskedRefund(way, cents, None if way is RefundWay.CLAIM else today, "flow", "the flow says so")
    async with scene.sessions.read() as session:
        paid = select(Bill.id).where(Bill.id.in_(scene.bills), Bill.state == BillState.PAID, Bill.amount_cents >= cents)
        bills = (await session.scalars(paid.order_by(Bill.id.desc()))).all()
    for bill_id in bills:
        with suppress(ConflictError):  # too much came back of it before: of an earlier bill, maybe, not
            async with scene.sessions.begin() as session:
                bill = await session.get_one(Bill, bill_id)
                ids = RefundIds(new_id(), new_id(), new_id())
                await refund_bill(session, bill, asked, ids=ids, by=scene.admin.id, keyring=scene.work.keyring, at=scene.now)
            return
    raise ConflictError("no bill was paid of which so much could come back")


async def _withholding_begins(scene: Scene) -> None:
    async with scene.sessions.begin() as session:
        vendor = await session.get_one(Vendor, scene.vendor_id)
        if not vendor.withholds:
            actor = Actor.of(scene.admin, scene.work.keyring)
            await set_withholding(session, vendor, begins=True, reason=None, message_id=new_id(), actor=actor, at=scene.now)


async def _take_back(scene: Scene) -> TakeBack:
    async with scene.sessions.read() as session:
        taken = await session.scalar(select(TakeBack).order_by(TakeBack.id.desc()).limit(1))
    if taken is None:
        raise ConflictError("nothing was taken back")
    return taken


async def _waiting(scene: Scene, step: Step) -> Payment:
    """Find the last payment of the flow that is not sent, of this amount where one is said."""
    async with scene.sessions.read() as session:
        query = select(Payment).where(Payment.bill_id.in_(scene.bills)).order_by(Payment.id.desc())
        if step.amount_cents is not None:
            query = query.where(Payment.amount_cents == step.amount_cents)
        payment = next((one for one in await session.scalars(query) if one.sent_at is None or one.returned_cents), None)
    if payment is None:
        raise ConflictError("no payment waits to be taken")
    return payment


async def _at_the_bank(scene: Scene, cents: int) -> Paid:
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
    return Paid(cents, today, "flow")
