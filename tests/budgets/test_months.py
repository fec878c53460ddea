"""Earned funds: a baseline, months that are closed against it, and what stays below it is the member's, to the cent and corrected."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

import pytest
from sqlalchemy import select

import ledger
from sdc.auth.principal import Role
from sdc.budgets.model import Baseline, Budget, MonthClose
from sdc.journal import Event
from sdc.programs.model import Release
from tests.builders import House, a_house, a_member, a_staff, an_approved_plan, balances_of, count_of
from tests.rejudging import rejudge
from tests.serving import Serving, serving
from tests.shops import a_vendor, an_offering

YEAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))


@dataclass
class Fund:
    """A program of Pennsylvania, who is in it, and tokens."""

    here: Serving
    house: House
    admin: str
    member: str
    payer: str
    director: str

    @property
    def path(self) -> str:
        """Name the member."""
        return f"/v1/members/{self.house.member.id}"

    async def baseline(self, token=None, **changes):
        """Set a baseline of $1,200 a month."""
        body = {
            "monthly_cents": 120_000,
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
            "funding_source_id": str(self.house.source.id),
        }
        sent = {name: value for name, value in (body | changes).items() if value is not ...}
        return await self.here.post(f"{self.path}/baselines", sent, token or self.admin)

    async def close(self, month, actual_cents, token=None, *, key=None):
        """Close a month."""
        return await self.here.post(f"{self.path}/months", {"month": month, "actual_cents": actual_cents}, token or self.payer, key=key)

    async def correct(self, close, actual_cents, token=None):
        """Correct a closed month."""
        return await self.here.post(f"/v1/months/{close['id']}/correct", {"actual_cents": actual_cents}, token or self.admin)

    async def budget(self):
        """Read the one budget."""
        async with self.here.sessions.read() as session:
            return (await session.scalars(select(Budget))).one()

    async def available(self):
        """Read what is available."""
        return (await balances_of(self.here.sessions, await self.budget()))["available"]

    async def asks(self, cents, *, token=None):
        """Ask for a class at a price, under an approved plan."""
        sessions = self.here.sessions
        if not hasattr(self, "_shop"):
            self._plan = await an_approved_plan(
                sessions, self.house.member, goals={"education": "Learn"}, lines={"EDUC_CLASS": 100_000}, span=YEAR_2026
            )
            vendor = await a_vendor(sessions, self.house.program, categories=["EDUC_CLASS"])
            self._shop = await an_offering(sessions, vendor, category="EDUC_CLASS", title="Pottery", unit_price_cents=1_000)
        body = {
            "member_id": str(self.house.member.id),
            "budget_id": str((await self.budget()).id),
            "vendor_id": str(self._shop.vendor_id),
            "offering_id": str(self._shop.id),
            "goal_id": self._plan.goals[0]["id"],
            "unit_price_cents": cents,
        }
        return (await self.here.post("/v1/purchases", body, token or self.member)).json()


class AFund:
    """Serve a fund on a database; at the end its books are verified and its decisions made again."""

    def __init__(self, url, *, release=Release.EARNED, funded_cents=1_000_000, rulebook="pennsylvania_crif"):
        self.url, self.given = url, {"release": release, "funded_cents": funded_cents, "rulebook": rulebook, "period": YEAR_2026}

    async def __aenter__(self) -> Fund:
        self.context = serving(self.url)
        here = self.here = await self.context.__aenter__()
        house = await a_house(here.sessions, **self.given)
        async with here.sessions.begin() as session:
            house.member.eligible_from, house.member.eligible_to = YEAR_2026
            session.add(house.member)
        officer = await a_staff(here.sessions, Role.PAYER, payer_id=house.program.payer_id)
        director = await a_staff(here.sessions, Role.DIRECTOR, program_ids=[house.program.id])
        return Fund(
            here,
            house,
            admin=await here.token(Role.ADMIN),
            member=await here.token(Role.MEMBER, house.member.id),
            payer=await here.token(Role.PAYER, officer.id),
            director=await here.token(Role.DIRECTOR, director.id),
        )

    async def __aexit__(self, *error):
        if error[0] is None:
            async with self.here.sessions.read() as session:
                verified = await ledger.verify(session)
            assert verified.ok, verified.faults
            await rejudge(self.here.sessions, self.here.keyring)
        await self.context.__aexit__(*error)


async def test_a_budget_begins_with_nothing_and_grows_with_each_closed_month(database_url):
    async with AFund(database_url) as fund:
        baseline = await fund.baseline()
        assert (baseline.status_code, await fund.available()) == (HTTPStatus.CREATED, 0)

        closed = [await fund.close(*month) for month in (("2026-01", 95_000), ("2026-02", 130_000), ("2026-03", 101_800))]

        assert [(one.status_code, one.json()["earned_cents"]) for one in closed] == [(201, 25_000), (201, 0), (201, 18_200)]
        budget = (await fund.here.get(f"{fund.path}/budgets", fund.member)).json()["items"][0]
        assert (budget["allocated_cents"], budget["available_cents"], budget["unreleased_cents"], budget["release"]) == (
            43_200,
            43_200,
            0,
            "earned",
        )
        assert baseline.json()["budget_id"] == budget["id"]


async def test_the_rules_count_what_closed_months_have_earned(database_url):
    async with AFund(database_url) as fund:
        await fund.baseline()
        nothing = await fund.asks(1_000)
        await fund.close("2026-01", 114_000)

        enough, too_much = await fund.asks(6_000), await fund.asks(1)

        assert [one["rule"] for one in nothing["decision"]["findings"]] == ["B09"]
        assert (enough["state"], too_much["state"]) == ("approved", "denied")
        assert [one["rule"] for one in too_much["decision"]["findings"] if one["severity"] == "deny"] == ["B09"]
        assert not any("could not check" in one["message"] for one in too_much["decision"]["findings"])
        assert await fund.available() == 0


async def test_where_money_is_allocated_months_are_facts_for_the_rules_alone(sqlite_url):
    async with AFund(sqlite_url, release=Release.ANNUAL) as fund:
        refused = await fund.baseline()
        made = await fund.baseline(funding_source_id=...)
        await fund.close("2026-01", 95_000)

        assert [one["field"] for one in refused.json()["errors"]] == ["funding_source_id"]
        assert (made.json()["budget_id"], await count_of(fund.here.sessions, Budget)) == (None, 0)


async def test_a_correction_adds_what_was_missing_and_keeps_what_was_said(database_url):
    async with AFund(database_url) as fund:
        await fund.baseline()
        close = (await fund.close("2026-01", 100_000)).json()

        corrected = await fund.correct(close, 90_000)
        again = await fund.correct(close, 80_000)

        assert (corrected.status_code, corrected.json()["earned_cents"], corrected.json()["replaces_id"]) == (201, 30_000, close["id"])
        assert again.status_code == HTTPStatus.CONFLICT
        assert await fund.available() == 30_000
        months = (await fund.here.get(f"{fund.path}/months", fund.member)).json()["items"]
        assert [(one["actual_cents"], one["replaced_at"] is None) for one in months] == [(90_000, True), (100_000, False)]
        assert (await fund.close("2026-01", 1)).status_code == HTTPStatus.CONFLICT


async def test_a_correction_takes_back_only_what_is_still_available(database_url):
    async with AFund(database_url) as fund:
        await fund.baseline()
        close = (await fund.close("2026-01", 100_000)).json()
        assert (await fund.asks(7_000))["state"] == "approved"  # of 20,000

        too_much = await fund.correct(close, 113_001)
        assert (too_much.status_code, too_much.json()["type"]) == (HTTPStatus.CONFLICT, "/problems/funding-short")
        assert await fund.available() == 13_000
        less = await fund.correct(close, 107_000)
        rest = await fund.correct(less.json(), 113_000)

        assert (less.json()["earned_cents"], rest.json()["earned_cents"]) == (13_000, 7_000)
        assert await fund.available() == 0
        assert (await fund.budget()).allocated_cents == 7_000


async def test_a_correction_may_take_back_all_of_it(database_url):
    async with AFund(database_url) as fund:
        await fund.baseline()
        close = (await fund.close("2026-01", 100_000)).json()

        assert (await fund.correct(close, 10**10)).json()["earned_cents"] == 0
        assert ((await fund.budget()).allocated_cents, await fund.available()) == (0, 0)


async def test_a_month_closes_sixty_days_after_its_end_and_not_before(sqlite_url):
    async with AFund(sqlite_url) as fund:
        await fund.baseline()

        early = await fund.close("2026-08", 1)  # it is October 15: August closes on the 30th
        in_time = await fund.close("2026-07", 119_999)
        fund.here.clock.move(days=15)
        then = await fund.close("2026-08", 119_999)

        assert "2026-10-30" in early.json()["errors"][0]["message"]
        assert [one.status_code for one in (early, in_time, then)] == [422, 201, 201]


async def test_more_than_the_source_holds_is_not_earned(database_url):
    async with AFund(database_url, funded_cents=20_000) as fund:
        await fund.baseline()

        short = await fund.close("2026-01", 99_999)

        assert (short.status_code, await count_of(fund.here.sessions, MonthClose), await fund.available()) == (HTTPStatus.CONFLICT, 0, 0)
        assert (await fund.close("2026-01", 100_000)).status_code == HTTPStatus.CREATED


@pytest.mark.parametrize(
    ("month", "actual_cents", "field"),
    [
        ("2026-13", 1, "month"),
        ("2026-1", 1, "month"),
        ("2026-01-01", 1, "month"),
        (202601, 1, "month"),
        ("2025-12", 1, "month"),  # before the baseline
        ("2027-01", 1, "month"),  # after it
        ("2026-01", -1, "actual_cents"),
        ("2026-01", 10**10 + 1, "actual_cents"),
        ("2026-01", 1.5, "actual_cents"),
        ("2026-01", None, "actual_cents"),
    ],
)
async def test_what_can_not_be_a_month_is_refused(sqlite_url, month, actual_cents, field):
    async with AFund(sqlite_url) as fund:
        await fund.baseline()

        response = await fund.close(month, actual_cents)

        assert (response.status_code, response.json()["errors"][0]["field"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, field)
        assert await count_of(fund.here.sessions, MonthClose) == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"monthly_cents": -1}, 422),
        ({"monthly_cents": 10**10 + 1}, 422),
        ({"ends_on": "2025-12-31"}, 422),
        ({"ends_on": "2199-12-31"}, 422),
        ({"funding_source_id": ...}, 422),
        ({"funding_source_id": "00000000-0000-7000-8000-00000000abcd"}, 404),
        ({"monthly": 1}, 422),
    ],
)
async def test_what_can_not_be_a_baseline_is_refused(sqlite_url, changes, status):
    async with AFund(sqlite_url) as fund:
        assert (await fund.baseline(**changes)).status_code == status
        assert await count_of(fund.here.sessions, Baseline) == await count_of(fund.here.sessions, Budget) == 0


async def test_a_baseline_of_another_programs_source_and_one_too_many_are_refused(sqlite_url):
    async with AFund(sqlite_url) as fund:
        other = await a_house(fund.here.sessions)

        elsewhere = await fund.baseline(funding_source_id=str(other.source.id))
        await fund.baseline()
        twice = await fund.baseline(starts_on="2026-12-31", ends_on="2027-12-31")
        next_year = await fund.baseline(starts_on="2027-01-01", ends_on="2027-12-31")

        assert [one.status_code for one in (elsewhere, twice, next_year)] == [422, 409, 201]


async def test_a_baseline_is_corrected_only_until_a_month_is_closed_against_it(sqlite_url):
    async with AFund(sqlite_url) as fund:
        path = f"/v1/baselines/{(await fund.baseline(monthly_cents=12_000)).json()['id']}/correct"

        corrected = await fund.here.post(path, {"monthly_cents": 120_000}, fund.director)
        await fund.close("2026-01", 95_000)
        late = await fund.here.post(path, {"monthly_cents": 130_000}, fund.director)

        assert (corrected.json()["monthly_cents"], late.status_code, await fund.available()) == (120_000, HTTPStatus.CONFLICT, 25_000)
        assert (await fund.here.get(f"{fund.path}/baselines", fund.member)).json()["items"][0]["monthly_cents"] == 120_000


async def test_each_role_may_do_its_part_and_other_members_are_not_there(sqlite_url):
    async with AFund(sqlite_url) as fund:
        await fund.baseline()
        close = (await fund.close("2026-01", 95_000)).json()
        broker = await fund.here.token(Role.BROKER, fund.house.broker.id)
        others = [fund.member, broker, await fund.here.token(Role.AUDITOR), await fund.here.token(Role.VENDOR)]
        neighbour = await fund.here.token(Role.MEMBER, (await a_member(fund.here.sessions, fund.house.program)).id)
        far = await a_house(fund.here.sessions)
        far_payer = await fund.here.token(Role.PAYER, (await a_staff(fund.here.sessions, Role.PAYER, payer_id=far.program.payer_id)).id)

        forbidden = [
            await act for token in others for act in (fund.close("2026-02", 1, token), fund.correct(close, 1, token), fund.baseline(token))
        ]
        hidden = [
            await fund.close("2026-02", 1, far_payer),
            await fund.correct(close, 1, far_payer),
            await fund.here.get(f"{fund.path}/months", neighbour),
            await fund.here.get(f"{fund.path}/baselines", far_payer),
        ]

        assert {one.status_code for one in forbidden} == {HTTPStatus.FORBIDDEN}
        assert {one.status_code for one in hidden} == {HTTPStatus.NOT_FOUND}
        assert (await fund.here.get(f"{fund.path}/months", broker)).json()["items"][0]["id"] == close["id"]
        assert (await fund.here.get(f"{fund.path}/months", others[3])).status_code == HTTPStatus.FORBIDDEN


async def test_a_month_that_many_close_at_once_is_closed_once(database_url):
    async with AFund(database_url) as fund:
        await fund.baseline()

        answers = await asyncio.gather(*(fund.close("2026-01", 95_000) for _ in range(8)))

        assert Counter(answer.status_code for answer in answers) == {HTTPStatus.CREATED: 1, HTTPStatus.CONFLICT: 7}
        assert await fund.available() == 25_000


async def test_one_key_closes_one_month(database_url):
    async with AFund(database_url) as fund:
        await fund.baseline()

        first, again = await fund.close("2026-01", 95_000, key="jan"), await fund.close("2026-01", 95_000, key="jan")
        other = await fund.close("2026-02", 95_000, key="jan")

        assert (again.json(), again.headers["idempotency-replayed"], other.status_code) == (first.json(), "true", 422)


async def test_the_journal_tells_each_close_and_each_correction(sqlite_url):
    async with AFund(sqlite_url) as fund:
        await fund.baseline()
        await fund.correct((await fund.close("2026-01", 95_000)).json(), 96_000)

        async with fund.here.sessions.read() as session:
            events = [
                one for one in await session.scalars(select(Event).order_by(Event.id)) if one.kind.startswith(("month.", "baseline."))
            ]

        assert [one.kind for one in events] == ["baseline.set", "month.closed", "month.corrected"]
        assert (events[2].data["before_cents"], events[2].data["earned_cents"]) == (25_000, 24_000)


async def test_a_program_releases_as_it_says_or_else_as_its_rulebook(sqlite_url):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        admin = await here.token(Role.ADMIN)
        body = {
            "name": "Fund",
            "payer_id": str(house.program.payer_id),
            "time_zone": "America/New_York",
            "period": {"starts_on": "2026-01-01", "ends_on": "2026-12-31"},
            "notice_profile": "managed_care",
        }

        made = [
            (await here.post("/v1/programs", body | changes, admin)).json()["release"]
            for changes in (
                {"rulebook": "pennsylvania_crif"},
                {"rulebook": "florida"},
                {"rulebook": "texas"},
                {"rulebook": "florida", "release": "monthly"},
                {"rulebook": "pennsylvania_crif", "release": "annual"},
            )
        ]

        assert made == ["earned", "quarterly", "annual", "monthly", "annual"]
