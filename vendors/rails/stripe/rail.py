"""The Stripe rail: recipients, top-ups and transfers through Stripe's own SDK, with our keys and no retries of its own."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, cast

import stripe

from vendors.errors import NotAtRailError, RailUnavailableError
from vendors.rails.protocol import (
    Attempt,
    Conflicting,
    DischargesOn,
    Event,
    Found,
    Funding,
    Outcome,
    PayeeRequest,
    PayeeStatus,
    Sent,
    ToppedUp,
    TopUpOutcome,
    TopUpRequest,
    Unknown,
)
from vendors.rails.stripe import outcomes, webhooks
from vendors.rails.stripe.settings import StripeSettings
from vendors.rails.stripe.wire import Wire, keep_quiet

if TYPE_CHECKING:
    from stripe.params import TransferCreateParams
    from stripe.params.v2.core import AccountCreateParams

PAGE: Final = 100
TOP_UP_STATES: Final[Mapping[str, Literal["pending", "settled", "failed", "canceled", "reversed"]]] = {
    "pending": "pending",
    "succeeded": "settled",
    "failed": "failed",
    "canceled": "canceled",
    "reversed": "reversed",
}


class StripeRail:
    """Pays vendors as Stripe recipients. Make it anywhere; `open()` it inside the event loop that uses it."""

    name = "stripe"
    discharges_on: DischargesOn = "transfer"

    def __init__(self, settings: StripeSettings, *, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock  # the machine's, for the age of webhook signatures only
        self._wire: Wire | None = None
        self._opened: stripe.StripeClient | None = None

    async def open(self) -> None:
        """Make the connection pool, which belongs to the running event loop."""
        if self._opened is not None:
            return
        keep_quiet()
        self._wire = Wire(self.settings)
        self._opened = stripe.StripeClient(
            self.settings.api_key, base_addresses={"api": self.settings.api_base}, http_client=self._wire, max_network_retries=0
        )

    async def aclose(self) -> None:
        """Let the connections go."""
        wire, self._wire, self._opened = self._wire, None, None
        if wire is not None:
            await wire.close_async()

    async def ensure_payee(self, request: PayeeRequest) -> str:
        """Make the vendor a recipient. Nothing is told of it but our reference: it tells Stripe the rest on Stripe's page."""
        params: AccountCreateParams = {
            "dashboard": "express",
            "identity": {"country": "us"},
            "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
            "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
            "metadata": {"pid": request.reference},
        }
        if request.contact_email is not None:
            params["contact_email"] = request.contact_email
        async with _question("ensure_payee"):
            account = await self._client.v2.core.accounts.create_async(params, {"idempotency_key": request.key})
            return account.id

    async def payee_status(self, payee_id: str) -> PayeeStatus:
        """Read the recipient's one capability that matters: `stripe_transfers`."""
        try:
            async with _question("payee_status"):
                account = await self._client.v2.core.accounts.retrieve_async(payee_id, {"include": ["configuration.recipient"]})
        except NotAtRailError:
            return PayeeStatus(payee_id, ready=False, restricted=False, closed=True, reason="resource_missing")
        recipient = account.configuration.recipient if account.configuration else None
        balance = recipient.capabilities.stripe_balance if recipient and recipient.capabilities else None
        transfers = balance.stripe_transfers if balance else None
        status = transfers.status if transfers else "not_requested"
        details = transfers.status_details if transfers else []
        closed = bool(getattr(account, "closed", False))
        return PayeeStatus(
            payee_id,
            ready=status == "active" and not closed,
            restricted=status in {"restricted", "rejected", "unsupported"},
            closed=closed,
            reason="account_closed" if closed else next((detail.code for detail in details), "" if status == "active" else status),
        )

    async def onboarding_url(self, payee_id: str, *, refresh_url: str, return_url: str) -> str:
        """Mint a fresh single-use account link. Each call is to be a new one, so the SDK may make up its key."""
        async with _question("onboarding_url"):
            link = await self._client.v2.core.account_links.create_async(
                {
                    "account": payee_id,
                    "use_case": {
                        "type": "account_onboarding",
                        "account_onboarding": {"refresh_url": refresh_url, "return_url": return_url},
                    },
                },
            )
            return link.url

    async def funding(self) -> Funding:
        """Read our balance in dollars."""
        async with _question("funding"):
            balance = await self._client.v1.balance.retrieve_async()
            return Funding(
                available_cents=sum(part.amount for part in balance.available if part.currency == "usd"),
                pending_cents=sum(part.amount for part in balance.pending if part.currency == "usd"),
            )

    async def top_up(self, request: TopUpRequest) -> TopUpOutcome:
        """Ask for money from the bank account that Stripe knows as ours."""
        try:
            topup = await self._client.v1.topups.create_async(
                {
                    "amount": request.amount_cents,
                    "currency": request.currency,
                    "transfer_group": request.reference,
                    "metadata": {"pid": request.reference},
                },
                {"idempotency_key": request.key},
            )
        except stripe.StripeError as error:
            return outcomes.of_payment(outcomes.read(error))
        except Exception as error:  # noqa: BLE001 - an answer nobody can read is not a refusal
            return Unknown(type(error).__name__)
        try:
            made = _topped_up(topup)
        except (AttributeError, LookupError, TypeError) as error:
            return Unknown(f"an answer without {error}")
        if (made.reference, made.amount_cents) != (request.reference, request.amount_cents):
            return Conflicting(f"{made.rail_id} is not what was asked for")
        return made

    async def find_top_up(self, reference: str) -> tuple[ToppedUp, ...]:
        """Look for a top-up by our reference. Stripe cannot filter top-ups by group, so all are read; there are few."""
        async with _question("find_top_up"):
            page = await self._client.v1.topups.list_async({"limit": PAGE})
            found = [_topped_up(topup) async for topup in page.auto_paging_iter() if topup.transfer_group == reference]
        return tuple(reversed(found))

    async def send(self, attempt: Attempt) -> Outcome:
        """Make one transfer, in the form that the attempt keeps.

        Whatever happens is returned, never raised; only what Stripe confirmed in full is Sent.
        """
        try:
            form = cast("TransferCreateParams", dict(attempt.form))
            transfer = await self._client.v1.transfers.create_async(form, {"idempotency_key": attempt.key})
        except stripe.StripeError as error:
            return outcomes.of_payment(outcomes.read(error))
        except Exception as error:  # noqa: BLE001 - an answer nobody can read is not a refusal
            return Unknown(type(error).__name__)
        try:
            found = _found(transfer)
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
            return Unknown(f"an answer that cannot be read: {type(error).__name__}")
        if (found.payment_reference, found.payee_id, found.amount_cents) != (
            attempt.payment_reference,
            attempt.payee_id,
            attempt.amount_cents,
        ):
            return Conflicting(f"{found.rail_id} is not what was asked for")
        return Sent(found.rail_id)

    async def find(self, payment_reference: str) -> tuple[Found, ...]:
        """List the transfers of the payment's group, oldest first."""
        async with _question("find"):
            page = await self._client.v1.transfers.list_async({"transfer_group": payment_reference, "limit": PAGE})
            found = [_found(transfer) async for transfer in page.auto_paging_iter()]
        return tuple(reversed(found))

    async def retrieve(self, rail_id: str) -> Found | None:
        """Read one transfer again."""
        try:
            async with _question("retrieve"):
                return _found(await self._client.v1.transfers.retrieve_async(rail_id))
        except NotAtRailError:
            return None

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> Event:
        """Verify a webhook and return what it hints at.

        Raises:
            ForgedEventError: too large, not signed by Stripe, too old, from the future, of the other mode, or not readable.

        """
        return webhooks.parse(raw, headers, secrets=self.settings.webhook_secrets, live=self.settings.is_live, now=self._clock())

    @property
    def _client(self) -> stripe.StripeClient:
        if self._opened is None:
            raise RailUnavailableError("stripe", "the rail is not open")
        return self._opened


@asynccontextmanager
async def _question(asked: str) -> AsyncIterator[None]:
    """Turn a failed or unreadable answer to a question into the rail's own errors."""
    try:
        yield
    except stripe.StripeError as error:
        raise outcomes.of_question(asked, outcomes.read(error)) from error
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise RailUnavailableError(asked, f"an answer that cannot be read: {type(error).__name__}") from error


def _found(transfer: stripe.Transfer) -> Found:
    destination = transfer.destination
    return Found(
        rail_id=transfer.id,
        payment_reference=transfer.transfer_group or "",
        amount_cents=transfer.amount,
        payee_id=destination if isinstance(destination, str) else (destination.id if destination else ""),
        reversed_cents=transfer.amount_reversed,
        created_at=datetime.fromtimestamp(transfer.created, tz=UTC),
    )


def _topped_up(topup: stripe.Topup) -> ToppedUp:
    return ToppedUp(
        rail_id=topup.id,
        reference=topup.transfer_group or "",
        amount_cents=topup.amount,
        state=TOP_UP_STATES[topup.status],
    )
