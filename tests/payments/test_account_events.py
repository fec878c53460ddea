"""Events about a vendor's account: what changed may be a bank, a capability or a person of it; the account itself is asked."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select

from sdc.journal import Event as JournalEvent
from tests.bills.desk import a_desk, expected
from tests.databases import on_sqlite
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from vendors.rails import Event, PayeeStatus


@pytest.fixture
async def desk(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        yield await a_desk(served)


async def is_told(desk, **changes):
    about = "payee_bank" if "external_account" in changes["type"] else "payee"
    given: dict[str, Any] = {"id": "evt_1", "object_id": "acct_1", "created_at": datetime.now(UTC), "live": False, "about": about} | changes
    desk.rail.signed[b"told"] = Event(**given)
    assert (await desk.served.http.post("/v1/webhooks/stripe", content=b"told")).status_code == HTTPStatus.OK
    await desk.works()


async def is_payable(desk):
    return expected(await desk.served.get(f"/v1/vendors/{desk.vendor.id}", desk.tokens["admin"]))["is_payable"]


PARTS = [
    ("account.updated", "acct_1"),
    ("account.external_account.created", "ba_1"),
    ("account.external_account.updated", "ba_1"),
    ("account.external_account.deleted", "ba_1"),
    ("capability.updated", "stripe_transfers"),
    ("person.updated", "person_1"),
    ("account.application.deauthorized", "ca_1"),
    ("v2.core.account_person.updated", "person_1"),
]


@on_sqlite
@pytest.mark.parametrize(("kind", "object_id"), PARTS)
async def test_a_change_of_any_part_of_an_account_has_the_account_looked_at(desk, kind, object_id):
    desk.rail.statuses["acct_1"] = PayeeStatus("acct_1", ready=False, restricted=True)

    await is_told(desk, type=kind, object_id=object_id, account_id="acct_1")

    assert not await is_payable(desk)


async def test_the_account_of_somebody_else_changes_nothing(desk):
    desk.rail.statuses["acct_1"] = PayeeStatus("acct_1", ready=False, restricted=True)

    await is_told(desk, type="capability.updated", object_id="stripe_transfers", account_id="acct_2")

    assert await is_payable(desk)


async def test_a_change_of_the_bank_is_in_the_journal(desk):
    await is_told(desk, type="account.external_account.updated", object_id="ba_1", account_id="acct_1")

    async with desk.served.sessions.read() as session:
        events = (await session.scalars(select(JournalEvent).where(JournalEvent.kind == "vendor.bank_changed"))).all()
    assert [(event.subject_id, event.data["until"]) for event in events] == [(desk.vendor.id, "2026-10-18T16:00:00+00:00")]
    assert await is_payable(desk)
