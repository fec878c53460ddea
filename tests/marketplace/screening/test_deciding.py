"""Who is on a list is found at sign-up and with each new list; the certain is stopped at once, the possible waits for a person."""

from datetime import date
from http import HTTPStatus
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

import vendors
from sdc.auth.principal import Role
from sdc.jobs import drain
from sdc.journal import Event
from tests.builders import a_house, a_program, a_staff
from tests.marketplace.screening.lists import NPI, a_leie, a_row, imported
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from vendors import Vendor
from vendors.screening import ScreeningDecision, ScreeningSubject

BORN = {"born": "19700314"}
PEREZ = a_row("PEREZ", "ANA", **BORN)


@pytest.fixture
async def served(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        served.app.state.pop("application_rate", None)
        yield served


@pytest.fixture
async def house(served):
    return await a_house(served.sessions)


@pytest.fixture
async def admin(served):
    return await served.token(Role.ADMIN)


async def a_vendor_of(served, house, admin, *people, name="Corner Gym", **changes):
    """Have a vendor apply, name its people, and be looked up."""
    body = {"program_id": str(house.program.id), "name": name, "categories": ["WELL_GYM"]} | changes
    vendor = (await served.post("/v1/vendors", body, admin)).json()
    for person in people:
        await add(served, admin, vendor, person)
    await drain(served.work)
    return vendor


async def add(served, admin, vendor, person):
    said = {"role": "owner"} | person
    response = await served.post(f"/v1/vendors/{vendor['id']}/persons", said, admin)
    assert response.status_code == HTTPStatus.CREATED, response.text
    return response.json()


async def row_of(served, vendor):
    async with served.sessions.read() as session:
        return await session.get_one(Vendor, UUID(vendor["id"]))


async def queue(served, token, **asked):
    return (await served.get("/v1/screenings/matches", token, **({"state": "open"} | asked))).json()["items"]


async def decide(served, token, match, decision, *, reason="The numbers are not the same.", key=None):
    body = {"decision": decision, "reason": reason}
    return await served.post(f"/v1/screenings/matches/{match['id']}/decide", body, token, key=key)


async def test_an_owner_with_the_name_and_birth_date_of_a_row_is_excluded_at_sign_up_and_a_person_is_called(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ))

    vendor = await a_vendor_of(served, house, admin, {"name": "Ana Pérez", "born_on": "1970-03-14"})

    [match] = await queue(served, admin)
    assert (match["is_exact"], match["excludes"], match["subject"]["name"]) == (True, True, "Ana Pérez")
    assert match["entry"]["last"] == "PEREZ"
    assert vendors.excluded_on(await row_of(served, vendor)) == {"leie"}
    async with served.sessions.read() as session:
        kinds = set(await session.scalars(select(Event.kind).where(Event.subject_id == UUID(vendor["id"]))))
    assert {"alarm.excluded_vendor", "vendor.screened", "vendor.excluded"} <= kinds


async def test_a_name_alone_is_a_question_that_holds_payments_and_no_purchases(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ))

    vendor = await a_vendor_of(served, house, admin, {"name": "Ana Perez"})

    row = await row_of(served, vendor)
    assert (vendors.excluded_on(row), row.has_possible_match, row.screened_on) == (frozenset(), True, None)
    [match] = await queue(served, admin)
    assert (match["is_exact"], match["excludes"], match["question"]) == (False, False, "new")
    assert "surname equal" in match["parts"]


async def test_a_vendor_that_no_list_names_is_screened_and_one_without_lists_is_not(served, house, admin):
    before = await a_vendor_of(served, house, admin, {"name": "Zoe Quine"})
    assert (await row_of(served, before)).screened_on is None

    await imported(served.sessions, a_leie(PEREZ))
    await drain(served.work)

    assert (await row_of(served, before)).screened_on == date(2026, 10, 15)
    [run] = (await served.get("/v1/screenings/runs", admin)).json()["items"]
    assert (run["state"], run["vendors_done"], run["subjects_done"], run["matches_found"]) == ("complete", 1, 2, 0)
    async with served.sessions.read() as session:
        looks = (await session.scalars(select(ScreeningSubject))).all()
    assert {(look.list_name, look.list_date, look.result) for look in looks} == {("leie", date(2026, 10, 10), "clear")}


