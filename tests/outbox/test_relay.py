"""A job is done at least once, by one worker at a time, and a lease that ran out takes nothing with it."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from sdc.clock import machine_now
from sdc.database import Sessions
from sdc.ids import new_id
from sdc.outbox import Job, enqueue
from sdc.outbox.relay import LEASE, finish_job, lease_jobs, postpone_job
from tests.serving import NOON


async def a_job(sessions, *, due=NOON, name="greet"):
    async with sessions.begin() as session:
        enqueue(session, name, new_id(), at=due)


async def leased(sessions, *, limit=10, at=NOON, machine_at=None):
    async with sessions.begin() as session:
        return await lease_jobs(session, limit=limit, at=at, machine_at=machine_at or machine_now())


async def test_a_job_is_leased_once_until_its_lease_ends(database_url):
    sessions = Sessions(database_url)
    await a_job(sessions)
    now = machine_now()

    (mine,) = await leased(sessions, machine_at=now)
    nobody = await leased(sessions, machine_at=now + LEASE - timedelta(seconds=1))
    (theirs,) = await leased(sessions, machine_at=now + LEASE)

    assert nobody == []
    assert (mine.id, mine.fence + 1) == (theirs.id, theirs.fence)
    await sessions.close()


async def test_moving_the_program_s_clock_does_not_end_a_lease(database_url):
    sessions = Sessions(database_url)
    await a_job(sessions)
    await leased(sessions)

    assert await leased(sessions, at=NOON + timedelta(days=365)) == []
    await sessions.close()


async def test_a_worker_whose_lease_went_to_another_cannot_end_the_job(database_url):
    sessions = Sessions(database_url)
    await a_job(sessions)
    (late,) = await leased(sessions)
    (newer,) = await leased(sessions, machine_at=machine_now() + LEASE)

    async with sessions.begin() as session:
        assert not await finish_job(session, late, at=NOON)
        assert await finish_job(session, newer, at=NOON)
    assert await leased(sessions, machine_at=machine_now() + 2 * LEASE) == []
    await sessions.close()


async def test_a_job_that_failed_comes_back_after_a_pause_that_doubles(database_url):
    sessions = Sessions(database_url)
    await a_job(sessions)
    pauses, at = [], NOON
    for _ in range(4):
        (job,) = await leased(sessions, at=at)
        async with sessions.begin() as session:
            await postpone_job(session, job, error="BusyError", at=at)
        async with sessions.read() as session:
            due = (await session.scalars(select(Job.due_at))).one()
        pauses.append((due - at).total_seconds())
        at = due

    assert pauses == [1, 2, 4, 8]
    await sessions.close()


async def test_nothing_is_leased_before_it_is_due(database_url):
    sessions = Sessions(database_url)
    await a_job(sessions, due=NOON + timedelta(seconds=1))

    assert await leased(sessions, at=NOON) == []
    assert len(await leased(sessions, at=NOON + timedelta(seconds=1))) == 1
    await sessions.close()


async def test_many_workers_lease_every_job_exactly_once(database_url):
    sessions = Sessions(database_url)
    async with sessions.begin() as session:
        for _ in range(40):
            enqueue(session, "greet", new_id(), at=NOON)

    batches = await asyncio.gather(*(leased(sessions, limit=5) for _ in range(12)))

    ids = [job.id for batch in batches for job in batch]
    assert len(ids) == len(set(ids))
    assert len(ids) + len(await leased(sessions, limit=100)) == 40
    await sessions.close()
