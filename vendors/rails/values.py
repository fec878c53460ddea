"""The values that every rail takes and returns. None can be made that a rail should not be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from vendors.errors import MalformedRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

DischargesOn = Literal["transfer", "clearance"]
Retry = Literal["funding", "vendor", "never"]
About = Literal["transfer", "top_up", "payee", "payee_bank", "payout", "balance", "other"]
PayoutState = Literal["pending", "in_transit", "paid", "failed", "canceled"]
MovementKind = Literal[
    "transfer", "transfer_returned", "transfer_failed", "top_up", "top_up_returned", "fee", "payout", "payout_returned", "other"
]

MAX_CENTS = 10**10
MAX_KEY_LENGTH = 255
MAX_EVENT_BYTES = 256 * 1024
FORM_FIELDS = frozenset({"amount", "currency", "destination", "metadata", "transfer_group"})
"""All that the body of a payment's call ever had: a field that a later release leaves out stays here for the attempts that have it."""


@dataclass(frozen=True, slots=True)
class PayeeRequest:
    """A vendor to be known to the rail, by an opaque reference only: the vendor tells the rail the rest on the rail's own page."""

    reference: str
    key: str
    contact_email: str | None = None
    """Where the rail writes to the vendor (never to a member); left out unless the program chooses to give it."""

    def __post_init__(self) -> None:
        """Refuse what must not leave."""
        _check_reference(self.reference)
        _check_key(self.key)


@dataclass(frozen=True, slots=True)
class PayeeStatus:
    """Whether a payee can be paid now."""

    payee_id: str
    ready: bool
    restricted: bool
    """The rail takes no money for the payee until the payee tells it something: payments are held for the vendor until `ready`."""
    closed: bool = False
    """Gone for good: payments are rejected."""
    reason: str = ""
    """The rail's own code, for the vendor's page: it names no person."""
    bank: str | None = None
    """An opaque mark of the bank account that is set up, to see that it changed; nothing where there is none or none can be read."""


@dataclass(frozen=True, slots=True)
class Funding:
    """What the rail holds for us."""

    available_cents: int
    pending_cents: int


@dataclass(frozen=True, slots=True)
class TopUpRequest:
    """Money to be moved from our bank to the rail."""

    reference: str
    amount_cents: int
    key: str
    currency: str = "usd"

    def __post_init__(self) -> None:
        """Refuse what must not leave."""
        _check_reference(self.reference)
        _check_amount(self.amount_cents)
        _check_key(self.key)
        _check_currency(self.currency)


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """A top-up the rail knows of; the money can be spent once `settled`."""

    rail_id: str
    reference: str
    amount_cents: int
    state: Literal["pending", "settled", "failed", "canceled", "reversed"]

    @property
    def settled(self) -> bool:
        """Say whether the money is in the rail's available balance."""
        return self.state == "settled"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one payment: the frozen body of a call, and the key that makes repeating it harmless.

    `form` is the whole body as it was when the attempt began, kept with it: a rail sends exactly that, so that a release
    which asks otherwise does not turn an open attempt into another body under the same key.
    """

    payment_reference: str
    payee_id: str
    amount_cents: int
    key: str
    number: int = 1
    currency: str = "usd"
    form: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Refuse what must not leave."""
        _check_reference(self.payment_reference)
        if not self.payee_id:
            raise MalformedRequestError("payee_id", "is empty")
        _check_amount(self.amount_cents)
        _check_key(self.key)
        if self.number < 1:
            raise MalformedRequestError("number", "counts from one")
        _check_currency(self.currency)
        ours = transfer_form(self.payment_reference, self.payee_id, self.amount_cents, currency=self.currency)
        if not self.form:
            object.__setattr__(self, "form", ours)
        elif self.form.keys() - FORM_FIELDS or any(value != self.form.get(name, value) for name, value in ours.items()):
            raise MalformedRequestError("form", "says something else than the attempt")


@dataclass(frozen=True, slots=True)
class Sent:
    """The rail took the money and says under which id."""

    rail_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The rail refused for good: this key is spent, another attempt needs another key."""

    reason: str
    """The rail's stable code, never its message."""
    retry: Retry


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer that can be trusted: the money may have moved."""

    detail: str
    key_is_spent: bool = False
    """The rail repeats this useless answer for this key (a stored 500): do not send again under it, only look."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """The rail asks the whole sender to slow down; nothing was done."""

    retry_after_seconds: float


@dataclass(frozen=True, slots=True)
class Busy:
    """Another call with this key is under way, or the rail's own lock timed out: wait and repeat with the same key."""

    detail: str


@dataclass(frozen=True, slots=True)
class RailDown:
    """The rail refuses our key: nothing can be sent until a person looks."""

    detail: str


