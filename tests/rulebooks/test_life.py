"""The life of a rulebook over HTTP: drafted, checked, proposed by one, published by another, superseded, never edited."""

import asyncio
from http import HTTPStatus

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sdc.auth.principal import Role
from tests.builders import a_program, a_staff
from tests.rulebooks.office import A_CASE, LOWER, PATH, an_office, florida

SPRINGFIELD = """
members:
  SP-M1: {program: springfield, funding: insured, eligible_from: 2026-07-01, eligible_to: 2027-06-30}
people: {}
budgets:
  SP-M1: {allocated_cents: 100000, from: 2026-07-01, to: 2027-06-30}
plans:
  SP-M1:
    {status: approved, from: 2026-07-01, to: 2027-06-30, goals: {G1: {domain: wellness, status: active}}, lines: {WELL_GYM: 50000}}
vendors:
  V-GYM: {categories: [WELL_GYM]}
"""
CASES_OF_SPRINGFIELD = """
cases:
  - id: S1
    member: SP-M1
    as_of: "2026-10-15T12:00"
    request: {category: WELL_GYM, cents: 4000, vendor: V-GYM, goal: G1}
    expect: {decision: approve}
"""


async def test_a_version_is_drafted_checked_and_published_by_two_people(database_url):
    async with an_office(database_url) as office:
        drafted = await office.draft()
        checked = await office.check(2)
        proposed = await office.publish(2, office.director, effective_from="2026-10-20")
        published = await office.publish(2, office.other)

        assert drafted.status_code == HTTPStatus.CREATED
        assert (drafted.json()["version"], drafted.json()["state"], drafted.json()["effective_from"]) == (2, "draft", None)
        assert checked.json()["check"] == {"passed": True, "cases": 1, "problems": checked.json()["check"]["problems"]}
        assert checked.json()["state"] == "checked"
        assert (proposed.json()["state"], proposed.json()["published_at"]) == ("proposed", None)
        shown = published.json()
        assert (shown["state"], shown["effective_from"], shown["hash"]) == ("published", "2026-10-20", drafted.json()["hash"])
        assert shown["proposed_by"] != shown["published_by"]
        assert await office.versions() == [(2, "published"), (1, "published")]


async def test_the_version_before_is_superseded_on_the_first_day_of_the_next(database_url):
    async with an_office(database_url) as office:
        await office.published(effective_from="2026-10-20")
        assert await office.versions() == [(2, "published"), (1, "published")]

        office.served.clock.move(days=5)

        assert await office.versions() == [(2, "published"), (1, "superseded")]
        listed = (await office.served.get(PATH, office.broker)).json()["items"]
        assert [one["superseded_on"] for one in listed] == [None, "2026-10-20"]


async def test_nobody_publishes_alone(database_url):
    async with an_office(database_url) as office:
        await office.draft(effective_from="2026-10-20")
        await office.check(2)
        first = await office.publish(2, office.director)

        again = await office.publish(2, office.director)

        assert first.json()["state"] == "proposed"
        assert again.status_code == HTTPStatus.CONFLICT
        assert "somebody else" in again.json()["detail"]
        assert (await office.publish(2, office.admin)).json()["state"] == "published"


