"""What the worker does for the audit: hold the processor against the books once a day."""

from datetime import timedelta

from sdc.audit.reconciling import reconcile_with_rail
from sdc.clock import machine_now
from sdc.ids import new_id
from sdc.outbox.work import Work
from sdc.payments.cursors import take_turn

RECONCILE_EVERY = timedelta(days=1)


async def reconcile_sweep(work: Work) -> int:
    """Reconcile once a day by the machine's clock; the first time a day after the database was made. It counts as no progress."""
    machine_at = machine_now()
    if await take_turn(work, "reconciliation", every=RECONCILE_EVERY, machine_at=machine_at) is not None:
        await reconcile_with_rail(work, id=new_id(), at=work.clock.now(), machine_at=machine_at, tell=lambda _step, _done: None)
    return 0
