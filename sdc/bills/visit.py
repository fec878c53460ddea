"""The record of a visit: who, what, where, the day, and when it began and ended (SSA 1903(l)), as whoever came says it.

The values are kept sealed with the bill: a place and a person's help at home are nobody else's. What the rules ask is only which of
them were said; that stands open.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sdc.bills.model import Bill
from sdc.crypto import KeyRing
from sdc.errors import InvalidFieldError

COLUMN = "bills.visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """What was said of a visit; None is what was not. Times are `HH:MM`; a visit over midnight ends before it began."""

    service_type: str | None = None
    member: str | None = None
    visited_on: date | None = None
    location: str | None = None
    worker: str | None = None
    began_at: str | None = None
    ended_at: str | None = None

    def values(self) -> dict[str, str]:
        """Give what was said, as text, by name."""
        said = {
            "service_type": self.service_type,
            "member": self.member,
            "visited_on": None if self.visited_on is None else self.visited_on.isoformat(),
            "location": self.location,
            "worker": self.worker,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
        }
        return {name: value for name, value in said.items() if value is not None}


def add_visit(bill: Bill, visit: Visit, keyring: KeyRing, *, today: date) -> None:
    """Keep what was said of the visit that a bill is for; what was said before stays.

    Raises:
        InvalidFieldError: a visit that has not been, or that took no time.

    """
    said = {**visit.values(), **open_visit(bill, keyring)}
    if "visited_on" in said and date.fromisoformat(said["visited_on"]) > today:
        raise InvalidFieldError("visited_on", "this day has not come yet")
    if "began_at" in said and said["began_at"] == said.get("ended_at"):
        raise InvalidFieldError("ended_at", "this is when the visit began")
    bill.visit_sealed = keyring.seal(json.dumps(said, ensure_ascii=False), COLUMN, bill.id)
    bill.visit_says = _facts(said)


def open_visit(bill: Bill, keyring: KeyRing) -> dict[str, str]:
    """Open what was said of the visit that a bill is for."""
    if bill.visit_sealed is None:
        return {}
    said: dict[str, str] = json.loads(keyring.open(bill.visit_sealed, COLUMN, bill.id))
    return said


def _facts(said: Mapping[str, str]) -> list[str]:
    """Name which of the six facts were said, as rules name them: the two times are one."""
    names = {"visited_on": "date"} | {name: name for name in ("service_type", "member", "location", "worker")}
    facts = [fact for name, fact in names.items() if said.get(name, "").strip()]
    return sorted([*facts, "begin_end"] if {"began_at", "ended_at"} <= said.keys() else facts)
