"""The sandbox's state: objects by kind, a balance that only balance transactions move, and events of what happened.

Pure: the clock and the ids are given, nothing is read or written.
What a verb changed is collected until the shell takes it away to be stored.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from vendors.rails.sandbox.refusals import Document

Kind = Literal["account", "link", "topup", "transfer", "reversal", "balance_transaction", "event", "endpoint", "settings"]

SETTINGS: Final = "settings"
API_VERSION: Final = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class Change:
    """An object as it now is, to be stored."""

    kind: Kind
    id: str
    document: Document


class World:
    """Everything the sandbox knows."""

    def __init__(self, *, clock: Callable[[], float], new_id: Callable[[str], str]) -> None:
        self.clock = clock
        self.new_id = new_id
        self._objects: dict[Kind, dict[str, Document]] = {}
        self._changed: dict[tuple[Kind, str], Change] = {}
        self._happened: list[Document] = []
        self._available_cents = 0

    @property
    def now(self) -> int:
        """The second that it is."""
        return int(self.clock())

    @property
    def instant(self) -> str:
        """The instant that it is, as version 2 of the API writes it."""
        return datetime.fromtimestamp(self.clock(), tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def available_cents(self) -> int:
        """The sum of all balance transactions."""
        return self._available_cents

    @property
    def auto_activates(self) -> bool:
        """Whether a new recipient may be paid at once, without the onboarding page."""
        settings = self.find("settings", SETTINGS)
        return settings is None or bool(settings["auto_activate"])

    def find(self, kind: Kind, object_id: str) -> Document | None:
        """Return an object, or nothing."""
        return self._objects.get(kind, {}).get(object_id)

    def newest_first(self, kind: Kind) -> Iterator[Document]:
        """Go through the objects of a kind as Stripe lists them."""
        return reversed(self._objects.get(kind, {}).values())

    def oldest_first(self, kind: Kind) -> Iterable[Document]:
        """Go through the objects of a kind as they were made."""
        return self._objects.get(kind, {}).values()

    def put(self, kind: Kind, document: Document) -> Document:
        """Keep a new or changed object."""
        self._objects.setdefault(kind, {})[document["id"]] = document
        self._changed[kind, document["id"]] = Change(kind, document["id"], document)
        return document

    def book(self, amount_cents: int, *, kind: str, category: str, source: str) -> str:
        """Move the balance by a balance transaction, the only way it moves, and return its id."""
        document = {
            "id": self.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount_cents,
            "available_on": self.now,
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
            "status": "available",
            "type": kind,
        }
        self.put("balance_transaction", document)
        self._available_cents += amount_cents
        return str(document["id"])

    def happened(self, kind: str, about: Document) -> None:
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
        self._happened.append(self.put("event", event))

    def hinted(self, kind: str, about: Document, url: str) -> None:
        """Record a thin event of version 2, which carries only where to look."""
        related = {"id": about["id"], "type": about["object"], "url": url}
        self._happened.append(
            {
                "id": self.new_id("evt"),
                "object": "v2.core.event",
                "context": None,
                "created": self.instant,
                "livemode": False,
                "reason": None,
                "related_object": related,
                "type": kind,
            }
        )

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
            self._objects.setdefault(change.kind, {})[change.id] = change.document
        self._available_cents = sum(document["net"] for document in self.oldest_first("balance_transaction"))

    def clear(self) -> None:
        """Forget everything."""
        self._objects.clear()
        self._changed.clear()
        self._happened.clear()
        self._available_cents = 0