async def test_who_names_another_day_proposes_anew(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.draft(effective_from="2026-10-20")
        await office.check(2)
        await office.publish(2, office.director)

        later = await office.publish(2, office.other, effective_from="2026-11-01")
        own = await office.publish(2, office.other)
        agreed = await office.publish(2, office.director)

        assert (later.json()["state"], own.status_code, agreed.json()["state"]) == ("proposed", HTTPStatus.CONFLICT, "published")
        assert agreed.json()["effective_from"] == "2026-11-01"


async def test_what_is_not_checked_is_not_published(database_url):
    async with an_office(database_url) as office:
        await office.draft(effective_from="2026-10-20")

        refused = await office.publish(2, office.director)

        assert refused.status_code == HTTPStatus.CONFLICT
        assert refused.json()["open_moves"] == ["check"]
        assert await office.versions() == [(2, "draft"), (1, "published")]


async def test_a_case_that_does_not_hold_keeps_a_draft_from_being_published(database_url):
    async with an_office(database_url) as office:
        await office.draft(florida(("WELL_GYM: 60000", "WELL_GYM: 5000")), effective_from="2026-10-20")

        checked = await office.check(2)
        refused = await office.publish(2, office.director)

        report = checked.json()["check"]
        errors = [one for one in report["problems"] if one["severity"] == "error"]
        assert (checked.status_code, report["passed"], report["cases"]) == (HTTPStatus.OK, False, 1)
        assert any("L001" in one["problem"] for one in errors)
        assert checked.json()["state"] == "draft"
        assert refused.status_code == HTTPStatus.CONFLICT


async def test_without_cases_of_its_own_a_draft_has_to_pass_those_before_it(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.draft(cases=...)
        shipped = (await office.check(2)).json()["check"]["cases"]
        await office.published(effective_from="2026-10-20")

        await office.draft(cases=...)

        assert shipped > 10
        assert (await office.check(4)).json()["check"]["cases"] == 1
        kept = (await office.served.get(f"{PATH}/3", office.broker)).json()
        assert (kept["cases"], kept["source"]) == (A_CASE, LOWER)


async def test_a_new_rulebook_needs_cases_about_its_own_members(sqlite_url):
    async with an_office(sqlite_url) as office:
        source = "rulebook: springfield\ntitle: Springfield\ninherits: base\n"
        await office.draft(source, name="springfield", cases=..., token=office.admin)

        report = (await office.check(1, name="springfield", token=office.admin)).json()["check"]

        assert not report["passed"]
        assert "no case asks this rulebook" in [one["problem"] for one in report["problems"]]


async def test_a_new_rulebook_is_published_and_a_program_decides_by_it(database_url):
    async with an_office(database_url) as office:
        source = "rulebook: springfield\ntitle: Springfield\ninherits: base\nbudget: {release: annual}\ndisabled: [B09]\n"
        office.director, office.other = office.admin, await office.served.token(Role.ADMIN)
        await office.draft(source, name="springfield", cases=CASES_OF_SPRINGFIELD, fixtures=SPRINGFIELD, effective_from="2026-10-15")
        checked = await office.check(1, name="springfield")
        assert checked.json()["check"]["passed"], checked.text
        await office.publish(1, office.director, name="springfield")

        published = await office.publish(1, office.other, name="springfield")

        assert published.json()["state"] == "published"
        assert (await a_program(office.served.sessions, rulebook="springfield")).rulebook == "springfield"


async def test_the_first_day_is_not_past_and_after_that_of_every_version(database_url):
    async with an_office(database_url) as office:
        await office.published(effective_from="2026-11-01")
        await office.draft()
        await office.check(3)

        past = await office.publish(3, office.director, effective_from="2026-10-14")
        same = await office.publish(3, office.director, effective_from="2026-11-01")
        before = await office.publish(3, office.director, effective_from="2026-10-20")
        unsaid = await office.publish(3, office.director)

        assert {one.status_code for one in (past, same, before, unsaid)} == {HTTPStatus.UNPROCESSABLE_ENTITY}
        assert {one.json()["errors"][0]["field"] for one in (past, same, before, unsaid)} == {"effective_from"}
        assert "2026-10-15" in past.json()["detail"]
        assert await office.versions() == [(3, "checked"), (2, "published"), (1, "published")]


async def test_what_was_overtaken_is_drafted_again(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.draft()
        await office.check(2)
        await office.published(effective_from="2026-10-20")

        overtaken = await office.publish(2, office.director, effective_from="2026-12-01")

        assert overtaken.status_code == HTTPStatus.CONFLICT
        assert "version 3" in overtaken.json()["detail"]


async def test_what_is_published_is_checked_and_published_no_more(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.published(effective_from="2026-10-20")

        answers = [await office.check(2), await office.publish(2, office.director, effective_from="2026-12-01")]

        assert {one.status_code for one in answers} == {HTTPStatus.CONFLICT}
        assert {tuple(one.json()["open_moves"]) for one in answers} == {()}
        assert (await office.check(1)).status_code == HTTPStatus.NOT_FOUND  # it came with the service


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rulebook_versions SET source = 'other'",
        "UPDATE rulebook_versions SET effective_from = '2001-01-01' WHERE version = 2",
        "DELETE FROM rulebook_versions",
        "UPDATE rulebook_drafts SET source = 'other'",
        "DELETE FROM rulebook_drafts",
    ],
)
async def test_what_is_published_is_never_edited(database_url, change):
    async with an_office(database_url) as office:
        await office.published(effective_from="2026-10-20")

        with pytest.raises(DBAPIError, match="is never changed"):
            async with office.served.sessions.begin() as session:
                await session.execute(text(change))


async def test_nothing_takes_the_place_of_what_is_published(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.published(effective_from="2026-10-20")

        for table in ("rulebook_versions", "rulebook_drafts"):
            with pytest.raises(DBAPIError, match="is never changed"):
                async with office.served.sessions.begin() as session:
                    await session.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))


@pytest.mark.parametrize("role", [Role.MEMBER, Role.REPRESENTATIVE, Role.BROKER, Role.VENDOR, Role.AUDITOR, Role.PAYER])
async def test_only_directors_and_administrators_write_rulebooks(sqlite_url, role):
    async with an_office(sqlite_url) as office:
        token = await office.served.token(role)
        await office.draft()

        answers = [await office.draft(token=token), await office.check(2, token=token), await office.publish(2, token)]

        assert {one.status_code for one in answers} == {HTTPStatus.FORBIDDEN}


async def test_a_director_decides_about_rulebooks_of_their_own_programs(database_url):
    async with an_office(database_url) as office:
        texan = await a_program(office.served.sessions, rulebook="texas")
        stranger = await a_staff(office.served.sessions, Role.DIRECTOR, program_ids=[texan.id])
        token = await office.served.token(Role.DIRECTOR, stranger.id)
        await office.draft(effective_from="2026-10-20")
        await office.check(2)
        await office.publish(2, office.director)

        answers = [await office.draft(token=token), await office.check(2, token=token), await office.publish(2, token)]

        assert {one.status_code for one in answers} == {HTTPStatus.FORBIDDEN}
        assert (await office.versions())[0] == (2, "proposed")


async def test_every_step_is_in_the_journal(sqlite_url):
    async with an_office(sqlite_url) as office:
        shown = await office.published(effective_from="2026-10-20")

        async with office.served.sessions.read() as session:
            kinds = (
                await session.execute(
                    text("SELECT kind FROM journal_events WHERE subject_id = :id ORDER BY id"), {"id": shown["id"].replace("-", "")}
                )
            ).scalars()
            assert list(kinds) == ["rulebook.drafted", "rulebook.checked", "rulebook.proposed", "rulebook.published"]


async def test_the_same_key_drafts_once(sqlite_url):
    async with an_office(sqlite_url) as office:
        body = {"source": LOWER, "cases": A_CASE}
        first = await office.served.post(PATH, body, office.director, key="one")

        again = await office.served.post(PATH, body, office.director, key="one")

        assert again.json() == first.json()
        assert await office.versions() == [(2, "draft"), (1, "published")]


async def test_two_drafts_at_once_get_two_numbers(database_url):
    async with an_office(database_url) as office:
        drafts = await asyncio.gather(*(office.draft(token=token) for token in (office.director, office.other, office.admin)))

        assert sorted(one.json()["version"] for one in drafts) == [2, 3, 4]


async def test_of_two_who_publish_at_once_one_does(database_url):
    async with an_office(database_url) as office:
        await office.draft(effective_from="2026-10-20")
        await office.check(2)
        await office.publish(2, office.director)

        answers = await asyncio.gather(office.publish(2, office.other), office.publish(2, office.admin))

        assert sorted(one.status_code for one in answers) == [HTTPStatus.OK, HTTPStatus.CONFLICT]
        assert await office.versions() == [(2, "published"), (1, "published")]


async def test_of_two_drafts_that_are_published_at_once_the_later_number_stands(database_url):
    async with an_office(database_url) as office:
        for version in (2, 3):
            await office.draft(effective_from="2026-10-20")
            await office.check(version)
            await office.publish(version, office.director)

        answers = await asyncio.gather(office.publish(2, office.other), office.publish(3, office.other))

        assert [one.status_code for one in answers].count(HTTPStatus.OK) == 1  # both wanted one day
        assert {state for version, state in await office.versions() if version > 1} == {"published", "proposed"}


async def test_a_replayed_publication_is_answered_only_to_those_who_may(database_url):
    async with an_office(database_url) as office:
        await office.draft(effective_from="2026-10-20")
        await office.check(2)
        first = await office.served.post(f"{PATH}/2/publish", {}, office.director, key="once")
        replayed = await office.served.post(f"{PATH}/2/publish", {}, office.director, key="once")
        async with office.served.sessions.begin() as session:
            await session.execute(text("DELETE FROM staff_programs"))

        refused = await office.served.post(f"{PATH}/2/publish", {}, office.director, key="once")

        assert replayed.json() == first.json()
        assert refused.status_code == HTTPStatus.FORBIDDEN
