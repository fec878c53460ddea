"""What a match does to purchases, bills and payments: a suspicion goes to a director and holds money, a certainty stops both."""

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.ids import new_id
from sdc.marketplace.events import Actor
from sdc.marketplace.people import Disclosed, add_person
from sdc.payments.model import Payment
from tests.bills.desk import a_desk, expected, rules_of
from tests.builders import KEYS
from tests.marketplace.screening.lists import a_leie, a_row, imported
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_purchase, an_offering, principal
from vendors import PersonKind, Vendor

PEREZ = a_row("PEREZ", "ANA", born="19700314")


@pytest.fixture
async def desk(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        yield await a_desk(served)


async def names_its_owner(desk, name="Ana Perez"):
    async with desk.served.sessions.begin() as session:
        vendor = await session.get_one(Vendor, desk.vendor.id, with_for_update=True)
        said, at = Disclosed(name, PersonKind.OWNER), desk.served.clock.now()
        await add_person(session, vendor, said, id=new_id(), actor=Actor(vendor.id, Role.VENDOR, KEYS), at=at)
    await desk.works()


async def asks(desk):
    """Have the member ask for a bus pass, and give the purchase as the member reads it."""
    offering = await an_offering(
        desk.served.sessions, desk.vendor, category="TRAN_TRANSIT", title=f"Pass {new_id()}", unit_price_cents=4_000
    )
    who = principal(desk.house.member.id, Role.MEMBER)
    given = {"goal_id": desk.goal, "offering_id": offering.id}
    whole = await a_purchase(desk.served.sessions, desk.house.member, desk.budget, desk.vendor, who=who, **given)
    return expected(await desk.served.get(f"/v1/purchases/{whole.purchase.id}", desk.tokens["member"]))


async def decides(desk, decision):
    [match] = expected(await desk.served.get("/v1/screenings/matches", desk.tokens["director"], state="open"))["items"]
    body = {"decision": decision, "reason": "Looked at the number."}
    expected(await desk.post("director", f"/v1/screenings/matches/{match['id']}/decide", body))
    await desk.works()


async def payments(desk):
    async with desk.served.sessions.read() as session:
        return {(one.state.value, one.held_because) for one in await session.scalars(select(Payment))}


def rules(purchase):
    return {one["rule"] for one in purchase["decision"]["findings"]}


async def test_while_it_is_a_question_purchases_wait_for_a_director_who_is_told_no_more_than_the_member(desk):
    await imported(desk.served.sessions, a_leie(PEREZ))
    await names_its_owner(desk)

    purchase = await asks(desk)

    assert purchase["state"] == "pending"
    assert [need["closed_by"] for need in purchase["decision"]["needs"] if need["rule"] == "V06"] == [{"role": "director"}]
    assert not {word for word in ("exclu", "list", "match", "Perez") if word in str(purchase["decision"]["findings"])}


async def test_a_confirmed_match_denies_new_purchases_and_a_cleared_one_lets_them_through(desk):
    await imported(desk.served.sessions, a_leie(PEREZ))
    await names_its_owner(desk)
    await decides(desk, "confirmed")

    denied = await asks(desk)
    assert (denied["state"], "V03" in rules(denied)) == ("denied", True)

    [match] = expected(await desk.served.get("/v1/screenings/matches", desk.tokens["director"], state="confirmed"))["items"]
    body = {"decision": "cleared", "reason": "It was somebody else."}
    expected(await desk.post("director", f"/v1/screenings/matches/{match['id']}/decide", body))
    assert (await asks(desk))["state"] == "approved"


async def test_a_bill_waits_while_it_is_a_question_and_is_accepted_once_it_is_cleared(desk):
    await imported(desk.served.sessions, a_leie(PEREZ))
    whole = await desk.order()
    await names_its_owner(desk)

    bill = await desk.bills(whole, 4_000)
    assert (bill["state"], rules_of(bill)) == ("held", ["V04"])

    await decides(desk, "cleared")
    assert (await desk.bill(bill))["state"] in {"accepted", "paid"}


async def test_a_payment_that_is_queued_when_a_new_list_names_the_owner_stays_until_a_person_has_cleared_it(desk):
    await imported(desk.served.sessions, a_leie())
    await names_its_owner(desk)
    expected(await desk.post("admin", f"/v1/programs/{desk.house.program.id}/top-ups", {"amount_cents": 100_000}))
    expected(await desk.post("admin", "/v1/payments/pause", {"reason": "A look first."}))
    bill = await desk.bills(await desk.order(), 4_000)
    await desk.works()
    assert (bill["state"], {state for state, _ in await payments(desk)}) == ("accepted", {"queued"})

    await imported(desk.served.sessions, a_leie(a_row("NOBODY", "NEMO"), PEREZ), on=desk.served.clock.now().date())
    await desk.works()
    expected(await desk.post("admin", "/v1/payments/resume", {}))
    await desk.works()
    [(state, why)] = await payments(desk)
    assert (state, "possible match" in why, desk.rail.calls) == ("held", True, [])

    await decides(desk, "confirmed")
    assert ({state for state, _ in await payments(desk)}, desk.rail.calls) == ({"held"}, [])

    [match] = expected(await desk.served.get("/v1/screenings/matches", desk.tokens["director"], state="confirmed"))["items"]
    body = {"decision": "cleared", "reason": "It was somebody else."}
    expected(await desk.post("director", f"/v1/screenings/matches/{match['id']}/decide", body))
    await desk.works()
    assert ({state for state, _ in await payments(desk)}, len(desk.rail.calls)) == ({"sent"}, 1)
