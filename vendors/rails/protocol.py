"""What every rail promises: the verbs by which vendors are paid.

A payment's outcome is a returned value, never an exception; `top_up`, `recover` and `cancel` answer in the same way:

| returned    | the money                       | what the caller does                                       |
|-------------|---------------------------------|------------------------------------------------------------|
| Sent        | left                            | settle                                                     |
| Rejected    | certainly did not leave         | hold for funding or vendor (new attempt later), or give up |
| Unknown     | may have left                   | same key while younger than 23 h, after that `find`        |
| Throttled   | did not leave                   | slow the whole sender down, then the same key              |
| Busy        | another call holds this key     | wait, then the same key                                    |
| RailDown    | did not leave, nor will others  | stop the sender, call a person, fail nothing               |
| Conflicting | may have left under this key    | our own mistake: freeze the payment, call a person         |

Questions (`payee_status`, `funding`, `find`, `retrieve`, `payouts`, `statement` ...) answer or raise one of the RailAnswerErrors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from vendors.rails.values import (
        Attempt,
        CancelOutcome,
        DischargesOn,
        Event,
        Found,
        Funding,
        Movement,
        Outcome,
        PayeeRequest,
        PayeeStatus,
        Payout,
        Recovery,
        RecoveryOutcome,
        ToppedUp,
        TopUpOutcome,
        TopUpRequest,
    )


class Rail(Protocol):
    """A way to pay vendors. Make it anywhere; open and use it inside one running event loop."""

    @property
    def name(self) -> str:
        """The rail's short name, as the ledger's transit account carries it."""

    @property
    def discharges_on(self) -> DischargesOn:
        """What ends our debt: the transfer itself, or its clearance at the vendor's bank."""

    async def open(self) -> None:
        """Make the connections that belong to this event loop."""

    async def aclose(self) -> None:
        """Let the connections go; the rail may be opened again."""

    async def ensure_payee(self, request: PayeeRequest) -> str:
        """Make the payee known and return its id; the same key again returns the same id."""

    async def payee_status(self, payee_id: str) -> PayeeStatus:
        """Say whether the payee can be paid now. A payee the rail does not know is closed."""

    async def onboarding_url(self, payee_id: str, *, refresh_url: str, return_url: str) -> str:
        """Return a fresh, short-lived address where the payee tells the rail what it needs. Coming back from it proves nothing."""

    async def funding(self) -> Funding:
        """Say what can be sent now and what is on its way to us."""

    async def top_up(self, request: TopUpRequest) -> TopUpOutcome:
        """Ask for money to be moved from our bank."""

    async def find_top_up(self, reference: str) -> tuple[ToppedUp, ...]:
        """Return every top-up made under `reference`, oldest first."""

    async def send(self, attempt: Attempt) -> Outcome:
        """Send the money once per key, and say what is known of it."""

    async def find(self, payment_reference: str) -> tuple[Found, ...]:
        """Return every transfer made for the payment, oldest first."""

    async def retrieve(self, rail_id: str) -> Found | None:
        """Read one transfer again, or return nothing where the rail has none."""

    async def cancel(self, rail_id: str, *, key: str) -> CancelOutcome:
        """Stop a sent payment before the payee has the money, where the rail can."""

    async def recover(self, request: Recovery) -> RecoveryOutcome:
        """Bring money of a sent payment back from the payee, once per key; only as far as the payee's balance at the rail covers it."""

    async def account_id(self) -> str:
        """Return the id of our own account at the rail."""

    async def payouts(self, payee_id: str, *, since: datetime) -> tuple[Payout, ...]:
        """Return what left the payee's balance for the payee's bank since then, oldest first."""

    async def payout(self, payee_id: str, rail_id: str) -> Payout | None:
        """Read one payout again, or return nothing where the payee has none such."""

    async def describe_payouts(self, payee_id: str, descriptor: str, *, key: str) -> None:
        """Say what the payee's bank statement shows for payouts: a neutral word that tells nothing about any member.

        Raises:
            MalformedRequestError: the descriptor could tell more than that money came; nothing was sent.
            RailAnswerError: the rail did not answer as asked.

        """

    def statement(self, *, since: datetime, until: datetime | None = None) -> AsyncIterator[Movement]:
        """Give every movement of our balance booked from `since` on and before `until`, oldest first, each once."""

    def events(self, *, since: datetime) -> AsyncIterator[Event]:
        """Give the events since then that a webhook would have brought, oldest first: some may have come already."""

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, account_id: str | None = None) -> Event:
        """Verify a webhook and return what it hints at; the headers' names may be in any case.

        With `account_id`, our own account, an event of another platform is refused where the rail can tell.

        Raises:
            ForgedEventError: too large, not signed by the rail, too old, from the future, not ours, or not readable.

        """
