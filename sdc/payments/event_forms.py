"""What the routes of the processor's events answer."""

from datetime import date, datetime
from typing import Self

from sdc.payments.model import EventState, RailEvent
from sdc.web.input import Output
from sdc.web.pages import Page


class EventOut(Output):
    """An event in the inbox: what it hints at, and what became of it. What the processor wrote in it is not kept."""

    id: str
    type: str
    about: str
    object_id: str | None
    account_id: str | None
    state: EventState
    tries: int
    error: str | None
    created_at: datetime | None
    received_at: datetime
    applied_at: datetime | None

    @classmethod
    def of(cls, event: RailEvent) -> Self:
        """Show an event."""
        return cls(
            id=event.id,
            type=event.type,
            about=event.about,
            object_id=event.object_id,
            account_id=event.account_id,
            state=event.state,
            tries=event.tries,
            error=event.error,
            created_at=event.created_at,
            received_at=event.received_at,
            applied_at=event.applied_at,
        )


class EventPage(Page):
    """Events, by their ids."""

    items: list[EventOut]


class DayOfRefusals(Output):
    """What was refused on one day (UTC), by kind."""

    on: date
    refused: dict[str, int]


class CountersOut(Output):
    """How many events stand in each state, and how many webhooks were refused, by kind: in all, and on the latest days."""

    events: dict[str, int]
    refused: dict[str, int]
    days: list[DayOfRefusals]
