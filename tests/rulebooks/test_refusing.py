"""What can not be used as a rulebook is refused with its file, its line, what is wrong and what was expected; what judges stays."""

from http import HTTPStatus
from typing import Any

import pytest

from tests.rulebooks.office import A_CASE, FLORIDA, PATH, an_office, florida

BOMB = "rulebook: florida\na: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b]\n"
RULES = FLORIDA[: FLORIDA.index("rules:")]
A01 = next(number for number, line in enumerate(FLORIDA.splitlines(), 1) if "A01:" in line)

MISTAKES: dict[str, tuple[str, int | None, str]] = {
    "a typo in a field": (florida(("title: Florida", "titel: Florida")), 4, "titel"),
    "an unknown kind": (RULES + "rules:\n  A01: {kind: thresold}\n", RULES.count("\n") + 2, "thresold"),
    "a number that is text": (florida(("over_cents: 5000}", 'over_cents: "5000"}')), A01, "over_cents"),
    "a share that is none": (florida(("min_clinical_share: 0.48", "min_clinical_share: much")), None, "min_clinical_share"),
    "a key twice": (florida(("rules:\n", "rules:\n  A01: {approver: broker}\n")), None, "A01"),
    "a rule id that is none": (florida(("  A01:", "  a-1:")), A01, "a-1"),
    "a category that is not there": (florida(("caps: {WELL_GYM:", "caps: {WELL_GIM:")), None, "WELL_GIM"),
    "dates in the wrong order": (
        florida(("A01: {params", "A01: {effective_from: 2027-01-01, effective_to: 2026-12-31, params")),
        A01,
        "effective_to",
    ),
    "aliases that grow without end": (BOMB, 2, "anchor"),
    "a rulebook that nobody knows to inherit from": (florida(("inherits: base", "inherits: bass")), 5, "bass"),
    "another name than the path's": (florida(("rulebook: florida", "rulebook: texas")), 2, "texas"),
    "no YAML": ("rulebook: [florida\n", None, "YAML"),
    "nothing": ("# nothing\n", None, ""),
    "a list": ("- florida\n", 1, ""),
}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_is_told_with_its_line_and_nothing_is_kept(sqlite_url, name):
    source, line, word = MISTAKES[name]
    async with an_office(sqlite_url) as office:
        refused = await office.draft(source)

        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, refused.text
        problem = refused.json()
        assert problem["type"] == "/problems/rulebook-refused"
        first = problem["errors"][0]
        assert first["file"] == "florida.yaml"
        assert line is None or first["line"] == line
        assert word in first["message"]
        assert first["expected"]
        assert await office.versions() == [(1, "published")]


async def test_every_mistake_is_told_at_once(sqlite_url):
    async with an_office(sqlite_url) as office:
        source = florida(("over_cents: 5000}", 'over_cents: "5000"}'), ("caps: {WELL_GYM:", "caps: {WELL_GIM:"))

        errors = (await office.draft(source)).json()["errors"]

        assert len(errors) == 2
        assert len({one["line"] for one in errors}) == 2


async def test_a_draft_that_is_too_large_is_refused(sqlite_url):
    async with an_office(sqlite_url) as office:
        long = await office.draft(FLORIDA + "#" * 300_000)
        huge = await office.draft(FLORIDA + "#" * 3_000_000)

        assert (long.status_code, huge.status_code) == (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@pytest.mark.parametrize(
    ("cases", "word"),
    [
        ("cases: &a [x]\nmore: *a\n", "anchor"),
        ("caes: []\n", "cases"),
        ("cases: {}\n", "cases"),
        ("cases: [\n", "YAML"),
        ("just words\n", "cases"),
    ],
)
async def test_cases_that_can_not_be_read_are_refused_with_the_draft(sqlite_url, cases, word):
    async with an_office(sqlite_url) as office:
        refused = await office.draft(cases=cases)

        assert refused.json()["type"] == "/problems/rulebook-refused"
        assert refused.json()["errors"][0]["file"] == "florida.cases.yaml"
        assert word in refused.json()["errors"][0]["message"]


async def test_fixtures_that_can_not_be_read_are_refused_with_the_draft(sqlite_url):
    async with an_office(sqlite_url) as office:
        refused = await office.draft(fixtures="member: {}\n")

        assert refused.json()["errors"][0]["file"] == "florida.fixtures.yaml"


async def test_a_case_that_makes_no_sense_fails_the_check(sqlite_url):
    async with an_office(sqlite_url) as office:
        await office.draft(cases=A_CASE.replace("FL-M1", "FL-NOBODY") + A_CASE.removeprefix("cases:\n"))

        report = (await office.check(2)).json()["check"]

        assert not report["passed"]
        assert any("FL-NOBODY" in one["problem"] or "L001" in one["problem"] for one in report["problems"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source": ""},
        {"source": 5},
        {"source": FLORIDA, "effective_from": "soon"},
        {"source": FLORIDA, "effective_from": "1999-01-01"},
        {"source": FLORIDA, "author": "me"},
        {"source": "rulebook: florida\x00"},
    ],
    ids=["nothing", "no text", "a number", "no day", "too early", "an unknown field", "a NUL"],
)
async def test_a_draft_of_another_form_is_refused(sqlite_url, body: dict[str, Any]):
    async with an_office(sqlite_url) as office:
        refused = await office.served.post(PATH, body, office.director)

        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert await office.versions() == [(1, "published")]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nevada/versions/1/check", HTTPStatus.NOT_FOUND),
        ("florida/versions/7/check", HTTPStatus.NOT_FOUND),
        ("florida/versions/7/publish", HTTPStatus.NOT_FOUND),
        ("florida/versions/1/publish", HTTPStatus.NOT_FOUND),
        ("florida/versions/0/publish", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("Flor-ida/versions/1/publish", HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
async def test_what_is_no_draft_is_not_found(sqlite_url, path, status):
    async with an_office(sqlite_url) as office:
        assert (await office.served.post(f"/v1/rulebooks/{path}", {}, office.admin)).status_code == status


async def test_programs_can_not_choose_an_abstract_rulebook(sqlite_url):
    async with an_office(sqlite_url) as office:
        payer = (await office.served.post("/v1/payers", {"name": "A county"}, office.admin)).json()
        program = {
            "name": "Care",
            "payer_id": payer["id"],
            "rulebook": "base",
            "time_zone": "America/New_York",
            "period": {"starts_on": "2026-07-01", "ends_on": "2027-06-30"},
            "release": "annual",
            "notice_profile": "fee_for_service",
        }

        refused = await office.served.post("/v1/programs", program, office.admin)

        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert refused.json()["errors"][0]["field"] == "rulebook"
        assert "abstract" in refused.json()["errors"][0]["message"]
