"""Keeps what leaves by the Stripe rail's wire, and the words that must not: what is sealed, what is named, and ids of members."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from sdc.crypto import KeyRing
from tests import databases
from vendors.rails.stripe.wire import Wire

IDS_OF: Final = frozenset({"authorizations", "budgets", "members", "plans", "purchases", "representatives", "savings"})
"""Tables whose rows are a member, or of one."""
NAMES_OF: Final = frozenset({"funding_sources", "payers", "programs", "staff"})
NOT_KEPT: Final = frozenset({"idempotency_keys.answer", "vendors.contact_sealed", "vendor_messages.facts_sealed"})
"""What is sealed without a word of a member: whole answers, and what a vendor itself may be written to at."""


class Keeper:
    """Two files: what was sent, and what must not be."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._sent = _append(folder / f"{os.getpid()}.sent")
        self._words = _append(folder / f"{os.getpid()}.words")
        self._known: set[str] = set()

    def sends(self, head: str, body: bytes) -> None:
        """Keep a request, whole."""
        os.write(self._sent, b"%s\n\n%s\n\n" % (head.encode(), body))

    def learns(self, *words: str) -> None:
        """Keep words that must not be sent, each once."""
        for word in words:
            if word not in self._known:
                self._known.add(word)
                os.write(self._words, json.dumps(word).encode() + b"\n")


_keepers: list[Keeper] = []
"""The last one keeps."""


def folder_of_run() -> Path:
    """Give the folder that the processes of this run share."""
    return Path(os.environ[databases.RUN_FOLDER]) / "outgoing"


def begin(folder: Path) -> None:
    """Keep from now on, in this process and in those that it forks."""
    if not _keepers:
        Wire.__init__ = _keeping_wire(Wire.__init__)  # type: ignore[method-assign]
        KeyRing.seal = _learning_seal(KeyRing.seal)  # type: ignore[method-assign]
        event.listen(Session, "after_flush", _learn_rows)
    _keepers.append(Keeper(folder))


@contextmanager
def elsewhere(folder: Path) -> Iterator[Keeper]:
    """Keep in another folder for a while: what a test leaks on purpose."""
    begin(folder)
    try:
        yield _keepers[-1]
    finally:
        _keepers.pop()


class _KeepingTransport(httpx.AsyncBaseTransport):
    """Lets everything through, and keeps it first."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Keep a request, then let it leave."""
        body = await request.aread()
        head = [f"{request.method} {request.url}", *(f"{name}: {value}" for name, value in request.headers.items())]
        _keepers[-1].sends("\n".join(head), body)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Let the connections go."""
        await self._inner.aclose()


def _keeping_wire(make: Any) -> Any:
    @wraps(make)
    def made(self: Wire, *given: Any, **named: Any) -> None:
        make(self, *given, **named)
        self._http._transport = _KeepingTransport(self._http._transport)

    return made


def _learning_seal(seal: Any) -> Any:
    @wraps(seal)
    def sealed(self: KeyRing, text: str, column: str, row: Any) -> bytes:
        if column not in NOT_KEPT:
            _keepers[-1].learns(*_said(text))
        return bytes(seal(self, text, column, row))

    return sealed


def _said(text: str) -> list[str]:
    """Give what is said in a sealed text, which may be a form of several fields."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    return _leaves(said) if isinstance(said, dict | list) else [text]


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value] if isinstance(value, str) else []


def _learn_rows(session: Session, context: UOWTransaction) -> None:
    del context
    for row in session.new:
        table = row.__table__.name
        if table in IDS_OF:
            _keepers[-1].learns(str(row.id))
        elif table in NAMES_OF:
            _keepers[-1].learns(row.name)
        elif table == "vendors":
            _keepers[-1].learns(*(getattr(row, "service_counties", None) or ()))


def _append(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