@dataclass(frozen=True, slots=True)
class Conflicting:
    """The key was used before with another body: our own mistake, never to be retried by itself."""

    detail: str


Outcome = Sent | Rejected | Unknown | Throttled | Busy | RailDown | Conflicting
TopUpOutcome = ToppedUp | Rejected | Unknown | Throttled | Busy | RailDown | Conflicting


@dataclass(frozen=True, slots=True)
class Found:
    """A payment as the rail has it now."""

    rail_id: str
    payment_reference: str
    amount_cents: int
    payee_id: str
    reversed_cents: int
    """All that ever came back of it, in total: the caller posts the difference to what it has posted."""
    created_at: datetime
    cleared_at: datetime | None = None
    """Where the rail discharges on clearance: when the payee's bank took the money. Until then the debt stands."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Money of one sent payment to be brought back from the payee, all of it or part."""

    rail_id: str
    payment_reference: str
    amount_cents: int
    key: str

    def __post_init__(self) -> None:
        """Refuse what must not leave."""
        _check_rail_id(self.rail_id)
        _check_reference(self.payment_reference)
        _check_amount(self.amount_cents)
        _check_key(self.key)


@dataclass(frozen=True, slots=True)
class Recovered:
    """The rail took the money back from the payee: what of the payment is with us again grew by `amount_cents`."""

    reversal_id: str
    rail_id: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Canceled:
    """The payment will not reach the payee: its money never left, or is ours again."""

    rail_id: str


@dataclass(frozen=True, slots=True)
class TooLate:
    """The money is with the payee, or cannot be stopped any more: nothing was changed."""

    detail: str


RecoveryOutcome = Recovered | Rejected | Unknown | Throttled | Busy | RailDown | Conflicting
CancelOutcome = Canceled | TooLate | Rejected | Unknown | Throttled | Busy | RailDown | Conflicting


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way from the payee's balance at the rail to the payee's bank; one may hold many payments."""

    rail_id: str
    payee_id: str
    amount_cents: int
    state: PayoutState
    """`paid` is not the end: a bank may still send it back within five business days, and then it is `failed`."""
    arrives_on: date | None
    failure_code: str
    """The rail's stable code where the bank refused, else empty: never its message."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of our balance at the rail, as the rail books it. All of them together are the balance."""

    rail_id: str
    kind: MovementKind
    source_id: str
    """What moved: a transfer, its reversal, a top-up, a payout ...; empty where the rail names nothing."""
    reference: str | None
    """Our own reference of the payment or the top-up, where the rail still knows it."""
    amount_cents: int
    """Signed: what came to us is positive."""
    fee_cents: int
    net_cents: int
    """Signed: the amount less the fee, by which the balance changed."""
    created_at: datetime
    available_on: date


@dataclass(frozen=True, slots=True)
class Event:
    """A hint that something changed: authentic and recent, but the object must be read again before anything is believed."""

    id: str
    type: str
    object_id: str | None
    created_at: datetime
    live: bool
    account_id: str | None = None
    """The payee whose event it is, or nothing for our own account."""
    about: About = "other"
    """What it is about, whatever the rail calls it: which object is to be read again."""


def transfer_form(payment_reference: str, payee_id: str, amount_cents: int, *, currency: str) -> dict[str, Any]:
    """Write the body of a payment's call, as an attempt that begins now keeps and sends it: ids and cents, no word about anyone."""
    return {
        "amount": amount_cents,
        "currency": currency,
        "destination": payee_id,
        "metadata": {"pid": payment_reference},
        "transfer_group": payment_reference,
    }


def _check_reference(reference: str) -> None:
    """Let only a UUID leave as a reference: it can hold no word about a person."""
    try:
        is_plain = str(UUID(reference)) == reference
    except ValueError:
        is_plain = False
    if not is_plain:
        raise MalformedRequestError("reference", "is not a UUID in its plain form")


def _check_rail_id(rail_id: str) -> None:
    """Let only an id as rails make them into an address."""
    if not rail_id or not all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in rail_id):
        raise MalformedRequestError("rail_id", "is not an id of a rail")


def _check_key(key: str) -> None:
    """Hold keys to what every rail takes."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise MalformedRequestError("key", f"is not 1 to {MAX_KEY_LENGTH} printable ASCII characters")


def _check_amount(amount_cents: int) -> None:
    if type(amount_cents) is not int or not 1 <= amount_cents <= MAX_CENTS:
        raise MalformedRequestError("amount_cents", f"{amount_cents} is not whole, and between 1 and {MAX_CENTS}")


def _check_currency(currency: str) -> None:
    if currency != "usd":
        raise MalformedRequestError("currency", "is not usd, in which alone the books are kept")
