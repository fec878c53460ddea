"""Claim a key in the transaction of its effect, or leave by the answer that already stands."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from litestar import Response
from pydantic import BaseModel
from sqlalchemy import func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from sdc.database import Instant, Sessions
from sdc.errors import KeyReusedError, TwinRunningError
from sdc.idempotency.key import IdempotencyKey
from sdc.idempotency.model import StoredCall
from sdc.outbox.kill_points import reach

ANSWER_LIFE = timedelta(days=30)
_COLUMN = "idempotency_keys.answer"

AnswerT = TypeVar("AnswerT", bound=BaseModel)
Recheck = Callable[[AsyncSession], Awaitable[object]]


class ReplayError(Exception):
    """Not a failure: the answer that this call was given before, to be given again."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("replayed")
        self.status = status
        self.body = body


class Call:
    """One claimed call: the session of its transaction, and the place for its answer."""

    def __init__(self, session: AsyncSession, key: IdempotencyKey) -> None:
        self.session = session
        self._key = key
        self.answered: tuple[int, bytes] | None = None

    def answer(self, model: AnswerT, status: int = 201) -> Response[AnswerT]:
        """Keep the answer in this transaction, and send it."""
        body = model.model_dump_json().encode()
        self.answered = (status, body)
        return Response(body, status_code=status, media_type="application/json")  # type: ignore[arg-type]


@asynccontextmanager
async def begin(sessions: Sessions, key: IdempotencyKey, *, at: datetime, recheck: Recheck | None = None) -> AsyncIterator[Call]:
    """Open the one transaction of a call and claim its key in it.

    `recheck` is asked before an answer is given again: it raises when the caller may not see it any more.

    Raises:
        TwinRunningError: the same call is being worked on now (at once: twins never wait for one another).
        KeyReusedError: the key was used with another request.
        ReplayError: the call was made before; carries its answer.

    """
    mark = (key.caller_id, key.key)
    if mark in key.running:
        raise TwinRunningError("this request is still being worked on: try again in a moment")
    key.running.add(mark)
    try:
        async with sessions.begin() as session:
            if not await _claim(session, key, at=at):
                await _replay(session, key, at=at, recheck=recheck)
            reach(f"{key.operation}.key")
            call = Call(session, key)
            yield call
            await session.flush()
            await _keep(session, key, call)
            reach(f"{key.operation}.before_commit")
        reach(f"{key.operation}.after_commit")
    finally:
        key.running.discard(mark)


async def _claim(session: AsyncSession, key: IdempotencyKey, *, at: datetime) -> bool:
    """Insert the key's row; False when it stands already, or when a twin elsewhere is inserting it."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql_insert if is_postgresql else sqlite_insert
    # An insert that meets an uncommitted twin would wait for it; the advisory lock makes it answer at once instead.
    free = func.pg_try_advisory_xact_lock(_lock_number(key)) if is_postgresql else true()
    row = select(literal(key.caller_id), literal(key.key), literal(key.mark), literal(at, Instant())).where(free)
    claimed = await session.execute(
        insert(StoredCall)
        .from_select(["caller_id", "key", "fingerprint", "created_at"], row)
        .on_conflict_do_nothing()
        .returning(StoredCall.key)
    )
    return claimed.first() is not None


async def _replay(session: AsyncSession, key: IdempotencyKey, *, at: datetime, recheck: Recheck | None) -> None:
    stored = await session.get(StoredCall, (key.caller_id, key.key))
    if stored is None:
        raise TwinRunningError("this request is still being worked on: try again in a moment")
    if not key.is_asked_by(stored.fingerprint):
        raise KeyReusedError("this Idempotency-Key was used for another request: use a new key")
    if stored.answer_sealed is None or stored.status is None or stored.created_at + ANSWER_LIFE <= at:
        raise KeyReusedError("this request was done before, and its answer is no longer kept: read the result instead")
    if recheck is not None:
        await recheck(session)
    raise ReplayError(stored.status, key.keyring.open(stored.answer_sealed, _COLUMN, key.row_id).encode())


async def _keep(session: AsyncSession, key: IdempotencyKey, call: Call) -> None:
    assert call.answered is not None, "a call that ends well has an answer"
    status, body = call.answered
    await session.execute(
        update(StoredCall)
        .where(StoredCall.caller_id == key.caller_id, StoredCall.key == key.key)
        .values(status=status, answer_sealed=key.keyring.seal(body.decode(), _COLUMN, key.row_id))
        .execution_options(synchronize_session=False)
    )


def _lock_number(key: IdempotencyKey) -> int:
    digest = hashlib.sha256(key.caller_id.bytes + key.key.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
