"""The Stripe rail: recipients, top-ups and transfers through Stripe's own SDK, with our keys and no retries of its own."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

import stripe

from vendors.errors import NotAtRailError, RailAnswerError, RailUnavailableError
from vendors.rails.descriptors import check_descriptor
from vendors.rails.stripe import outcomes, reading, webhooks
from vendors.rails.stripe.asking import PAGE, after, newest_first, question
from vendors.rails.stripe.polling import events
from vendors.rails.stripe.settings import StripeSettings
from vendors.rails.stripe.statements import movements
from vendors.rails.stripe.wire import Wire, keep_quiet
from vendors.rails.values import (
    Attempt,
    CancelOutcome,
    Conflicting,
    DischargesOn,
    Event,
    Found,
    Funding,
    Movement,
    Outcome,
    PayeeRequest,
    PayeeStatus,
    Payout,
    Recovered,
    Recovery,
    RecoveryOutcome,
    Sent,
    TooLate,
    ToppedUp,
    TopUpOutcome,
    TopUpRequest,
    Unknown,
)

if TYPE_CHECKING:
    from stripe.params import (
        BalanceSettingsUpdateParams,
        TransferCreateParams,
        TransferReversalCreateParams,
    )
    from stripe.params.v2.core import AccountCreateParams


class StripeRail:
    """Pays vendors as Stripe recipients. Make it anywhere; `open()` it inside the event loop that uses it."""

    name = "stripe"
    discharges_on: DischargesOn = "transfer"

    def __init__(self, settings: StripeSettings, *, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock  # the machine's, for the age of webhook signatures only
        self._wire: Wire | None = None
        self._opened: stripe.StripeClient | None = None
        self._account_id: str | None = None

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
        async with question("ensure_payee"):
            account = await self._client.v2.core.accounts.create_async(params, {"idempotency_key": request.key})
            return reading.own_id(account)

    async def payee_status(self, payee_id: str) -> PayeeStatus:
        """Read the recipient's one capability that matters: `stripe_transfers`."""
        try:
            async with question("payee_status"):
                account = await self._client.v2.core.accounts.retrieve_async(payee_id, {"include": ["configuration.recipient"]})
                return reading.payee_status(account, bank=await self._bank(payee_id))
        except NotAtRailError:
            return PayeeStatus(payee_id, ready=False, restricted=False, closed=True, reason="resource_missing")

    async def onboarding_url(self, payee_id: str, *, refresh_url: str, return_url: str) -> str:
        """Mint a fresh single-use account link. Each call is to be a new one, so the SDK may make up its key."""
        async with question("onboarding_url"):
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
        async with question("funding"):
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
            made = reading.topped_up(topup)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            return Unknown(f"an answer that cannot be read: {type(error).__name__}")
        if (made.reference, made.amount_cents) != (request.reference, request.amount_cents):
            return Conflicting(f"{made.rail_id} is not what was asked for")
        return made

    async def find_top_up(self, reference: str) -> tuple[ToppedUp, ...]:
        """Look for a top-up by our reference. Stripe cannot filter top-ups by group, so all are read; there are few."""

        async def fetch(last: str | None) -> stripe.ListObject[stripe.Topup]:
            return await self._client.v1.topups.list_async(after(last))

        async with question("find_top_up"):
            found = [reading.topped_up(one) async for one in newest_first(fetch) if getattr(one, "transfer_group", None) == reference]
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
            found = reading.found(transfer)
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

        async def fetch(last: str | None) -> stripe.ListObject[stripe.Transfer]:
            return await self._client.v1.transfers.list_async(after(last, transfer_group=payment_reference))

        async with question("find"):
            found = [reading.found(one) async for one in newest_first(fetch)]
        return tuple(reversed(found))

    async def retrieve(self, rail_id: str) -> Found | None:
        """Read one transfer again."""
        try:
            async with question("retrieve"):
                return reading.found(await self._client.v1.transfers.retrieve_async(rail_id))
        except NotAtRailError:
            return None

    async def cancel(self, rail_id: str, *, key: str) -> CancelOutcome:
        """Say that it is too late: what Stripe took is in the payee's balance at once. Nothing is asked of Stripe."""
        del rail_id, key
        return TooLate("Stripe moves a transfer at once: recover it")

    async def recover(self, request: Recovery) -> RecoveryOutcome:
        """Reverse a transfer or part of it. Whether the payee's balance covers it is Stripe's answer, which waits for the payee."""
        form: TransferReversalCreateParams = {"amount": request.amount_cents, "metadata": {"pid": request.payment_reference}}
        try:
            reversal = await self._client.v1.transfers.reversals.create_async(request.rail_id, form, {"idempotency_key": request.key})
        except stripe.StripeError as error:
            return outcomes.of_recovery(outcomes.read(error))
        except Exception as error:  # noqa: BLE001 - an answer nobody can read is not a refusal
            return Unknown(type(error).__name__)
        try:
            made = Recovered(reading.own_id(reversal), reading.identity(reversal.transfer), reading.cents(reversal.amount))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            return Unknown(f"an answer that cannot be read: {type(error).__name__}")
        if (made.rail_id, made.amount_cents) != (request.rail_id, request.amount_cents):
            return Conflicting(f"{made.reversal_id} is not what was asked for")
        return made

    async def account_id(self) -> str:
        """Read our own account once, and remember its id."""
        if self._account_id is None:
            async with question("account_id"):
                self._account_id = reading.own_id(await self._client.v1.accounts.retrieve_current_async())
        return self._account_id

    async def payouts(self, payee_id: str, *, since: datetime) -> tuple[Payout, ...]:
        """List the payouts that Stripe made from the payee's balance, which it does by itself."""

        async def fetch(last: str | None) -> stripe.ListObject[stripe.Payout]:
            asked = after(last, created={"gte": int(since.timestamp())})
            return await self._client.v1.payouts.list_async(asked, {"stripe_account": payee_id})

        async with question("payouts"):
            found = [reading.payout(one, payee_id) async for one in newest_first(fetch)]
        return tuple(reversed(found))

    async def payout(self, payee_id: str, rail_id: str) -> Payout | None:
        """Read one payout of a payee again."""
        try:
            async with question("payout"):
                return reading.payout(await self._client.v1.payouts.retrieve_async(rail_id, {}, {"stripe_account": payee_id}), payee_id)
        except NotAtRailError:
            return None

    async def describe_payouts(self, payee_id: str, descriptor: str, *, key: str) -> None:
        """Set what the payee's bank statement shows; when payouts are made stays as it is, by Stripe itself.

        Raises:
            MalformedRequestError: the descriptor is not neutral; nothing was sent.

        """
        check_descriptor(descriptor)
        form: BalanceSettingsUpdateParams = {"payments": {"payouts": {"statement_descriptor": descriptor}}}
        async with question("describe_payouts"):
            await self._client.v1.balance_settings.update_async(form, {"stripe_account": payee_id, "idempotency_key": key})

    def statement(self, *, since: datetime, until: datetime | None = None) -> AsyncIterator[Movement]:
        """Read the balance transactions. Stripe keeps seconds only: one of the second of `since` is given, of `until` not."""
        return movements(self._client, since=since, until=until)

    def events(self, *, since: datetime) -> AsyncIterator[Event]:
        """Read the events of our account, of both versions. Those of a payee's payouts are with the payee: ask `payouts`."""
        return events(self._client, since=since, live=self.settings.is_live, ours=self._account_id)

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, account_id: str | None = None) -> Event:
        """Verify a webhook and return what it hints at.

        Raises:
            ForgedEventError: too large, not signed by Stripe, too old, from the future, of the other mode, of another platform,
                or not readable.

        """
        settings = self.settings
        return webhooks.parse(
            raw, headers, secrets=settings.webhook_secrets, live=settings.is_live, now=self._clock(), ours=account_id or self._account_id
        )

    async def _bank(self, payee_id: str) -> str | None:
        """Mark the bank accounts that Stripe shows us of a payee. That none can be read now is no reason not to know the payee's status."""
        try:
            async with question("bank"):
                listed = await self._client.v1.accounts.external_accounts.list_async(payee_id, {"limit": PAGE})
                return reading.bank_mark(listed.data)
        except RailAnswerError:
            return None

    @property
    def _client(self) -> stripe.StripeClient:
        if self._opened is None:
            raise RailUnavailableError("stripe", "the rail is not open")
        return self._opened
