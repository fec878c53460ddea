"""Credentials over HTTP: what is said of them, who verifies and revokes, and the warnings before they are over."""

import json
from datetime import date
from http import HTTPStatus
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from sdc.auth.principal import Role
from sdc.jobs import run_sweeps
from sdc.marketplace.warning import warn_of_expiry
from tests.builders import a_house, a_program, a_staff
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_credential, a_vendor

CARD = {"type": "peer_cert", "number": "P-1", "state": "TX", "expires_on": "2027-10-15"}


class Office:
    """A vendor, who reviews it, and the clock that stands at noon of October 15, 2026."""

    def __init__(self, served, house, vendor, tokens):
        self.served, self.house, self.vendor, self.tokens = served, house, vendor, tokens

    async def adds(self, who="vendor", *, key=None, **changes):
        """Add a card."""
        return await self.served.post(f"/v1/vendors/{self.vendor.id}/credentials", CARD | changes, self.tokens[who], key=key)

    async def moves(self, who, credential, move, **body):
        """Verify or revoke a card."""
        return await self.served.post(f"/v1/vendors/{self.vendor.id}/credentials/{credential['id']}/{move}", body, self.tokens[who])

    async def warned(self):
        """Read the thresholds and days of the warnings, in their order."""
        async with self.served.sessions.read() as session:
            query = "SELECT data FROM journal_events WHERE kind = 'vendor.credential_expires' ORDER BY id"
            return [row[0] for row in await session.execute(text(query))]


@pytest.fixture
async def office(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        house = await a_house(served.sessions)
        vendor = await a_vendor(served.sessions, house.program)
        director = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[house.program.id])
        stranger = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[(await a_program(served.sessions)).id])
        tokens = {
            "vendor": await served.token(Role.VENDOR, vendor.id),
            "director": await served.token(Role.DIRECTOR, director.id),
            "stranger": await served.token(Role.DIRECTOR, stranger.id),
            "broker": await served.token(Role.BROKER, house.broker.id),
            "member": await served.token(Role.MEMBER, house.member.id),
            "admin": await served.token(Role.ADMIN),
        }
        yield Office(served, house, vendor, tokens)


async def test_a_peers_hours_stand_beside_the_states_rule_and_the_national_model(office):
    bare = (await office.adds()).json()
    full = (await office.adds(training_hours=46, supervised_hours=250, issued_on="2026-01-01")).json()
    elsewhere = (await office.adds(state="NV", training_hours=39)).json()
    dental = (await office.adds(type="dental_license", training_hours=46)).json()

    assert (bare["kind"], bare["standing"], bare["samhsa"]) == (
        "peer_certification",
        "unverified",
        {"min_hours": 40, "max_hours": 60, "is_met": None},
    )
    assert (full["samhsa"]["is_met"], full["state_rule"]["supervised_hours"], full["state_rule"]["is_met"]) == (True, 250, True)
    assert (elsewhere["samhsa"]["is_met"], elsewhere["state_rule"]) == (False, None)
    assert (dental["kind"], dental["samhsa"]) == ("dental_licence", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"issued_on": "2027-10-16"},
        {"training_hours": -1},
        {"supervised_hours": 1.5},
        {"document_id": str(uuid4())},
        {"type": "Peer Card"},
        {"state": "Texas"},
        {"expires_on": "soon"},
    ],
)
async def test_what_is_no_credential_is_refused_and_nothing_is_kept(sqlite_url, changes):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        vendor = await a_vendor(served.sessions, await a_program(served.sessions))
        token = await served.token(Role.VENDOR, vendor.id)

        assert (
            await served.post(f"/v1/vendors/{vendor.id}/credentials", CARD | changes, token)
        ).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert (await served.get(f"/v1/vendors/{vendor.id}/credentials", token)).json()["items"] == []


async def test_a_reviewer_verifies_and_revokes_and_nobody_else(office):
    card = (await office.adds()).json()
    found = {"source": "certification board's register", "note": "active"}

    for who in ("vendor", "broker", "member"):
        assert (await office.moves(who, card, "verify", **found)).status_code == HTTPStatus.FORBIDDEN
    assert (await office.moves("stranger", card, "verify", **found)).status_code == HTTPStatus.NOT_FOUND
    assert (await office.moves("director", card, "verify")).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    verified = (await office.moves("director", card, "verify", **found)).json()
    [own] = (await office.served.get(f"/v1/vendors/{office.vendor.id}/credentials", office.tokens["vendor"])).json()["items"]
    revoked = (await office.moves("admin", card, "revoke", reason="withdrawn by the board")).json()

    assert (own["is_verified"], own["verified_by"], verified["verified_by"] is not None) == (True, None, True)
    assert (verified["is_verified"], verified["verified_on"], verified["verified_source"]) == (True, "2026-10-15", found["source"])
    assert (revoked["standing"], revoked["is_verified"], revoked["revoked_reason"]) == ("revoked", False, "withdrawn by the board")
    again = await office.moves("director", card, "verify", **found)
    assert (again.status_code, again.json()["open_moves"]) == (HTTPStatus.CONFLICT, [])
    other = await a_vendor(office.served.sessions, office.house.program)
    path = f"/v1/vendors/{other.id}/credentials/{card['id']}/verify"
    assert (await office.served.post(path, found, office.tokens["director"])).status_code == HTTPStatus.NOT_FOUND


