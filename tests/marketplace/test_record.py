"""A vendor's record over HTTP: who it is, who stands behind it, and what happened to it; who sees what."""

from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import text

from sdc.auth.principal import Role
from sdc.jobs import drain
from tests.builders import a_house, a_program, a_staff
from tests.marketplace.applicants import CONTACT, NPI, OWNER, SAID, W9, applied, change, kinds, read
from tests.marketplace.post_office import post_office
from tests.scripted_rail import ScriptedRail
from tests.serving import serving

SEEN_BY_MEMBERS = {
    "id", "program_id", "name", "state", "categories", "organisation_type", "is_consumer_run", "service_counties", "clientele",
    "languages", "accessibility", "hours",
}  # fmt: skip


@pytest.fixture
async def served(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        yield served


@pytest.fixture
async def house(served):
    return await a_house(served.sessions)


@pytest.fixture
async def admin(served):
    return await served.token(Role.ADMIN)


async def test_a_yoga_teacher_signs_up_and_reads_step_by_step_what_is_missing(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        house, admin = await a_house(served.sessions), await served.token(Role.ADMIN)
        vendor = await applied(served, house, **SAID, persons=[OWNER])
        token, path = vendor["token"], f"/v1/vendors/{vendor['id']}"

        async def missing():
            return [one["what"] for one in (await read(served, vendor, token))["missing"]]

        assert await missing() == ["screening", "tax_form", "payout_account"]
        assert (await served.post(f"{path}/tax-form", W9, token)).json()["has_tax_form"] is False
        assert await missing() == ["screening", "tax_form_review", "payout_account"]
        decided = await served.post(f"{path}/tax-form/decide", {"is_match": True}, admin)
        assert (decided.status_code, decided.json()["state"], decided.json()["tin_last_four"]) == (HTTPStatus.OK, "accepted", "4321")
        await served.post(f"{path}/onboarding", token=token)
        await served.post(f"{path}/screenings", {"list": "leie", "list_date": "2026-10-01", "result": "clear"}, admin)
        assert await missing() == []
        approved = await served.post(f"{path}/approve", {"reason": "all seen"}, admin)
        assert (approved.json()["state"], approved.json()["reason"]) == ("active", "all seen")

        happened = await kinds(served, vendor, token)
        assert happened[-1] == "applied"
        assert {"person_added", "tax_form_received", "tax_form_accepted", "approved"} <= set(happened)
        told = [one["kind"] for one in (await read(served, vendor, token, "/messages"))["items"]]
        assert {"tax_form_accepted", "approved"} <= set(told)


async def test_what_a_vendor_says_is_kept_in_order_and_shown_again(served, house, admin):
    vendor = await applied(served, house, **SAID, persons=[OWNER])

    shown = await read(served, vendor, admin)

    assert shown["service_counties"] == ["Miami-Dade", "St. Lucie"]
    assert [one["day"] for one in shown["hours"]] == ["mon", "tue"]
    assert (shown["contact"], shown["legal_name"], shown["npi"]) == (CONTACT, "Yolanda Example LLC", NPI)
    assert (shown["owners"], shown["employer_ids"]) == (["P-OLGA"], ["ORG-7"])
    persons = (await read(served, vendor, admin, "/persons"))["items"]
    assert [{key: one[key] for key in OWNER} for one in persons] == [OWNER]


async def test_a_member_sees_who_a_vendor_is_and_whether_they_can_go_there_and_nothing_more(served, house, admin):
    vendor = await applied(served, house, **SAID, persons=[OWNER])
    await served.post(f"/v1/vendors/{vendor['id']}/approve", {}, admin)
    member = await served.token(Role.MEMBER, house.member.id)

    shown = await read(served, vendor, member)

    assert {key for key, value in shown.items() if value not in (None, [], "")} == SEEN_BY_MEMBERS
    for below in ("persons", "events", "messages", "tax-form"):
        assert (await served.get(f"/v1/vendors/{vendor['id']}/{below}", member)).status_code == HTTPStatus.FORBIDDEN


async def test_what_names_a_person_is_in_no_column_in_clear(served, house, admin):
    vendor = await applied(served, house, **SAID, persons=[OWNER])
    await served.post(f"/v1/vendors/{vendor['id']}/tax-form", W9, vendor["token"])
    await served.post(f"/v1/vendors/{vendor['id']}/reject", {"reason": "Olga Owner was rude"}, admin)

    async with served.sessions.read() as session:
        tables = (await session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))).scalars().all()
        rows = [repr(tuple(row)) for table in tables for row in (await session.execute(text(f'SELECT * FROM "{table}"'))).all()]

    secrets = ("Olga", "Yolanda", "yolanda@", "555 0100", "987654321", "98-7654321", "1980-02-29", "rude")
    assert [secret for secret in secrets if any(secret in row for row in rows)] == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"npi": "1234567890"}, "npi"),
        ({"npi": "9234567893"}, "npi"),
        ({"contact": CONTACT | {"email": "a@b"}}, "contact.email"),
        ({"contact": CONTACT | {"email": "x@example.org\nBcc: y@example.org"}}, "contact.email"),
        ({"contact": CONTACT | {"name": "two\nlines"}}, "contact.name"),
        ({"contact": CONTACT | {"phone": "call me"}}, "contact.phone"),
        ({"name": "Bell\x07"}, "name"),
        ({"organisation_type": "cartel"}, "organisation_type"),
        ({"service_counties": ["<b>"]}, "service_counties[0]"),
        ({"service_counties": ["Bay"] * 255}, "service_counties"),
        ({"languages": ["Spanish"]}, "languages[0]"),
        ({"accessibility": ["elevator_music"]}, "accessibility[0]"),
        ({"hours": [{"day": "mon", "opens": "17:00", "closes": "09:00"}]}, "hours[0]"),
        ({"hours": [{"day": "mon", "opens": "09:00", "closes": "25:00"}]}, "hours[0].closes"),
        ({"hours": [{"day": "mon", "opens": "09:00", "closes": h} for h in ("12:00", "13:00")]}, "hours"),
        ({"employer_ids": ["Ana Example"]}, "employer_ids[0]"),
        ({"persons": [OWNER | {"npi": NPI[:-1] + "4"}]}, "persons[0].npi"),
        ({"persons": [OWNER, OWNER | {"reference": None}]}, "body"),
        ({"persons": [OWNER | {"ownership_bps": 0}] * 51}, "persons"),
        ({"persons": [OWNER | {"role": "ghost"}]}, "persons[0].role"),
        ({"withholds": True}, "withholds"),
    ],
)
async def test_what_can_not_be_is_refused_by_its_field_and_not_said_again(served, house, said, field):
    body = {"program_id": str(house.program.id), "name": "Yoga", "categories": ["WELL_GYM"]} | said

    response = await served.post("/v1/vendors", body)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, response.text
    assert field in {one["field"] for one in response.json()["errors"]}
    assert "Olga" not in response.text


