"""A rail that answers what a test has written down, and remembers all that it was sent."""

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vendors import ForgedEventError, RailAnswerError
from vendors.rails import (
    Attempt,
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
    PayoutState,
    Recovered,
    Recovery,
    RecoveryOutcome,
    Rejected,
    Sent,
    TooLate,
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
        self.signed: dict[bytes, Event] = {}
        self.happened: list[Event] = []
        self.recovery_answers: deque[RecoveryOutcome] = deque()
        self.recoveries: list[Recovery] = []
        self.recovered: dict[str, Recovered] = {}
        self.paid_out: dict[str, list[Payout]] = defaultdict(list)
        self.descriptors: dict[str, str] = {}
        self.account = "acct_ours"
        self.movements: list[Movement] = []
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

    async def cancel(self, rail_id: str, *, key: str) -> CancelOutcome:
        """Come too late for all that was sent."""
        del key
        return TooLate("sent") if rail_id in self.transfers else Rejected("resource_missing", retry="never")

    async def recover(self, request: Recovery) -> RecoveryOutcome:
        """Bring money back once a key, as far as it is still in the payee's balance; else answer what is written down."""
        self.recoveries.append(request)
        if self.recovery_answers:
            return self.recovery_answers.popleft()
        if request.key in self.recovered:
            return self.recovered[request.key]
        found = self.transfers.get(request.rail_id)
        if found is None or request.amount_cents > found.amount_cents - found.reversed_cents:
            return Rejected("resource_missing" if found is None else "amount_too_large", retry="never")
        if request.amount_cents > self.balance_of(found.payee_id):
            return Rejected("balance_insufficient", retry="vendor")
        self.transfers[request.rail_id] = replace(found, reversed_cents=found.reversed_cents + request.amount_cents)
        self.recovered[request.key] = Recovered(f"trr_{len(self.recovered) + 1}", request.rail_id, request.amount_cents)
        return self.recovered[request.key]

    async def account_id(self) -> str:
        """Name our own account."""
        self._speak()
        return self.account

    def balance_of(self, payee_id: str) -> int:
        """Say what a payee holds that no payout took to its bank."""
        came = sum(one.amount_cents - one.reversed_cents for one in self.transfers.values() if one.payee_id == payee_id)
        return came - sum(one.amount_cents for one in self.paid_out[payee_id] if one.state not in {"failed", "canceled"})

    def pay_out(self, payee_id: str, *, state: PayoutState = "pending", failure_code: str = "") -> Payout:
        """Let all that a payee holds leave for its bank."""
        now = datetime.now(UTC)
        number = sum(map(len, self.paid_out.values())) + 1
        made = Payout(f"po_{number}", payee_id, self.balance_of(payee_id), state, (now + timedelta(days=2)).date(), failure_code, now)
        self.paid_out[payee_id].append(made)
        return made

    def becomes(self, payout: Payout, state: PayoutState, *, failure_code: str = "") -> Payout:
        """Let a payout go on, or fail."""
        changed = replace(payout, state=state, failure_code=failure_code)
        of_payee = self.paid_out[payout.payee_id]
        of_payee[[one.rail_id for one in of_payee].index(payout.rail_id)] = changed
        return changed

    async def payouts(self, payee_id: str, *, since: datetime) -> tuple[Payout, ...]:
        """Find the payouts of a payee."""
        self._speak()
        return tuple(one for one in self.paid_out[payee_id] if one.created_at >= since)

    async def payout(self, payee_id: str, rail_id: str) -> Payout | None:
        """Read one payout again."""
        self._speak()
        return next((one for one in self.paid_out[payee_id] if one.rail_id == rail_id), None)

    async def describe_payouts(self, payee_id: str, descriptor: str, *, key: str) -> None:
        """Keep what the payee's bank is to show."""
        del key
        self._speak()
        self.descriptors[payee_id] = descriptor

    async def statement(self, *, since: datetime, until: datetime | None = None) -> AsyncIterator[Movement]:
        """Give what moved our balance, oldest first: it is booked when it is first looked at."""
        self._speak()
        self._book_all()
        for one in sorted(self.movements, key=lambda movement: movement.created_at):
            if since <= one.created_at and (until is None or one.created_at < until):
                yield one

    async def events(self, *, since: datetime) -> AsyncIterator[Event]:
        """Give what happened, whether or not a webhook told of it."""
        self._speak()
        for one in sorted(self.happened, key=lambda event: event.created_at):
            if one.created_at >= since:
                yield one

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, account_id: str | None = None) -> Event:
        """Take only the events that the test has written down."""
        del headers, account_id
        if raw not in self.signed:
            raise ForgedEventError("it is not signed")
        return self.signed[raw]

    def _book_all(self) -> None:
        """Book what of the transfers and top-ups is not booked yet: a test may change them at will."""
        for one in self.transfers.values():
            self._book("transfer", one.rail_id, one.payment_reference, -one.amount_cents, one.created_at)
            self._book("transfer_returned", one.rail_id, one.payment_reference, one.reversed_cents, datetime.now(UTC))
        for top_up in [one for made in self.top_ups.values() for one in made]:
            came = top_up.amount_cents if top_up.state in {"settled", "reversed"} else 0
            back = -top_up.amount_cents if top_up.state == "reversed" else 0
            self._book("top_up", top_up.rail_id, top_up.reference, came, datetime.now(UTC))
            self._book("top_up_returned", top_up.rail_id, top_up.reference, back, datetime.now(UTC))

    def _book(self, kind: MovementKind, source_id: str, reference: str, total_cents: int, at: datetime) -> None:
        booked = sum(one.amount_cents for one in self.movements if (one.kind, one.source_id) == (kind, source_id))
        cents = total_cents - booked
        if cents:
            rail_id = f"txn_{len(self.movements) + 1}"
            self.movements.append(Movement(rail_id, kind, source_id, reference, cents, 0, cents, at, at.date()))

    def _speak(self) -> None:
        if self.silent is not None:
            raise self.silent
