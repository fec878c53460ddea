"""Tokens are shown once, kept as hashes, expire, and end when they are revoked."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role, Token
from sdc.ids import new_id
from tests.serving import bearer, serving


async def test_a_token_says_who_holds_it(database_url):
    async with serving(database_url) as here:
        subject = new_id()
        answer = await here.get("/v1/me", await here.token(Role.BROKER, subject))

    assert answer.json() == {"id": str(subject), "role": "broker"}


async def test_an_administrator_issues_a_token_that_works_until_it_is_revoked(database_url):
    async with serving(database_url) as here:
        admin, member = await here.token(Role.ADMIN), new_id()
        await here.token(Role.MEMBER, member)
        made = (await here.post("/v1/tokens", {"role": "member", "subject_id": str(member)}, admin)).json()

        before = await here.get("/v1/me", made["token"])
        revoked = await here.http.delete(f"/v1/tokens/{made['id']}", headers=bearer(admin))
        after = await here.get("/v1/me", made["token"])

    assert (before.status_code, revoked.status_code, after.status_code) == (200, 204, 401)


async def test_the_text_of_a_token_is_not_in_the_database(sqlite_url):
    async with serving(sqlite_url) as here:
        text = await here.token(Role.ADMIN)
        async with here.sessions.read() as session:
            kept = await session.scalar(select(Token.hash))

    assert text not in str(kept)


async def test_an_expired_token_is_refused(database_url):
    async with serving(database_url) as here:
        token = await here.token(Role.MEMBER)
        here.clock.move(days=401)

        assert (await here.get("/v1/me", token)).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nobody"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "x" * 5_000},
    ],
)
async def test_without_a_token_that_counts_it_is_401(sqlite_url, header):
    async with serving(sqlite_url) as here:
        answer = await here.http.get("/v1/me", headers=header)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_an_administrator_issues_tokens(sqlite_url, role):
    async with serving(sqlite_url) as here:
        subject = new_id()
        answer = await here.post("/v1/tokens", {"role": "admin", "subject_id": str(subject)}, await here.token(role, subject))

    assert answer.status_code == 403


@pytest.mark.parametrize("body", [{"role": "member", "subject_id": str(uuid4())}, None])
async def test_a_token_for_nobody_or_for_another_role_is_404(sqlite_url, body):
    async with serving(sqlite_url) as here:
        admin, broker = await here.token(Role.ADMIN), new_id()
        await here.token(Role.BROKER, broker)

        answer = await here.post("/v1/tokens", body or {"role": "director", "subject_id": str(broker)}, admin)

    assert answer.status_code == 404


async def test_a_token_that_would_have_expired_is_refused_by_its_field(sqlite_url):
    async with serving(sqlite_url) as here:
        admin, member = await here.token(Role.ADMIN), new_id()
        await here.token(Role.MEMBER, member)
        past = (here.clock.now() - timedelta(days=1)).isoformat()

        answer = await here.post("/v1/tokens", {"role": "member", "subject_id": str(member), "expires_at": past}, admin)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "expires_at")
