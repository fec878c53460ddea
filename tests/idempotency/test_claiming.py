"""The same key and body have one effect, however often and however many at once."""

import asyncio
import base64
import hashlib
import json
from collections import Counter
from http import HTTPStatus

import pytest
from sqlalchemy import func, select, update

from sdc.auth.principal import Role, Token
from sdc.idempotency import StoredCall
from sdc.ids import new_id
from tests.serving import bearer, serving

JSON = {"Content-Type": "application/json"}
OLD, NEW = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))


async def a_token_request(here):
    admin, member = await here.token(Role.ADMIN), new_id()
    await here.token(Role.MEMBER, member)
    return admin, {"role": "member", "subject_id": str(member)}


async def tokens_in(here) -> int:
    async with here.sessions.read() as session:
        return await session.scalar(select(func.count()).select_from(Token)) or 0


async def test_a_repeated_call_gets_the_first_answer_and_does_nothing(database_url):
    async with serving(database_url) as here:
        admin, body = await a_token_request(here)
        first = await here.post("/v1/tokens", body, admin, key="once")
        before = await tokens_in(here)

        again = await here.post("/v1/tokens", body, admin, key="once")

        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert await tokens_in(here) == before


async def test_the_stored_answer_is_sealed(sqlite_url, tmp_path):
    async with serving(sqlite_url) as here:
        admin, body = await a_token_request(here)
        text = (await here.post("/v1/tokens", body, admin)).json()["token"]

    assert not any(text.encode() in file.read_bytes() for file in tmp_path.glob("*.db*"))


async def test_the_same_key_with_another_body_is_refused(database_url):
    async with serving(database_url) as here:
        admin, body = await a_token_request(here)
        await here.post("/v1/tokens", body, admin, key="once")

        answer = await here.post("/v1/tokens", {**body, "expires_at": "2027-01-01T00:00:00Z"}, admin, key="once")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")


async def kept_mark(here):
    async with here.sessions.read() as session:
        return (await session.scalars(select(StoredCall.fingerprint))).one()


async def test_what_is_kept_of_a_body_can_not_be_tried_out_without_the_key(database_url):
    async with serving(database_url) as here:
        admin, body = await a_token_request(here)
        raw = json.dumps(body).encode()
        await here.http.post("/v1/tokens", content=raw, headers={**bearer(admin), "Idempotency-Key": "once"} | JSON)

        kept = await kept_mark(here)

    plain = hashlib.sha256(b"\0".join((b"POST", b"/v1/tokens", raw))).hexdigest()
    assert kept.startswith("k:")
    assert plain not in kept


async def test_a_call_of_before_fingerprints_were_keyed_is_still_answered_again(database_url):
    async with serving(database_url) as here:
        admin, body = await a_token_request(here)
        raw = json.dumps(body).encode()
        headers = {**bearer(admin), "Idempotency-Key": "once"} | JSON
        first = await here.http.post("/v1/tokens", content=raw, headers=headers)
        plain = hashlib.sha256(b"\0".join((b"POST", b"/v1/tokens", raw))).hexdigest()
        async with here.sessions.begin() as session:
            await session.execute(update(StoredCall).values(fingerprint=plain))

        again = await here.http.post("/v1/tokens", content=raw, headers=headers)
        other = await here.http.post("/v1/tokens", content=raw + b" ", headers=headers)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert other.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(("ring", "status"), [([NEW, OLD], HTTPStatus.CREATED), ([NEW], HTTPStatus.UNPROCESSABLE_ENTITY)])
async def test_after_the_key_ring_was_rotated_a_call_is_known_while_its_key_is_in_the_ring(database_url, ring, status):
    async with serving(database_url, secret_keys=OLD) as here:
        admin, body = await a_token_request(here)
        await here.post("/v1/tokens", body, admin, key="once")

    async with serving(database_url, secret_keys=",".join(ring)) as here:
        again = await here.post("/v1/tokens", body, admin, key="once")

    assert again.status_code == status


async def test_the_same_key_of_somebody_else_is_another_key(sqlite_url):
    async with serving(sqlite_url) as here:
        admin, body = await a_token_request(here)
        first = await here.post("/v1/tokens", body, admin, key="once")

        second = await here.post("/v1/tokens", body, await here.token(Role.ADMIN), key="once")

    assert first.json()["id"] != second.json()["id"]


async def test_a_call_that_was_refused_may_be_made_again_with_the_same_key(database_url):
    async with serving(database_url) as here:
        admin, body = await a_token_request(here)
        subject = new_id()
        refused = await here.post("/v1/tokens", {**body, "subject_id": str(subject)}, admin, key="once")
        await here.token(Role.MEMBER, subject)

        made = await here.post("/v1/tokens", {**body, "subject_id": str(subject)}, admin, key="once")

    assert (refused.status_code, made.status_code) == (404, 201)


async def test_fifty_twins_at_once_have_one_effect_and_no_twin_waits(database_url):
    async with serving(database_url) as here:
        admin, body = await a_token_request(here)
        before = await tokens_in(here)

        answers = await asyncio.gather(*(here.post("/v1/tokens", body, admin, key="twin") for _ in range(50)))

        assert Counter(answer.status_code for answer in answers).keys() <= {201, 409}
        assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
        assert all(answer.headers["retry-after"] for answer in answers if answer.status_code == 409)
        assert await tokens_in(here) == before + 1


async def test_a_twin_of_another_process_is_told_at_once(postgresql_url):
    async with serving(postgresql_url) as here, serving(postgresql_url) as there:
        admin, body = await a_token_request(here)

        answers = await asyncio.gather(*(house.post("/v1/tokens", body, admin, key="twin") for house in (here, there) * 20))

        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


async def test_an_answer_is_kept_thirty_days_and_the_effect_for_ever(database_url):
    async with serving(database_url) as here:
        admin, body = await a_token_request(here)
        await here.post("/v1/tokens", body, admin, key="once")
        before = await tokens_in(here)
        here.clock.move(days=31)

        answer = await here.post("/v1/tokens", body, admin, key="once")

        assert answer.status_code == 422
        assert await tokens_in(here) == before


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tkey"])
async def test_a_key_that_is_missing_or_not_printable_is_400(sqlite_url, key):
    async with serving(sqlite_url) as here:
        admin, body = await a_token_request(here)
        answer = await here.http.post("/v1/tokens", json=body, headers=bearer(admin) | ({"Idempotency-Key": key} if key else {}))

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/missing-idempotency-key")
