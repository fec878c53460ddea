"""A yoga teacher, a stranger in the morning, is paid by the evening, and paid once whatever goes wrong at the processor."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from sdc.clock import machine_now
from tests.journeys.proving import groups_paid_twice, sandbox_state, verify_ledger, verify_over_http
from tests.journeys.walking import Walk, expected
from tests.serving import serving
from tests.vendors.rails.running import PLAIN, a_rail
from vendors import Vendor

SECRET = "whsec_of_this_journey"
CLASS_CENTS = 8_000
LESSON_CENTS = 1_000
TAKEN_BACK_CENTS = 432_100
TEACHER: dict[str, Any] = {
    "name": "Yoga by the Bay",
    "categories": ["WELL_GYM"],
    "contact": {"name": "Yolanda Example", "email": "yolanda@example.org", "language": "es"},
    "organisation_type": "sole_proprietor",
    "service_counties": ["Miami-Dade"],
    "languages": ["en", "es"],
    "persons": [{"name": "Yolanda Example", "role": "owner", "born_on": "1980-02-29", "ownership_bps": 10_000}],
}
TAX_FORM: dict[str, Any] = {
    "legal_name": "Yolanda Example",
    "tin": "98-7654321",
    "tin_kind": "ein",
    "classification": "individual",
    "signed_on": "2026-10-01",
    "is_subject_to_backup_withholding": False,
}


@pytest.fixture
async def hears(sqlite_place, sandbox) -> AsyncIterator[Walk]:
    """Give the town at an application that knows the secret of the processor's webhooks."""
    url, town = sqlite_place
    rail = a_rail(sandbox, read_seconds=10.0, webhook_secrets=(SECRET,))
    await rail.open()
    async with serving(url, rail=rail, raise_faults=True) as served:
        yield await Walk(served.http, town, served).begins()
    await rail.aclose()


async def signs_up(walk: Walk) -> str:
    """Let the teacher apply, send her form and set up her account, the program say yes, and a class stand on offer; gives her id."""
    answer = await walk.http.post(
        "/v1/vendors", json={**TEACHER, "program_id": str(walk.town.program.id)}, headers={"Idempotency-Key": "teacher"}
    )
    applied = expected(answer)
    walk.town.ids["yoga"], walk.town.tokens["yoga"] = applied["id"], applied["token"]
    vendor = f"/v1/vendors/{applied['id']}"
    await walk.does("yoga", f"{vendor}/tax-form", TAX_FORM)
    assert (await walk.does("yoga", f"{vendor}/onboarding"))["url"].startswith("http")
    await walk.does("director", f"{vendor}/approve", {"reason": "Papers seen."})
    await walk.does("director", f"{vendor}/tax-form/decide", {"is_match": True})
    for name in ("leie", "sam"):
        await walk.does("director", f"{vendor}/screenings", {"list": name, "list_date": "2026-10-15", "result": "clear"})
    await walk.works()
    offer = {"category": "WELL_GYM", "title": "Yoga class", "unit": "class", "unit_price_cents": CLASS_CENTS, "tags": ["fitness"]}
    walk.town.offerings["yoga.class"] = (await walk.does("yoga", f"{vendor}/offerings", offer))["id"]
    return str(applied["id"])


