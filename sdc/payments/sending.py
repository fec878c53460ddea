"""Send a payment: claim it, call the rail with no transaction open, record what it said."""

from datetime import datetime
from uuid import UUID

from sdc.ids import new_id
from sdc.marketplace.onboarding import refresh_payee
from sdc.outbox.kill_points import reach
from sdc.outbox.work import Work
from sdc.payments.claiming import Claimed, claim_payment
from sdc.payments.recording import record_outcome
from vendors import RailAnswerError
from vendors.rails import Outcome, Rejected


async def send_one(work: Work, payment_id: UUID, *, at: datetime, machine_at: datetime) -> bool:
    """Send a queued payment; says whether it was ours to send."""
    async with work.sessions.begin() as session:
        claimed = await claim_payment(session, payment_id, attempt_id=new_id(), at=at, machine_at=machine_at)
        reach("claim.before_commit")
    reach("claim.after_commit")
    if claimed is None:
        return False
    await call_rail(work, claimed, at=at, machine_at=machine_at)
    return True


async def call_rail(work: Work, claimed: Claimed, *, at: datetime, machine_at: datetime) -> Outcome:
    """Call the rail for an attempt that is ours, with its own key and body, and record the answer."""
    reach("payment.before_call")
    outcome = await work.rail.send(claimed.call)
    reach("payment.after_call")
    async with work.sessions.begin() as session:
        await record_outcome(session, claimed, outcome, at=at, machine_at=machine_at)
    if isinstance(outcome, Rejected) and outcome.retry != "funding":
        await _look_at_payee(work, claimed, at=at)
    return outcome


async def _look_at_payee(work: Work, claimed: Claimed, *, at: datetime) -> None:
    """Ask the rail about a vendor that it would not pay, so that no other payment runs into the same; a later look does as well."""
    try:
        await refresh_payee(work.sessions, work.rail, claimed.vendor_id, at=at)
    except RailAnswerError:
        return