async def test_a_list_that_nobody_has_renewed_for_long_counts_as_no_screening(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ), on=date(2026, 6, 10))

    vendor = await a_vendor_of(served, house, admin)

    assert (await row_of(served, vendor)).screened_on is None


async def test_who_is_cleared_is_screened_and_is_not_asked_about_again_with_the_next_list(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ))
    vendor = await a_vendor_of(served, house, admin, {"name": "Ana Perez"})
    [match] = await queue(served, admin)

    decided = await decide(served, admin, match, "cleared", reason="Another Social Security number.")
    await imported(served.sessions, a_leie(PEREZ, a_row("NEW", "NORA")), on=date(2026, 10, 15))
    await drain(served.work)

    assert decided.status_code == HTTPStatus.OK, decided.text
    assert decided.json()["decisions"][0]["list_date"] == "2026-10-10"
    assert await queue(served, admin) == []
    row = await row_of(served, vendor)
    assert (row.has_possible_match, row.screened_on) == (False, date(2026, 10, 15))
    async with served.sessions.read() as session:
        kept = (await session.scalars(select(ScreeningDecision))).one()
    assert b"Social" not in kept.reason_sealed


async def test_who_was_cleared_is_asked_about_again_when_the_row_or_the_vendor_has_changed(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ, a_row(business="CORNER GYM")))
    vendor = await a_vendor_of(served, house, admin, {"name": "Ana Perez"})
    for match in await queue(served, admin):
        await decide(served, admin, match, "cleared")
    assert await queue(served, admin) == []

    changed = a_row("PEREZ", "ANA", "MARIA", **BORN)
    await imported(served.sessions, a_leie(changed, a_row(business="CORNER GYM")), on=date(2026, 10, 14))
    await drain(served.work)
    assert [(one["question"], one["entry"]["middle"]) for one in await queue(served, admin)] == [("new", "MARIA")]

    said = {"legal_name": "Corner Gym Holdings"}
    headers = {"Authorization": f"Bearer {admin}", "Idempotency-Key": uuid4().hex}
    response = await served.http.patch(f"/v1/vendors/{vendor['id']}", json=said, headers=headers)
    assert response.is_success, response.text
    await drain(served.work)
    assert {one["question"] for one in await queue(served, admin)} == {"new", "changed"}


async def test_a_confirmed_match_excludes_at_once_and_its_end_on_the_list_is_a_question(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ, a_row("OTHER", "OLGA")))
    vendor = await a_vendor_of(served, house, admin, {"name": "Ana Perez"})
    [match] = await queue(served, admin)

    assert (await decide(served, admin, match, "confirmed")).json()["excludes"]
    assert vendors.why_not_payable(await row_of(served, vendor)) in {"not active", "excluded"}
    assert vendors.excluded_on(await row_of(served, vendor)) == {"leie"}

    gone = a_row("PEREZ", "ANA", **BORN, reinstated="20261012")
    await imported(served.sessions, a_leie(gone), on=date(2026, 10, 12), kind="reinstatement")
    await drain(served.work)

    [asked] = await queue(served, admin)
    assert (asked["question"], asked["is_listed"], asked["excludes"]) == ("delisted", False, True)
    assert vendors.excluded_on(await row_of(served, vendor)) == {"leie"}  # it does not come back by itself

    assert (await decide(served, admin, asked, "cleared")).status_code == HTTPStatus.OK
    assert vendors.excluded_on(await row_of(served, vendor)) == frozenset()


async def test_what_a_supplement_adds_is_found_and_the_npi_is_certain_whatever_the_name(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ))
    vendor = await a_vendor_of(served, house, admin, {"name": "Zoe Quine", "npi": NPI})
    assert await queue(served, admin) == []

    await imported(served.sessions, a_leie(a_row("QUINN", "ZOFIA", npi=NPI)), on=date(2026, 10, 14), kind="supplement")
    await drain(served.work)

    [match] = await queue(served, admin)
    assert (match["is_exact"], match["list_date"], match["parts"]) == (True, "2026-10-14", ["npi equal"])
    assert vendors.excluded_on(await row_of(served, vendor)) == {"leie"}


async def test_a_waiver_of_a_state_is_read_by_a_person_before_anybody_is_excluded(served, house, admin):
    await imported(served.sessions, a_leie(a_row("PEREZ", "ANA", **BORN, waived="20210101", waiver_state="FL")))

    vendor = await a_vendor_of(served, house, admin, {"name": "Ana Perez", "born_on": "1970-03-14"})

    [match] = await queue(served, admin)
    assert (match["is_exact"], match["excludes"], match["entry"]["waiver_state"]) == (True, False, "FL")
    assert (await row_of(served, vendor)).has_possible_match


