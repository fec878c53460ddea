"""Allocating a budget moves money of a source to a member, and what is due can be spent at once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

import ledger
from sdc.books import chart
from sdc.budgets.allocating import allocate_budget
from sdc.budgets.model import Budget
from sdc.database import Sessions
from sdc.errors import FundingShortError, InvalidFieldError, NotFoundError
from sdc.journal import Event
from sdc.programs.model import Release
from tests.builders import NOON, SOMEBODY, YEAR, a_budget, a_funding_source, a_house, a_program, balances_of, count_of


@pytest.fixture
async def sessions(database_url):
    opened = Sessions(database_url)
    yield opened
    await opened.close()


async def test_a_budget_in_its_second_quarter_has_half_of_its_money_available(sessions):
    house = await a_house(sessions, release=Release.QUARTERLY)

    budget = await a_budget(sessions, house, amount_cents=319_200)

    assert await balances_of(sessions, budget) == {"unreleased": 159_600, "available": 159_600, "encumbered": 0, "saved": 0}
    assert (budget.periods, budget.released_periods, budget.next_release_on) == (4, 2, date(2027, 1, 1))


async def test_an_annual_budget_is_available_at_once(sessions):
    house = await a_house(sessions, release=Release.ANNUAL)

    budget = await a_budget(sessions, house, amount_cents=100_001)

    assert (await balances_of(sessions, budget))["available"] == 100_001
    assert budget.next_release_on is None


async def test_a_budget_of_next_year_waits_for_its_first_day(sessions):
    house = await a_house(sessions)

    budget = await a_budget(sessions, house, period=(date(2027, 7, 1), date(2028, 6, 30)))

    assert (await balances_of(sessions, budget))["available"] == 0
    assert budget.next_release_on == date(2027, 7, 1)


async def test_a_budget_of_one_cent_is_released_to_the_cent(sessions):
    house = await a_house(sessions, release=Release.MONTHLY)

    budget = await a_budget(sessions, house, amount_cents=1)

    assert await balances_of(sessions, budget) == {"unreleased": 1, "available": 0, "encumbered": 0, "saved": 0}


async def test_each_release_is_effective_on_its_first_day_or_on_the_day_of_the_allocation(sessions):
    house = await a_house(sessions, release=Release.MONTHLY)
    late = NOON + timedelta(days=40)

    budget = await a_budget(sessions, house, amount_cents=120_000, at=late)

    async with sessions.read() as session:
        page = await ledger.entries(session, house.program.id, subject=budget.id, limit=100)
    posted = {one.entry.kind: one.entry.effective_on for one in page.entries}
    assert posted == {"allocation": date(2026, 11, 24), "release": date(2026, 11, 24)}
    assert (await balances_of(sessions, budget))["available"] == 50_000


async def test_allocation_takes_from_its_source_and_nothing_else(sessions):
    house = await a_house(sessions, funded_cents=400_000)

    await a_budget(sessions, house, amount_cents=319_200)

    async with sessions.read() as session:
        assert await ledger.balance(session, chart.account_id(house.program.id, chart.funding(house.source.id))) == 80_800


async def test_a_period_that_ends_before_it_starts_is_refused(sessions):
    house = await a_house(sessions)

    with pytest.raises(InvalidFieldError, match="ends_on"):
        await a_budget(sessions, house, period=(YEAR[1], YEAR[0]))

    assert await count_of(sessions, Budget) == 0


async def test_a_period_of_more_than_ten_years_is_refused(sessions):
    house = await a_house(sessions)

    with pytest.raises(InvalidFieldError, match="ten years"):
        await a_budget(sessions, house, period=(date(2026, 1, 1), date(2036, 1, 2)))


async def test_a_source_that_is_not_there_is_refused(sessions):
    house = await a_house(sessions)

    with pytest.raises(NotFoundError, match="funding source"):
        async with sessions.begin() as session:
            await allocate_budget(
                session,
                house.member,
                id=uuid4(),
                funding_source_id=uuid4(),
                amount_cents=1,
                starts_on=YEAR[0],
                ends_on=YEAR[1],
                by=SOMEBODY,
                at=NOON,
            )


async def test_a_source_of_another_program_is_refused(sessions):
    house = await a_house(sessions)
    other = await a_funding_source(sessions, await a_program(sessions))

    with pytest.raises(InvalidFieldError, match="funding_source_id"):
        async with sessions.begin() as session:
            await allocate_budget(
                session,
                house.member,
                id=uuid4(),
                funding_source_id=other.id,
                amount_cents=1,
                starts_on=YEAR[0],
                ends_on=YEAR[1],
                by=SOMEBODY,
                at=NOON,
            )


async def test_more_than_the_source_holds_is_refused_and_nothing_is_written(sessions):
    house = await a_house(sessions, funded_cents=319_199)
    events = await count_of(sessions, Event)

    with pytest.raises(FundingShortError) as refusal:
        await a_budget(sessions, house, amount_cents=319_200)

    assert (refusal.value.available_cents, refusal.value.required_cents) == (319_199, 319_200)
    assert (await count_of(sessions, Budget), await count_of(sessions, Event)) == (0, events)
