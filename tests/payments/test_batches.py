"""Batches: built by one person, released by another, counted as they go; and how each program lets its payments leave."""

from contextlib import asynccontextmanager
from http import HTTPStatus
from uuid import uuid4

import pytest

from sdc.auth.principal import Role
from sdc.payments.jobs import send_sweep
from sdc.programs.receiving import request_top_up
from tests.bills.desk import a_desk, expected
from tests.builders import a_program, a_staff
from tests.scripted_rail import ScriptedRail
from tests.serving import serving


@asynccontextmanager
async def at(url):
    async with serving(url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        async with served.sessions.begin() as session:
            await request_top_up(session, desk.house.program.id, id=uuid4(), amount_cents=100_000, by=uuid4(), at=served.clock.now())
        yield desk


@pytest.fixture
async def desk(sqlite_url):
    async with at(sqlite_url) as desk:
        yield desk


@pytest.fixture
async def on_each(database_url):
    """Give a desk on each database: what leaves is chosen by its queries."""
    async with at(database_url) as desk:
        yield desk


async def switches(desk, **way):
    return expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/payments/switch", way))


async def queues(desk, *cents):
    """Have bills accepted whose payments are queued and not sent yet."""
    for amount in cents:
        await desk.bills(await desk.order(amount), amount)
    await desk.works()


async def builds(desk, who="admin", **given):
    return await desk.post(who, f"/v1/programs/{desk.house.program.id}/payment-batches", given)


async def releases(desk, batch, who="director"):
    return await desk.post(who, f"/v1/payment-batches/{batch['id']}/release")


async def seen(desk, batch, who="director"):
    return expected(await desk.served.get(f"/v1/payment-batches/{batch['id']}", desk.tokens[who]))


def counts(batch):
    return {state: stand["payments"] for state, stand in batch["progress"].items() if stand["payments"]}


async def test_payments_of_a_program_that_pays_in_batches_leave_once_a_second_person_has_released_them(on_each):
    desk = on_each
    await switches(desk, pays_in_batches=True)
    await queues(desk, 4_000, 3_000)
    assert desk.rail.calls == []

    batch = expected(await builds(desk))
    await desk.works()
    assert (batch["payments"], batch["amount_cents"], counts(batch)) == (2, 7_000, {"queued": 2})
    assert desk.rail.calls == []

    expected(await releases(desk, batch))
    await desk.works()

    after = await seen(desk, batch)
    assert (after["state"], counts(after), after["progress"]["sent"]["amount_cents"]) == ("released", {"sent": 2}, 7_000)
    assert after["released_by"] != after["built_by"]


async def test_who_built_a_batch_does_not_release_it(desk):
    await switches(desk, pays_in_batches=True)
    await queues(desk, 4_000)
    batch = expected(await builds(desk))

    refused = await releases(desk, batch, who="admin")

    assert refused.status_code == HTTPStatus.CONFLICT
    await desk.works()
    assert desk.rail.calls == []


async def test_a_batch_that_is_held_keeps_what_would_leave_by_itself(desk):
    expected(await desk.post("admin", "/v1/payments/pause", {"reason": "before the batch"}))
    await queues(desk, 4_000)
    batch = expected(await builds(desk, hold_until_released=True))
    expected(await desk.post("admin", "/v1/payments/resume"))
    await desk.works()
    assert desk.rail.calls == []

    expected(await releases(desk, batch))
    await desk.works()

    assert len(desk.rail.calls) == 1


async def test_a_canceled_batch_lets_its_payments_go_into_another_and_is_not_released(desk):
    await switches(desk, pays_in_batches=True)
    await queues(desk, 4_000)
    batch = expected(await builds(desk))
    assert (await builds(desk)).status_code == HTTPStatus.CONFLICT  # all that is queued is in one already

    expected(await desk.post("director", f"/v1/payment-batches/{batch['id']}/cancel"))

    assert (await releases(desk, batch)).status_code == HTTPStatus.CONFLICT
    other = expected(await builds(desk))
    assert other["payments"] == 1
    listed = expected(await desk.served.get("/v1/payment-batches", desk.tokens["director"], state="built"))
    assert [one["id"] for one in listed["items"]] == [other["id"]]


async def test_a_batch_takes_no_more_than_it_may_and_nothing_of_a_vendor_that_can_not_be_paid(desk):
    await switches(desk, pays_in_batches=True)
    await queues(desk, 4_000, 3_000)

    batch = expected(await builds(desk, up_to_cents=5_000))
    assert (batch["payments"], batch["amount_cents"]) == (1, 4_000)

    await desk.changes_vendor(has_possible_match=True)
    assert (await builds(desk)).status_code == HTTPStatus.CONFLICT


async def test_a_batch_of_nonsense_is_refused(desk):
    for given in ({"up_to_cents": 0}, {"up_to_cents": -1}, {"up_to_cents": 10**13}, {"hold_until_released": "yes"}, {"x": 1}):
        assert (await builds(desk, **given)).status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}


async def test_batches_are_for_administrators_and_their_program_s_directors(desk):
    await switches(desk, pays_in_batches=True)
    await queues(desk, 4_000)
    batch = expected(await builds(desk))
    elsewhere = await a_program(desk.served.sessions)
    stranger = await a_staff(desk.served.sessions, Role.DIRECTOR, program_ids=[elsewhere.id])
    desk.tokens["stranger"] = await desk.served.token(Role.DIRECTOR, stranger.id)

    assert (await builds(desk, who="director")).status_code == HTTPStatus.FORBIDDEN
    assert (await releases(desk, batch, who="vendor")).status_code == HTTPStatus.FORBIDDEN
    assert (await releases(desk, batch, who="stranger")).status_code == HTTPStatus.NOT_FOUND
    assert (await desk.served.get(f"/v1/payment-batches/{batch['id']}", desk.tokens["stranger"])).status_code == HTTPStatus.NOT_FOUND
    assert (await desk.served.get(f"/v1/payment-batches/{batch['id']}", desk.tokens["vendor"])).status_code == HTTPStatus.FORBIDDEN
    unknown = f"/v1/programs/{uuid4()}/payment-batches"
    assert (await desk.post("admin", unknown, {})).status_code == HTTPStatus.NOT_FOUND


async def test_one_program_is_stopped_while_others_are_paid(desk):
    program = f"/v1/programs/{desk.house.program.id}/payments"
    stopped = expected(await desk.post("admin", f"{program}/pause", {"reason": "an audit"}))
    assert (stopped["is_paused"], stopped["reason"]) == (True, "an audit")
    await queues(desk, 4_000)
    assert desk.rail.calls == []
    assert expected(await desk.served.get(f"{program}/switch", desk.tokens["director"]))["reason"] == "an audit"

    expected(await desk.post("admin", f"{program}/resume"))
    assert await send_sweep(desk.served.work) == 1


async def test_a_vendor_is_sent_one_payment_at_a_time(desk):
    expected(await desk.post("admin", "/v1/payments/pause"))
    await queues(desk, 4_000, 3_000)
    open_calls, most = [], []
    send = desk.rail.send

    async def watched(attempt):
        open_calls.append(attempt.payee_id)
        most.append(open_calls.count(attempt.payee_id))
        try:
            return await send(attempt)
        finally:
            open_calls.remove(attempt.payee_id)

    desk.rail.send = watched
    expected(await desk.post("admin", "/v1/payments/resume"))

    assert await send_sweep(desk.served.work) == 2
    assert max(most) == 1
