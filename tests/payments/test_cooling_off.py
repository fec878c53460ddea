"""A vendor's bank changes: its payments wait, whoever stood in its record before is told, and a second person may end the wait."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select, update

from sdc.auth.principal import Role
from sdc.marketplace.model import VendorMessage
from sdc.payments.model import Payment, PaymentState
from sdc.payments.webhook import receive_event
from tests.bills.desk import a_desk, expected
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from vendors import Vendor
from vendors.rails import Event, PayeeStatus

REASON = {"reason": "called the number on file; the owner confirmed"}


@pytest.fixture
async def desk(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/top-ups", {"amount_cents": 50_000}))
        has_bank(desk, "ba_1")
        await is_told(desk, "evt_first", about="payee", type="account.updated")
        yield desk


def has_bank(desk, mark, **changes):
    given: dict[str, Any] = {"ready": True, "restricted": False, "bank": mark} | changes
    desk.rail.statuses["acct_1"] = PayeeStatus("acct_1", **given)


async def is_told(desk, name, *, about="payee_bank", type="account.external_account.updated"):
    event = Event(name, type, "ba_1", datetime.now(UTC), live=False, account_id="acct_1", about=about)
    async with desk.served.sessions.begin() as session:
        await receive_event(session, event, rail="stripe", at=desk.served.clock.now())
    await desk.works()


async def vendor_of(desk):
    async with desk.served.sessions.read() as session:
        return await session.get_one(Vendor, desk.vendor.id)


async def billed(desk):
    await desk.bills(await desk.order(), 4_000)
    await desk.works()
    return await payment_of(desk)


async def payment_of(desk):
    async with desk.served.sessions.read() as session:
        return (await session.scalars(select(Payment))).one()


async def look_again(desk):
    async with desk.served.sessions.begin() as session:
        await session.execute(update(Payment).values(look_at=datetime(2000, 1, 1, tzinfo=UTC)))
    await desk.works()


async def test_the_first_set_up_of_a_bank_is_no_change(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        has_bank(desk, "ba_1")

        await is_told(desk, "evt_1", type="account.external_account.created", about="payee_bank")

        vendor = await vendor_of(desk)
        assert (vendor.bank_mark, vendor.cooling_off_until) == ("ba_1", None)


@pytest.mark.parametrize("about", ["payee_bank", "payee"])
async def test_another_bank_holds_payments_until_the_time_is_over_and_the_old_contact_is_told(desk, about):
    has_bank(desk, "ba_thief")
    await is_told(desk, "evt_1", about=about)

    payment = await billed(desk)
    desk.served.clock.move(hours=71)
    await look_again(desk)
    still = await payment_of(desk)
    desk.served.clock.move(hours=2)
    await look_again(desk)

    assert (payment.state, payment.held_because) == (PaymentState.HELD, "vendor: cooling_off until 2026-10-18")
    assert (still.state, (await payment_of(desk)).state) == (PaymentState.HELD, PaymentState.SENT)
    async with desk.served.sessions.read() as session:
        messages = (await session.scalars(select(VendorMessage).where(VendorMessage.kind == "bank_changed"))).all()
    assert [one.facts for one in messages] == [{"changed_on": "2026-10-15", "waits_until_on": "2026-10-18"}]


async def test_the_same_bank_told_again_changes_nothing(desk):
    for number in range(3):
        await is_told(desk, f"evt_{number}")

    assert (await vendor_of(desk)).cooling_off_until is None
    assert (await billed(desk)).state is PaymentState.SENT


async def test_where_the_rail_shows_no_mark_its_word_counts_but_not_for_one_that_is_only_added(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        desk = await a_desk(served)
        await is_told(desk, "evt_1", type="account.external_account.created")
        added = (await vendor_of(desk)).cooling_off_until

        await is_told(desk, "evt_2", type="account.external_account.updated")

        assert (added, (await vendor_of(desk)).cooling_off_until is not None) == (None, True)


async def test_a_director_ends_the_wait_with_a_reason_and_others_may_not(desk):
    has_bank(desk, "ba_2")
    await is_told(desk, "evt_1")
    payment = await billed(desk)
    path = f"/v1/vendors/{desk.vendor.id}/cooling-off/end"

    refused = [(await desk.post(who, path, REASON)).status_code for who in ("vendor", "broker", "member")]
    empty = await desk.post("director", path, {"reason": " "})
    ended = expected(await desk.post("director", path, REASON))
    await look_again(desk)
    again = await desk.post("director", path, REASON)

    assert (payment.state, refused) == (PaymentState.HELD, [HTTPStatus.FORBIDDEN] * 3)
    assert empty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (ended["cooling_off_until"], (await payment_of(desk)).state) == (None, PaymentState.SENT)
    assert again.status_code == HTTPStatus.CONFLICT


async def test_who_opened_the_payout_page_for_the_vendor_does_not_end_the_wait(desk):
    expected(await desk.post("admin", f"/v1/vendors/{desk.vendor.id}/onboarding"))
    has_bank(desk, "ba_2")
    await is_told(desk, "evt_1")
    path = f"/v1/vendors/{desk.vendor.id}/cooling-off/end"

    same = await desk.post("admin", path, REASON)
    other = await desk.served.post(path, REASON, await desk.served.token(Role.ADMIN))

    assert (same.status_code, other.status_code) == (HTTPStatus.CONFLICT, HTTPStatus.OK)


async def test_a_stranger_finds_no_such_vendor(desk):
    has_bank(desk, "ba_2")
    await is_told(desk, "evt_1")

    answer = await desk.post("admin", "/v1/vendors/01a21931-b937-72e3-a07b-6980e44ea5c2/cooling-off/end", REASON)

    assert answer.status_code == HTTPStatus.NOT_FOUND