async def test_an_approved_vendor_changes_what_is_its_own_and_staff_the_rest(served, house, admin):
    vendor = await applied(served, house, **SAID)
    await served.post(f"/v1/vendors/{vendor['id']}/approve", {}, admin)
    token = vendor["token"]

    own = await change(served, vendor, token, hours=[], languages=["en"], npi=NPI)
    refused = await change(served, vendor, token, categories=["TRAN_TRANSIT"], employer_ids=[])
    by_staff = await change(served, vendor, admin, categories=["TRAN_TRANSIT"], npi=None)

    assert (own.status_code, own.json()["hours"], own.json()["languages"]) == (HTTPStatus.OK, [], ["en"])
    assert (refused.status_code, "categories or employer_ids" in refused.json()["detail"]) == (HTTPStatus.CONFLICT, True)
    assert (by_staff.json()["categories"], by_staff.json()["npi"], by_staff.json()["contact"]) == (["TRAN_TRANSIT"], None, CONTACT)
    assert (await read(served, vendor, token, "/events"))["items"][0]["facts"] == {"fields": "categories,npi"}


@pytest.mark.parametrize(
    "said", [{}, {"contact": None}, {"name": None}, {"categories": []}, {"state": "active"}, {"categories": ["NO_SUCH"]}]
)
async def test_a_change_that_can_not_be_changes_nothing(served, house, said):
    vendor = await applied(served, house, **SAID)

    response = await change(served, vendor, vendor["token"], **said)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert await kinds(served, vendor, vendor["token"]) == ["applied"]


