"""A second rail, of another kind: a register of checks. A check that is sent discharges nothing until the payee's bank clears it.

It exists in tests only, where it shows that what pays over one rail pays over another.
"""

import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from vendors import ForgedEventError, MalformedRequestError
from vendors.rails import (
    MAX_EVENT_BYTES,
    Attempt,
    Canceled,
    CancelOutcome,
    Conflicting,
    DischargesOn,
    Event,
    Found,
    Funding,
    Movement,
    MovementKind,
    Outcome,
    PayeeRequest,
    PayeeStatus,
    Payout,
    Recovery,
    RecoveryOutcome,
    Rejected,
    Sent,
    TooLate,
    ToppedUp,
    TopUpOutcome,
    TopUpRequest,
    check_descriptor,
)

SECRET = b"the register's stamp"
HEADER = "Check-Register-Stamp"
LONGEST_AGE = timedelta(minutes=5)

CheckState = Literal["outstanding", "cleared", "voided", "returned"]


@dataclass(frozen=True, slots=True)
class Check:
    """A check as the register has it."""

    number: str
    attempt: Attempt
    written_at: datetime
    state: CheckState = "outstanding"
    cleared_at: datetime | None = None

    @property
    def found(self) -> Found:
        """Tell of the check as any rail tells of a payment."""
        back = self.attempt.amount_cents if self.state in {"voided", "returned"} else 0
        return Found(
            rail_id=self.number,
            payment_reference=self.attempt.payment_reference,
            amount_cents=self.attempt.amount_cents,
            payee_id=self.attempt.payee_id,
            reversed_cents=back,
            created_at=self.written_at,
            cleared_at=self.cleared_at,
        )


