"""What the worker does for vendors: look again at a payee whose rail had not said yes."""

from sdc.marketplace.onboarding import LOOK_AGAIN_AFTER, refresh_payee
from sdc.outbox import enqueue
from sdc.outbox.relay import Leased
from sdc.outbox.work import Work


async def look_at_payee(work: Work, job: Leased) -> None:
    """Ask the rail whether a vendor can be paid by now; a while later again, for as long as it says no (an event may be lost)."""
    at = work.clock.now()
    if await refresh_payee(work.sessions, work.rail, job.subject_id, at=at):
        return
    looks_left = int(job.data.get("looks_left", 0)) - 1
    if looks_left > 0:
        async with work.sessions.begin() as session:
            enqueue(session, "look_at_payee", job.subject_id, at=at + LOOK_AGAIN_AFTER, data={"looks_left": looks_left})
