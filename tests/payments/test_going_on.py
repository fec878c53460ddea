"""Ways on from every dead end: what was rejected, canceled or came back is tried again; what is frozen is resolved by a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

import ledger
from sdc.audit.agreeing import disagreements
from sdc.auth.principal import Role
from sdc.books import chart
from sdc.clock import machine_now
from sdc.journal import Event as JournalEvent
from sdc.payments.claiming import Claimed, claim_payment
from sdc.payments.model import Attempt, Payment
from sdc.payments.recording import record_outcome
from tests.bills.desk import a_desk, expected
from tests.builders import a_staff
from tests.databases import on_sqlite
from tests.scripted_rail import ScriptedRail, lost_after
from tests.serving import serving
from vendors.rails import Conflicting, Event, Found, PayeeStatus, Rejected, Sent, Unknown

REASON = {"reason": "the processor's page says so"}
CLOSED = PayeeStatus("acct_1", ready=False, restricted=False, closed=True)


@pytest.fixture
async def desk(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/top-ups", {"amount_cents": 50_000}))
        await desk.works()
        yield desk
        await books_are_whole(desk)


async def books_are_whole(desk):
    async with desk.served.sessions.read() as session:
        assert (await ledger.verify(session)).ok
        assert await disagreements(session, desk.house.program.id) == []


async def books(desk):
    program = desk.house.program.id
    codes = (chart.payable(desk.vendor.id), chart.transit(), chart.CASH_PROCESSOR)
    async with desk.served.sessions.read() as session:
        held = await ledger.balances(session, [chart.account_id(program, code) for code in codes])
    return tuple(held[chart.account_id(program, code)] for code in codes)


OWED, PAID = (4_000, 0, 50_000), (0, 0, 46_000)


async def billed(desk, cents=4_000):
    await desk.bills(await desk.order(cents), cents)
    await desk.works()
    return await read(desk)


async def read(desk):
    return (await desk.served.get("/v1/payments", desk.tokens["admin"])).json()["items"][0]


async def waits(desk, **by):
    async with desk.served.sessions.begin() as session:
        for row in await session.scalars(select(Payment).where(Payment.look_at.is_not(None))):
            row.look_at -= timedelta(**by)
        for attempt in await session.scalars(select(Attempt)):
            attempt.claimed_at -= timedelta(**by)
    await desk.works()


async def retries(desk, payment, who="admin"):
    return await desk.post(who, f"/v1/payments/{payment['id']}/retry", REASON)


async def resolves(desk, payment, outcome="never_sent", **changes):
    said = REASON | {"outcome": outcome} | changes
    first = await desk.post("admin", f"/v1/payments/{payment['id']}/resolve", said)
    if not first.is_success:
        return first
    desk.tokens["second"] = await desk.served.token(Role.ADMIN)
    return await desk.post("second", f"/v1/payments/{payment['id']}/resolve", said)


async def comes_back(desk, rail_id, cents):
    desk.rail.transfers[rail_id] = replace(desk.rail.transfers[rail_id], reversed_cents=cents)
    await is_told_of(desk, rail_id, "transfer.reversed")


async def is_told_of(desk, rail_id, kind):
    raw = uuid4().bytes
    now = datetime.now(UTC)
    desk.rail.signed[raw] = Event(f"evt_{raw.hex()}", kind, rail_id, created_at=now, live=False, about="transfer")
    assert (await desk.served.http.post("/v1/webhooks/stripe", content=raw)).status_code == HTTPStatus.OK
    await desk.works()


async def test_a_vendor_whose_account_was_closed_gets_a_fresh_one_and_is_paid_there(desk):
    desk.rail.answers.append(Rejected("account_closed", retry="never"))
    desk.rail.statuses["acct_1"] = CLOSED
    payment = await billed(desk)
    assert (payment["state"], payment["open_moves"]) == ("rejected", ["retry"])
    assert await books(desk) == OWED

    answers = [expected(await desk.post("vendor", f"/v1/vendors/{desk.vendor.id}/onboarding")) for _ in range(2)]
    retried = expected(await retries(desk, payment))
    await desk.works()

    assert [one["is_payable"] for one in answers] == [True, True]
    assert [one.key for one in desk.rail.payees] == [f"payee:{desk.vendor.id}:2"]
    assert (retried["state"], (await read(desk))["state"]) == ("queued", "sent")
    assert [(call.payee_id, call.key[-2:]) for call in desk.rail.calls] == [
        ("acct_1", ":1"),
        (f"acct_payee:{desk.vendor.id}:2", ":2"),
    ]
    assert await books(desk) == PAID


async def test_a_third_account_has_a_key_of_its_own(desk):
    path, payee = f"/v1/vendors/{desk.vendor.id}/onboarding", f"acct_payee:{desk.vendor.id}:2"
    desk.rail.statuses["acct_1"] = CLOSED
    expected(await desk.post("vendor", path))
    desk.rail.statuses[payee] = replace(CLOSED, payee_id=payee)

    expected(await desk.post("admin", path))

    assert [one.key[-2:] for one in desk.rail.payees] == [":2", ":3"]


async def test_a_retry_of_a_vendor_that_can_not_be_paid_is_held_and_sends_nothing(desk):
    desk.rail.answers.append(Rejected("account_closed", retry="never"))
    desk.rail.statuses["acct_1"] = CLOSED
    payment = await billed(desk)

    expected(await retries(desk, payment))
    await desk.works()

    seen = await read(desk)
    assert (seen["state"], seen["held_because"], len(desk.rail.calls)) == ("held", "vendor: payout account not ready", 1)


async def test_what_was_canceled_is_sent_after_all(desk):
    expected(await desk.post("admin", "/v1/payments/pause"))
    payment = await billed(desk)
    expected(await desk.post("admin", f"/v1/payments/{payment['id']}/cancel"))
    expected(await desk.post("admin", "/v1/payments/resume"))

    expected(await retries(desk, payment))
    await desk.works()

    assert (await read(desk))["state"] == "sent"
    assert await books(desk) == PAID


async def test_what_was_canceled_with_its_bill_is_not_owed(desk):
    expected(await desk.post("admin", "/v1/payments/pause"))
    payment = await billed(desk)
    expected(await desk.post("admin", f"/v1/payments/{payment['id']}/cancel"))
    expected(await desk.post("director", f"/v1/bills/{payment['bill_id']}/reverse", {"reason": "billed twice"}))

    refused = await retries(desk, payment)

    assert (refused.status_code, refused.json()["type"]) == (HTTPStatus.CONFLICT, "/problems/conflict")


async def test_money_that_came_back_is_sent_again_and_only_that(desk):
    payment = await billed(desk)
    await comes_back(desk, "tr_1", 1_000)
    partly = await read(desk)
    assert (partly["state"], partly["returned_cents"], partly["open_moves"]) == ("sent", 1_000, ["retry"])

    expected(await retries(desk, payment))
    await desk.works()

    seen = await read(desk)
    assert (seen["state"], seen["returned_cents"], seen["attempts"], seen["open_moves"]) == ("sent", 0, 2, [])
    assert [call.amount_cents for call in desk.rail.calls] == [4_000, 1_000]
    assert await books(desk) == PAID

    await comes_back(desk, "tr_1", 4_000)  # of the first transfer, the rest as well
    await comes_back(desk, "tr_2", 1_000)
    seen = await read(desk)
    assert (seen["state"], seen["returned_cents"]) == ("reversed", 4_000)
    assert await books(desk) == OWED

    expected(await retries(desk, payment))
    await desk.works()

    assert (await read(desk))["state"] == "sent"
    assert await books(desk) == PAID


async def test_a_retry_whose_answer_is_lost_does_not_take_the_earlier_transfer_for_its_own(desk):
    payment = await billed(desk)
    await comes_back(desk, "tr_1", 4_000)
    desk.rail.answers.append(lost_after)

    expected(await retries(desk, payment))
    await desk.works()

    seen = await read(desk)
    assert (seen["state"], len(desk.rail.calls), len(desk.rail.transfers)) == ("sent", 2, 2)
    assert await books(desk) == PAID


@pytest.mark.parametrize("state", ["sent", "queued"])
async def test_what_goes_on_by_itself_or_was_sent_can_not_be_retried_or_resolved(desk, state):
    if state == "queued":
        expected(await desk.post("admin", "/v1/payments/pause"))
    payment = await billed(desk)

    for refused in (await retries(desk, payment), await resolves(desk, payment)):
        assert refused.status_code == HTTPStatus.CONFLICT
        assert refused.json()["open_moves"] == (["cancel"] if state == "queued" else [])


@pytest.mark.parametrize("move", ["retry", "resolve"])
async def test_only_an_administrator_moves_a_payment_and_says_why(desk, move):
    payment = await billed(desk)
    body = REASON | ({"outcome": "never_sent"} if move == "resolve" else {})
    for who in ("vendor", "director", "broker", "member"):
        assert (await desk.post(who, f"/v1/payments/{payment['id']}/{move}", body)).status_code == HTTPStatus.FORBIDDEN
    for wrong in ({}, {"reason": " "}, body | {"amount_cents": 1}):
        assert (await desk.post("admin", f"/v1/payments/{payment['id']}/{move}", wrong)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (await desk.post("admin", f"/v1/payments/{uuid4()}/{move}", body)).status_code == HTTPStatus.NOT_FOUND


@on_sqlite
@pytest.mark.parametrize("body", [{"outcome": "sent"}, {"outcome": "never_sent", "rail_id": "tr_1"}, {"outcome": "sent", "rail_id": "t r"}])
async def test_a_transfer_is_named_with_the_outcome_sent_and_only_with_it(desk, body):
    payment = await billed(desk)

    assert (await resolves(desk, payment, **body)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def strange(*found):
    def answer(rail, attempt):
        for number, (cents, payee) in enumerate(found):
            rail.transfers[f"tr_x{number}"] = Found(f"tr_x{number}", attempt.payment_reference, cents, payee, 0, datetime.now(UTC))
        return Unknown("timed out")

    return answer


async def test_what_is_frozen_and_was_never_sent_is_sent_under_a_new_key(desk):
    desk.rail.answers.append(Conflicting("400 idempotency_error"))
    payment = await billed(desk)
    assert (payment["state"], payment["open_moves"]) == ("unknown", ["resolve"])

    expected(await resolves(desk, payment))
    await desk.works()

    assert (await read(desk))["state"] == "sent"
    assert [call.key[-2:] for call in desk.rail.calls] == [":1", ":2"]
    assert await books(desk) == PAID
    moves = expected(await desk.served.get(f"/v1/payments/{payment['id']}/moves", desk.tokens["admin"]))["items"]
    assert [(one["move"], one["reason"], one["rail_id"]) for one in moves] == [("resolve", REASON["reason"], None)] * 2
    assert len({one["by"] for one in moves}) == 2
    async with desk.served.sessions.read() as session:
        journal = list(await session.scalars(select(JournalEvent).where(JournalEvent.kind == "payment.resolved")))
    assert [event.data for event in journal] == [{"outcome": "never_sent"}]


async def test_of_two_transfers_one_is_named_once_the_other_was_reversed(desk):
    desk.rail.answers.append(strange((4_000, "acct_1"), (4_000, "acct_1")))
    payment = await billed(desk)
    hidden = await resolves(desk, payment, "sent", rail_id="tr_x0")
    assert (hidden.status_code, await books(desk)) == (HTTPStatus.CONFLICT, (0, 4_000, 50_000))

    desk.rail.transfers["tr_x1"] = replace(desk.rail.transfers["tr_x1"], reversed_cents=4_000)
    resolved = expected(await resolves(desk, payment, "sent", rail_id="tr_x0"))
    await desk.works()

    assert (resolved["state"], len(desk.rail.calls)) == ("sent", 1)
    assert expected(await desk.served.get(f"/v1/bills/{payment['bill_id']}", desk.tokens["vendor"]))["state"] == "paid"
    assert await books(desk) == PAID


@pytest.mark.parametrize(("cents", "state", "owed"), [(1_000, "sent", 1_000), (4_000, "reversed", 4_000)])
async def test_what_had_come_back_of_a_named_transfer_is_owed_again(desk, cents, state, owed):
    desk.rail.answers.append(strange((4_000, "acct_1"), (4_000, "acct_1")))
    payment = await billed(desk)
    for rail_id, reversed_cents in (("tr_x0", cents), ("tr_x1", 4_000)):
        desk.rail.transfers[rail_id] = replace(desk.rail.transfers[rail_id], reversed_cents=reversed_cents)

    resolved = expected(await resolves(desk, payment, "sent", rail_id="tr_x0"))

    assert (resolved["state"], resolved["returned_cents"], resolved["open_moves"]) == (state, owed, ["retry"])
    assert await books(desk) == (owed, 0, 46_000 + owed)
    seen = await read(desk)
    assert (seen["state"], seen["returned_cents"]) == (state, owed)


@pytest.mark.parametrize("found", [(4_001, "acct_1"), (4_000, "acct_2")])
async def test_a_transfer_of_another_amount_or_payee_has_to_be_reversed_first(desk, found):
    desk.rail.answers.append(strange(found))
    payment = await billed(desk)
    for outcome, named in (("never_sent", {}), ("sent", {"rail_id": "tr_x0"}), ("sent", {"rail_id": "tr_none"})):
        assert (await resolves(desk, payment, outcome, **named)).status_code == HTTPStatus.CONFLICT
    assert (await read(desk))["open_moves"] == ["resolve"]

    desk.rail.transfers["tr_x0"] = replace(desk.rail.transfers["tr_x0"], reversed_cents=found[0])
    expected(await resolves(desk, payment))
    await desk.works()

    assert (await read(desk))["state"] == "sent"
    assert await books(desk) == PAID


async def given_up(desk):
    """Have an attempt whose call is still open somewhere given up, and its vendor held."""
    expected(await desk.post("admin", "/v1/payments/pause"))
    payment = await billed(desk)
    expected(await desk.post("admin", "/v1/payments/resume"))
    async with desk.served.sessions.begin() as session:
        claim = await claim_payment(session, UUID(payment["id"]), attempt_id=uuid4(), at=desk.served.clock.now(), machine_at=machine_now())
    assert isinstance(claim, Claimed)
    await desk.changes_vendor(on_sam=True)
    await waits(desk, hours=23)
    await waits(desk, seconds=31)
    assert (await read(desk))["held_because"] == "vendor: excluded"
    return claim


@pytest.mark.parametrize("told_by", ["event", "answer"])
async def test_a_transfer_that_arrives_after_it_was_given_up_is_frozen_and_accounted_for(desk, told_by):
    claim = await given_up(desk)
    outcome = desk.rail.take(claim.call)
    if told_by == "event":
        await is_told_of(desk, "tr_1", "transfer.created")
    else:
        async with desk.served.sessions.begin() as session:
            await record_outcome(session, claim, outcome, at=desk.served.clock.now(), machine_at=machine_now())
    payment = await read(desk)
    assert (payment["state"], payment["held_because"]) == ("unknown", "frozen: sent after it was given up")
    reversing = await desk.post("director", f"/v1/bills/{payment['bill_id']}/reverse", {"reason": "excluded"})
    assert reversing.status_code == HTTPStatus.CONFLICT
    assert (await resolves(desk, payment)).status_code == HTTPStatus.CONFLICT

    resolved = expected(await resolves(desk, payment, "sent", rail_id="tr_1"))

    assert resolved["state"] == "sent"
    assert await books(desk) == PAID


async def test_a_second_transfer_of_a_payment_that_was_sent_is_frozen_until_it_is_reversed(desk):
    claim = await given_up(desk)
    await desk.changes_vendor(on_sam=False)
    await waits(desk, seconds=1)
    assert (await read(desk))["state"] == "sent"  # by the second attempt
    late = desk.rail.take(claim.call)
    assert late == Sent("tr_2")
    await is_told_of(desk, "tr_2", "transfer.created")
    payment = await read(desk)
    assert payment["open_moves"] == ["resolve"]
    for named in ("tr_1", "tr_2"):
        assert (await resolves(desk, payment, "sent", rail_id=named)).status_code == HTTPStatus.CONFLICT

    desk.rail.transfers["tr_2"] = replace(desk.rail.transfers["tr_2"], reversed_cents=4_000)
    resolved = expected(await resolves(desk, payment, "sent", rail_id="tr_1"))
    await desk.works()

    assert (resolved["state"], resolved["open_moves"]) == ("sent", [])
    assert await books(desk) == PAID


async def test_only_staff_reads_why_a_payment_was_moved(desk):
    payment = await billed(desk)
    path = f"/v1/payments/{payment['id']}/moves"
    auditor = (await a_staff(desk.served.sessions, Role.AUDITOR, program_ids=[desk.house.program.id])).id

    assert (await desk.served.get(path, desk.tokens["vendor"])).status_code == HTTPStatus.FORBIDDEN
    assert expected(await desk.served.get(path, await desk.served.token(Role.AUDITOR, auditor)))["items"] == []


async def test_a_possible_match_holds_what_is_owed_until_a_person_has_decided(desk):
    expected(await desk.post("admin", "/v1/payments/pause"))
    await billed(desk)
    ordered = await desk.order(3_000)  # from now on a director looks at what is bought there
    path, look = f"/v1/vendors/{desk.vendor.id}/screenings", {"list": "leie", "list_date": "2026-10-08"}
    expected(await desk.post("director", path, look | {"result": "possible"}))
    expected(await desk.post("admin", "/v1/payments/resume"))
    await desk.works()
    seen = await read(desk)
    assert (seen["state"], seen["held_because"], desk.rail.calls) == ("held", "vendor: possible match on a list", [])
    waiting = await desk.bills(ordered, 3_000)
    assert [(one["rule"], one["closed_by"]) for one in waiting["held_because"]] == [("V04", {"event": "screened"})]
    async with desk.served.sessions.read() as session:
        alarms = (await session.scalars(select(JournalEvent).where(JournalEvent.kind == "alarm.possible_match"))).all()
    assert [(event.subject_id, event.data) for event in alarms] == [(desk.vendor.id, {"list": "leie"})]

    expected(await desk.post("director", path, look | {"result": "clear"}))
    await desk.works()

    assert [one["state"] for one in (await desk.served.get("/v1/payments", desk.tokens["admin"])).json()["items"]] == ["sent", "sent"]
