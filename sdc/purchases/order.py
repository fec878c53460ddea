"""An order: what a vendor sees of an approved purchase, and nothing of the person it is for."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Self
from uuid import UUID

from sdc.crypto import KeyRing
from sdc.purchases.model import Delivery, DeliveryState, Purchase, PurchaseState
from sdc.web.input import Output

WORDS_COLUMN = "purchases.words"
_PLACES = 3


class DeliveryOut(Output):
    """One delivery, as its vendor and its member both see it."""

    id: UUID
    quantity: str
    delivered_on: date
    state: DeliveryState
    proof: str | None
    confirm_on: date | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Show a delivery."""
        return cls(
            id=delivery.id,
            quantity=quantity_text(delivery.quantity_thousandths),
            delivered_on=delivery.delivered_on,
            state=delivery.state,
            proof=delivery.proof,
            confirm_on=delivery.confirm_on,
        )


class RecipientOut(Output):
    """Who an order is for, as far as that person let its vendor know."""

    name: str | None
    address: str | None


class OrderOut(Output):
    """An order under the vendor's own reference: whoever comes says the pick-up code."""

    id: UUID
    item: str
    quantity: str
    unit_price_cents: int
    tax_cents: int
    delivery_cents: int
    amount_cents: int
    pick_up_code: str
    deliver_by: date
    state: PurchaseState
    memo: str | None
    deliveries: list[DeliveryOut]
    recipient: RecipientOut | None = None


def order_of(purchase: Purchase, deliveries: Sequence[Delivery], keyring: KeyRing, *, recipient: RecipientOut | None = None) -> OrderOut:
    """Show a purchase that was approved to its vendor (whoever calls has checked that it is theirs, and what it may know)."""
    return OrderOut(
        id=purchase.order_id,
        item=purchase.item,
        quantity=quantity_text(purchase.quantity_thousandths),
        unit_price_cents=purchase.unit_price_cents,
        tax_cents=purchase.tax_cents,
        delivery_cents=purchase.delivery_cents,
        amount_cents=purchase.amount_cents,
        pick_up_code=purchase.pick_up_code,
        deliver_by=purchase.service_to,
        state=purchase.state,
        memo=open_words(purchase, keyring).get("memo_to_vendor"),
        deliveries=[DeliveryOut.of(delivery) for delivery in sorted(deliveries, key=lambda one: one.id)],
        recipient=recipient,
    )


def open_words(purchase: Purchase, keyring: KeyRing) -> dict[str, Any]:
    """Open the free words of a purchase: description, memo_to_vendor, sole_source_note, quote_reason."""
    words: dict[str, Any] = json.loads(keyring.open(purchase.words_sealed, WORDS_COLUMN, purchase.id))
    return words


def seal_words(words: dict[str, Any], purchase_id: UUID, keyring: KeyRing) -> bytes:
    """Seal the free words of a purchase together."""
    return keyring.seal(json.dumps(words, ensure_ascii=False), WORDS_COLUMN, purchase_id)


def quantity_text(thousandths: int) -> str:
    """Write a quantity as people do: `2`, `0.5`."""
    whole, rest = divmod(thousandths, 1_000)
    return f"{whole}.{rest:0{_PLACES}d}".rstrip("0").rstrip(".")
