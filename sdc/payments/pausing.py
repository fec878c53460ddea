"""The switch of the sender: a person or an alarm stops it, a processor that is busy makes it rest."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sdc import journal
from sdc.payments.model import SenderSwitch

_THE_ROW = 1


async def read_switch(session: AsyncSession, *, lock: bool = False) -> SenderSwitch | None:
    """Read the switch; no row means that nobody ever touched it, and payments leave."""
    query = select(SenderSwitch).where(SenderSwitch.id == _THE_ROW)
    return await session.scalar(query.with_for_update() if lock else query)


def may_send(switch: SenderSwitch | None, *, machine_at: datetime) -> bool:
    """Say whether payments leave now."""
    return switch is None or not (switch.is_paused or (switch.quiet_until is not None and switch.quiet_until > machine_at))


async def pause_sender(session: AsyncSession, *, reason: str | None, by: UUID | None, at: datetime) -> SenderSwitch:
    """Let no payment leave until somebody resumes; those on their way are looked up then."""
    switch = await _the_switch(session, at=at)
    switch.is_paused, switch.reason, switch.changed_by, switch.changed_at = True, reason, by, at
    journal.record(session, "payments.paused", subject=None, by=by, at=at)
    return switch


async def resume_sender(session: AsyncSession, *, by: UUID, at: datetime) -> SenderSwitch:
    """Let payments leave again; the worker takes up what waits."""
    switch = await _the_switch(session, at=at)
    switch.is_paused, switch.reason, switch.quiet_until, switch.changed_by, switch.changed_at = False, None, None, by, at
    journal.record(session, "payments.resumed", subject=None, by=by, at=at)
    return switch


async def quieten_sender(session: AsyncSession, *, seconds: float, at: datetime, machine_at: datetime) -> None:
    """Let the whole sender rest for a while, because the processor asked for it."""
    switch = await _the_switch(session, at=at)
    until = machine_at + timedelta(seconds=seconds)
    switch.quiet_until = max(switch.quiet_until or until, until)


async def _the_switch(session: AsyncSession, *, at: datetime) -> SenderSwitch:
    switch = await read_switch(session, lock=True)
    if switch is None:
        switch = SenderSwitch(id=_THE_ROW, is_paused=False, reason=None, quiet_until=None, changed_by=None, changed_at=at)
        session.add(switch)
        await session.flush()
    return switch
