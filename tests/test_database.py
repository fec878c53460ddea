"""A full disk is told as a wait, nothing is half written, and everything can still be read."""

from http import HTTPStatus

import pytest
from sqlalchemy import text

from sdc.auth.principal import Role
from sdc.database import Sessions
from sdc.errors import BusyError
from tests.builders import a_house
from tests.serving import serving


async def limit_pages(sessions, pages):
    """Let the file grow to so many pages, as a full disk would; 0 tells how many there are."""
    async with sessions.begin() as session:
        count = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count = {pages or count}"))
        return count


async def test_what_does_not_fit_is_refused_and_what_is_there_stays(sqlite_url):
    sessions = Sessions(sqlite_url)
    async with sessions.begin() as session:
        await session.execute(text("CREATE TABLE papers (content BLOB)"))
        await session.execute(text("INSERT INTO papers VALUES (zeroblob(10))"))
    pages = await limit_pages(sessions, 0)

    with pytest.raises(BusyError):
        async with sessions.begin() as session:
            await session.execute(text("INSERT INTO papers VALUES (zeroblob(10000000))"))

    async with sessions.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM papers")) == 1
    await limit_pages(sessions, pages + 10_000)
    async with sessions.begin() as session:
        await session.execute(text("INSERT INTO papers VALUES (zeroblob(10000000))"))
    await sessions.close()


async def test_a_request_on_a_full_disk_is_asked_to_come_again(sqlite_url):
    async with serving(sqlite_url) as here:
        await a_house(here.sessions)
        admin = await here.token(Role.ADMIN)
        await limit_pages(here.sessions, 0)
        answers = [await here.post("/v1/payers", {"name": f"Payer {number:0190}"}, admin) for number in range(60)]
        await limit_pages(here.sessions, 1_000_000)
        later = await here.post("/v1/payers", {"name": "Payer of later"}, admin)

    refused = [answer for answer in answers if answer.status_code != HTTPStatus.CREATED]
    assert {answer.status_code for answer in refused} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert all(answer.headers["Retry-After"] for answer in refused)
    assert later.status_code == HTTPStatus.CREATED
