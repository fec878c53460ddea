"""The worker releases what became due, by each program's own day, once."""

import asyncio
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ledger
from sdc.budgets.allocating import allocate_budget
from sdc.budgets.model import Budget
from sdc.budgets.release import release_due
from sdc.budgets.releasing import release_sweep
from sdc.clock import local_date
from sdc.config import Settings
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.outbox.work import Work
from sdc.programs.model import Release
from tests.builders import KEYS, NOON, SOMEBODY, YEAR, a_budget, a_house, balances_of
from tests.serving import StandingClock, serving

NO_RAIL: Any = None

NEW_YEAR_IN_LONDON = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
NEW_YEAR_IN_FLORIDA = datetime(2027, 1, 1, 5, 30, tzinfo=UTC)


async def test_a_quarter_is_released_on_its_first_day_in_florida_and_not_in_london(database_url):
    async with serving(database_url) as here:
        budget = await a_budget(here.sessions, await a_house(here.sessions), amount_cents=319_200)

        here.clock.at = NEW_YEAR_IN_LONDON
        early = await release_sweep(here.work)
        here.clock.at = NEW_YEAR_IN_FLORIDA
        due = await release_sweep(here.work)
        again = await release_sweep(here.work)

        assert (early, due, again) == (0, 1, 0)
        assert await balances_of(here.sessions, budget) == {"unreleased": 79_800, "available": 239_400, "encumbered": 0, "saved": 0}


async def test_a_worker_that_slept_for_months_releases_all_that_became_due(database_url):
    async with serving(database_url) as here:
        house = await a_house(here.sessions, release=Release.MONTHLY)
        budget = await a_budget(here.sessions, house, amount_cents=100_003)

        here.clock.move(days=300)
        done = await release_sweep(here.work)

        assert done == 1
        assert (await balances_of(here.sessions, budget))["available"] == 100_003


async def test_many_budgets_are_released_in_more_than_one_transaction(sqlite_url):
    async with serving(sqlite_url) as here:
        house = await a_house(here.sessions)
        async with here.sessions.begin() as session:
            budgets = [
                await allocate_budget(
                    session,
                    house.member,
                    id=new_id(),
                    funding_source_id=house.source.id,
                    amount_cents=1_000,
                    starts_on=YEAR[0],
                    ends_on=YEAR[1],
                    by=SOMEBODY,
                    at=NOON,
                )
                for _ in range(105)
            ]

        here.clock.at = NEW_YEAR_IN_FLORIDA
        done = await release_sweep(here.work)

        assert done == 105
        assert {(await balances_of(here.sessions, budget))["available"] for budget in (budgets[0], budgets[-1])} == {750}


async def test_two_workers_and_a_request_release_a_period_once(database_url):
    async with serving(database_url) as here:
        budget = await a_budget(here.sessions, await a_house(here.sessions), amount_cents=319_200)
        here.clock.at = NEW_YEAR_IN_FLORIDA

        async def by_a_request():
            async with here.sessions.begin() as session:
                locked = await session.get_one(Budget, budget.id, with_for_update=True)
                return await release_due(session, locked, today=date(2027, 1, 1), at=here.clock.now())

        await asyncio.gather(release_sweep(here.work), by_a_request(), release_sweep(here.work), by_a_request())

        assert (await balances_of(here.sessions, budget))["available"] == 239_400
        async with here.sessions.read() as session:
            assert (await ledger.verify(session, budget.program_id)).ok


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    allocated_cents=st.integers(1, 1_000_000),
    release=st.sampled_from(Release),
    waits=st.lists(st.integers(1, 120), min_size=1, max_size=5),
)
def test_whenever_the_worker_comes_the_books_hold_the_cumulative_share(sqlite_url, allocated_cents, release, waits):
    async def story():
        sessions, clock = Sessions(a_copy_of(sqlite_url)), StandingClock()
        work = Work(sessions=sessions, clock=clock, keyring=KEYS, settings=Settings(), rail=NO_RAIL)
        house = await a_house(sessions, release=release)
        budget = await a_budget(sessions, house, amount_cents=allocated_cents)
        for days in waits:
            clock.move(days=days)
            await release_sweep(work)
            async with sessions.read() as session:
                stands = await session.get_one(Budget, budget.id)
            held = await balances_of(sessions, budget)

            assert held["available"] == allocated_cents * stands.released_periods // stands.periods
            assert held["available"] + held["unreleased"] == allocated_cents
            is_over = local_date(clock.now(), house.program.time_zone) > stands.ends_on
            assert not is_over or held["available"] == allocated_cents
        await sessions.close()

    asyncio.run(story())


def a_copy_of(sqlite_url):
    path = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///"))
    copy = path.with_name(f"{uuid4().hex}.db")
    shutil.copyfile(path, copy)
    return f"sqlite+aiosqlite:///{copy}"


def test_a_day_is_a_day_where_the_program_is():
    assert local_date(NEW_YEAR_IN_FLORIDA - timedelta(hours=1), "America/New_York") == date(2026, 12, 31)
