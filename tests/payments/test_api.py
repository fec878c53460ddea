"""Payments over HTTP: who sees and steers them, the processor's events, and nothing of a member to anyone outside."""

from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import func, select, update

from sdc.auth.principal import Role
from sdc.journal import Event as JournalEvent
from sdc.payments.model import RailEvent
from tests.bills.desk import a_desk, expected
from tests.builders import a_program, a_staff
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor
from vendors import RailUnavailableError
from vendors.rails import Event, PayeeStatus

EVENT = b'{"id": "evt_1"}'


@pytest.fixture
async def desk(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        body = {"amount_cents": 50_000}
        expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/top-ups", body))
        await desk.works()
        yield desk


async def paid(desk, cents=4_000):
    await desk.bills(await desk.order(cents), cents)
    await desk.works()
    return (await desk.served.get("/v1/payments", desk.tokens["vendor"])).json()["items"][0]


def an_event(desk, **changes):
    given: dict[str, Any] = {
        "id": "evt_1",
        "type": "transfer.reversed",
        "object_id": "tr_1",
        "created_at": datetime.now(UTC),
        "live": False,
        "about": "transfer",
    }
    desk.rail.signed[EVENT] = Event(**(given | changes))


async def tells(desk, raw=EVENT):
    return await desk.served.http.post("/v1/webhooks/stripe", content=raw)


async def test_a_vendor_sees_its_payment_and_when_it_should_arrive(desk):
    payment = await paid(desk)

    assert (payment["state"], payment["delivery"], payment["amount_cents"]) == ("sent", "in_vendor_balance", 4_000)
    assert (payment["attempts"], payment["held_because"], payment["expected_on"]) == (1, None, "2026-10-19")


async def test_others_see_nothing_of_a_payment(desk):
    payment = await paid(desk)
    sessions = desk.served.sessions
    stranger = await desk.served.token(Role.VENDOR, (await a_vendor(sessions, desk.house.program)).id)
    elsewhere = await a_program(sessions)
    auditor = await desk.served.token(Role.AUDITOR, (await a_staff(sessions, Role.AUDITOR, program_ids=[elsewhere.id])).id)

    for token in (stranger, auditor):
        assert (await desk.served.get(f"/v1/payments/{payment['id']}", token)).status_code == HTTPStatus.NOT_FOUND
        assert (await desk.served.get("/v1/payments", token)).json()["items"] == []
    assert (await desk.served.get("/v1/payments", desk.tokens["member"])).status_code == HTTPStatus.FORBIDDEN


async def test_an_administrator_pauses_cancels_and_resumes(desk):
    paused = expected(await desk.post("admin", "/v1/payments/pause", {"reason": "a holiday"}))
    payment = await paid(desk)
    canceled = expected(await desk.post("admin", f"/v1/payments/{payment['id']}/cancel"))
    resumed = expected(await desk.post("admin", "/v1/payments/resume"))
    await desk.works()

    assert (paused, resumed["is_paused"]) == ({"is_paused": True, "reason": "a holiday"}, False)
    assert (payment["state"], canceled["state"], desk.rail.calls) == ("queued", "canceled", [])


async def test_a_payment_that_is_sent_can_not_be_canceled(desk):
    payment = await paid(desk)

    refused = await desk.post("admin", f"/v1/payments/{payment['id']}/cancel")

    assert (refused.status_code, refused.json()["open_moves"]) == (HTTPStatus.CONFLICT, [])


async def test_an_event_is_a_hint_whose_object_is_read_again_once(desk):
    payment = await paid(desk)
    an_event(desk)
    desk.rail.transfers["tr_1"] = replace(desk.rail.transfers["tr_1"], reversed_cents=4_000)

    for _ in range(3):
        assert (await tells(desk)).status_code == HTTPStatus.OK
        await desk.works()

    seen = expected(await desk.served.get(f"/v1/payments/{payment['id']}", desk.tokens["vendor"]))
    assert (seen["state"], seen["returned_cents"]) == ("reversed", 4_000)
    async with desk.served.sessions.read() as session:
        assert await session.scalar(select(func.count()).select_from(RailEvent)) == 1


async def test_an_event_that_lies_changes_nothing(desk):
    payment = await paid(desk)
    an_event(desk)

    await tells(desk)
    await desk.works()

    assert expected(await desk.served.get(f"/v1/payments/{payment['id']}", desk.tokens["vendor"]))["returned_cents"] == 0


@pytest.mark.parametrize("object_id", ["tr_none", None])
async def test_an_event_about_nothing_of_ours_is_kept_and_done_with(desk, object_id):
    an_event(desk, object_id=object_id)

    assert (await tells(desk)).status_code == HTTPStatus.OK
    await desk.works()

    async with desk.served.sessions.read() as session:
        assert (await session.scalars(select(RailEvent))).one().applied_at is not None


@pytest.mark.parametrize(
    ("raw", "status"), [(b"{}", HTTPStatus.BAD_REQUEST), (b"\xff\x00", HTTPStatus.BAD_REQUEST), (b"", HTTPStatus.BAD_REQUEST)]
)
async def test_what_the_processor_did_not_sign_is_refused_and_not_kept(desk, raw, status):
    assert (await tells(desk, raw)).status_code == status

    async with desk.served.sessions.read() as session:
        assert await session.scalar(select(func.count()).select_from(RailEvent)) == 0


async def test_an_event_of_two_megabytes_is_refused(desk):
    assert (await tells(desk, b"x" * 2_000_000)).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_an_event_waits_while_the_rail_is_silent(desk):
    an_event(desk, type="v2.core.account[configuration.recipient].capability_status_updated", object_id="acct_1", about="payee")
    desk.rail.statuses["acct_1"] = PayeeStatus("acct_1", ready=False, restricted=True)
    desk.rail.silent = RailUnavailableError("payee_status", "no answer")
    await tells(desk)
    await desk.works()

    desk.rail.silent = None
    async with desk.served.sessions.begin() as session:
        await session.execute(update(RailEvent).values(look_at=datetime.now(UTC)))  # its pause is over
    await desk.works()
    payment = await paid_later(desk)

    assert payment == []  # its bill is held: the vendor's bank is not ready


async def paid_later(desk):
    await desk.bills(await desk.order(), 4_000)
    await desk.works()
    return (await desk.served.get("/v1/payments", desk.tokens["vendor"])).json()["items"]


async def test_nothing_of_a_member_reaches_the_rail_or_the_vendor(desk):
    await paid(desk)
    house = desk.house
    vendor_reads = [
        await desk.served.get(path, desk.tokens["vendor"])
        for path in ("/v1/orders", "/v1/bills", "/v1/payments", f"/v1/vendors/{desk.vendor.id}")
    ]
    async with desk.served.sessions.read() as session:
        journal = [str(event.data) for event in await session.scalars(select(JournalEvent).where(JournalEvent.kind.startswith("payment")))]

    told = " ".join([repr(desk.rail.calls), repr(desk.rail.payees), *(response.text for response in vendor_reads)])

    assert all(response.status_code == HTTPStatus.OK for response in vendor_reads)
    strings = (
        "Ana",
        "Example",
        str(house.member.id),
        str(house.member.id.hex),
        str(desk.budget.id),
        desk.goal,
        "Feel well",
        "wellness",
        "Florida",
    )
    assert [word for word in strings if word.lower() in told.lower()] == []
    assert [word for word in ("Ana", "Feel well") if word in " ".join(journal)] == []
    assert str(house.program.id) not in repr(desk.rail.calls) + repr(desk.rail.payees) + vendor_reads[2].text
