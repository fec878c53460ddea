"""The worker: which job does what, what is looked for again and again, and the loops that do both and seal the books.

A job or sweep opens its own transactions and is safe to run twice. `drain` does everything that is due, what follows
from it included, and returns; `run_forever` does so again and again until it is told to stop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from sdc.audit.jobs import reconcile_sweep
from sdc.audit.sealing import seal_sweep
from sdc.bills.jobs import look_at_bills, look_at_vendor_bills
from sdc.budgets.releasing import release_sweep
from sdc.changes.sweeps import expire_changes_sweep
from sdc.clock import machine_now
from sdc.errors import BusyError
from sdc.marketplace.jobs import describe_payouts, look_at_payee, mail_vendor_message, screen_vendor, screening_sweep
from sdc.marketplace.warning import warn_sweep
from sdc.outbox.relay import Leased, finish_job, lease_jobs, postpone_job
from sdc.outbox.work import Work
from sdc.payments.collecting import collect_offsets
from sdc.payments.jobs import (
    apply_rail_event,
    apply_sweep,
    clearance_sweep,
    pay_bill,
    payout_sweep,
    poll_sweep,
    recover_sweep,
    send_payment,
    send_sweep,
    send_top_up,
    top_up_sweep,
    wake_vendor_payments,
)
from sdc.purchases.sweeps import confirm_sweep, expire_sweep, forget_consents_sweep, reask_sweep

IDLE_SECONDS = 0.5
_BATCH = 20
_PARALLEL = 4
_SWEEP_EVERY_SECONDS = 1.0
_SEAL_EVERY_SECONDS = 0.25
_SEND_EVERY_SECONDS = 0.25
_log = structlog.get_logger("sdc.worker")

JOBS: Mapping[str, Callable[[Work, Leased], Awaitable[None]]] = {
    "look_at_bills": look_at_bills,
    "look_at_vendor_bills": look_at_vendor_bills,
    "look_at_payee": look_at_payee,
    "describe_payouts": describe_payouts,
    "mail_vendor_message": mail_vendor_message,
    "screen_vendor": screen_vendor,
    "pay_bill": pay_bill,
    "send_payment": send_payment,
    "wake_vendor_payments": wake_vendor_payments,
    "send_top_up": send_top_up,
    "apply_rail_event": apply_rail_event,
    "collect_offsets": collect_offsets,
}
SWEEPS: Sequence[Callable[[Work], Awaitable[int]]] = (
    release_sweep,
    reask_sweep,
    confirm_sweep,
    expire_sweep,
    forget_consents_sweep,
    expire_changes_sweep,
    warn_sweep,
    screening_sweep,
    recover_sweep,
    clearance_sweep,
    top_up_sweep,
    apply_sweep,
    poll_sweep,
    payout_sweep,
    reconcile_sweep,
)


async def drain(work: Work) -> int:
    """Do all that is due until nothing is, and say how much was done. What failed waits for its next try."""
    done = 0
    while True:
        progress = await run_sweeps(work) + await run_jobs(work) + await _send(work) + await _seal(work)
        if not progress:
            return done
        done += progress


async def run_sweeps(work: Work) -> int:
    """Run each sweep once; one that fails is logged and does not stop the others."""
    done = 0
    for sweep in SWEEPS:
        try:
            done += await sweep(work)
        except BusyError:
            _log.warning("sweep_busy", sweep=sweep.__name__)
        except Exception as error:  # noqa: BLE001 - the worker outlives any one fault
            _log.error("sweep_failed", sweep=sweep.__name__, error=type(error).__name__)
    return done


async def run_jobs(work: Work) -> int:
    """Lease one batch of due jobs and do it; answers how many were done."""
    async with work.sessions.begin() as session:
        leased = await lease_jobs(session, limit=_BATCH, at=work.clock.now(), machine_at=machine_now())
    limit = asyncio.Semaphore(_PARALLEL)

    async def one(job: Leased) -> bool:
        async with limit:
            return await _run(work, job)

    return sum(await asyncio.gather(*(one(job) for job in leased)))


async def _run(work: Work, job: Leased) -> bool:
    """Do one job; a failure is logged by its kind only, and the job waits."""
    try:
        await JOBS[job.name](work, job)
    except Exception as error:  # noqa: BLE001 - the worker outlives any one fault
        _log.error(
            "job_failed", job=job.name, job_id=str(job.id), subject_id=str(job.subject_id), tries=job.tries, error=type(error).__name__
        )
        async with work.sessions.begin() as session:
            await postpone_job(session, job, error=type(error).__name__, at=work.clock.now())
        return False
    async with work.sessions.begin() as session:
        await finish_job(session, job, at=work.clock.now())
    return True


async def run_forever(work: Work, stop: asyncio.Event) -> None:
    """Work until `stop` is set; the clock's row is read again all the while, and what is posted is sealed within a second."""
    beside = [asyncio.create_task(_seal_forever(work, stop)), asyncio.create_task(_send_forever(work, stop))]
    loop = asyncio.get_running_loop()
    next_sweep = loop.time()
    while not stop.is_set():
        done = 0
        try:
            await work.clock.refresh(work.sessions)
            if loop.time() >= next_sweep:
                done += await run_sweeps(work)
                next_sweep = loop.time() + _SWEEP_EVERY_SECONDS
            done += await run_jobs(work)
        except Exception as error:  # noqa: BLE001 - a database that is away for a while comes back
            _log.error("worker_failed", error=type(error).__name__)
        if not done:
            await _wait(stop, IDLE_SECONDS)
    await asyncio.gather(*beside)


async def _seal_forever(work: Work, stop: asyncio.Event) -> None:
    """Seal apart from the jobs, so that a slow one delays no seal."""
    while not stop.is_set():
        await _seal(work)
        await _wait(stop, _SEAL_EVERY_SECONDS)


async def _send_forever(work: Work, stop: asyncio.Event) -> None:
    """Send apart from the jobs, so that neither waits for the other."""
    while not stop.is_set():
        if not await _send(work):
            await _wait(stop, _SEND_EVERY_SECONDS)


async def _send(work: Work) -> int:
    try:
        return await send_sweep(work)
    except BusyError:
        _log.warning("sweep_busy", sweep="send_sweep")
    except Exception as error:  # noqa: BLE001 - the worker outlives any one fault
        _log.error("sweep_failed", sweep="send_sweep", error=type(error).__name__)
    return 0


async def _seal(work: Work) -> int:
    try:
        return await seal_sweep(work)
    except BusyError:
        _log.warning("sweep_busy", sweep="seal_sweep")
    except Exception as error:  # noqa: BLE001 - the worker outlives any one fault
        _log.error("sweep_failed", sweep="seal_sweep", error=type(error).__name__)
    return 0


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
