"""A fair price: the ceiling, the arithmetic, quotes."""

from __future__ import annotations

from pydantic import Field

from policy.decision import Finding
from policy.facts import Facts
from policy.rulebook import NoParams, Params, Rule
from policy.rules.approval import is_emergency_lane_open
from policy.rules.kind import WHOLE, CategoryCode, Cents, Count, Share, Silence, floor_share, kind


class CeilingParams(Params):
    """The most that one unit may cost, by category."""

    ceilings: dict[CategoryCode, Cents] = Field(default_factory=dict)


class QuoteParams(Params):
    """From which amount on how many quotes are asked for."""

    at_cents: Cents
    quotes: Count


class LowestQuoteParams(Params):
    """How far above the lowest quote a price may be."""

    tolerance: Share


@kind(
    "unit_price_ceiling",
    CeilingParams,
    gives=("category", "unit_price_cents", "ceiling_cents"),
    silence=Silence(about=lambda rule: rule.params.ceilings),
)
def unit_price_ceiling(rule: Rule[CeilingParams], facts: Facts) -> Finding | None:
    """Refuse a price above the ceiling of its category."""
    asked = facts.asked
    ceiling = rule.params.ceilings.get(asked.category)
    if ceiling is None or asked.unit_price <= ceiling:
        return None
    return rule.finding(category=asked.category, unit_price_cents=asked.unit_price, ceiling_cents=ceiling)


@kind("unit_arithmetic", NoParams, gives=("sum_cents", "amount_cents"))
def unit_arithmetic(rule: Rule[NoParams], facts: Facts) -> Finding | None:
    """Refuse a total that is not quantity times price, plus tax and delivery."""
    asked = facts.asked
    total = asked.goods_cents() + asked.tax_cents + asked.delivery_cents
    return None if total == asked.amount_cents else rule.finding(sum_cents=total, amount_cents=asked.amount_cents)


@kind(
    "enough_quotes",
    QuoteParams,
    gives=("quotes", "quotes_needed", "most_cents"),
    silence=Silence(up_to=lambda rule: rule.params.at_cents - 1),
)
def enough_quotes(rule: Rule[QuoteParams], facts: Facts) -> Finding | None:
    """Ask for quotes, or why there is only one source, before something big that is not clinical."""
    asked, params = facts.asked, rule.params
    if asked.amount_cents < params.at_cents or asked.quotes >= params.quotes or asked.sole_source_note.strip():
        return None
    if rule.category(asked.category).group == "clinical" or is_emergency_lane_open(rule, facts):
        return None
    return rule.finding(quotes=asked.quotes, quotes_needed=params.quotes, most_cents=max(0, params.at_cents - 1))


@kind("lowest_quote", LowestQuoteParams, gives=("lowest_quote_cents", "most_cents"), silence=Silence({"request.lowest_quote_cents": None}))
def lowest_quote(rule: Rule[LowestQuoteParams], facts: Facts) -> Finding | None:
    """Point at a choice well above the lowest quote, when no reason is given."""
    asked = facts.asked
    lowest = asked.lowest_quote_cents
    if lowest is None or asked.quote_reason.strip():
        return None
    most = floor_share(lowest, WHOLE + rule.params.tolerance)
    return rule.finding(lowest_quote_cents=lowest, most_cents=most) if asked.amount_cents > most else None
