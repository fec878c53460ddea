"""Money is whole cents; text appears here only."""

from collections.abc import Sequence

MAX_AMOUNT_CENTS = 10**10
"""The largest amount that a request may name: one hundred million dollars."""

_THOUSAND = 1_000


def dollars(cents: int) -> str:
    """Write cents as a person reads them: `$1,659.84`, `-$5.00`."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}${whole:,}.{rest:02d}"


def line_total_cents(quantity_thousandths: int, unit_price_cents: int) -> int:
    """Multiply a quantity of thousandths by a unit price, half a cent rounded up."""
    return (quantity_thousandths * unit_price_cents + _THOUSAND // 2) // _THOUSAND


def share_cents(amount_cents: int, part: int, whole: int) -> int:
    """Take `part` of `whole` parts of an amount, rounded down, so that the parts together never exceed it."""
    return amount_cents * part // whole


def split_cents(amount_cents: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights to the cent: largest remainder first, ties to the earlier share."""
    total = sum(weights)
    shares = [amount_cents * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount_cents * weights[i] % total), i))
    for index in by_remainder[: amount_cents - sum(shares)]:
        shares[index] += 1
    return shares
