"""Read the `Idempotency-Key` of a request and the fingerprint of what it asks."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from litestar import Request

from sdc.auth.guards import principal_of
from sdc.crypto import KeyRing
from sdc.ids import NAMESPACE

NOBODY = UUID(int=0)
MAX_KEY_LENGTH = 255
KEY_PATTERN = r"^[\x20-\x7e]+$"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Who calls, with which key, asking what; and the calls this process is working on.

    `fingerprint` is a plain hash of what is asked and stays in memory: a body may hold a number so short that whoever
    reads the database could try all of them. What is kept is its `mark`, by a key of the ring.
    """

    caller_id: UUID
    key: str
    fingerprint: str = field(repr=False)
    operation: str
    running: set[tuple[UUID, str]]
    keyring: KeyRing

    @property
    def row_id(self) -> UUID:
        """Name the stored call, to bind its sealed answer to it."""
        return uuid5(NAMESPACE, f"{self.caller_id}:{self.key}")

    @property
    def mark(self) -> str:
        """Say what is asked in the form that is kept."""
        return self.keyring.mark(self.fingerprint)

    def is_asked_by(self, kept: str) -> bool:
        """Say whether what was kept of a call is of this one; calls of before marks have the plain hash."""
        return kept == self.fingerprint or self.keyring.is_mark_of(kept, self.fingerprint)


async def read_key(request: Request[Any, Any, Any], key: str) -> IdempotencyKey:
    """Read what a request asks beside its key, which the route's description has checked (a dependency of POSTs that change something)."""
    who = principal_of(request.scope)
    fingerprint = hashlib.sha256(b"\0".join((request.method.encode(), request.scope["path"].encode(), await _said(request)))).hexdigest()
    state = request.app.state
    return IdempotencyKey(
        who.id if who else NOBODY, key, fingerprint, request.route_handler.handler_name, state.running_calls, state.keyring
    )


async def _said(request: Request[Any, Any, Any]) -> bytes:
    """Read what a body says: of a form, its parts, for a client that tries again draws a new boundary between them."""
    body = await request.body()
    boundary = request.content_type[1].get("boundary")
    if not boundary:
        return body
    return b"".join(len(part).to_bytes(8) + part for part in body.split(b"--" + boundary.encode()))