async def test_the_same_change_again_is_no_event(served, house):
    vendor = await applied(served, house)

    for _ in range(2):
        await change(served, vendor, vendor["token"], languages=["en"])

    assert await kinds(served, vendor, vendor["token"]) == ["changed", "applied"]


async def test_a_new_address_is_told_to_the_old_one_even_when_it_is_changed_twice(sqlite_url):
    async with post_office() as office:
        mail: dict[str, Any] = {"mail_url": f"smtp://127.0.0.1:{office.port}", "mail_from": "payments@program.example"}
        async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True, **mail) as served:
            vendor = await applied(served, await a_house(served.sessions), contact=CONTACT)
            for thief in ("thief@example.org", "thief2@example.org"):
                await change(served, vendor, vendor["token"], contact=CONTACT | {"email": thief})
                await drain(served.work)

    assert sorted(office.to) == ["thief2@example.org", "thief@example.org", "yolanda@example.org", "yolanda@example.org"]


async def test_another_vendors_record_is_not_there(served, house):
    one, other = await applied(served, house, persons=[OWNER]), await applied(served, house)
    token = other["token"]
    person = (await read(served, one, one["token"], "/persons"))["items"][0]["id"]

    for below in ("", "/persons", "/events", "/messages", "/tax-form"):
        assert (await served.get(f"/v1/vendors/{one['id']}{below}", token)).status_code == HTTPStatus.NOT_FOUND
    assert (await change(served, one, token, languages=["en"])).status_code == HTTPStatus.NOT_FOUND
    assert (await served.post(f"/v1/vendors/{one['id']}/tax-form", W9, token)).status_code == HTTPStatus.NOT_FOUND
    assert (await served.post(f"/v1/vendors/{one['id']}/persons", OWNER, token)).status_code == HTTPStatus.NOT_FOUND
    for vendor in (one, other):
        ended = await served.post(f"/v1/vendors/{vendor['id']}/persons/{person}/end", {"reason": "x"}, token)
        assert ended.status_code == HTTPStatus.NOT_FOUND
    for move in ("approve", "withholding", "tax-form/decide"):
        body = {"reason": "x", "begins": True, "is_match": True}
        assert (await served.post(f"/v1/vendors/{other['id']}/{move}", body, token)).status_code == HTTPStatus.FORBIDDEN


