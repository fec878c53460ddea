"""A rail that answers what a test has written down, and remembers all that it was sent."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from vendors import ForgedEventError, RailAnswerError
from vendors.rails import (
    Attempt,
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
    Unknown,
)

Answer = Outcome | Callable[["ScriptedRail", Attempt], Outcome]


def lost_after(rail: "ScriptedRail", attempt: Attempt) -> Outcome:
    """Take the money and lose the answer."""
    rail.take(attempt)
    return Unknown("timed out")


class ScriptedRail:
    """Sends at once unless `answers` says otherwise; the same key again is the same transfer, as a real rail keeps it."""

    name = "stripe"
    discharges_on: DischargesOn = "transfer"

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self.calls: list[Attempt] = []
        self.payees: list[PayeeRequest] = []
        self.pages: list[tuple[str, str]] = []
        self.transfers: dict[str, Found] = {}
        self.by_key: dict[str, str] = {}
        self.top_ups: dict[str, list[ToppedUp]] = defaultdict(list)
        self.top_up_answers: deque[TopUpOutcome] = deque()
        self.top_up_keys: list[str] = []
        self.statuses: dict[str, PayeeStatus] = {}
        self.events: dict[bytes, Event] = {}
        self.silent: RailAnswerError | None = None
        self.available_cents = 10**9

    async def open(self) -> None:
        """Need nothing."""

    async def aclose(self) -> None:
        """Need nothing."""

    async def ensure_payee(self, request: PayeeRequest) -> str:
        """Know a payee by its key."""
        self._speak()
        self.payees.append(request)
        return f"acct_{request.key}"

    async def payee_status(self, payee_id: str) -> PayeeStatus:
        """Say that a payee is ready, unless the test says otherwise."""
        self._speak()
        return self.statuses.get(payee_id, PayeeStatus(payee_id, ready=True, restricted=False))

    async def onboarding_url(self, payee_id: str, *, refresh_url: str, return_url: str) -> str:
        """Return an address."""
        self._speak()
        self.pages.append((refresh_url, return_url))
        return f"https://rail.test/{payee_id}/{len(self.pages)}"

    async def funding(self) -> Funding:
        """Say what there is."""
        self._speak()
        return Funding(self.available_cents, 0)

    async def top_up(self, request: TopUpRequest) -> TopUpOutcome:
        """Settle at once, unless the test says otherwise."""
        self.top_up_keys.append(request.key)
        if self.top_up_answers:
            return self.top_up_answers.popleft()
        made = ToppedUp(f"tu_{len(self.top_ups)}", request.reference, request.amount_cents, "settled")
        self.top_ups[request.reference].append(made)
        return made

    async def find_top_up(self, reference: str) -> tuple[ToppedUp, ...]:
        """Find what was asked for."""
        self._speak()
        return tuple(self.top_ups[reference])

    async def send(self, attempt: Attempt) -> Outcome:
        """Answer what is written down; else send."""
        self.calls.append(attempt)
        answer = self.answers.popleft() if self.answers else ScriptedRail.take
        return answer(self, attempt) if callable(answer) else answer

    def take(self, attempt: Attempt) -> Outcome:
        """Take the money, once a key."""
        if attempt.key not in self.by_key:
            if attempt.amount_cents > self.available_cents:
                return Rejected("balance_insufficient", retry="funding")
            rail_id = f"tr_{len(self.transfers) + 1}"
            self.by_key[attempt.key] = rail_id
            self.transfers[rail_id] = Found(
                rail_id, attempt.payment_reference, attempt.amount_cents, attempt.payee_id, 0, datetime.now(UTC)
            )
        return Sent(self.by_key[attempt.key])

    async def find(self, payment_reference: str) -> tuple[Found, ...]:
        """Find the transfers of a payment."""
        self._speak()
        return tuple(one for one in self.transfers.values() if one.payment_reference == payment_reference)

    async def retrieve(self, rail_id: str) -> Found | None:
        """Read one transfer again."""
        self._speak()
        return self.transfers.get(rail_id)

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Take only the events that the test has written down."""
        del headers
        if raw not in self.events:
            raise ForgedEventError("it is not signed")
        return self.events[raw]

    def _speak(self) -> None:
        if self.silent is not None:
            raise self.silent
