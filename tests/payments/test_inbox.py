"""The inbox: events are applied many by one reading, fetched when they were missed, and dead when nothing helps."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import func, select, update

from sdc.auth.principal import Role
from sdc.clock import machine_now
from sdc.journal import Event as JournalEvent
from sdc.payments.applying import MOST_TRIES, apply_events
from sdc.payments.bank_model import RailCursor
from sdc.payments.model import EventState, RailEvent
from sdc.payments.webhook import receive_events
from tests.bills.desk import a_desk, expected
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from vendors import ForgedEventError
from vendors.rails import MAX_EVENT_BYTES, Event


class CountingRail(ScriptedRail):
    """Counts how often a transfer is read, and fails as a test asks."""

    def __init__(self):
        super().__init__()
        self.read = []
        self.fault = None
        self.refused = {}

    async def retrieve(self, rail_id):
        """Read one transfer again."""
        self.read.append(rail_id)
        if self.fault is not None:
            raise self.fault
        return await super().retrieve(rail_id)

    def parse_event(self, raw, headers, *, account_id=None):
        """Refuse in the way that a test asks for."""
        if raw in self.refused:
            raise ForgedEventError("refused", kind=self.refused[raw])
        return super().parse_event(raw, headers, account_id=account_id)


@pytest.fixture
async def desk(database_url):
    async with serving(database_url, rail=CountingRail(), raise_faults=True) as served:
        yield await a_desk(served)


def told(name, object_id="tr_1", **changes):
    given: dict[str, Any] = {"created_at": datetime.now(UTC), "live": False, "about": "transfer"} | changes
    return Event(name, "transfer.updated", object_id, **given)


async def keeps(desk, *events):
    async with desk.served.sessions.begin() as session:
        return await receive_events(session, events, rail="stripe", at=desk.served.clock.now())


async def states(desk):
    async with desk.served.sessions.read() as session:
        rows = await session.execute(select(RailEvent.id, RailEvent.state).order_by(RailEvent.id))
        return {row[0]: row[1].value for row in rows}


async def pause_is_over(desk):
    async with desk.served.sessions.begin() as session:
        waiting = update(RailEvent).where(RailEvent.state == EventState.WAITING)
        await session.execute(waiting.values(look_at=machine_now() - timedelta(seconds=1)))


async def test_many_events_of_one_object_are_applied_by_one_reading(desk):
    await keeps(desk, *(told(f"evt_{number}") for number in range(30)), told("evt_other", "tr_2"))

    await desk.works()

    assert set((await states(desk)).values()) == {"applied"}
    assert sorted(desk.rail.read) == ["tr_1", "tr_2"]


async def test_of_two_with_one_id_the_first_wins_and_an_id_that_is_none_is_left_out(desk):
    first = await keeps(desk, told("evt_1", "tr_1"), told("evt_1", "tr_2"), told("evt \x00"), told("e" * 200))
    second = await keeps(desk, told("evt_1", "tr_3"))

    async with desk.served.sessions.read() as session:
        kept = (await session.scalars(select(RailEvent))).all()
    assert (first, second, [(one.id, one.object_id) for one in kept]) == (1, 0, [("evt_1", "tr_1")])


async def test_two_workers_share_a_batch(desk):
    await keeps(desk, *(told(f"evt_{number}", f"tr_{number}") for number in range(20)))
    at = desk.served.clock.now()

    done = [await apply_events(desk.served.work, at=at, machine_at=machine_now()) for _ in range(2)]

    assert done == [20, 0]
    async with desk.served.sessions.read() as session:
        journaled = select(func.count()).select_from(JournalEvent).where(JournalEvent.kind == "rail_event.applied")
        assert await session.scalar(journaled) == 20


async def test_what_can_not_be_applied_is_dead_after_its_tries_and_a_person_has_it_tried_again(desk):
    desk.rail.fault = LookupError("nobody foresaw this")
    await keeps(desk, told("evt_1"), told("evt_2", "tr_2", about="other"))
    for _ in range(MOST_TRIES):
        assert (await states(desk))["evt_1"] == "waiting"
        await pause_is_over(desk)
        await desk.works()
    admin = desk.tokens["admin"]

    dead = expected(await desk.served.get("/v1/webhooks/events", admin, state="dead"))["items"]
    desk.rail.fault = None
    again = expected(await desk.post("admin", "/v1/webhooks/events/evt_1/apply"))
    await desk.works()

    assert [(one["id"], one["state"], one["error"], one["tries"]) for one in dead] == [("evt_1", "dead", "LookupError", MOST_TRIES)]
    assert (again["state"], again["tries"]) == ("waiting", 0)
    assert await states(desk) == {"evt_1": "applied", "evt_2": "applied"}
    async with desk.served.sessions.read() as session:
        kinds = (await session.scalars(select(JournalEvent.kind))).all()
    assert (kinds.count("alarm.event_dead"), kinds.count("rail_event.revived")) == (1, 1)


async def test_only_a_dead_event_is_tried_again_and_only_by_an_administrator(desk):
    await keeps(desk, told("evt_1", about="other"))
    await desk.works()
    auditor = await desk.served.token(Role.AUDITOR)

    answers = [
        await desk.post("admin", "/v1/webhooks/events/evt_1/apply"),
        await desk.post("admin", "/v1/webhooks/events/evt_none/apply"),
        await desk.served.post("/v1/webhooks/events/evt_1/apply", {}, auditor),
        await desk.post("vendor", "/v1/webhooks/events/evt_1/apply"),
    ]

    assert [answer.status_code for answer in answers] == [409, 404, 403, 403]
    assert (await desk.served.get("/v1/webhooks/events", auditor)).status_code == HTTPStatus.OK
    assert (await desk.served.get("/v1/webhooks/events", desk.tokens["vendor"])).status_code == HTTPStatus.FORBIDDEN
    assert (await desk.served.get("/v1/webhooks/events", desk.tokens["admin"], state="lost")).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_events_are_listed_page_by_page(desk):
    await keeps(desk, *(told(f"evt_{number}", about="other") for number in range(5)))
    admin, seen, cursor = desk.tokens["admin"], [], None
    while True:
        page = expected(await desk.served.get("/v1/webhooks/events", admin, limit=2, **({"cursor": cursor} if cursor else {})))
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == [f"evt_{number}" for number in range(5)]


async def test_what_is_refused_is_counted_by_kind_and_leaves_no_row(desk):
    kinds = ("forged", "stale", "future", "unreadable", "other_mode", "other_account")
    desk.rail.refused = {kind.encode(): kind for kind in kinds}
    for kind in (*kinds, "forged"):
        assert (await desk.served.http.post("/v1/webhooks/stripe", content=kind.encode())).status_code == HTTPStatus.BAD_REQUEST
    large = await desk.served.http.post("/v1/webhooks/stripe", content=b"x" * (MAX_EVENT_BYTES + 1))

    counters = expected(await desk.served.get("/v1/webhooks/counters", desk.tokens["admin"]))

    assert large.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert counters["refused"] == dict.fromkeys(kinds, 1) | {"forged": 2, "too_large": 1}
    assert counters["events"] == {"waiting": 0, "applied": 0, "dead": 0}
    assert [day["on"] for day in counters["days"]] == [machine_now().date().isoformat()]
    assert (await desk.served.get("/v1/webhooks/counters", desk.tokens["vendor"])).status_code == HTTPStatus.FORBIDDEN


async def test_an_event_that_no_webhook_brought_is_asked_for_and_what_came_before_is_not_doubled(desk):
    await desk.works()  # the first turn only begins
    desk.rail.happened = [told("evt_known", about="other"), told("evt_missed", "tr_1")]
    await keeps(desk, desk.rail.happened[0])

    for _ in range(2):
        async with desk.served.sessions.begin() as session:
            await session.execute(update(RailCursor).values(look_at=machine_now() - timedelta(seconds=1)))
        await desk.works()

    assert await states(desk) == {"evt_known": "applied", "evt_missed": "applied"}
    assert desk.rail.read == ["tr_1"]
    async with desk.served.sessions.read() as session:
        position = (await session.get_one(RailCursor, "events")).position
    assert position == desk.rail.happened[-1].created_at


async def test_an_event_from_the_future_does_not_hide_those_that_follow(desk):
    await desk.works()
    desk.rail.happened = [told("evt_1", about="other", created_at=datetime(2090, 1, 1, tzinfo=UTC))]
    for events in ([], [told("evt_2", about="other")]):
        desk.rail.happened += events
        async with desk.served.sessions.begin() as session:
            await session.execute(update(RailCursor).values(look_at=machine_now() - timedelta(seconds=1)))
        await desk.works()

    assert set(await states(desk)) == {"evt_1", "evt_2"}
