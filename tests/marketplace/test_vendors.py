"""Vendors over HTTP: who may apply, review and see what; every wrong move is told which are open."""

from http import HTTPStatus
from uuid import UUID, uuid4

import pytest

from sdc.auth.principal import Role
from tests.builders import a_house, a_member, a_program, a_staff
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor
from vendors import RailUnavailableError, Vendor
from vendors.rails import PayeeStatus


@pytest.fixture
async def served(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        served.app.state.pop("application_rate", None)  # what tests before this one counted
        yield served


@pytest.fixture
async def house(served):
    return await a_house(served.sessions)


@pytest.fixture
async def admin(served):
    return await served.token(Role.ADMIN)


def an_application(house, **changes):
    return {"program_id": str(house.program.id), "name": "Corner Gym", "categories": ["WELL_GYM"], "owners": ["P-OWNER"]} | changes


async def applied(served, house, **changes):
    response = await served.post("/v1/vendors", an_application(house, **changes))
    assert response.status_code == HTTPStatus.CREATED, response.text
    return response.json()


async def test_a_stranger_applies_and_comes_back_with_the_token_it_got(served, house):
    vendor = await applied(served, house)

    assert vendor["state"] == "applied"
    me = (await served.get("/v1/me", vendor["token"])).json()
    assert (me["id"], me["role"]) == (vendor["id"], "vendor")
    assert [one["id"] for one in (await served.get("/v1/vendors", vendor["token"])).json()["items"]] == [vendor["id"]]


async def test_the_same_application_again_gets_the_same_vendor_and_token(served, house):
    first, second = [await served.post("/v1/vendors", an_application(house), key="one") for _ in range(2)]

    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_staff_takes_an_application_in_without_a_token_for_itself(served, house, admin):
    response = await served.post("/v1/vendors", an_application(house), admin)

    assert (response.status_code, response.json()["state"], response.json()["token"]) == (HTTPStatus.CREATED, "applied", None)


async def test_a_stranger_may_apply_ten_times_a_minute(served, house, admin):
    answers = [(await served.post("/v1/vendors", an_application(house))).status_code for _ in range(11)]

    assert answers == [HTTPStatus.CREATED] * 10 + [HTTPStatus.TOO_MANY_REQUESTS]
    assert (await served.post("/v1/vendors", an_application(house), admin)).status_code == HTTPStatus.CREATED


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"program_id": str(uuid4())}, HTTPStatus.NOT_FOUND),
        ({"categories": ["WELL_GYM", "NO_SUCH"]}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"categories": []}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"owners": ["Ana Example"]}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"state": "active"}, HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
async def test_what_is_not_an_application_is_refused(served, house, change, status):
    response = await served.post("/v1/vendors", an_application(house, **change))

    assert response.status_code == status


OPEN = {"applied": ["approve", "reject"], "active": ["suspend"], "suspended": ["reinstate", "reject"], "rejected": []}
WAY = {"applied": [], "active": ["approve"], "suspended": ["approve", "suspend"], "rejected": ["reject"]}
TO = {"approve": "active", "reject": "rejected", "suspend": "suspended", "reinstate": "active"}


@pytest.mark.parametrize("state", OPEN)
async def test_each_move_of_a_reviewer_is_open_where_the_table_says_and_nowhere_else(served, house, admin, state):
    for move, target in TO.items():
        vendor = await applied(served, house)
        for step in WAY[state]:
            await served.post(f"/v1/vendors/{vendor['id']}/{step}", {"reason": "a reason"}, admin)

        response = await served.post(f"/v1/vendors/{vendor['id']}/{move}", {"reason": "a reason"}, admin)

        if move in OPEN[state]:
            assert (response.status_code, response.json()["state"]) == (HTTPStatus.OK, target)
        else:
            assert (response.status_code, response.json()["open_moves"]) == (HTTPStatus.CONFLICT, OPEN[state])


