"""Read the `Idempotency-Key` of a request and the fingerprint of what it asks."""

import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid5

from litestar import Request

from sdc.auth.guards import principal_of
from sdc.crypto import KeyRing
from sdc.errors import MissingKeyError
from sdc.ids import NAMESPACE

NOBODY = UUID(int=0)
_MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Who calls, with which key, asking what; and the calls this process is working on."""

    caller_id: UUID
    key: str
    fingerprint: str
    running: set[tuple[UUID, str]]
    keyring: KeyRing

    @property
    def row_id(self) -> UUID:
        """Name the stored call, to bind its sealed answer to it."""
        return uuid5(NAMESPACE, f"{self.caller_id}:{self.key}")


async def read_key(request: Request) -> IdempotencyKey:  # type: ignore[type-arg]
    """Read the key of a request (a dependency of every POST that changes something).

    Raises:
        MissingKeyError: there is none, or it is not 1 to 255 printable ASCII characters.

    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise MissingKeyError("send an Idempotency-Key header: the same key makes a retry safe")
    if len(key) > _MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise MissingKeyError(f"an Idempotency-Key is 1 to {_MAX_KEY_LENGTH} printable ASCII characters")
    who = principal_of(request.scope)
    fingerprint = hashlib.sha256(b"\0".join((request.method.encode(), request.scope["path"].encode(), await request.body()))).hexdigest()
    state = request.app.state
    return IdempotencyKey(who.id if who else NOBODY, key, fingerprint, state.running_calls, state.keyring)
