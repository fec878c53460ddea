"""A rail in this process that pays when it is told to: a flow says when money leaves and when it comes back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from vendors.rails import (
    Attempt,
    Busy,
    DischargesOn,
    Event,
    Found,
    Funding,
    Outcome,
    PayeeRequest,
    PayeeStatus,
    Rejected,
    Sent,
    ToppedUp,
    TopUpOutcome,
    TopUpRequest,
)


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
        return self._top_ups.setdefault(
            request.key, ToppedUp(f"tu_{len(self._top_ups) + 1}", request.reference, request.amount_cents, "settled")
        )

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
        self.transfers[rail_id] = replace(found, reversed_cents=found.amount_cents)

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Take no events: a flow changes the transfer, and the object is read again."""
        raise NotImplementedError
