"""A rail in this process that pays when it is told to: a flow says when money leaves and when it comes back."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from vendors import ForgedEventError
from vendors.rails import (
    Attempt,
    Busy,
    CancelOutcome,
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
    Recovered,
    Recovery,
    RecoveryOutcome,
    Rejected,
    Sent,
    TooLate,
    ToppedUp,
    TopUpOutcome,
    TopUpRequest,
)

ACCOUNT: Final = "acct_flow"


class FlowRail:
    """Keeps transfers in memory. `answer` is what the next calls to send get; None lets them pass."""

    name = "stripe"
    discharges_on: DischargesOn = "transfer"

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.answer: Busy | Rejected | None = None
        self.transfers: dict[str, Found] = {}
        self._top_ups: dict[str, ToppedUp] = {}
        self._keys: dict[str, str] = {}
        self._recovered: dict[str, Recovered] = {}
        self._movements: list[Movement] = []
        self.told: list[Event] = []

    async def open(self) -> None:
        """Nothing has to be opened."""

    async def aclose(self) -> None:
        """Nothing has to be closed."""

    async def ensure_payee(self, request: PayeeRequest) -> str:
        """Know everybody."""
        return f"payee_{request.reference}"

    async def payee_status(self, payee_id: str) -> PayeeStatus:
        """Be ready to pay everybody."""
        return PayeeStatus(payee_id, ready=True, restricted=False)

    async def onboarding_url(self, payee_id: str, *, refresh_url: str, return_url: str) -> str:
        """Send the payee back where they came from."""
        del payee_id, refresh_url
        return return_url

    async def funding(self) -> Funding:
        """Tell what is left of the top-ups."""
        came = sum(one.amount_cents for one in self._top_ups.values())
        left = sum(one.amount_cents - one.reversed_cents for one in self.transfers.values())
        return Funding(available_cents=came - left, pending_cents=0)

    async def top_up(self, request: TopUpRequest) -> TopUpOutcome:
        """Take the money at once."""
        if request.key not in self._top_ups:
            made = ToppedUp(f"tu_{len(self._top_ups) + 1}", request.reference, request.amount_cents, "settled")
            self._top_ups[request.key] = made
            self._book("top_up", made.rail_id, request.reference, request.amount_cents)
        return self._top_ups[request.key]

    async def find_top_up(self, reference: str) -> tuple[ToppedUp, ...]:
        """Find the top-ups of a reference."""
        return tuple(one for one in self._top_ups.values() if one.reference == reference)

    async def send(self, attempt: Attempt) -> Outcome:
        """Pay once per key, unless the flow said what to answer instead."""
        if attempt.key in self._keys:
            return Sent(self._keys[attempt.key])
        if self.answer is not None:
            return self.answer
        rail_id = f"tr_{len(self.transfers) + 1}"
        self._keys[attempt.key] = rail_id
        self.transfers[rail_id] = Found(rail_id, attempt.payment_reference, attempt.amount_cents, attempt.payee_id, 0, self.at)
        self._book("transfer", rail_id, attempt.payment_reference, -attempt.amount_cents)
        return Sent(rail_id)

    async def find(self, payment_reference: str) -> tuple[Found, ...]:
        """Find the transfers of a payment."""
        return tuple(one for one in self.transfers.values() if one.payment_reference == payment_reference)

    async def retrieve(self, rail_id: str) -> Found | None:
        """Read one transfer."""
        return self.transfers.get(rail_id)

    def take_back(self, rail_id: str) -> None:
        """Have the whole of a transfer come back."""
        found = self.transfers[rail_id]
        self._return(found, found.amount_cents - found.reversed_cents)

    async def cancel(self, rail_id: str, *, key: str) -> CancelOutcome:
        """Come too late: what is sent is with the payee."""
        del key
        return TooLate("sent") if rail_id in self.transfers else Rejected("resource_missing", retry="never")

    async def recover(self, request: Recovery) -> RecoveryOutcome:
        """Bring back what is left of a transfer, once per key."""
        if request.key in self._recovered:
            return self._recovered[request.key]
        found = self.transfers.get(request.rail_id)
        if found is None or request.amount_cents > found.amount_cents - found.reversed_cents:
            return Rejected("resource_missing" if found is None else "amount_too_large", retry="never")
        self._return(found, request.amount_cents)
        made = Recovered(f"trr_{len(self._recovered) + 1}", request.rail_id, request.amount_cents)
        self._recovered[request.key] = made
        return made

    async def account_id(self) -> str:
        """Name the one account that all flows pay from."""
        return ACCOUNT

    async def payouts(self, payee_id: str, *, since: datetime) -> tuple[Payout, ...]:
        """Know of none: no bank is behind the payees of a flow."""
        del payee_id, since
        return ()

    async def payout(self, payee_id: str, rail_id: str) -> Payout | None:
        """Know of none."""
        del payee_id, rail_id
        return None

    async def describe_payouts(self, payee_id: str, descriptor: str, *, key: str) -> None:
        """Need no words for a bank statement that nobody writes."""

    async def statement(self, *, since: datetime, until: datetime | None = None) -> AsyncIterator[Movement]:
        """Give what was booked, oldest first."""
        for one in self._movements:
            if since <= one.created_at and (until is None or one.created_at < until):
                yield one

    async def events(self, *, since: datetime) -> AsyncIterator[Event]:
        """Give what a flow has written down to be told of."""
        for one in self.told:
            if one.created_at >= since:
                yield one

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, account_id: str | None = None) -> Event:
        """Take no events from outside: nobody signs for this rail."""
        del raw, headers, account_id
        raise ForgedEventError("nobody signs for this rail")

    def _return(self, found: Found, cents: int) -> None:
        self.transfers[found.rail_id] = replace(found, reversed_cents=found.reversed_cents + cents)
        if cents:
            self._book("transfer_returned", found.rail_id, found.payment_reference, cents)

    def _book(self, kind: MovementKind, source_id: str, reference: str, cents: int) -> None:
        rail_id = f"txn_{len(self._movements) + 1}"
        self._movements.append(Movement(rail_id, kind, source_id, reference, cents, 0, cents, self.at, self.at.date()))