class ClearingRail:
    """Writes checks. A test says when the payee's bank clears one, or sends it back."""

    name = "check"
    discharges_on: DischargesOn = "clearance"

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.checks: dict[str, Check] = {}
        self.happened: list[Event] = []
        self.payees: dict[str, str] = {}
        self._by_key: dict[str, str] = {}
        self._top_ups: dict[str, ToppedUp] = {}
        self._movements: list[Movement] = []
        self._pages = 0

    async def open(self) -> None:
        """Need nothing."""

    async def aclose(self) -> None:
        """Need nothing."""

    async def account_id(self) -> str:
        """Name the account that the checks are drawn on."""
        return "drawer_1"

    async def ensure_payee(self, request: PayeeRequest) -> str:
        """Know a payee by its key."""
        return self.payees.setdefault(request.key, f"payee_{len(self.payees) + 1}")

    async def payee_status(self, payee_id: str) -> PayeeStatus:
        """Take every payee that is known for ready: a check goes by mail."""
        if payee_id not in self.payees.values():
            return PayeeStatus(payee_id, ready=False, restricted=False, closed=True, reason="unknown_payee")
        return PayeeStatus(payee_id, ready=True, restricted=False)

    async def onboarding_url(self, payee_id: str, *, refresh_url: str, return_url: str) -> str:
        """Give the page where a payee writes its address."""
        del refresh_url, return_url
        self._pages += 1
        return f"https://checks.test/{payee_id}/{self._pages}"

    async def funding(self) -> Funding:
        """Tell what is on the account and not yet promised by a check."""
        return Funding(available_cents=self.balance_cents - self.outstanding_cents, pending_cents=0)

    @property
    def balance_cents(self) -> int:
        """What the bank says is on the account."""
        return sum(one.net_cents for one in self._movements)

    @property
    def outstanding_cents(self) -> int:
        """What is promised by checks that nobody has cashed."""
        return sum(one.attempt.amount_cents for one in self.checks.values() if one.state == "outstanding")

    async def top_up(self, request: TopUpRequest) -> TopUpOutcome:
        """Take a deposit, which is there at once."""
        if request.key not in self._top_ups:
            made = ToppedUp(f"deposit_{len(self._top_ups) + 1}", request.reference, request.amount_cents, "settled")
            self._top_ups[request.key] = made
            self._book("top_up", made.rail_id, request.reference, request.amount_cents)
        made = self._top_ups[request.key]
        is_same = (made.reference, made.amount_cents) == (request.reference, request.amount_cents)
        return made if is_same else Conflicting("the key was used before")

    async def find_top_up(self, reference: str) -> tuple[ToppedUp, ...]:
        """Find the deposits of a reference."""
        return tuple(one for one in self._top_ups.values() if one.reference == reference)

    async def send(self, attempt: Attempt) -> Outcome:
        """Write a check, once a key."""
        if attempt.key in self._by_key:
            check = self.checks[self._by_key[attempt.key]]
            return Sent(check.number) if check.attempt == attempt else Conflicting("the key was used before")
        if attempt.payee_id not in self.payees.values():
            return Rejected("unknown_payee", retry="never")
        if attempt.amount_cents > (await self.funding()).available_cents:
            return Rejected("not_covered", retry="funding")
        number = f"check_{len(self.checks) + 1}"
        self.checks[number] = Check(number, attempt, self._clock())
        self._by_key[attempt.key] = number
        return Sent(number)

    async def find(self, payment_reference: str) -> tuple[Found, ...]:
        """Find the checks written for a payment."""
        return tuple(one.found for one in self.checks.values() if one.attempt.payment_reference == payment_reference)

    async def retrieve(self, rail_id: str) -> Found | None:
        """Read one check."""
        return self.checks[rail_id].found if rail_id in self.checks else None

    async def cancel(self, rail_id: str, *, key: str) -> CancelOutcome:
        """Void a check that nobody has cashed: its money never left."""
        del key
        check = self.checks.get(rail_id)
        if check is None:
            return Rejected("unknown_check", retry="never")
        if check.state == "cleared":
            return TooLate("cleared")
        if check.state == "outstanding":
            self._become(check, "voided")
        return Canceled(rail_id)

    async def recover(self, request: Recovery) -> RecoveryOutcome:
        """Refuse: what the payee's bank has, no register brings back."""
        del request
        return Rejected("not_recoverable", retry="never")

    async def payouts(self, payee_id: str, *, since: datetime) -> tuple[Payout, ...]:
        """Know of none: a check is paid to the payee's bank itself."""
        del payee_id, since
        return ()

    async def payout(self, payee_id: str, rail_id: str) -> Payout | None:
        """Know of none."""
        del payee_id, rail_id
        return None

    async def describe_payouts(self, payee_id: str, descriptor: str, *, key: str) -> None:
        """Check the words all the same."""
        del key
        check_descriptor(descriptor)
        if payee_id not in self.payees.values():
            raise MalformedRequestError("payee_id", "is nobody's")

    async def statement(self, *, since: datetime, until: datetime | None = None) -> AsyncIterator[Movement]:
        """Give what the bank booked: a check when it is cleared, not when it is written."""
        for one in self._movements:
            if since <= one.created_at and (until is None or one.created_at < until):
                yield one

    async def events(self, *, since: datetime) -> AsyncIterator[Event]:
        """Give what the bank told."""
        for one in self.happened:
            if one.created_at >= since:
                yield one

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, account_id: str | None = None) -> Event:
        """Take what bears the register's stamp, and is about this account."""
        given = next((value for name, value in headers.items() if name.lower() == HEADER.lower()), "")
        if len(raw) > MAX_EVENT_BYTES or not hmac.compare_digest(_stamp(raw).encode(), given.encode()):
            raise ForgedEventError("it does not bear the register's stamp")
        told = json.loads(raw)
        if account_id is not None and told["drawer"] != account_id:
            raise ForgedEventError("it is about another account")
        at = datetime.fromisoformat(told["at"])
        if abs(at - self._clock()) > LONGEST_AGE:
            raise ForgedEventError("it is not from now")
        return Event(told["id"], told["type"], told["check"], at, live=False, about="transfer")

    def clears(self, rail_id: str) -> Event:
        """Have the payee's bank take a check."""
        check = self.checks[rail_id]
        self._book("transfer", rail_id, check.attempt.payment_reference, -check.attempt.amount_cents)
        return self._become(check, "cleared")

    def returns(self, rail_id: str) -> Event:
        """Have a check come back: unpaid, or after it was cleared."""
        check = self.checks[rail_id]
        if check.state == "cleared":
            self._book("transfer_returned", rail_id, check.attempt.payment_reference, check.attempt.amount_cents)
        return self._become(check, "returned")

    def letter(self, event: Event) -> tuple[bytes, dict[str, str]]:
        """Write to us what happened, as the register does: bytes and headers of a webhook."""
        told = {"id": event.id, "type": event.type, "check": event.object_id, "at": event.created_at.isoformat(), "drawer": "drawer_1"}
        raw = json.dumps(told).encode()
        return raw, {HEADER: _stamp(raw)}

    def _become(self, check: Check, state: CheckState) -> Event:
        now = self._clock()
        self.checks[check.number] = replace(check, state=state, cleared_at=now if state == "cleared" else check.cleared_at)
        event = Event(f"letter_{len(self.happened) + 1}", f"check.{state}", check.number, now, live=False, about="transfer")
        self.happened.append(event)
        return event

    def _book(self, kind: MovementKind, source_id: str, reference: str, cents: int) -> None:
        now = self._clock()
        self._movements.append(Movement(f"line_{len(self._movements) + 1}", kind, source_id, reference, cents, 0, cents, now, now.date()))


def _stamp(raw: bytes) -> str:
    return hmac.new(SECRET, raw, sha256).hexdigest()
