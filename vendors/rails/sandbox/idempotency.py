"""Stripe's rules for idempotency keys: the first answer is kept for a day and replayed, refusals and faults included."""

from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from vendors.rails.sandbox.refusals import Refused

KEPT_SECONDS: Final = 24 * 60 * 60
PRUNE_EVERY: Final = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer to a key."""

    key: str
    fingerprint: str
    status: int
    body: bytes
    request_id: str
    answered_at: int


class Keys:
    """The keys seen in the last day, and those whose call is still under way."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._in_use: set[str] = set()
        self._calls = 0

    def begin(self, key: str, fingerprint: str, *, now: int) -> Kept | None:
        """Take a key for a call, or return the answer that it got before.

        Raises:
            Refused: another call with this key is under way; the key was used for another request.

        """
        if key in self._in_use:
            raise Refused(
                "There is currently another in-progress request using this Idempotent Key.",
                code="idempotency_key_in_use",
                kind="idempotency_error",
                status=HTTPStatus.CONFLICT,
            )
        kept = self._kept.get(key)
        if kept is not None and kept.answered_at + KEPT_SECONDS <= now:
            kept = None  # forgotten: the same key executes again
        if kept is not None and kept.fingerprint != fingerprint:
            raise Refused(
                "Keys for idempotent requests can only be used with the same endpoint and parameters they were first used with.",
                kind="idempotency_error",
            )
        if kept is None:
            self._in_use.add(key)
        return kept

    def keep(self, kept: Kept) -> None:
        """Keep the answer; the key stays in use until it is released."""
        self._kept[kept.key] = kept

    def release(self, key: str) -> None:
        """Let the next call with this key come."""
        self._in_use.discard(key)

    def prune(self, *, now: int) -> int | None:
        """From time to time, forget old answers, and return the instant up to which they are forgotten."""
        self._calls += 1
        if self._calls % PRUNE_EVERY:
            return None
        limit = now - KEPT_SECONDS
        for key in [key for key, kept in self._kept.items() if kept.answered_at <= limit]:
            del self._kept[key]
        return limit

    def clear(self) -> None:
        """Forget every key."""
        self._kept.clear()
        self._in_use.clear()


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Say in few bytes what a request asks."""
    return sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()
