"""Send payments: claim them in groups, call the rail for each with no transaction open, record what it said in groups.

One sender has up to `MOST_FLYING` calls open at once, and never two to one vendor. What is answered is recorded while other
calls are open still, so that one that hangs keeps nobody waiting; what one bad payment spoils for its group is done one by one.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from sdc.errors import BusyError
from sdc.marketplace.onboarding import refresh_payee
from sdc.outbox.kill_points import reach
from sdc.outbox.work import Work
from sdc.payments.claiming import Claimed, Terms, claim_payments, claim_these
from sdc.payments.leaving import due_to_leave
from sdc.payments.recording import record_outcome, record_outcomes
from vendors import RailAnswerError
from vendors.rails import Outcome, Rejected

MOST_FLYING = 32
"""How many calls one sender has open: all of a claim are called at once, so that none of them outlasts its claim."""
CLAIMS_FOR = timedelta(seconds=20)
"""How long a sender goes on to claim before it lets the worker do something else (machine time)."""
_ANSWERS_WITHIN_SECONDS = 0.05
_NEXT_CLAIM_SECONDS = 0.2
_log = structlog.get_logger("sdc.worker")


async def send_queued(work: Work, *, tell_time: Callable[[], datetime], make_id: Callable[[], UUID]) -> int:
    """Send what is queued until nothing is; says how many answers were recorded. `tell_time` is the machine's."""
    flying: dict[asyncio.Task[Outcome], Claimed] = {}
    step = timedelta(seconds=1 / work.settings.sender_rate) if work.settings.sender_rate else timedelta()
    began_at = claim_at = free_at = tell_time()
    done = 0
    try:
        while True:
            now, more = tell_time(), True
            if now >= claim_at and now - began_at < CLAIMS_FOR and len(flying) <= MOST_FLYING // 2:
                claimed = await _claim(work, [make_id() for _ in range(MOST_FLYING - len(flying))], machine_at=now)
                for one in claimed or ():
                    free_at = max(one.claimed_at, free_at, tell_time()) + step  # a claim that took long leaves no faster for it
                    flying[asyncio.create_task(_call_at(work, one, free_at - step, tell_time=tell_time))] = one
                claim_at = now if claimed else now + timedelta(seconds=_NEXT_CLAIM_SECONDS)
                more = claimed is None
            elif now - began_at >= CLAIMS_FOR:
                more = False
            if flying:
                answered, _ = await asyncio.wait(flying, timeout=_ANSWERS_WITHIN_SECONDS)
                claim_at = now if answered else claim_at  # their vendors can be sent the next one
                done += await _record(work, [(flying.pop(one), one.result()) for one in answered], machine_at=tell_time())
            elif not more:
                return done
            else:
                await asyncio.sleep(_ANSWERS_WITHIN_SECONDS)
    finally:
        for call in flying:
            call.cancel()


async def call_rail(work: Work, claimed: Claimed, *, at: datetime, machine_at: datetime) -> Outcome:
    """Call the rail for an attempt that is ours, with its own key and body, and record the answer."""
    outcome = await _call(work, claimed)
    async with work.sessions.begin() as session:
        await record_outcome(session, claimed, outcome, at=at, machine_at=machine_at)
        reach("settle.before_commit")
    reach("settle.after_commit")
    await _look_at_payee(work, claimed, outcome, at=at)
    return outcome


async def _claim(work: Work, attempt_ids: Sequence[UUID], *, machine_at: datetime) -> list[Claimed] | None:
    """Claim a group; what one payment spoils is claimed one by one, and that one is left for a person to find in the log."""
    rail = work.rail
    terms = Terms(rail.name, rail.discharges_on, work.settings.sender_rate, work.clock.now(), machine_at)
    try:
        async with work.sessions.begin() as session:
            claimed = await claim_payments(session, attempt_ids, terms)
            reach("claim.before_commit")
    except BusyError:
        _log.warning("claim_busy")  # what is open already is waited for all the same
        return []
    except Exception as error:  # noqa: BLE001 - one that can not be claimed does not keep the others waiting
        _log.error("claim_failed", error=type(error).__name__)
        return await _claim_one_by_one(work, attempt_ids, terms)
    if claimed:
        reach("claim.after_commit")
    return claimed


async def _claim_one_by_one(work: Work, attempt_ids: Sequence[UUID], terms: Terms) -> list[Claimed]:
    async with work.sessions.read() as session:
        chosen = await due_to_leave(session, len(attempt_ids), rail=terms.rail, machine_at=terms.machine_at)
    claimed: list[Claimed] = []
    for payment_id, attempt_id in zip(chosen, attempt_ids, strict=False):
        try:
            async with work.sessions.begin() as session:
                claimed += await claim_these(session, [payment_id], [attempt_id], terms) or ()
        except BusyError:
            continue
        except Exception as error:  # noqa: BLE001 - others wait behind it
            _log.error("claim_failed", subject_id=str(payment_id), error=type(error).__name__)
    return claimed


async def _call_at(work: Work, claimed: Claimed, turn_at: datetime, *, tell_time: Callable[[], datetime]) -> Outcome:
    wait = (turn_at - tell_time()).total_seconds()
    if wait > 0:
        await asyncio.sleep(wait)
    return await _call(work, claimed)


async def _call(work: Work, claimed: Claimed) -> Outcome:
    reach("payment.before_call")
    outcome = await work.rail.send(claimed.call)
    reach("payment.after_call")
    return outcome


async def _record(work: Work, answered: Sequence[tuple[Claimed, Outcome]], *, machine_at: datetime) -> int:
    """Record a group of answers; what one of them spoils is recorded one by one. What is lost here is found by the sweep."""
    if not answered:
        return 0
    at = work.clock.now()
    try:
        async with work.sessions.begin() as session:
            await record_outcomes(session, answered, at=at, machine_at=machine_at)
            reach("settle.before_commit")
        reach("settle.after_commit")
        recorded = len(answered)
    except Exception as error:  # noqa: BLE001 - one that can not be recorded does not take the others along
        _log.error("record_failed", error=type(error).__name__)
        recorded = sum([await _record_one(work, one, outcome, at=at, machine_at=machine_at) for one, outcome in answered])
    for one, outcome in answered:
        await _look_at_payee(work, one, outcome, at=at)
    return recorded


async def _record_one(work: Work, claimed: Claimed, outcome: Outcome, *, at: datetime, machine_at: datetime) -> bool:
    try:
        async with work.sessions.begin() as session:
            await record_outcome(session, claimed, outcome, at=at, machine_at=machine_at)
    except Exception as error:  # noqa: BLE001 - the attempt is open still, and the sweep asks the rail what became of it
        _log.error("record_failed", subject_id=str(claimed.payment_id), error=type(error).__name__)
        return False
    return True


async def _look_at_payee(work: Work, claimed: Claimed, outcome: Outcome, *, at: datetime) -> None:
    """Ask the rail about a vendor that it would not pay, so that no other payment runs into the same; a later look does as well."""
    if not isinstance(outcome, Rejected) or outcome.retry == "funding":
        return
    try:
        await refresh_payee(work.sessions, work.rail, claimed.vendor_id, at=at, cooling_off=work.settings.cooling_off, wakes=False)
    except (RailAnswerError, BusyError):
        return
