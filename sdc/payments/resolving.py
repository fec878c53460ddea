"""Resolve a frozen payment: two people have looked at the processor's books and say what they show.

What they say is held against what the rail shows of the payment: every transfer of it that is not known here, and
was not reversed there, has to be the one that they name. So neither answer can hide a second transfer.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from sdc import journal
from sdc.books.posting import post
from sdc.errors import ConflictError
from sdc.payments.claiming import begin_attempt, leaving_entries
from sdc.payments.locking import Locked, attempts_of, lock_payment
from sdc.payments.model import Attempt, AttemptState, Payment, PaymentState
from sdc.payments.queueing import cancel_payment, requeue_payment
from sdc.payments.recording import OPEN_ATTEMPT, end_attempt, return_entries, settle_attempt
from sdc.payments.returning import return_payment
from sdc.payments.states import PaymentMoveName, check_payment_move, is_bill_payable, owed_cents
from vendors.rails import Found, Sent


async def resolve_payment(
    session: AsyncSession,
    payment_id: UUID,
    found: Sequence[Found],
    *,
    rail_id: str | None,
    attempt_id: UUID,
    by: UUID,
    at: datetime,
    machine_at: datetime,
) -> Payment:
    """Propose or, as a second person who says the same, end what a frozen payment waits for: it was sent as `rail_id`, or (None) never.

    `found` is what the rail has of the payment now. What was never sent and is owed is queued again; a transfer that no
    attempt stands for any more gets one, `attempt_id`.

    Raises:
        NotFoundError: no such payment.
        WrongStateError: it is not frozen.
        ConflictError: the rail shows something else.

    """
    locked = await lock_payment(session, payment_id)
    payment = locked.payment
    check_payment_move(payment, PaymentMoveName.RESOLVE)
    attempts = await attempts_of(session, payment)
    known = {one.rail_id for one in attempts if one.state is AttemptState.SENT}
    unknown = [one for one in found if one.rail_id not in known]
    if any(one.rail_id != rail_id and one.reversed_cents < one.amount_cents for one in unknown):
        raise ConflictError("the processor has a transfer of this payment that is not accounted for: name it, or reverse it there first")
    waiting = attempts[-1] if attempts and attempts[-1].state in OPEN_ATTEMPT else None
    transfer = next((one for one in unknown if one.rail_id == rail_id), None)
    if transfer is None and rail_id is not None and rail_id not in known:
        raise ConflictError("the processor has no such transfer of this payment")
    if transfer is not None and waiting is None and owed_cents(payment) == 0:
        raise ConflictError("this payment was sent by another transfer: reverse this one at the processor, then name the other")
    if not _is_second_word(session, payment, rail_id=rail_id, by=by, at=at):
        return payment
    payment.held_because = payment.look_at = payment.proposed_by = payment.proposed_rail_id = payment.proposed_at = None
    journal.record(session, "payment.resolved", subject=payment.id, by=by, at=at, outcome="sent" if rail_id else "never_sent")
    if transfer is None:
        reversed_id = unknown[0].rail_id if len(unknown) == 1 else None
        await _was_not_sent(session, locked, waiting, reversed_id=reversed_id, at=at, machine_at=machine_at)
        return payment
    await _was_sent(session, locked, attempts, transfer, waiting, attempt_id=attempt_id, at=at, machine_at=machine_at)
    return payment


def _is_second_word(session: AsyncSession, payment: Payment, *, rail_id: str | None, by: UUID, at: datetime) -> bool:
    """Say whether somebody else has said the same before; if not, this is the first word, and waits for a second."""
    if payment.proposed_by not in {None, by} and payment.proposed_rail_id == rail_id:
        return True
    payment.proposed_by, payment.proposed_rail_id, payment.proposed_at = by, rail_id, at
    outcome = "sent" if rail_id else "never_sent"
    journal.record(session, "payment.resolution_proposed", subject=payment.id, by=by, at=at, outcome=outcome)
    return False


async def _was_sent(
    session: AsyncSession,
    locked: Locked,
    attempts: Sequence[Attempt],
    transfer: Found,
    waiting: Attempt | None,
    *,
    attempt_id: UUID,
    at: datetime,
    machine_at: datetime,
) -> None:
    """Settle the attempt that the transfer is of, or one made for it."""
    payment, attempt, posted = locked.payment, waiting, list[ledger.Entry]()
    if attempt is None:
        attempt = await begin_attempt(session, locked, attempt_id=attempt_id, at=at, machine_at=machine_at, payee_id=transfer.payee_id)
        posted += await leaving_entries(session, locked, attempt, at=at)
    payees = {one.payee_id for one in attempts}
    if transfer.amount_cents != attempt.amount_cents or transfer.payee_id not in payees:
        raise ConflictError(
            "this transfer is of another amount or to another account: reverse it at the processor, then resolve as never sent"
        )
    posted += await settle_attempt(session, locked, attempt, Sent(transfer.rail_id), at=at, machine_at=machine_at)
    await post(session, *posted, at=at)
    await return_payment(session, payment.id, rail_id=transfer.rail_id, reversed_cents=transfer.reversed_cents, at=at)


async def _was_not_sent(
    session: AsyncSession, locked: Locked, waiting: Attempt | None, *, reversed_id: str | None, at: datetime, machine_at: datetime
) -> None:
    """End the open attempt, if any, as one that did not leave; what is owed is queued again, or stays sent as it was."""
    payment, bill = locked.payment, locked.bill
    bill.is_sending = False
    if waiting is not None:
        end_attempt(waiting, AttemptState.ABANDONED, machine_at=machine_at, rail_id=reversed_id, detail="resolved: never sent")
    if owed_cents(payment) == 0:
        payment.state = PaymentState.SENT
    else:
        requeue_payment(session, payment, at=at, machine_at=machine_at)
        if not is_bill_payable(bill, payment):
            cancel_payment(session, payment, by=None, at=at)
    if waiting is not None:
        await post(session, *await return_entries(session, locked, waiting, at=at), at=at)