async def test_a_yoga_teacher_signs_up_sells_a_class_and_is_paid_within_days_of_her_bill(walk):
    vendor_id = await signs_up(walk)
    record = await walk.reads("yoga", f"/v1/vendors/{vendor_id}")
    (found,) = (await walk.reads("ana", "/v1/directory", q="yoga", county="Miami-Dade", language="es"))["items"]
    purchase = await walk.requests("yoga.class")
    purchase = await walk.moves("broker", purchase, "approve")
    (order,) = (await walk.reads("yoga", "/v1/orders"))["items"]
    await walk.delivers("yoga", purchase)
    await walk.moves("ana", purchase, "confirm")
    bill = await walk.bills("yoga", purchase, CLASS_CENTS)
    await walk.works()

    (payment,) = await walk.payments("yoga")
    year = await walk.reads("yoga", f"/v1/vendors/{vendor_id}/year-totals/2026")
    seen = [record, order, bill, payment, year, await walk.reads("yoga", f"/v1/vendors/{vendor_id}/messages")]
    member, program = await walk.reads("admin", f"/v1/members/{walk.town.ids['ana']}"), walk.town.program
    assert (record["state"], record["missing"], found["vendor_id"]) == ("active", [], vendor_id)
    assert (payment["state"], payment["amount_cents"], payment["attempts"], year["gross_cents"]) == ("sent", CLASS_CENTS, 1, CLASS_CENTS)
    assert "2026-10-15" < payment["expected_on"] <= "2026-10-19"
    for word in (member["id"], member["name"], program.name, str(walk.town.budgets["ana"].id), walk.town.goal("ana")):
        assert word not in json.dumps(seen)
    await walk.proves_the_books()


async def test_whatever_becomes_of_her_payment_at_the_processor_she_is_owed_what_came_back_and_sent_it_once(hears):
    walk = hears
    await orders_lesson(walk)
    (payment,) = await walk.payments("school")
    reference = (await walk.reads("admin", f"/v1/payments/{payment['id']}"))["reference"]
    (transfer,) = [one for one in state_of(walk)["transfers"] if one["transfer_group"] == reference]

    async def comes_back(cents: int) -> None:
        await tells_sandbox(walk, f"transfers/{transfer['id']}/reverse", amount_cents=cents)

    told = [an_event("evt_a", transfer["id"]), an_event("evt_b", transfer["id"]), an_event("evt_lost", transfer["id"])]
    await comes_back(300)
    before = await verify_over_http(walk)
    assert await hears_of(walk, told[0], secret="whsec_of_somebody") == 400
    assert await hears_of(walk, told[0], seconds=-301) == 400
    assert await hears_of(walk, told[0], seconds=301) == 400
    await walk.works()
    assert await verify_over_http(walk) == before

    await comes_back(200)
    for raw in (told[1], told[0], told[1]):  # out of order, and twice
        assert await hears_of(walk, raw) == 200
    await walk.works()
    payable = f"payable:{walk.town.ids['school']}"
    assert (await verify_over_http(walk))[payable] == 500
    refused = await walk.post("director", f"/v1/payments/{payment['id']}/retry", {"reason": "not mine to send"})
    assert refused.status_code == 403
    await walk.does("admin", f"/v1/payments/{payment['id']}/retry", {"reason": "The account is mended."})
    await walk.works()

    transfers = [one["amount"] for one in state_of(walk)["transfers"] if one["transfer_group"] == reference]
    assert sorted(transfers) == [500, LESSON_CENTS]
    assert (await verify_over_http(walk))[payable] == 0
    await verify_ledger(walk.served.sessions)


async def test_of_a_batch_her_account_is_restricted_the_others_are_paid_and_she_is_once_she_may_be(hears):
    walk = hears
    vendor_id = await signs_up(walk)
    program = f"/v1/programs/{walk.town.program.id}"
    await walk.does("admin", f"{program}/payments/switch", {"pays_in_batches": True})
    orders = {"bus": ("bus.pass", 5_000), "yoga": ("yoga.class", CLASS_CENTS), "school": ("school.lesson", LESSON_CENTS)}
    for shop, (offering, cents) in orders.items():
        purchase = await walk.orders_and_receives(offering, approved_by=("broker",) if shop == "yoga" else ())
        await walk.bills(shop, purchase, cents)
    await walk.works()
    batch = await walk.does("admin", f"{program}/payment-batches")
    await walk.works()
    assert {(await walk.payments(shop))[0]["state"] for shop in orders} == {"queued"}
    assert (await walk.post("admin", f"/v1/payment-batches/{batch['id']}/release")).status_code == 409

    account = await payee_of(walk, vendor_id)
    await tells_sandbox(walk, f"accounts/{account}", capability="restricted")
    await walk.does("director", f"/v1/payment-batches/{batch['id']}/release")
    await walk.works()
    states = {shop: (await walk.payments(shop))[0] for shop in orders}
    assert {shop: one["state"] for shop, one in states.items()} == {"bus": "sent", "yoga": "held", "school": "sent"}
    assert "/onboarding" in states["yoga"]["held"]["way"]

    await tells_sandbox(walk, f"accounts/{account}", capability="active")
    await walk.does("yoga", f"/v1/vendors/{vendor_id}/onboarding")
    await walk.works()
    (paid,) = await walk.payments("yoga")
    progress = (await walk.reads("director", f"/v1/payment-batches/{batch['id']}"))["progress"]
    assert paid["state"] == "sent"
    assert (progress["sent"]["payments"], progress["sent"]["amount_cents"]) == (3, 14_000)
    await walk.proves_the_books()


