"""A run goes through everybody, part by part, goes on where it stopped, and one vendor that can not be read keeps nobody waiting."""

from datetime import date

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.ids import new_id
from sdc.jobs import drain
from sdc.journal import Event
from sdc.marketplace.events import Actor
from sdc.marketplace.people import Disclosed, add_person
from sdc.marketplace.screening import asking, running
from sdc.marketplace.screening.running import go_on, start_run
from tests.builders import KEYS, NOON, a_program
from tests.marketplace.screening.lists import a_leie, a_row, imported
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor
from vendors import PersonKind, Vendor, VendorPerson
from vendors.screening import RunState, ScreeningMatch, ScreeningRun


@pytest.fixture
async def served(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        yield served


async def many(served, count):
    program = await a_program(served.sessions)
    return [await a_vendor(served.sessions, program, name=f"Shop number {number}", screened_on=None) for number in range(count)]


async def screened(served):
    async with served.sessions.read() as session:
        return [vendor.screened_on for vendor in await session.scalars(select(Vendor).order_by(Vendor.id))]


async def the_run(served, run_id):
    async with served.sessions.read() as session:
        return await session.get_one(ScreeningRun, run_id)


async def test_a_run_that_stopped_goes_on_after_the_last_part_that_was_done(served, monkeypatch):
    monkeypatch.setattr(running, "AT_ONCE", 2)
    await many(served, 5)
    await imported(served.sessions, a_leie(a_row(business="SHOP NUMBER 3")))
    async with served.sessions.begin() as session:
        run = await start_run(session, id=new_id(), because="asked", by=None, at=NOON)

    assert await go_on(served.sessions, run.id, KEYS, at=NOON) == 2
    assert [day is not None for day in await screened(served)] == [True, True, False, False, False]
    assert (await the_run(served, run.id)).vendors_done == 2

    await drain(served.work)  # another worker

    done = await the_run(served, run.id)
    assert (done.state, done.vendors_done, done.subjects_done, done.matches_found) == (RunState.COMPLETE, 5, 5, 1)
    assert [day is not None for day in await screened(served)] == [True, True, True, False, True]  # one waits for a person


async def test_two_workers_at_the_same_part_ask_each_question_once(served):
    await many(served, 2)
    await imported(served.sessions, a_leie(a_row(business="SHOP NUMBER 0"), a_row(business="SHOP NUMBER 0")))
    async with served.sessions.begin() as session:
        run = await start_run(session, id=new_id(), because="asked", by=None, at=NOON)

    await running.look_up(served.sessions, [vendor_id async for vendor_id in ids(served)], KEYS, at=NOON)
    await go_on(served.sessions, run.id, KEYS, at=NOON)

    async with served.sessions.read() as session:
        assert len((await session.scalars(select(ScreeningMatch))).all()) == 1  # the same row twice on a list is one


async def test_who_is_named_while_the_lists_are_asked_is_looked_up_before_the_vendor_counts_as_screened(served, monkeypatch):
    [vendor] = await many(served, 1)
    await imported(served.sessions, a_leie(a_row("PEREZ", "ANA", born="19700314")))

    async def ask_while_somebody_is_named(lists, subjects):
        monkeypatch.undo()
        async with served.sessions.begin() as session:
            known = await session.get_one(Vendor, vendor.id, with_for_update=True)
            said = Disclosed("Ana Perez", PersonKind.OWNER, born_on=date(1970, 3, 14))
            await add_person(session, known, said, id=new_id(), actor=Actor(vendor.id, Role.VENDOR, KEYS), at=NOON)
        return await asking.ask(lists, subjects)

    monkeypatch.setattr(running, "ask", ask_while_somebody_is_named)
    await running.look_up(served.sessions, [vendor.id], KEYS, at=NOON)
    assert await screened(served) == [None]

    await drain(served.work)

    async with served.sessions.read() as session:
        assert (await session.get_one(Vendor, vendor.id)).on_leie


async def ids(served):
    async with served.sessions.read() as session:
        for vendor_id in await session.scalars(select(Vendor.id)):
            yield vendor_id


async def test_a_list_that_nobody_renews_calls_a_person_once(served):
    await imported(served.sessions, a_leie(a_row("PEREZ", "ANA")))
    for _ in range(3):
        await drain(served.work)
        served.clock.move(days=30)

    async with served.sessions.read() as session:
        alarms = (await session.scalars(select(Event).where(Event.kind == "alarm.exclusion_list_aged"))).all()
    assert [alarm.data for alarm in alarms] == [{"list": "leie", "list_date": "2026-10-10"}]


async def test_a_newer_run_takes_the_place_of_one_that_is_on(served):
    await many(served, 1)
    runs = []
    for _ in range(2):
        async with served.sessions.begin() as session:
            runs.append(await start_run(session, id=new_id(), because="asked", by=None, at=NOON))

    assert (await the_run(served, runs[0].id)).state is RunState.REPLACED
    assert await go_on(served.sessions, runs[0].id, KEYS, at=NOON) == 0
    await drain(served.work)
    assert (await the_run(served, runs[1].id)).state is RunState.COMPLETE
    assert await screened(served) == [None]  # there is no list


async def test_one_vendor_whose_people_can_not_be_read_keeps_no_other_waiting(served):
    vendors = await many(served, 3)
    async with served.sessions.begin() as session:
        broken = {"name_sealed": b"\x01 not sealed by us", "mark": "m", "added_at": NOON}
        session.add(VendorPerson(id=new_id(), vendor_id=vendors[1].id, kind=PersonKind.OWNER, **broken))
    await imported(served.sessions, a_leie(a_row("PEREZ", "ANA")))

    await drain(served.work)

    assert await screened(served) == [date(2026, 10, 15), None, date(2026, 10, 15)]
