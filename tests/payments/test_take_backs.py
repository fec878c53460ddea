"""What a payer takes back of what was spent for a member who was not eligible, over HTTP."""

from http import HTTPStatus

import pytest

from sdc.audit.agreeing import disagreements
from sdc.auth.principal import Role
from tests.bills.desk import expected
from tests.builders import SOMEBODY, a_funding_source, balances_of
from tests.payments.books import books_of, entries_of
from tests.payments.test_refunds import a_paying_desk, paid, refunds, spent

SAID = {"taken_on": "2026-10-15", "reason": "was covered elsewhere since June"}
MOVED = {"moved_on": "2026-10-15", "reference": "wire 9"}


@pytest.fixture
async def desk(sqlite_url):
    async with a_paying_desk(sqlite_url) as desk:
        yield desk


@pytest.fixture
async def desk_of_each(database_url):
    async with a_paying_desk(database_url) as desk:
        yield desk


async def takes_back(desk, cents, who="admin", **said):
    return await desk.post(who, f"/v1/members/{desk.house.member.id}/take-backs", SAID | {"amount_cents": cents} | said)


async def test_what_was_spent_is_taken_back_paid_and_recovered_and_the_member_owes_nothing(desk_of_each):
    desk = desk_of_each
    await paid(desk, 4_000)
    before, books = await balances_of(desk.served.sessions, desk.budget), await books_of(desk)

    taken = expected(await takes_back(desk, 4_000))
    owed = await books_of(desk)
    path = f"/v1/take-backs/{taken['id']}"
    too_much = await desk.post("admin", f"{path}/paid", MOVED | {"amount_cents": 4_001})
    expected(await desk.post("admin", f"{path}/paid", MOVED | {"amount_cents": 1_000}))
    expected(await desk.post("admin", f"{path}/paid", MOVED | {"amount_cents": 3_000}))
    shown = expected(await desk.post("admin", f"{path}/recovered", MOVED | {"amount_cents": 2_500}))
    never = await desk.post("admin", f"{path}/recovered", MOVED | {"amount_cents": 1_501})

    assert (owed["recoverable.payer"], owed["payer_due"]) == (4_000, 4_000)
    assert (too_much.status_code, never.status_code) == (HTTPStatus.CONFLICT, HTTPStatus.CONFLICT)
    assert [shown["paid_cents"], shown["recovered_cents"], *[one["step"] for one in shown["moves"]]] == [
        4_000,
        2_500,
        "paid",
        "paid",
        "recovered",
    ]
    after = await books_of(desk)
    assert (after["recoverable.payer"], after["payer_due"]) == (1_500, 0)
    assert after["cash.bank"] == books["cash.bank"] - 1_500
    assert (await balances_of(desk.served.sessions, desk.budget), await spent(desk)) == (before, 4_000)
    (entry,) = await entries_of(desk, "take_back")
    assert entry["cause"]["take_back"]["id"] == taken["id"]
    async with desk.served.sessions.read() as session:
        assert await disagreements(session, desk.house.program.id) == []


async def test_no_more_is_taken_back_than_was_spent_and_not_taken_back_before(desk):
    nothing_spent = await takes_back(desk, 1)
    bill = await paid(desk, 4_000)
    expected(await refunds(desk, bill, 500))
    first = expected(await takes_back(desk, 2_000))

    refused = await takes_back(desk, 1_501)
    expected(await takes_back(desk, 1_500))

    assert (nothing_spent.status_code, refused.status_code) == (409, 409)
    assert "1500 cents were spent" in refused.json()["detail"]
    listed = expected(await desk.served.get(f"/v1/members/{desk.house.member.id}/take-backs", desk.tokens["admin"]))["items"]
    assert [one["amount_cents"] for one in listed] == [1_500, 2_000]
    assert (listed[1]["id"], listed[1]["reason"]) == (first["id"], SAID["reason"])


async def test_where_budgets_are_of_several_sources_the_source_is_said(desk):
    await paid(desk, 4_000)
    other = await a_funding_source(desk.served.sessions, desk.house.program)
    stranger = await a_funding_source(desk.served.sessions, desk.house.program)
    second = {"funding_source_id": str(other.id), "amount_cents": 1_000, "starts_on": "2026-07-01", "ends_on": "2027-06-30"}
    expected(await desk.post("admin", f"/v1/members/{desk.house.member.id}/budgets", second))

    unsaid = await takes_back(desk, 1_000)
    of_a_stranger = await takes_back(desk, 1_000, funding_source_id=str(stranger.id))
    of_the_other = await takes_back(desk, 1_000, funding_source_id=str(other.id))
    taken = expected(await takes_back(desk, 1_000, funding_source_id=str(desk.budget.funding_source_id)))

    assert (unsaid.status_code, of_a_stranger.status_code, of_the_other.status_code) == (422, 422, 409)
    assert taken["funding_source_id"] == str(desk.budget.funding_source_id)


async def test_what_is_wrong_is_refused_and_others_may_not(desk):
    await paid(desk, 4_000)
    taken = expected(await takes_back(desk, 4_000))
    path = f"/v1/take-backs/{taken['id']}"
    listed = f"/v1/members/{desk.house.member.id}/take-backs"
    desk.tokens["auditor"] = await desk.served.token(Role.AUDITOR)

    answers = [
        await takes_back(desk, 1, taken_on="2026-10-17"),
        await desk.post("admin", f"{path}/recovered", MOVED | {"amount_cents": 1, "moved_on": "2026-10-17"}),
        await desk.post("admin", f"{path}/paid", MOVED | {"amount_cents": 0}),
        await desk.post("admin", f"/v1/take-backs/{SOMEBODY}/paid", MOVED | {"amount_cents": 1}),
        await takes_back(desk, 1, who="director"),
        await desk.post("auditor", f"{path}/paid", MOVED | {"amount_cents": 1}),
        await desk.served.get(listed, desk.tokens["broker"]),
        await desk.served.get(listed, desk.tokens["admin"]),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 404, 403, 403, 403, 200]
