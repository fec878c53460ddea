"""What the routes of payment batches, and of how a program's payments leave, take and answer."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sdc.payments.batches import Progress
from sdc.payments.model import BatchState, PaymentBatch, PaymentState, ProgramSwitch
from sdc.web.input import Cents, Input, Output
from sdc.web.pages import Page

_SIDE_BY_SIDE = (
    PaymentState.QUEUED,
    PaymentState.SENDING,
    PaymentState.SENT,
    PaymentState.HELD,
    PaymentState.UNKNOWN,
    PaymentState.REJECTED,
    PaymentState.CANCELED,
    PaymentState.REVERSED,
    PaymentState.DORMANT,
)


class BatchIn(Input):
    """What goes into a batch: all that is queued and can be paid, or as much of it as comes to `up_to_cents`.

    With `hold_until_released` none of it leaves before the batch is released, also where payments leave by themselves.
    """

    up_to_cents: Cents | None = None
    hold_until_released: bool = False


class WayIn(Input):
    """Whether payments leave only in a batch that was released."""

    pays_in_batches: bool


class StandOut(Output):
    """How many payments of a batch stand somewhere, and what they come to."""

    payments: int
    amount_cents: int


class BatchOut(Output):
    """A batch: who built, released or canceled it, and where its payments stand now."""

    id: UUID
    program_id: UUID
    state: BatchState
    hold_until_released: bool
    payments: int
    """How many it was built of; `amount_cents` is what they were to send."""
    amount_cents: int
    built_by: UUID
    built_at: datetime
    released_by: UUID | None
    released_at: datetime | None
    canceled_by: UUID | None
    canceled_at: datetime | None
    progress: dict[PaymentState, StandOut]

    @classmethod
    def of(cls, batch: PaymentBatch, progress: Progress) -> Self:
        """Show a batch."""
        released = batch.state is BatchState.RELEASED
        canceled = batch.state is BatchState.CANCELED
        stands = {
            state: StandOut(payments=progress.payments.get(state, 0), amount_cents=progress.cents.get(state, 0)) for state in _SIDE_BY_SIDE
        }
        return cls(
            id=batch.id,
            program_id=batch.program_id,
            state=batch.state,
            hold_until_released=batch.hold_until_released,
            payments=batch.payments,
            amount_cents=batch.amount_cents,
            built_by=batch.built_by,
            built_at=batch.built_at,
            released_by=batch.ended_by if released else None,
            released_at=batch.ended_at if released else None,
            canceled_by=batch.ended_by if canceled else None,
            canceled_at=batch.ended_at if canceled else None,
            progress=stands,
        )


class BatchPage(Page):
    """Batches, the newest first."""

    items: list[BatchOut]


class ProgramSwitchOut(Output):
    """How a program's payments leave."""

    program_id: UUID
    pays_in_batches: bool
    is_paused: bool
    reason: str | None
    changed_by: UUID | None
    changed_at: datetime | None

    @classmethod
    def of(cls, program_id: UUID, switch: ProgramSwitch | None) -> Self:
        """Show it; where nobody ever turned it, payments leave by themselves."""
        if switch is None:
            return cls(program_id=program_id, pays_in_batches=False, is_paused=False, reason=None, changed_by=None, changed_at=None)
        return cls.model_validate(switch)
