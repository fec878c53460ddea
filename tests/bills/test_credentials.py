"""The day of the service: authorised while the licence was good, delivered after its end, held until the renewed one comes."""

from datetime import timedelta
from http import HTTPStatus

from tests.bills.desk import expected, rules_of
from tests.builders import an_approved_plan
from tests.shops import an_offering
from vendors import VendorState

CARD = {"type": "peer_cert", "number": "P-1", "state": "FL"}


async def a_peer(desk, *, expires_on="2026-10-20", **changes):
    """Let the desk's vendor help as a peer whose card ends soon."""
    await desk.changes_vendor(categories=["CLIN_PEER"])
    plan = await an_approved_plan(desk.served.sessions, desk.house.member, lines={"CLIN_PEER": 36_000})
    desk.goal = plan.goals[0]["id"]
    return await a_card(desk, **({"who": "director", "expires_on": expires_on} | changes))


async def a_card(desk, *, who="vendor", **changes):
    return expected(await desk.post(who, f"/v1/vendors/{desk.vendor.id}/credentials", CARD | changes))


async def an_order(desk, *, quantity=1):
    """Have some peer hours bought today; gives the ids of the purchase and of the order."""
    offering = await an_offering(desk.served.sessions, desk.vendor, category="CLIN_PEER", title="Peer hour", unit_price_cents=2_000)
    who = {"member_id": str(desk.house.member.id), "budget_id": str(desk.budget.id), "vendor_id": str(desk.vendor.id)}
    body = who | {"offering_id": str(offering.id), "goal_id": desk.goal, "quantity": quantity}
    asked = expected(await desk.post("member", "/v1/purchases", body))
    assert asked["state"] == "approved", asked["decision"]
    orders = expected(await desk.served.get("/v1/orders", desk.tokens["vendor"]))["items"]
    return asked["id"], orders[0]["id"]


async def comes(desk, order, **delivery):
    purchase_id, order_id = order
    expected(await desk.post("vendor", f"/v1/purchases/{order_id}/deliver", {"quantity": 1} | delivery))
    expected(await desk.post("member", f"/v1/purchases/{purchase_id}/confirm"))


async def bills(desk, order, number):
    body = {"order_id": order[1], "number": number, "amount_cents": 2_000, "billed_on": "2026-10-15", "business": "Peer", "final": False}
    return expected(await desk.post("vendor", "/v1/bills", body | {"description": "one hour"}))


async def test_what_came_after_the_end_of_a_card_is_held_until_the_renewed_one_comes(desk_on_each):
    desk = desk_on_each
    await a_peer(desk)
    order = await an_order(desk)
    desk.served.clock.move(days=10)
    await comes(desk, order)

    held = await bills(desk, order, "1")
    in_spanish = (await desk.served.http.get(f"/v1/bills/{held['id']}", headers=spanish(desk))).json()

    assert (held["state"], rules_of(held)) == ("held", ["V05"])
    assert held["held_because"][0]["closed_by"] == {"event": "credential_added"}
    assert "October 25, 2026" in held["held_because"][0]["message"]
    assert "25 de octubre de 2026" in in_spanish["held_because"][0]["message"]
    await a_card(desk, who="director", number="P-2", issued_on="2026-10-21", expires_on="2027-10-20")
    await desk.works()
    assert (await desk.bill(held))["state"] in {"accepted", "paid"}


async def test_a_vendor_does_not_release_its_own_bill_by_a_card_that_nobody_has_seen(desk):
    await a_peer(desk)
    order = await an_order(desk)
    desk.served.clock.move(days=10)
    await comes(desk, order)
    held = await bills(desk, order, "1")

    renewed = await a_card(desk, number="P-2", issued_on="2026-10-21", expires_on="2027-10-20")
    await desk.works()

    waiting = await desk.bill(held)
    assert renewed["waits_for_a_look"]
    assert (waiting["state"], rules_of(waiting)) == ("held", ["V05"])
    assert waiting["held_because"][0]["closed_by"] == {"event": "credential_verified"}
    assert "waits for a person" in waiting["held_because"][0]["message"]
    assert "credential_review:peer_cert" in [
        one["what"] for one in expected(await desk.served.get(place(desk), desk.tokens["vendor"]))["missing"]
    ]
    assert [one["credential"]["id"] for one in await waiting_for_a_look(desk)] == [renewed["id"]]
    seen = expected(await desk.post("director", f"{place(desk)}/credentials/{renewed['id']}/verify", {"source": "state board"}))
    await desk.works()
    assert await waiting_for_a_look(desk) == []
    assert not seen["waits_for_a_look"]
    assert (await desk.bill(held))["state"] in {"accepted", "paid"}