async def test_a_move_without_its_reason_is_refused(served, house, admin):
    vendor = await applied(served, house)

    assert (await served.post(f"/v1/vendors/{vendor['id']}/reject", {}, admin)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_a_reviewer_reviews_only_in_their_programs(served, house):
    elsewhere = await a_program(served.sessions)
    director = (await a_staff(served.sessions, Role.DIRECTOR, program_ids=[elsewhere.id])).id
    vendor = await applied(served, house)

    response = await served.post(f"/v1/vendors/{vendor['id']}/approve", {}, await served.token(Role.DIRECTOR, director))

    assert response.status_code == HTTPStatus.NOT_FOUND


async def test_a_vendor_sees_and_changes_itself_only(served, house):
    one, other = await applied(served, house), await applied(served, house)

    assert (await served.get(f"/v1/vendors/{other['id']}", one["token"])).status_code == HTTPStatus.NOT_FOUND
    body = {"type": "clinical_license", "number": "L-1", "state": "FL", "expires_on": "2027-12-31"}
    assert (await served.post(f"/v1/vendors/{other['id']}/credentials", body, one["token"])).status_code == HTTPStatus.NOT_FOUND
    assert (await served.post(f"/v1/vendors/{one['id']}/credentials", body, one["token"])).status_code == HTTPStatus.CREATED
    assert (await served.post(f"/v1/vendors/{one['id']}/approve", {}, one["token"])).status_code == HTTPStatus.FORBIDDEN


async def test_a_member_sees_active_vendors_of_their_program_and_no_owners(served, house):
    member = await served.token(Role.MEMBER, house.member.id)
    active = await a_vendor(served.sessions, house.program, owners=["P-OWNER"])
    await applied(served, house)
    await a_vendor(served.sessions, await a_program(served.sessions))

    seen = (await served.get("/v1/vendors", member)).json()["items"]

    assert [one["id"] for one in seen] == [str(active.id)]
    assert seen[0]["owners"] is None


async def test_what_a_vendor_offers_is_listed_for_members(served, house, admin):
    vendor = await a_vendor(served.sessions, house.program)
    body = {"category": "WELL_GYM", "title": "Gym month", "unit": "month", "unit_price_cents": 9_000, "tags": ["exercise"]}

    made = await served.post(f"/v1/vendors/{vendor.id}/offerings", body, admin)

    assert made.status_code == HTTPStatus.CREATED
    member = await served.token(Role.MEMBER, house.member.id)
    assert (await served.get(f"/v1/vendors/{vendor.id}/offerings", member)).json()["items"] == [made.json()]


async def test_an_offering_whose_tag_is_a_slip_is_refused(served, house, admin):
    vendor = await a_vendor(served.sessions, house.program)
    body = {"category": "WELL_GYM", "title": "Gym month", "unit": "month", "unit_price_cents": 9_000, "tags": ["gift_cards", "yoga"]}

    refused = await served.post(f"/v1/vendors/{vendor.id}/offerings", body, admin)

    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert refused.json()["errors"] == [{"field": "tags", "message": "gift_cards is no tag that the rules know; gift_card is"}]
    assert (await served.get(f"/v1/vendors/{vendor.id}/offerings", admin)).json()["items"] == []


async def vendor_row(served, vendor_id):
    async with served.sessions.read() as session:
        return await session.get_one(Vendor, UUID(vendor_id))


async def test_a_match_on_a_list_excludes_and_a_clear_look_ends_it(served, house, admin):
    vendor = await applied(served, house)
    path = f"/v1/vendors/{vendor['id']}/screenings"

    await served.post(path, {"list": "LEIE", "list_date": "2026-10-01", "result": "match"}, admin)
    assert (await vendor_row(served, vendor["id"])).on_leie

    await served.post(path, {"list": "leie", "list_date": "2026-10-08", "result": "clear"}, admin)
    row = await vendor_row(served, vendor["id"])
    assert (row.on_leie, str(row.screened_on)) == (False, "2026-10-15")
    events = (await served.get(f"/v1/vendors/{vendor['id']}/events", admin)).json()["items"]
    told = [(one["kind"], one["by_role"], one["facts"]) for one in events if "exclu" in one["kind"]]
    assert told == [("exclusion_ended", "admin", {"lists": ""}), ("excluded", "admin", {"lists": "leie"})]


async def test_a_possible_match_does_not_count_as_screened(served, house, admin):
    vendor = await applied(served, house)

    await served.post(f"/v1/vendors/{vendor['id']}/screenings", {"list": "sam", "list_date": "2026-10-01", "result": "possible"}, admin)

    row = await vendor_row(served, vendor["id"])
    assert (row.on_sam, row.screened_on) == (False, None)


async def looks(served, admin, vendor, *found):
    for name, day, result in found:
        body = {"list": name, "list_date": day, "result": result}
        assert (await served.post(f"/v1/vendors/{vendor['id']}/screenings", body, admin)).status_code == HTTPStatus.CREATED
    return (await served.get(f"/v1/vendors/{vendor['id']}", admin)).json()


LOOKS = [
    ([("fl", "2026-10-01", "match"), ("tx", "2026-10-08", "clear")], ["state"], False),
    ([("fl", "2026-10-08", "match"), ("fl", "2026-10-01", "clear")], ["state"], False),
    ([("fl", "2026-10-01", "match"), ("FL", "2026-10-08", "clear")], [], False),
    ([("fl", "2026-10-01", "match"), ("fl", "2026-10-01", "clear")], [], False),
    ([("leie", "2026-10-08", "match"), ("leie", "2026-10-01", "clear")], ["leie"], False),
    ([("leie", "2026-10-08", "clear"), ("leie", "2026-10-01", "match")], [], False),
    ([("leie", "2026-10-01", "match"), ("sam", "2026-10-08", "match"), ("leie", "2026-10-08", "clear")], ["sam"], False),
    ([("sam", "2026-10-01", "match"), ("sam", "2026-10-08", "possible")], ["sam"], True),
    ([("sam", "2026-10-08", "possible"), ("sam", "2026-10-01", "clear"), ("leie", "2026-10-08", "clear")], [], True),
    ([("sam", "2026-10-08", "possible"), ("sam", "2026-10-08", "clear")], [], False),
    ([("fl", "2026-10-08", "possible"), ("fl", "2026-10-08", "match")], ["state"], False),
]


@pytest.mark.parametrize(("found", "excluded_on", "is_open"), LOOKS)
async def test_each_list_speaks_for_itself_and_the_newest_version_of_it(database_url, found, excluded_on, is_open):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        house, admin = await a_house(served.sessions), await served.token(Role.ADMIN)
        vendor = (await served.post("/v1/vendors", an_application(house), admin)).json()

        seen = await looks(served, admin, vendor, *found)

    assert (seen["excluded_on"], seen["has_possible_match"]) == (excluded_on, is_open)


async def test_a_look_at_an_older_version_does_not_count_as_screened_now(served, house, admin):
    vendor = await applied(served, house)
    seen = await looks(served, admin, vendor, ("leie", "2026-10-08", "possible"), ("leie", "2026-10-01", "clear"))

    assert seen["screened_on"] is None


async def test_onboarding_tells_the_rail_an_opaque_reference_once(served, house):
    vendor = await applied(served, house)
    path = f"/v1/vendors/{vendor['id']}/onboarding"

    answers = [(await served.post(path, token=vendor["token"])).json() for _ in range(2)]

    assert [one["is_payable"] for one in answers] == [True, True]
    assert answers[0]["url"].startswith("https://")
    assert [(one.reference, one.contact_email) for one in served.work.rail.payees] == [(vendor["id"], None)]


async def test_a_payee_that_is_not_ready_is_not_payable_yet(served, house):
    vendor = await applied(served, house)
    payee = f"acct_payee:{vendor['id']}"
    served.work.rail.statuses[payee] = PayeeStatus(payee, ready=False, restricted=True)

    answer = await served.post(f"/v1/vendors/{vendor['id']}/onboarding", token=vendor["token"])

    assert (answer.status_code, answer.json()["is_payable"]) == (HTTPStatus.OK, False)


async def test_a_silent_rail_is_told_as_busy_and_nothing_is_changed(served, house):
    vendor = await applied(served, house)
    served.work.rail.silent = RailUnavailableError("payee_status", "no answer")

    answer = await served.post(f"/v1/vendors/{vendor['id']}/onboarding", token=vendor["token"])

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert (await vendor_row(served, vendor["id"])).payee_id is None


async def test_other_programs_members_see_nothing_of_a_vendor(served, house):
    vendor = await a_vendor(served.sessions, house.program)
    stranger = await a_member(served.sessions, await a_program(served.sessions))

    response = await served.get(f"/v1/vendors/{vendor.id}", await served.token(Role.MEMBER, stranger.id))

    assert response.status_code == HTTPStatus.NOT_FOUND