async def test_an_answer_is_given_again_only_to_whom_the_vendor_still_belongs(office):
    first = await office.adds("director", key="one")
    assert (await office.adds("director", key="one")).json() == first.json()

    async with office.served.sessions.begin() as session:
        await session.execute(text("DELETE FROM staff_programs"))

    assert (await office.adds("director", key="one")).status_code == HTTPStatus.NOT_FOUND


async def test_a_vendor_is_warned_at_60_30_and_7_days_once_each_until_it_renews(office):
    clock, work = office.served.clock, office.served.work
    await office.adds(expires_on="2026-12-15")  # in 61 days

    told = []
    for days in (0, 1, 1, 28, 1, 23, 1):
        clock.move(days=days)
        await run_sweeps(work)
        await run_sweeps(work)
        told.append([(one["threshold"], one["days"]) for one in map(plain, await office.warned())])

    assert told[-1] == [(60, 60), (30, 30), (7, 7)]
    assert [len(one) for one in told] == [0, 1, 1, 1, 2, 3, 3]
    messages = (await office.served.get(f"/v1/vendors/{office.vendor.id}/messages", office.tokens["vendor"])).json()["items"]
    assert [one["kind"] for one in messages] == ["credential_expires"] * 3


async def test_nobody_adds_credentials_without_end(office, monkeypatch):
    monkeypatch.setattr("sdc.marketplace.credentials.MOST_CREDENTIALS", 1)

    assert [(await office.adds(number=number)).status_code for number in ("1", "2")] == [HTTPStatus.CREATED, HTTPStatus.CONFLICT]


async def test_nobody_is_locked_for_a_warning_that_is_not_due_yet(office, monkeypatch):
    await office.adds(expires_on="2026-12-15")  # in 61 days
    await office.adds(type="food_card", expires_on="2026-12-14")

    looked: list[UUID] = []
    monkeypatch.setattr("sdc.marketplace.warning.warn_of_expiry", noting(looked, warn_of_expiry))
    for _ in range(2):
        await run_sweeps(office.served.work)

    assert [one["days"] for one in map(plain, await office.warned())] == [60]
    assert len(looked) == 1


def noting(looked, verb):
    """Have a verb note each credential that it is called for."""

    async def noted(session, credential_id, **more):
        looked.append(credential_id)
        return await verb(session, credential_id, **more)

    return noted


async def test_who_comes_late_is_warned_of_the_next_threshold_only_and_who_renewed_not_at_all(office):
    await office.adds(expires_on="2026-10-20")
    await office.adds(type="dental_license", expires_on="2026-11-10")
    await office.adds(type="dental_licence", expires_on="2027-11-10")
    await office.adds(type="food_card", expires_on="2026-10-30")
    await office.adds(type="bus_card", expires_on="2027-10-30")
    rejected = await a_vendor(office.served.sessions, office.house.program, state="rejected")
    await a_credential(office.served.sessions, rejected, kind="peer_cert", expires_on=date(2026, 10, 20))

    await run_sweeps(office.served.work)

    assert sorted((one["threshold"], one["days"]) for one in map(plain, await office.warned())) == [(7, 5), (30, 15)]
    listed = (await office.served.get("/v1/credentials/expiring", office.tokens["director"], within=60)).json()["items"]
    assert [(one["credential"]["type"], one["days_left"]) for one in listed] == [("peer_cert", 5), ("food_card", 15)]
    page = (await office.served.get("/v1/credentials/expiring", office.tokens["director"], limit=1)).json()
    rest = (await office.served.get("/v1/credentials/expiring", office.tokens["director"], limit=1, cursor=page["next_cursor"])).json()
    assert [*page["items"], *rest["items"]] == listed
    assert rest["next_cursor"] is None
    assert (await office.served.get("/v1/credentials/expiring", office.tokens["stranger"])).json()["items"] == []
    strange = await office.served.get("/v1/credentials/expiring", office.tokens["stranger"], cursor=page["next_cursor"])
    assert strange.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for who in ("vendor", "member"):
        assert (await office.served.get("/v1/credentials/expiring", office.tokens[who])).status_code == HTTPStatus.FORBIDDEN


def plain(data):
    return data if isinstance(data, dict) else json.loads(data)