async def test_what_an_applicant_sent_was_seen_by_whoever_approved_it(desk):
    await desk.changes_vendor(state=VendorState.APPLIED)
    early = await a_peer(desk, who="vendor", expires_on="2027-12-31")
    await desk.changes_vendor(state=VendorState.ACTIVE)
    order = await an_order(desk)
    await comes(desk, order)

    assert not early["waits_for_a_look"]
    assert (await bills(desk, order, "1"))["state"] == "accepted"


async def test_a_permit_that_gives_no_leave_to_treat_anybody_waits_for_nobody(desk):
    assert not (await a_card(desk, type="health_permit", expires_on="2027-12-31"))["waits_for_a_look"]


async def waiting_for_a_look(desk):
    assert (await desk.served.get("/v1/credentials/waiting", desk.tokens["vendor"])).status_code == HTTPStatus.FORBIDDEN
    return expected(await desk.served.get("/v1/credentials/waiting", desk.tokens["director"]))["items"]


def place(desk):
    return f"/v1/vendors/{desk.vendor.id}"


def spanish(desk):
    return {"Authorization": f"Bearer {desk.tokens['vendor']}", "Accept-Language": "es"}


async def test_what_came_on_the_last_good_day_is_paid_and_the_next_day_is_not(desk):
    await a_peer(desk)
    order = await an_order(desk, quantity=2)
    desk.served.clock.move(days=6)
    await comes(desk, order, delivered_on="2026-10-20")
    assert (await bills(desk, order, "1"))["state"] == "accepted"

    await comes(desk, order, delivered_on="2026-10-21")

    assert rules_of(await bills(desk, order, "2")) == ["V05"]


async def test_a_renewed_card_that_began_too_late_covers_nothing_before_it(desk):
    await a_peer(desk)
    order = await an_order(desk)
    desk.served.clock.move(days=10)
    await comes(desk, order, delivered_on="2026-10-22")
    held = await bills(desk, order, "1")

    await a_card(desk, who="director", number="P-2", issued_on="2026-10-23", expires_on="2027-10-20")
    await desk.works()

    assert rules_of(await desk.bill(held)) == ["V05"]


async def test_a_card_that_is_revoked_before_the_bill_holds_it(desk):
    card = await a_peer(desk, expires_on="2027-12-31")
    order = await an_order(desk)
    await comes(desk, order)

    place = f"/v1/vendors/{desk.vendor.id}/credentials/{card['id']}/revoke"
    assert expected(await desk.post("director", place, {"reason": "withdrawn by the board"}))["standing"] == "revoked"

    assert rules_of(await bills(desk, order, "1")) == ["V05"]


async def test_a_card_that_begins_after_the_service_authorises_nothing(desk):
    await a_peer(desk, expires_on="2027-12-31", issued_on="2026-10-16")
    offering = await an_offering(desk.served.sessions, desk.vendor, category="CLIN_PEER", title="Peer hour", unit_price_cents=2_000)
    who = {"member_id": str(desk.house.member.id), "budget_id": str(desk.budget.id), "vendor_id": str(desk.vendor.id)}
    body = who | {"offering_id": str(offering.id), "goal_id": desk.goal}

    today, tomorrow = [
        expected(await desk.post("member", "/v1/purchases", body | {"service_to": day})) for day in ("2026-10-15", "2026-10-16")
    ]

    assert [one["rule"] for one in today["decision"]["findings"] if one["severity"] == "deny"] == ["V05"]
    assert tomorrow["state"] == "approved"


async def test_a_card_sent_under_another_of_its_names_counts(desk):
    await a_peer(desk, type="peer_certification", expires_on="2027-12-31")
    order = await an_order(desk)
    desk.served.clock.at += timedelta(days=1)
    await comes(desk, order)

    assert (await bills(desk, order, "1"))["state"] == "accepted"


async def test_who_may_not_review_can_not_revoke(desk):
    card = await a_peer(desk)

    for who in ("vendor", "broker", "member"):
        place = f"/v1/vendors/{desk.vendor.id}/credentials/{card['id']}/revoke"
        assert (await desk.post(who, place, {"reason": "no"})).status_code == HTTPStatus.FORBIDDEN
