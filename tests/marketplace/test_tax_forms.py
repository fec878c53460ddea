"""Tax forms over HTTP: sent by the vendor, matched by a person, never shown but for four digits; and backup withholding."""

from http import HTTPStatus

import pytest
from sqlalchemy import text

from sdc.auth.principal import Role
from tests.builders import a_house
from tests.marketplace.applicants import W9, applied, kinds, read
from tests.scripted_rail import ScriptedRail
from tests.serving import serving


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


@pytest.mark.parametrize(
    ("change_", "word"),
    [
        ({"tin": "123456789", "tin_kind": "ssn"}, None),
        ({"tin": "000-12-3456", "tin_kind": "ssn"}, "ever issued"),
        ({"tin": "666123456", "tin_kind": "ssn"}, "ever issued"),
        ({"tin": "912-34-5678", "tin_kind": "ssn"}, "ever issued"),
        ({"tin": "07-1234567"}, "ever issued"),
        ({"tin": "97-654321"}, "nine digits"),
        ({"tin": None}, "missing"),
        ({"classification": "ghost"}, "classification"),
        ({"signed_on": "2027-01-01"}, "signed_on"),
        ({"signed_on": None, "legal_name": None}, "missing"),
    ],
)
async def test_a_tax_form_that_can_not_be_is_refused_and_its_number_is_never_said(served, house, change_, word):
    vendor = await applied(served, house)

    response = await served.post(f"/v1/vendors/{vendor['id']}/tax-form", W9 | change_, vendor["token"])

    assert response.status_code == (HTTPStatus.OK if word is None else HTTPStatus.UNPROCESSABLE_ENTITY), response.text
    assert str(change_.get("tin", W9["tin"])) not in response.text
    assert word is None or word in response.text
    assert await kinds(served, vendor, vendor["token"]) == (["tax_form_received", "applied"] if word is None else ["applied"])


async def test_a_form_that_does_not_fit_or_whose_signer_is_subject_to_it_begins_withholding_and_a_person_ends_it(served, house, admin):
    for body, is_match in ((W9, False), (W9 | {"is_subject_to_backup_withholding": True}, True)):
        vendor = await applied(served, house)
        path = f"/v1/vendors/{vendor['id']}"
        await served.post(f"{path}/tax-form", body, vendor["token"])

        await served.post(f"{path}/tax-form/decide", {"is_match": is_match, "reason": "checked"}, admin)
        again = await served.post(f"{path}/tax-form/decide", {"is_match": True}, admin)
        seen = await read(served, vendor, vendor["token"])
        ended = [(await served.post(f"{path}/withholding", {"begins": False, "reason": "put right"}, admin)) for _ in range(2)]

        assert (seen["withholds"], seen["has_tax_form"], seen["tin_matches"]) == (True, True, is_match)
        assert again.status_code == HTTPStatus.CONFLICT
        assert [one.status_code for one in ended] == [HTTPStatus.OK, HTTPStatus.CONFLICT]
        assert ended[0].json()["withholds"] is False
        assert "withholding_ends" in await kinds(served, vendor, vendor["token"])


async def test_the_same_number_at_another_vendor_of_the_program_calls_a_person_and_refuses_nothing(served, house, admin):
    one, other = await applied(served, house), await applied(served, house)
    for vendor in (one, one, other):
        assert (await served.post(f"/v1/vendors/{vendor['id']}/tax-form", W9, vendor["token"])).status_code == HTTPStatus.OK

    async with served.sessions.read() as session:
        alarms = (await session.execute(text("SELECT data FROM journal_events WHERE kind = 'alarm.same_tin'"))).scalars().all()
    assert len(alarms) == 1
    assert one["id"] in alarms[0]


async def test_a_form_seen_on_paper_is_said_without_a_body_but_not_over_one_that_waits(served, house, admin):
    vendor = await applied(served, house)
    path = f"/v1/vendors/{vendor['id']}/tax-form"

    seen = await served.post(path, {}, admin)
    await served.post(path, W9, vendor["token"])
    by_itself = await served.post(path, {}, vendor["token"])
    by_staff = await served.post(path, {}, admin)

    assert (seen.status_code, seen.json()["has_tax_form"]) == (HTTPStatus.OK, True)
    assert (by_itself.status_code, by_staff.status_code) == (HTTPStatus.CONFLICT, HTTPStatus.OK)
    assert (await read(served, vendor, admin, "/tax-form"))["state"] == "accepted"
