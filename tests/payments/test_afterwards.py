"""Tax that is withheld, money that nobody takes, and what a year adds up to, over HTTP."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from sdc.auth.principal import Role
from sdc.payments.business_days import bank_holidays, business_days_after
from sdc.payments.returning import return_payment
from sdc.payments.splitting import backup_cents
from sdc.payments.totalling import threshold_cents
from sdc.payments.unclaimed import LAWS, dormant_from
from tests.bills.desk import expected
from tests.builders import a_program, a_staff
from tests.payments.books import books_of, entries_of
from tests.payments.test_refunds import a_paying_desk, paid, refunds
from tests.shops import a_vendor
from vendors import Vendor
from vendors.rails import Rejected, Unknown

CLOSED = Rejected("account_closed", retry="never")
WHY = {"reason": "nobody answers"}


@pytest.fixture
async def desk(sqlite_url):
    async with a_paying_desk(sqlite_url) as desk:
        yield desk


@pytest.fixture
async def desk_of_each(database_url):
    async with a_paying_desk(database_url) as desk:
        yield desk


async def withholds(desk, *, begins=True):
    async with desk.served.sessions.begin() as session:
        await session.execute(update(Vendor).where(Vendor.id == desk.vendor.id).values(withholds=begins))


async def payment_of(desk, bill, who="vendor"):
    items = expected(await desk.served.get("/v1/payments", desk.tokens[who]))["items"]
    return next(one for one in items if one["bill_id"] == bill["id"])


async def year_total(desk, year=2026, who="vendor", vendor=None):
    return await desk.served.get(f"/v1/vendors/{vendor or desk.vendor.id}/year-totals/{year}", desk.tokens[who])


async def come_back(desk):
    """Have the last transfer come back, as an event tells."""
    expected(await desk.post("admin", "/v1/payments/pause"))
    last = list(desk.rail.transfers.values())[-1]
    payment = next(
        one
        for one in expected(await desk.served.get("/v1/payments", desk.tokens["admin"]))["items"]
        if one["reference"] == last.payment_reference
    )
    async with desk.served.sessions.begin() as session:
        await return_payment(
            session, UUID(payment["id"]), rail_id=last.rail_id, reversed_cents=last.amount_cents, at=desk.served.clock.now()
        )
    expected(await desk.post("admin", "/v1/payments/resume"))


async def test_tax_is_withheld_of_each_payment_and_paid_on(desk_of_each):
    desk = desk_of_each
    await withholds(desk)
    bill = await paid(desk, 4_001)

    payment = await payment_of(desk, bill)
    assert (payment["amount_cents"], payment["withheld_cents"], desk.rail.calls[-1].amount_cents) == (4_001, 960, 3_041)
    assert ((await books_of(desk))["withheld"], (await books_of(desk))[f"payable:{desk.vendor.id}"]) == (960, 0)
    (entry,) = await entries_of(desk, "withholding")
    assert (entry["cause"]["payment"]["id"], entry["cause"]["bill"]["id"]) == (payment["id"], bill["id"])

    path = f"/v1/programs/{desk.house.program.id}/tax-remittances"
    said = {"amount_cents": 960, "remitted_on": "2026-10-15", "reference": "EFTPS 270"}
    too_much = await desk.post("admin", path, said | {"amount_cents": 961})
    by_director = await desk.post("director", path, said)
    remitted = expected(await desk.post("admin", path, said))
    nothing_left = await desk.post("admin", path, said | {"amount_cents": 1})

    assert (too_much.status_code, by_director.status_code, nothing_left.status_code) == (409, 403, 409)
    assert (remitted["kind"], (await books_of(desk))["withheld"]) == ("tax", 0)
    listed = expected(await desk.served.get(path.replace("tax-r", "r"), desk.tokens["admin"]))["items"]
    assert [one["id"] for one in listed] == [remitted["id"]]
    (entry,) = await entries_of(desk, "tax_remitted")
    assert entry["cause"]["remittance"]["id"] == remitted["id"]


async def test_no_tax_is_due_of_what_did_not_leave_and_it_stays_when_the_money_comes_back(desk):
    await withholds(desk)
    desk.rail.answers.append(CLOSED)
    bill = await paid(desk, 10_000)
    payment = await payment_of(desk, bill)
    assert payment["state"] == "rejected"
    assert ((await books_of(desk))["withheld"], (await books_of(desk))[f"payable:{desk.vendor.id}"]) == (0, 10_000)

    expected(await desk.post("admin", f"/v1/payments/{payment['id']}/retry", WHY))
    await desk.works()
    assert (await books_of(desk))["withheld"] == 2_400
    await come_back(desk)

    payment = await payment_of(desk, bill)
    assert (payment["state"], payment["returned_cents"], payment["held"]["code"]) == ("reversed", 7_600, "came_back")
    assert ((await books_of(desk))["withheld"], (await books_of(desk))[f"payable:{desk.vendor.id}"]) == (2_400, 7_600)
    await withholds(desk, begins=False)
    expected(await desk.post("admin", f"/v1/payments/{payment['id']}/retry", WHY))
    await desk.works()
    assert (desk.rail.calls[-1].amount_cents, (await payment_of(desk, bill))["state"]) == (7_600, "sent")
    assert (await books_of(desk))[f"payable:{desk.vendor.id}"] == 0
    total = expected(await year_total(desk))
    assert (total["gross_cents"], total["withheld_cents"], total["returned_cents"]) == (7_600 + 7_600 + 2_400, 2_400, 7_600)
    assert (total["reportable_cents"], total["net_cents"], total["count"], total["is_reportable"]) == (10_000, 7_600, 1, True)


async def test_what_an_attempt_on_its_way_keeps_back_is_not_paid_on(desk):
    await withholds(desk)
    desk.rail.answers.extend([Unknown("timed out")] * 4)
    await paid(desk, 10_000)

    said = {"amount_cents": 1, "remitted_on": "2026-10-15", "reference": "EFTPS 270"}
    assert (await desk.post("admin", f"/v1/programs/{desk.house.program.id}/tax-remittances", said)).status_code == HTTPStatus.CONFLICT
    assert (await books_of(desk))["withheld"] == 2_400


async def test_what_nobody_takes_becomes_unclaimed_only_after_a_letter_and_the_years_of_the_law(desk_of_each):
    desk = desk_of_each
    desk.rail.answers.append(CLOSED)
    bill = await paid(desk, 9_000)
    path = f"/v1/payments/{(await payment_of(desk, bill))['id']}"

    unwritten = await desk.post("admin", f"{path}/dormant", WHY)
    letter = expected(await desk.post("admin", f"{path}/letter", WHY | {"state": "TX"}))
    too_soon = await desk.post("admin", f"{path}/dormant", WHY)
    assert (unwritten.status_code, too_soon.status_code) == (HTTPStatus.CONFLICT, HTTPStatus.CONFLICT)
    assert (letter["unclaimed_from"], letter["amount_cents"]) == ("2029-10-15", 9_000)
    assert "2029-10-15" in too_soon.json()["detail"]
    told = expected(await desk.served.get(f"/v1/vendors/{desk.vendor.id}/messages", desk.tokens["vendor"]))["items"]
    assert [one["kind"] for one in told][:1] == ["uncashed_payment"]

    desk.served.clock.move(days=3 * 366)
    for name, role in (("admin", Role.ADMIN), ("vendor", Role.VENDOR)):
        desk.tokens[name] = await desk.served.token(role, desk.vendor.id if name == "vendor" else None)
    dormant = expected(await desk.post("admin", f"{path}/dormant", WHY))
    retried = await desk.post("admin", f"{path}/retry", WHY)

    assert (dormant["state"], dormant["open_moves"], retried.status_code) == ("dormant", ["claim"], HTTPStatus.CONFLICT)
    assert (await payment_of(desk, bill))["held"]["code"] == "unclaimed"
    assert ((await books_of(desk))["unclaimed"], (await books_of(desk))[f"payable:{desk.vendor.id}"]) == (9_000, 0)
    (entry,) = await entries_of(desk, "dormant")
    assert entry["cause"]["payment"]["bill_id" if "bill_id" in entry["cause"]["payment"] else "id"]

    claimed = expected(await desk.post("admin", f"{path}/claim", WHY))
    expected(await desk.post("admin", f"{path}/retry", WHY))
    await desk.works()
    assert (claimed["state"], (await payment_of(desk, bill))["state"]) == ("canceled", "sent")
    assert ((await books_of(desk))["unclaimed"], (await books_of(desk))[f"payable:{desk.vendor.id}"]) == (0, 0)


async def test_what_went_to_the_state_is_claimed_there(desk):
    desk.rail.answers.append(CLOSED)
    bill = await paid(desk, 9_000)
    path = f"/v1/payments/{(await payment_of(desk, bill))['id']}"
    expected(await desk.post("admin", f"{path}/letter", WHY | {"state": "FL"}))
    desk.served.clock.move(days=5 * 366)
    desk.tokens["admin"] = await desk.served.token(Role.ADMIN)
    expected(await desk.post("admin", f"{path}/dormant", WHY))

    remit = f"/v1/programs/{desk.house.program.id}/unclaimed-remittances"
    said = {"amount_cents": 9_000, "remitted_on": "2031-10-15", "reference": "state 4"}
    wrong_sum = await desk.post("admin", remit, said | {"amount_cents": 8_999})
    not_unclaimed = await desk.post("admin", remit, said | {"payment_ids": [str(desk.vendor.id)]})
    expected(await desk.post("admin", remit, said))
    claimed = await desk.post("admin", f"{path}/claim", WHY)

    (logged,) = expected(await desk.served.get(f"/v1/programs/{desk.house.program.id}/letters", desk.tokens["admin"]))["items"]
    assert (wrong_sum.status_code, not_unclaimed.status_code, claimed.status_code) == (409, 422, 409)
    assert (logged["letter_on"], logged["dormant_on"] is not None, logged["remittance_id"] is not None) == ("2026-10-15", True, True)
    assert (await books_of(desk))["unclaimed"] == 0


async def test_what_goes_on_or_arrived_gets_no_letter_and_others_may_not_write_one(desk):
    bill = await paid(desk)
    path = f"/v1/payments/{(await payment_of(desk, bill))['id']}"

    sent = await desk.post("admin", f"{path}/letter", WHY | {"state": "TX"})
    no_state = await desk.post("admin", f"{path}/letter", WHY | {"state": "Texas"})
    by_others = [(await desk.post(who, f"{path}/letter", WHY | {"state": "TX"})).status_code for who in ("vendor", "director", "member")]
    unclaimed = await desk.post("admin", f"{path}/claim", WHY)

    assert (sent.status_code, no_state.status_code, unclaimed.status_code) == (409, 422, 409)
    assert by_others == [HTTPStatus.FORBIDDEN] * 3


async def test_a_year_adds_up_by_the_day_of_payment(desk_of_each):
    desk = desk_of_each
    bill = await paid(desk, 4_000)
    await paid(desk, 2_000)
    expected(await refunds(desk, bill, 500))
    expected(await refunds(desk, bill, 1_000, way="offset"))
    expected(await desk.post("admin", "/v1/payments/pause"))
    await paid(desk, 3_000)  # billed in one year
    desk.served.clock.move(days=80)
    expected(await desk.post("admin", "/v1/payments/resume"))
    await desk.works()  # and paid in the next

    this, next_year = [expected(await year_total(desk, year)) for year in (2026, 2027)]

    sums = ("gross_cents", "refunded_cents", "returned_cents", "reportable_cents", "count")
    assert [this[name] for name in sums] == [6_000, 500, 0, 5_500, 2]
    assert [next_year[name] for name in sums] == [3_000, 1_000, 0, 2_000, 1]
    assert (this["threshold_cents"], this["is_threshold_known"], this["is_reportable"]) == (200_000, True, False)
    assert next_year["is_threshold_known"] is False
    assert expected(await year_total(desk, 2025))["gross_cents"] == 0


async def test_a_year_is_the_vendors_own_and_gathered_for_administrators_alone(desk):
    await paid(desk, 4_000)
    sessions = desk.served.sessions
    stranger = await a_vendor(sessions, desk.house.program)
    elsewhere = await a_program(sessions)
    far = await desk.served.token(Role.AUDITOR, (await a_staff(sessions, Role.AUDITOR, program_ids=[elsewhere.id])).id)

    assert (await year_total(desk, vendor=stranger.id)).status_code == HTTPStatus.NOT_FOUND
    assert (await desk.served.get(f"/v1/vendors/{desk.vendor.id}/year-totals/2026", far)).status_code == HTTPStatus.NOT_FOUND
    assert (await year_total(desk, who="member")).status_code == HTTPStatus.FORBIDDEN
    assert (await year_total(desk, 1999)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (await desk.served.get("/v1/year-totals/2026", desk.tokens["director"])).status_code == HTTPStatus.FORBIDDEN
    (gathered,) = expected(await desk.served.get("/v1/year-totals/2026", desk.tokens["admin"]))["items"]
    assert (gathered["vendor_ids"], gathered["gross_cents"]) == ([str(desk.vendor.id)], 4_000)


async def test_a_vendor_reads_why_its_payment_waits_and_what_ends_that_in_its_language(desk):
    expected(await desk.post("admin", "/v1/payments/pause"))
    waits = await payment_of(desk, await paid(desk))
    expected(await desk.post("admin", "/v1/payments/resume"))
    async with desk.served.sessions.begin() as session:
        await session.execute(update(Vendor).where(Vendor.id == desk.vendor.id).values(is_payable=False))
    await desk.works()

    headers = {"Authorization": f"Bearer {desk.tokens['vendor']}", "Accept-Language": "es"}
    (seen,) = (await desk.served.http.get("/v1/payments", headers=headers)).json()["items"]

    assert (waits["state"], waits["held"], waits["expected_on"]) == ("queued", None, "2026-10-19")
    assert (seen["state"], seen["held"]["code"], seen["expected_on"]) == ("held", "payout_account_not_ready", None)
    assert seen["held"]["message"] == "Su cuenta de cobro todavía no puede recibir dinero."
    assert f"/v1/vendors/{desk.vendor.id}/onboarding" in seen["held"]["way"]


async def test_a_budget_is_closed_after_its_end_and_not_before(desk):
    path = f"/v1/budgets/{desk.budget.id}/close"
    too_soon = await desk.post("admin", path)
    bill = await paid(desk)
    desk.served.clock.move(days=260)  # the second of July 2027
    desk.tokens["admin"], desk.tokens["director"] = await desk.served.token(Role.ADMIN), desk.tokens["director"]
    by_director = await desk.post("director", path)
    closed = expected(await desk.post("admin", path, {"keep_saved_cents": 100}))
    nothing_left = await desk.post("admin", path)
    refund = expected(await refunds(desk, bill, 1_000, received_on="2027-07-02"))

    assert (too_soon.status_code, by_director.status_code, nothing_left.status_code) == (409, 403, 409)
    assert (closed["available_cents"], closed["unreleased_cents"], closed["saved_cents"]) == (315_200, 0, 0)
    assert refund["receipts"][0]["to"] == "lapsed"
    assert (await books_of(desk))[f"lapsed:{desk.house.source.id}"] == 316_200
    path, said = f"/v1/funding-sources/{desk.house.source.id}/lapse-returns", {"remitted_on": "2027-07-02", "reference": "wire 9"}
    too_much = await desk.post("admin", path, said | {"amount_cents": 316_201})
    expected(await desk.post("admin", path, said | {"amount_cents": 316_200}))
    assert (too_much.status_code, (await books_of(desk))[f"lapsed:{desk.house.source.id}"]) == (409, 0)


async def test_money_for_fees_is_set_aside_from_a_source_and_never_more_than_it_has(desk):
    path = f"/v1/funding-sources/{desk.house.source.id}/administration"
    set_aside = expected(await desk.post("admin", path, {"amount_cents": 5_000}))
    too_much = await desk.post("admin", path, {"amount_cents": 10**9})
    by_director = await desk.post("director", path, {"amount_cents": 1})
    nowhere = await desk.post("admin", f"/v1/funding-sources/{desk.vendor.id}/administration", {"amount_cents": 1})

    assert (set_aside["amount_cents"], (await books_of(desk))["administration"]) == (5_000, 5_000)
    assert (too_much.status_code, by_director.status_code, nowhere.status_code) == (409, 403, 404)


@given(st.integers(min_value=1, max_value=10**10))
def test_withheld_tax_is_24_percent_to_the_nearest_cent(amount_cents):
    withheld = backup_cents(amount_cents, on=date(2026, 5, 1))

    assert abs(100 * withheld - 24 * amount_cents) <= 50
    assert 0 <= withheld < amount_cents or amount_cents == 0


def test_the_table_of_thresholds_and_of_laws():
    assert [threshold_cents(year) for year in (2025, 2026, 2030)] == [60_000, 200_000, 200_000]
    assert dormant_from(date(2024, 2, 29), "TX") == date(2027, 3, 1)
    assert dormant_from(date(2026, 1, 2), "NY") == date(2031, 1, 2)  # not in the table: the longest that is common
    assert all(law.source for law in LAWS.values())


def test_banks_rest_on_the_holidays_of_the_federal_reserve():
    assert sorted(bank_holidays(2026)) == [
        date(2026, *day) for day in ((1, 1), (1, 19), (2, 16), (5, 25), (6, 19), (9, 7), (10, 12), (11, 11), (11, 26), (12, 25))
    ]
    assert date(2027, 7, 5) in bank_holidays(2027)  # the fourth is a Sunday
    assert business_days_after(date(2026, 11, 25), 2) == date(2026, 11, 30)
    assert business_days_after(date(2026, 7, 2), 1) == date(2026, 7, 3)  # the fourth is a Saturday: no other day is kept