async def test_a_look_by_hand_does_not_close_what_waits_in_the_queue(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ))
    vendor = await a_vendor_of(served, house, admin, {"name": "Ana Perez", "born_on": "1970-03-14"})

    body = {"list": "leie", "list_date": "2026-10-15", "result": "clear"}
    assert (await served.post(f"/v1/vendors/{vendor['id']}/screenings", body, admin)).status_code == HTTPStatus.CREATED

    assert vendors.excluded_on(await row_of(served, vendor)) == {"leie"}


async def test_the_same_decision_twice_is_refused_and_the_other_is_taken_and_both_are_kept(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ))
    await a_vendor_of(served, house, admin, {"name": "Ana Perez"})
    [match] = await queue(served, admin)
    first = await decide(served, admin, match, "confirmed", key="once")

    again = await decide(served, admin, match, "confirmed")
    other = await decide(served, admin, match, "cleared")

    assert (again.status_code, again.json()["open_moves"]) == (HTTPStatus.CONFLICT, ["cleared"])
    assert [one["decision"] for one in other.json()["decisions"]] == ["confirmed", "cleared"]
    replayed = await decide(served, admin, match, "confirmed", key="once")
    assert (replayed.status_code, replayed.json()) == (HTTPStatus.OK, first.json())


async def test_only_directors_of_the_program_and_administrators_see_and_decide_matches(served, house, admin):
    await imported(served.sessions, a_leie(PEREZ))
    await a_vendor_of(served, house, admin, {"name": "Ana Perez"})
    [match] = await queue(served, admin)
    elsewhere = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[(await a_program(served.sessions)).id])
    here = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[house.program.id])
    stranger, director = await served.token(Role.DIRECTOR, elsewhere.id), await served.token(Role.DIRECTOR, here.id)

    for role in (Role.VENDOR, Role.BROKER, Role.MEMBER, Role.AUDITOR, Role.PAYER):
        token = await served.token(role)
        assert (await served.get("/v1/screenings/matches", token)).status_code == HTTPStatus.FORBIDDEN
        assert (await decide(served, token, match, "cleared")).status_code == HTTPStatus.FORBIDDEN
    assert await queue(served, stranger) == []
    assert (await decide(served, stranger, match, "cleared")).status_code == HTTPStatus.NOT_FOUND
    assert (await served.get(f"/v1/screenings/matches/{match['id']}", stranger)).status_code == HTTPStatus.NOT_FOUND
    assert (await served.post("/v1/screenings/runs", {}, director)).status_code == HTTPStatus.FORBIDDEN
    assert (await served.get(f"/v1/screenings/matches/{match['id']}", director)).json()["id"] == match["id"]
    assert (await decide(served, director, match, "cleared")).status_code == HTTPStatus.OK


async def test_a_decision_without_a_reason_or_of_another_kind_is_refused(served, admin):
    for body in ({}, {"decision": "maybe", "reason": "x"}, {"decision": "cleared", "reason": "  "}, {"decision": "cleared"}):
        response = await served.post(f"/v1/screenings/matches/{uuid4()}/decide", body, admin)

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    body = {"decision": "cleared", "reason": "There is no such match."}
    assert (await served.post(f"/v1/screenings/matches/{uuid4()}/decide", body, admin)).status_code == HTTPStatus.NOT_FOUND


async def test_an_administrator_has_everybody_looked_up_and_sees_the_lists(served, house, admin):
    file = await imported(served.sessions, a_leie(PEREZ))
    vendor = await a_vendor_of(served, house, admin)
    served.clock.move(days=3)

    run = (await served.post("/v1/screenings/runs", {}, admin)).json()
    await drain(served.work)

    runs = (await served.get("/v1/screenings/runs", admin)).json()["items"]
    assert (run["state"], runs[0]["id"], runs[0]["state"], runs[0]["vendors_done"]) == ("running", run["id"], "complete", 1)
    assert (await row_of(served, vendor)).screened_on == date(2026, 10, 18)
    [shown] = (await served.get("/v1/exclusion-lists", admin)).json()["items"]
    assert (shown["id"], shown["rows"], shown["is_in_force"]) == (str(file.list_id), 1, True)
