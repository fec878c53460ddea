"""The sandbox's state: objects by kind, balances that only balance transactions move, what is still to come, and events of what happened.

Pure: the machine's clock and the ids are given, nothing is read or written.
What a verb changed is collected until the shell takes it away to be stored.
What belongs to a connected account is kept apart from the platform's own, as Stripe does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count
from typing import Final

from vendors.rails.sandbox.faults import Fault, Faults
from vendors.rails.sandbox.refusals import Document

SETTINGS: Final = "settings"
CLOCK: Final = "clock"
PLATFORM: Final = "acct_sandbox_platform"
API_VERSION: Final = "2026-10-28.endive"
INDEXED: Final = {"transfer": "transfer_group"}


@dataclass(frozen=True, slots=True)
class Change:
    """An object as it now is, to be stored; without a document it is gone."""

    kind: str
    id: str
    document: Document | None


def of(kind: str, account: str | None) -> str:
    """Name a kind of object of one connected account, or of the platform."""
    return f"{kind}@{account}" if account else kind


class World:
    """Everything the sandbox knows."""

    def __init__(self, *, clock: Callable[[], float], new_id: Callable[[str], str], faults: Faults | None = None) -> None:
        self.machine_clock = clock
        self.new_id = new_id
        self.faults = faults if faults is not None else Faults()
        self.mishap: Fault | None = None
        """The fault that was planned for the call under way."""
        self._objects: dict[str, dict[str, Document]] = {}
        self._changed: dict[tuple[str, str], Change] = {}
        self._happened: list[Document] = []
        self._balances: dict[str, list[int]] = defaultdict(lambda: [0, 0])  # available, pending
        self._groups: dict[tuple[str, str], dict[str, None]] = {}
        self._due: list[tuple[int, int, str]] = []  # of one instant, first what was noted first
        self._noted = count()
        self._pinned: int | None = None

    @property
    def now(self) -> int:
        """The second that it is, by the sandbox's own clock."""
        return int(self._time())

    @property
    def instant(self) -> str:
        """The instant that it is, as version 2 of the API writes it."""
        return datetime.fromtimestamp(self._time(), tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def ahead_seconds(self) -> int:
        """How far the sandbox's clock is ahead of the machine's."""
        moved = self.find("settings", CLOCK)
        return int(moved["ahead_seconds"]) if moved else 0

    @property
    def available_cents(self) -> int:
        """What the platform can send now."""
        return self.balance()[0]

    @property
    def settings(self) -> Document:
        """How the sandbox is set: who may be paid at once, and when money arrives at banks."""
        stored = self.find("settings", SETTINGS) or {}
        return {"auto_activate": True, "payouts": "next_business_day", **{name: value for name, value in stored.items() if name != "id"}}

    def balance(self, account: str | None = None) -> tuple[int, int]:
        """Return what is available and what is pending, of the platform or of a connected account."""
        available, pending = self._balances[account or ""]
        return available, pending

    def find(self, kind: str, object_id: str) -> Document | None:
        """Return an object, or nothing."""
        return self._objects.get(kind, {}).get(object_id)

    def newest_first(self, kind: str) -> Iterator[Document]:
        """Go through the objects of a kind as Stripe lists them."""
        return reversed(self._objects.get(kind, {}).values())

    def oldest_first(self, kind: str) -> Iterable[Document]:
        """Go through the objects of a kind as they were made."""
        return self._objects.get(kind, {}).values()

    def newest_in_group(self, kind: str, group: str) -> Iterator[Document]:
        """Go through the objects of one group, newest first, without looking at all the others."""
        objects = self._objects.get(kind, {})
        return (objects[object_id] for object_id in reversed(self._groups.get((kind, group), {})))

    def put(self, kind: str, document: Document) -> Document:
        """Keep a new or changed object."""
        self._remember(kind, document)
        self._changed[kind, document["id"]] = Change(kind, document["id"], document)
        return document

    def drop(self, kind: str, object_id: str) -> None:
        """Forget an object."""
        self._objects.get(kind, {}).pop(object_id, None)
        self._changed[kind, object_id] = Change(kind, object_id, None)

    def book(
        self, amount_cents: int, *, kind: str, category: str, source: str, account: str | None = None, available_on: int | None = None
    ) -> str:
        """Move a balance by a balance transaction, the only way it moves, and return its id."""
        clears_at = max(available_on or 0, self.now)
        waits = clears_at > self.now
        document: Document = {
            "id": self.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount_cents,
            "available_on": clears_at,
            "balance_type": "payments",
            "created": self.now,
            "currency": "usd",
            "description": None,
            "exchange_rate": None,
            "fee": 0,
            "fee_details": [],
            "net": amount_cents,
            "reporting_category": category,
            "source": source,
            "status": "pending" if waits else "available",
            "type": kind,
        }
        self.put(of("balance_transaction", account), document)
        self._balances[account or ""][waits] += amount_cents
        if waits:
            self.later(clears_at, "funds_available", transaction=document["id"], account=account)
        return str(document["id"])

    def clears(self, transaction_id: str, account: str | None) -> None:
        """Let what was pending be available."""
        kind = of("balance_transaction", account)
        document = self._objects[kind][transaction_id]
        self.put(kind, {**document, "status": "available"})
        held = self._balances[account or ""]
        held[0] += document["net"]
        held[1] -= document["net"]

    def happened(self, kind: str, about: Document, *, account: str | None = None) -> None:
        """Record an event with the object as it now is."""
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": {"object": {**about}},
            "livemode": False,
            "pending_webhooks": len(self._objects.get("endpoint", {})),
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        if account:
            event["account"] = account
        self._happened.append(self.put(of("event", account), event))

    def hinted(self, kind: str, about: Document, url: str) -> None:
        """Record a thin event of version 2, which carries only where to look."""
        event = {
            "id": self.new_id("evt"),
            "object": "v2.core.event",
            "context": None,
            "created": self.instant,
            "livemode": False,
            "reason": None,
            "related_object": {"id": about["id"], "type": about["object"], "url": url},
            "type": kind,
        }
        self._happened.append(self.put("thin_event", event))

    def later(self, at: int, what: str, *, once: str = "", **details: str | int | None) -> None:
        """Note what is to happen at an instant; what has a name under `once` is noted no second time."""
        if once and self.find("due", once) is not None:
            return
        document: Document = {"id": once or self.new_id("due"), "at": at, "what": what, **details}
        self.put("due", document)
        heappush(self._due, (at, next(self._noted), document["id"]))

    def take_due(self) -> Document | None:
        """Take away the next thing whose instant has come."""
        while self._due and self._due[0][0] <= self.now:
            due_id = heappop(self._due)[2]
            document = self.find("due", due_id)
            if document is not None:
                self.drop("due", due_id)
                return document
        return None

    @property
    def has_due(self) -> bool:
        """Say whether the instant of anything has come."""
        return bool(self._due) and self._due[0][0] <= self.now

    @contextmanager
    def at(self, instant: int) -> Iterator[None]:
        """Let it be an earlier instant for a while: what was due then happened then."""
        self._pinned, before = instant, self._pinned
        try:
            yield
        finally:
            self._pinned = before

    def take_changes(self) -> list[Change]:
        """Hand over what is to be stored, once."""
        changes, self._changed = list(self._changed.values()), {}
        return changes

    def take_happened(self) -> list[Document]:
        """Hand over the events that are to be delivered, once."""
        happened, self._happened = self._happened, []
        return happened

    def restore(self, changes: Iterable[Change]) -> None:
        """Take back what was stored, in the order in which it was made."""
        for change in changes:
            if change.document is None:
                continue
            self._remember(change.kind, change.document)
            if change.kind == "due":
                heappush(self._due, (change.document["at"], next(self._noted), change.id))
            elif change.kind.partition("@")[0] == "balance_transaction":
                held = self._balances[change.kind.partition("@")[2]]
                held[change.document["status"] == "pending"] += change.document["net"]

    def clear(self) -> None:
        """Forget everything."""
        for part in (self._objects, self._changed, self._happened, self._balances, self._groups, self._due):
            part.clear()

    def _time(self) -> float:
        return self.machine_clock() + self.ahead_seconds if self._pinned is None else self._pinned

    def _remember(self, kind: str, document: Document) -> None:
        objects = self._objects.get(kind)
        if objects is None:
            objects = self._objects[kind] = {}
        field = INDEXED.get(kind)
        if field is not None and document.get(field) and document["id"] not in objects:
            self._groups.setdefault((kind, document[field]), {})[document["id"]] = None
        objects[document["id"]] = document
