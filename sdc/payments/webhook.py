"""The processor's events: kept once as they come, believed never: the object they hint at is read again (see `applying`)."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.errors import ForgedEventError
from sdc.payments.model import EventState, RailEvent
from vendors import rails

_LONGEST_ID = 120
_PAYEE = frozenset({"payee", "payee_bank"})


async def receive_event(session: AsyncSession, event: rails.Event, *, rail: str, at: datetime) -> bool:
    """Keep a verified event in the inbox, to be applied at once; one that came before adds nothing, whatever it says now.

    Raises:
        ForgedEventError: its id is such as no processor makes.

    """
    if not is_event_id(event.id):
        raise ForgedEventError("an event's id is short and plain")
    return await receive_events(session, [event], rail=rail, at=at) == 1


async def receive_events(session: AsyncSession, events: Sequence[rails.Event], *, rail: str, at: datetime) -> int:
    """Keep several events by one statement; those that came before, and those with an id that is none, are left out."""
    rows = list({event.id: _row(event, rail=rail, at=at) for event in reversed(events) if is_event_id(event.id)}.values())
    if not rows:
        return 0
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    values = rows if len(rows) > 1 else rows[0]  # the statement for one row is compiled only once
    kept = await session.execute(insert(RailEvent).values(values).on_conflict_do_nothing().returning(RailEvent.id))
    return len(kept.all())


def is_event_id(text: str) -> bool:
    """Say whether an id is such as a processor makes."""
    return bool(text) and text.isascii() and text.isprintable() and len(text) <= _LONGEST_ID


def _row(event: rails.Event, *, rail: str, at: datetime) -> dict[str, object]:
    """Write what is kept of an event: ids and codes, never its content.

    What is about a payee is about its account, whichever part of that the event names: a bank, a capability, a person.
    """
    object_id = (event.account_id or event.object_id) if event.about in _PAYEE else event.object_id or event.account_id
    return {
        "id": event.id,
        "rail": rail,
        "type": _plain(event.type),
        "about": event.about,
        "object_id": _short(object_id),
        "account_id": _short(event.account_id),
        "created_at": event.created_at if event.created_at.tzinfo else event.created_at.replace(tzinfo=UTC),
        "received_at": at,
        "applied_at": None,
        "state": EventState.WAITING,
        "tries": 0,
        "look_at": None,
        "error": None,
    }


def _plain(kind: str) -> str:
    """Keep of a type what a database can hold."""
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in kind[:80])


def _short(text: str | None) -> str | None:
    """Keep an id of an object; one longer than any is of nothing that we know."""
    return text if text is not None and is_event_id(text) else None
