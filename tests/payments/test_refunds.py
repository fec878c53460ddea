"""What vendors give back, over HTTP: to whom it goes, never too much, and set off only as they agreed."""

from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select, update

from sdc.audit.agreeing import disagreements
from sdc.auth.principal import Role
from sdc.bills.refund import RefundReceipt
from sdc.purchases.facts import spending_columns
from sdc.purchases.model import Authorization
from tests.bills.desk import a_desk, expected
from tests.builders import balances_of
from tests.journeys.proving import verify_ledger
from tests.payments.books import books_of, entries_of
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor
from vendors.rails import Unknown

CASH = {"way": "cash", "received_on": "2026-10-15", "reference": "check 17", "reason": "the class did not take place"}
CLAIM = {"way": "claim", "received_on": None}


@asynccontextmanager
async def a_paying_desk(url):
    async with serving(url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/top-ups", {"amount_cents": 50_000}))
        await desk.works()
        yield desk
        await verify_ledger(served.sessions)


@pytest.fixture
async def desk(sqlite_url):
    async with a_paying_desk(sqlite_url) as desk:
        yield desk


@pytest.fixture
async def desk_of_each(database_url):
    async with a_paying_desk(database_url) as desk:
        yield desk


async def paid(desk, cents=4_000):
    bill = await desk.bills(await desk.order(cents), cents)
    await desk.works()
    return bill


async def refunds(desk, bill, cents, **said):
    return await desk.post("director", f"/v1/bills/{bill['id']}/refunds", CASH | {"amount_cents": cents} | said)


async def spent(desk):
    return expected(await desk.served.get(f"/v1/budgets/{desk.budget.id}", desk.tokens["broker"]))["spent_cents"]


async def test_cash_goes_back_to_the_member_under_the_same_category(desk_of_each):
    desk = desk_of_each
    bill = await paid(desk)
    before = (await balances_of(desk.served.sessions, desk.budget))["available"]

    refund = expected(await refunds(desk, bill, 1_500))

    assert (refund["state"], refund["collected_cents"], refund["due_cents"], refund["open_moves"]) == ("collected", 1_500, 0, [])
    assert refund["receipts"][0]["to"] == "available"
    assert (await balances_of(desk.served.sessions, desk.budget))["available"] == before + 1_500
    assert await spent(desk) == 2_500
    (entry,) = await entries_of(desk, "refund_received")
    assert [line["tag"] for line in entry["lines"]] == ["TRAN_TRANSIT", "TRAN_TRANSIT"]
    assert entry["cause"]["bill"]["id"] == bill["id"]


async def test_the_rules_see_less_spent(desk):
    bill = await paid(desk)
    expected(await refunds(desk, bill, 1_500))

    async with desk.served.sessions.read() as session:
        row = (await session.execute(select(*spending_columns()).where(Authorization.budget_id == desk.budget.id))).one()

    assert tuple(row)[:3] == ("TRAN_TRANSIT", 2_500, 0)


async def test_no_more_is_asked_back_than_was_paid_and_not_asked_before(desk):
    bill = await paid(desk)
    expected(await refunds(desk, bill, 2_500))

    too_much = await refunds(desk, bill, 1_501)
    rest = await refunds(desk, bill, 1_500)
    nothing_left = await refunds(desk, bill, 1)

    assert too_much.status_code == nothing_left.status_code == HTTPStatus.CONFLICT
    assert "1500 cents of this bill were paid and not asked back yet" in too_much.json()["detail"]
    assert rest.status_code == HTTPStatus.CREATED
    assert await spent(desk) == 0


async def test_of_a_bill_that_is_not_paid_nothing_comes_back(desk):
    expected(await desk.post("admin", "/v1/payments/pause"))
    bill = await paid(desk)

    assert (await refunds(desk, bill, 1)).status_code == HTTPStatus.CONFLICT


async def test_a_refund_that_can_not_be_is_refused_and_writes_nothing(desk):
    bill = await paid(desk)
    wrong: list[dict[str, Any]] = [
        {"amount_cents": 0},
        {"amount_cents": -5},
        {"amount_cents": 10**11},
        {"way": "gift"},
        {"received_on": "2026-10-16"},
        {"received_on": "2026-10-14"},
        {"received_on": None},
        {"way": "claim"},
        {"reason": " "},
    ]

    answers = [await refunds(desk, bill, 100, **said) for said in wrong]

    assert {answer.status_code for answer in answers} == {HTTPStatus.UNPROCESSABLE_ENTITY}
    assert expected(await desk.served.get(f"/v1/bills/{bill['id']}/refunds", desk.tokens["director"]))["items"] == []


async def test_only_who_may_records_a_refund_and_others_see_nothing_of_it(desk):
    bill = await paid(desk)
    refund = expected(await refunds(desk, bill, 100))
    stranger = await desk.served.token(Role.VENDOR, (await a_vendor(desk.served.sessions, desk.house.program)).id)

    for who in ("vendor", "member", "broker"):
        answer = await desk.post(who, f"/v1/bills/{bill['id']}/refunds", CASH | {"amount_cents": 100})
        assert answer.status_code == HTTPStatus.FORBIDDEN
    seen = expected(await desk.served.get(f"/v1/bills/{bill['id']}/refunds", desk.tokens["vendor"]))["items"]
    assert [(one["id"], one["reason"], one["receipts"][0]["to"]) for one in seen] == [(refund["id"], None, None)]
    assert (await desk.served.get(f"/v1/bills/{bill['id']}/refunds", stranger)).status_code == HTTPStatus.NOT_FOUND
    assert expected(await desk.served.get("/v1/refunds", stranger))["items"] == []


async def test_the_same_call_again_refunds_once(desk):
    bill = await paid(desk)
    body, path = CASH | {"amount_cents": 1_000}, f"/v1/bills/{bill['id']}/refunds"

    first, again = [await desk.served.post(path, body, desk.tokens["director"], key="once") for _ in range(2)]

    assert first.json() == again.json()
    assert await spent(desk) == 3_000


async def test_after_the_end_of_the_period_a_refund_is_the_payers(desk):
    bill = await paid(desk)
    desk.served.clock.move(days=300)

    refund = expected(await refunds(desk, bill, 1_500, received_on="2027-08-10"))

    assert refund["receipts"][0]["to"] == "lapsed"
    assert (await balances_of(desk.served.sessions, desk.budget))["available"] == 319_200 - 4_000  # all is released by then
    assert (await books_of(desk))[f"lapsed:{desk.house.source.id}"] == 1_500
    assert await spent(desk) == 2_500


async def test_a_claim_is_nobodys_until_it_comes_and_can_be_waived(desk_of_each):
    desk = desk_of_each
    bill = await paid(desk)
    before = (await balances_of(desk.served.sessions, desk.budget))["available"]

    claim = expected(await refunds(desk, bill, 2_000, **CLAIM))
    books = await books_of(desk)
    assert (books["recoverable.vendor"], books["refunds_due"], await spent(desk)) == (2_000, 2_000, 4_000)

    path = f"/v1/refunds/{claim['id']}"
    came = {"amount_cents": 500, "received_on": "2026-10-15", "reference": "wire 8"}
    part = expected(await desk.post("director", f"{path}/receipts", came))
    too_much = await desk.post("director", f"{path}/receipts", came | {"amount_cents": 1_501})
    waived = expected(await desk.post("admin", f"{path}/waive", {"reason": "the shop has closed"}))
    late = await desk.post("director", f"{path}/receipts", came)

    assert (part["state"], part["due_cents"]) == ("due", 1_500)
    assert too_much.status_code == late.status_code == HTTPStatus.CONFLICT
    assert (waived["state"], waived["waived_cents"], waived["waived_because"]) == ("collected", 1_500, "the shop has closed")
    assert (await balances_of(desk.served.sessions, desk.budget))["available"] == before + 500
    books = await books_of(desk)
    assert (books["recoverable.vendor"], books["refunds_due"], await spent(desk)) == (0, 0, 3_500)


async def test_the_next_payment_sends_less_once_the_vendor_agrees(desk_of_each):
    desk = desk_of_each
    bill = await paid(desk)
    claim = expected(await refunds(desk, bill, 3_000, **CLAIM))
    await paid(desk, 1_000)
    assert desk.rail.calls[-1].amount_cents == 1_000  # nobody has agreed yet

    agreed = expected(await desk.post("vendor", f"/v1/refunds/{claim['id']}/consent"))
    second = await desk.post("vendor", f"/v1/refunds/{claim['id']}/consent")
    await paid(desk, 5_000)

    assert (agreed["consented_on"], agreed["open_moves"]) == ("2026-10-15", [])
    assert second.status_code == HTTPStatus.CONFLICT
    assert desk.rail.calls[-1].amount_cents == 2_000
    payment = expected(await desk.served.get("/v1/payments", desk.tokens["vendor"]))["items"][0]
    assert (payment["amount_cents"], payment["offset_cents"], payment["state"]) == (5_000, 3_000, "sent")
    books = await books_of(desk)
    assert (books["recoverable.vendor"], books["refunds_due"], books[f"payable:{desk.vendor.id}"]) == (0, 0, 0)
    assert await spent(desk) == 4_000 + 1_000 + 5_000 - 3_000


async def test_a_payment_that_is_set_off_as_a_whole_is_never_sent(desk_of_each):
    desk = desk_of_each
    bill = await paid(desk)
    expected(await refunds(desk, bill, 2_000, way="offset"))
    calls = len(desk.rail.calls)

    other = await paid(desk, 1_500)

    payment = expected(await desk.served.get("/v1/payments", desk.tokens["vendor"]))["items"][0]
    assert len(desk.rail.calls) == calls
    assert (payment["state"], payment["attempts"], payment["offset_cents"], payment["bill_id"]) == ("sent", 0, 1_500, other["id"])
    assert expected(await desk.served.get(f"/v1/bills/{other['id']}", desk.tokens["vendor"]))["state"] == "paid"
    due = expected(await desk.served.get("/v1/refunds", desk.tokens["vendor"], state="due"))["items"]
    assert [one["due_cents"] for one in due] == [500]
    assert (await books_of(desk))[f"payable:{desk.vendor.id}"] == 0


async def test_what_a_payment_stands_for_is_neither_received_nor_waived(desk):
    """A payment is on its way that counts on the offset: it is not promised a second time."""
    bill = await paid(desk)
    refund = expected(await refunds(desk, bill, 2_000, way="offset"))
    desk.rail.answers.extend([Unknown("timed out")] * 4)
    await paid(desk, 5_000)

    came = {"amount_cents": 1, "received_on": "2026-10-15", "reference": "wire 8"}
    assert (await desk.post("director", f"/v1/refunds/{refund['id']}/receipts", came)).status_code == HTTPStatus.CONFLICT
    assert (await desk.post("director", f"/v1/refunds/{refund['id']}/waive", {"reason": "x"})).status_code == HTTPStatus.CONFLICT


async def test_an_auditor_finds_a_refund_that_the_books_and_the_program_tell_differently(desk):
    bill = await paid(desk)
    expected(await refunds(desk, bill, 1_500))
    async with desk.served.sessions.begin() as session:
        await session.execute(update(RefundReceipt).values(amount_cents=1_400))

    async with desk.served.sessions.read() as session:
        found = await disagreements(session, desk.house.program.id)

    assert [one.kind for one in found] == ["refund", "refund"]