async def test_persons_are_added_by_the_vendor_and_taken_away_by_staff_once_it_is_approved(served, house, admin):
    vendor = await applied(served, house, persons=[OWNER])
    path = f"/v1/vendors/{vendor['id']}"
    await served.post(f"{path}/approve", {}, admin)
    await served.post(f"{path}/screenings", {"list": "leie", "list_date": "2026-10-01", "result": "clear"}, admin)

    added = await served.post(
        f"{path}/persons", OWNER | {"name": "Max Manager", "role": "manager", "ownership_bps": 4_000}, vendor["token"]
    )
    too_much = await served.post(f"{path}/persons", OWNER | {"ownership_bps": 1}, admin)
    end = f"{path}/persons/{added.json()['id']}/end"
    by_itself = await served.post(end, {"reason": "left"}, vendor["token"])
    by_staff = [(await served.post(end, {"reason": "left"}, admin)).status_code for _ in range(2)]

    assert (await read(served, vendor, admin))["screened_on"] is None
    assert (added.status_code, too_much.status_code) == (HTTPStatus.CREATED, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert by_itself.status_code == HTTPStatus.CONFLICT
    assert by_staff == [HTTPStatus.OK, HTTPStatus.CONFLICT]
    assert (await read(served, vendor, admin))["owners"] == ["P-OLGA"]


async def test_who_is_named_as_an_owner_is_not_unsaid_by_another_list_of_owners(served, house, admin):
    vendor = await applied(served, house, persons=[OWNER], owners=["P-MAX"])
    path = f"/v1/vendors/{vendor['id']}"

    changed = await served.http.patch(path, json={"owners": []}, headers={"Authorization": f"Bearer {vendor['token']}"})

    assert changed.status_code == HTTPStatus.OK, changed.text
    assert (await read(served, vendor, admin))["owners"] == ["P-OLGA"]


async def test_the_vendor_reads_the_reason_and_the_role_of_who_did_it_and_staff_also_who(served, house):
    director = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[house.program.id])
    directing = await served.token(Role.DIRECTOR, director.id)
    vendor = await applied(served, house)
    await served.post(f"/v1/vendors/{vendor['id']}/approve", {}, directing)
    for move in ("suspend", "reinstate"):
        await served.post(f"/v1/vendors/{vendor['id']}/{move}", {"reason": f"why {move}"}, directing)

    own, staffs = [(await read(served, vendor, token, "/events"))["items"] for token in (vendor["token"], directing)]

    assert [(one["kind"], one["reason"]) for one in own[:2]] == [("reinstated", "why reinstate"), ("suspended", "why suspend")]
    assert {(one["by"], one["by_role"]) for one in own[:3]} == {(None, "director")}
    assert {one["by"] for one in staffs[:3]} == {str(director.id)}


async def test_whom_a_list_names_or_may_name_is_not_approved_until_it_is_decided(served, house, admin):
    vendor = await applied(served, house)
    path = f"/v1/vendors/{vendor['id']}"

    answers = []
    for result in ("possible", "match", "clear"):
        await served.post(f"{path}/screenings", {"list": "leie", "list_date": "2026-10-01", "result": result}, admin)
        answers.append((await served.post(f"{path}/approve", {}, admin)).status_code)

    assert answers == [HTTPStatus.CONFLICT, HTTPStatus.CONFLICT, HTTPStatus.OK]


async def test_an_answer_is_not_given_again_to_whoever_lost_the_program(served, house):
    director = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[house.program.id])
    token, vendor = await served.token(Role.DIRECTOR, director.id), await applied(served, house)
    first = await served.post(f"/v1/vendors/{vendor['id']}/approve", {}, token, key="one")
    elsewhere = await a_program(served.sessions)
    async with served.sessions.begin() as session:
        await session.execute(text("UPDATE staff_programs SET program_id = :there"), {"there": elsewhere.id.hex})

    again = await served.post(f"/v1/vendors/{vendor['id']}/approve", {}, token, key="one")

    assert (first.status_code, again.status_code) == (HTTPStatus.OK, HTTPStatus.NOT_FOUND)


async def test_nothing_is_added_to_a_vendor_that_was_turned_away(served, house, admin):
    vendor = await applied(served, house)
    path, token = f"/v1/vendors/{vendor['id']}", vendor["token"]
    await served.post(f"{path}/reject", {"reason": "no"}, admin)

    answers = [await change(served, vendor, token, languages=["en"])]
    for below, body in (("persons", OWNER), ("tax-form", W9)):
        answers.append(await served.post(f"{path}/{below}", body, token))

    assert [one.status_code for one in answers] == [HTTPStatus.CONFLICT] * 3


async def test_the_database_never_changes_what_happened_to_a_vendor(database_url):
    async with serving(database_url, rail=ScriptedRail()) as served:
        await applied(served, await a_house(served.sessions))
        for statement in ("UPDATE vendor_events SET kind = 'other'", "DELETE FROM vendor_events"):
            with pytest.raises(Exception, match="vendor_events is never changed"):
                async with served.sessions.begin() as session:
                    await session.execute(text(statement))
