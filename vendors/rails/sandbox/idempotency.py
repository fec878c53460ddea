"""Stripe's rules for idempotency keys.

Version 1 keeps the first answer for a day and replays it, refusals and faults included; after that the same key executes again.
Version 2 keeps an answer for 30 days and only where the call succeeded: after a failure the same key executes again at once.
Keys of one connected account are apart from those of another, and those of version 2 from those of version 1.
"""

from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from vendors.rails.sandbox.refusals import Refused

KEPT_SECONDS: Final = 24 * 60 * 60
KEPT_SECONDS_OF_VERSION_2: Final = 30 * KEPT_SECONDS
MAX_KEY: Final = 255
VERSION_2: Final = "v2\n"
"""Begins the name under which a key of version 2 is kept; no header can hold it."""

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

    @property
    def forgotten_at(self) -> int:
        """The instant from which the key executes again."""
        return self.answered_at + (KEPT_SECONDS_OF_VERSION_2 if self.key.startswith(VERSION_2) else KEPT_SECONDS)


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
        if kept is not None and kept.forgotten_at <= now:
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
        """From time to time, forget old answers, and return the instant as of which they are forgotten."""
        self._calls += 1
        if self._calls % PRUNE_EVERY:
            return None
        for key in [key for key, kept in self._kept.items() if kept.forgotten_at <= now]:
            del self._kept[key]
        return now

    def clear(self) -> None:
        """Forget every key."""
        self._kept.clear()
        self._in_use.clear()


def scoped(key: str, *, account: str | None, version_2: bool) -> str:
    """Name a key as it is kept: within its account and its version of the API.

    Raises:
        Refused: the key is longer than Stripe's may be.

    """
    if len(key) > MAX_KEY:
        raise Refused(f"Idempotency keys are at most {MAX_KEY} characters long.", kind="idempotency_error")
    return f"{VERSION_2 if version_2 else ''}{f'{account}{chr(10)}' if account else ''}{key}"


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Say in few bytes what a request asks."""
    return sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()