async def test_a_top_up_that_the_bank_takes_back_stops_the_sender_and_a_person_lets_it_go_on(hears):
    walk = hears
    top_ups = f"/v1/programs/{walk.town.program.id}/top-ups"
    await walk.does("admin", top_ups, {"amount_cents": TAKEN_BACK_CENTS})
    await walk.works()
    (arrived,) = [one for one in state_of(walk)["topups"] if one["amount"] == TAKEN_BACK_CENTS]
    before = await verify_over_http(walk)
    await tells_sandbox(walk, f"topups/{arrived['id']}/reverse")
    assert await hears_of(walk, an_event("evt_taken_back", arrived["id"], kind="topup")) == 200
    await walk.works()
    after = await verify_over_http(walk)
    await orders_lesson(walk)
    (waiting,) = await walk.payments("school")

    assert before["cash.processor"] - after["cash.processor"] == TAKEN_BACK_CENTS
    assert waiting["state"] == "queued"
    assert (await walk.post("director", "/v1/payments/resume")).status_code == 403
    await walk.does("admin", "/v1/payments/resume")
    await walk.works()
    (paid,) = await walk.payments("school")
    assert (paid["state"], paid["attempts"]) == ("sent", 1)
    assert groups_paid_twice(state_of(walk)) == []


async def orders_lesson(walk: Walk) -> Any:
    """Have a lesson bought, received and billed, and the worker do the rest."""
    bill = await walk.bills("school", await walk.orders_and_receives("school.lesson"), LESSON_CENTS)
    await walk.works()
    return bill


async def payee_of(walk: Walk, vendor_id: str) -> str:
    """Read under which id the processor knows a vendor: no answer tells it."""
    async with walk.served.sessions.read() as session:
        return str((await session.get_one(Vendor, UUID(vendor_id))).payee_id)


def an_event(event_id: str, object_id: str, *, kind: str = "transfer") -> bytes:
    """Write what the processor says of an object."""
    said = {"id": event_id, "object": "event", "api_version": "2026-10-28.endive", "created": int(machine_now().timestamp())}
    about = {"object": {"id": object_id, "object": kind}}
    return json.dumps({**said, "livemode": False, "type": f"{kind}.reversed", "pending_webhooks": 1, "data": about}).encode()


async def hears_of(walk: Walk, raw: bytes, *, secret: str = SECRET, seconds: int = 0) -> int:
    """Bring an event to the application, signed so many seconds from now."""
    at = int(machine_now().timestamp()) + seconds
    signature = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    answer = await walk.http.post("/v1/webhooks/stripe", content=raw, headers={"Stripe-Signature": f"t={at},v1={signature}"})
    return answer.status_code


def state_of(walk: Walk) -> Any:
    """Look inside the processor."""
    return sandbox_state(str(walk.served.work.rail.settings.api_base))  # type: ignore[attr-defined]


async def tells_sandbox(walk: Walk, path: str, **given: Any) -> None:
    """Let something happen at the processor."""
    base = str(walk.served.work.rail.settings.api_base)  # type: ignore[attr-defined]
    async with httpx.AsyncClient(base_url=base, verify=PLAIN) as client:
        (await client.post(f"/_sandbox/{path}", json=given)).raise_for_status()
