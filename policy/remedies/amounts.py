"""Less of it: the largest amount, quantity or price that passes, found by asking where a rule changes its mind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from policy.decision import Decision, Finding
from policy.evaluation import BOOKS
from policy.facts import Facts, RequestFacts
from policy.remedies.asking import account_cents
from policy.remedies.trial import Search, Trial, denials, most_cents
from policy.remedies.way import Step, StepKind

FEW: Final = 60
"""So many quantities are tried one by one; of more, only those where some rule changes its mind."""

ONE: Final = Decimal(1)
Judge = Callable[[Decision], list[Finding]]
"""What of a decision is in the way; nothing when it passes."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from small to large, each a question with an amount that never falls: so many pieces, or so many cents."""

    kind: StepKind
    least: int
    most: int
    cents: Callable[[int], int]
    facts: Callable[[int], Facts]


# ---- scales ---------------------------------------------------------------------------------------


def priced(request: RequestFacts, asked: RequestFacts, quantity: Decimal, unit_price: int) -> RequestFacts:
    """Return the request with another quantity and price: tax in proportion to what was asked, delivery as it was."""
    tax, amount = _sums(asked, quantity, unit_price)
    return replace(request, quantity=quantity, unit_price_cents=unit_price, tax_cents=tax, amount_cents=amount)


def base_price(request: RequestFacts) -> int:
    """Return the price of one; of a request that names only a total, what is left of it for the thing itself."""
    if request.unit_price_cents is not None:
        return request.unit_price_cents
    return request.amount_cents - request.tax_cents - request.delivery_cents


def quantities(facts: Facts, asked: RequestFacts, unit_price: int) -> Scale:
    """Return the scale of quantities up to the one asked: whole ones stay whole, others keep their decimals."""
    step = _step(facts.asked.quantity)
    return Scale(
        "quantity",
        1,
        int(facts.asked.quantity / step),
        lambda number: _sums(asked, number * step, unit_price)[1],
        lambda number: facts.varied(request=priced(facts.asked, asked, number * step, unit_price)),
    )


def prices(facts: Facts, asked: RequestFacts, quantity: Decimal, most: int, least: int) -> Scale:
    """Return the scale of prices of one, from what the vendor sells it for up to `most`."""
    return Scale(
        "amount",
        least,
        most,
        lambda cents: _sums(asked, quantity, cents)[1],
        lambda cents: facts.varied(request=priced(facts.asked, asked, quantity, cents)),
    )


def plain_amounts(search: Search, facts: Facts) -> Scale | None:
    """Return the scale of a move, a saving or a bill: it has nothing but its amount."""
    if search.stage == "transfer" and facts.transfer is not None:
        move = facts.transfer
        return _cents(move.amount_cents, lambda cents: facts.varied(transfer=replace(move, amount_cents=cents)))
    if search.stage == "reserve" and facts.reserve is not None:
        saving = facts.reserve
        return _cents(saving.amount_cents, lambda cents: facts.varied(reserve=replace(saving, amount_cents=cents)))
    if search.stage == "pay" and facts.pay is not None and facts.pay.bill is not None and facts.pay.bill.amount_cents is not None:
        pay, bill = facts.pay, facts.pay.bill
        cents = facts.pay.bill.amount_cents
        return _cents(cents, lambda cents: facts.varied(pay=replace(pay, bill=replace(bill, amount_cents=cents))))
    return None


def _cents(most: int, facts: Callable[[int], Facts]) -> Scale:
    return Scale("amount", 1, most, lambda cents: cents, facts)


def _sums(asked: RequestFacts, quantity: Decimal, unit_price: int) -> tuple[int, int]:
    """Return the tax and the total of so many at such a price."""
    goods = int((quantity * unit_price).quantize(ONE, rounding=ROUND_HALF_UP))
    asked_goods = asked.goods_cents() if asked.tax_cents else 0
    tax = (2 * asked.tax_cents * goods + asked_goods) // (2 * asked_goods) if asked_goods else asked.tax_cents
    return tax, goods + tax + asked.delivery_cents


def _step(quantity: Decimal) -> Decimal:
    exponent = quantity.normalize().as_tuple().exponent
    return ONE.scaleb(min(0, exponent)) if isinstance(exponent, int) else ONE


# ---- where it passes ------------------------------------------------------------------------------


def largest(search: Search, scale: Scale, below: int, judge: Judge) -> tuple[int, Decision] | None:
    """Return the largest number below `below` at which nothing is in the way, and the decision there."""
    number = below - 1
    while number >= scale.least:
        decision = search.asker.ask(scale.facts(number))
        blocking = judge(decision)
        if not blocking:
            return number, decision
        number = min(number - 1, *(_limit(search, scale, number, finding) for finding in blocking))
    return None


def _first_guess(search: Search, scale: Scale, finding: Finding, top: int) -> int:
    """Return the largest number below `top` that one finding's rule would let pass, or one below the least.

    That is the amount which the finding names, unless the rule is silent again where another one changes its mind: an emergency
    within its limits needs no quotes.
    """
    own = _limit(search, scale, scale.most, finding)
    others = {within(scale, most) for one in search.decision.findings if (most := most_cents(one)) is not None}
    for number in sorted((one for one in others if max(own, scale.least - 1) < one < top), reverse=True):
        if finding.rule in search.rulebook.rules and not search.asker.speaks(finding.rule, scale.facts(number)):
            return number
    return own


def _limit(search: Search, scale: Scale, number: int, finding: Finding) -> int:
    """Return where a finding's rule changes its mind at or below a number: by the amount it names, else by asking that rule alone."""
    most = account_cents(scale.facts(scale.least)) if finding.rule == BOOKS else most_cents(finding)
    if most is not None:
        return within(scale, most)
    if finding.rule not in search.rulebook.rules or search.asker.speaks(finding.rule, scale.facts(scale.least)):
        return scale.least - 1
    low, high = scale.least, number
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if search.asker.speaks(finding.rule, scale.facts(middle)) else (middle, high)
    return low


def within(scale: Scale, cents: int) -> int:
    """Return the largest number whose amount is within a limit, or one below the least; no rule is asked."""
    low, high = scale.least - 1, scale.most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if scale.cents(middle) <= cents else (low, middle - 1)
    return low


# ---- one finding ----------------------------------------------------------------------------------


def less(search: Search, trial: Trial, finding: Finding) -> Iterator[tuple[Trial, Decision]]:
    """Yield the most that lets one finding pass: fewer pieces, else a lower price where the vendor's own allows it."""
    for scale in _scales(search, trial):
        top = scale.most if scale.cents(scale.most) == _amount(search, trial.facts) else scale.most + 1  # what was asked, if its sum fits
        guess = _first_guess(search, scale, finding, top)
        if guess < scale.least:
            continue
        found = largest(search, scale, min(guess + 1, top), lambda decision: search.in_the_way(finding, decision))
        if found is not None:
            number, decision = found
            facts = scale.facts(number)
            yield replace(trial, facts=facts, steps=(*trial.steps, amount_step(search, facts, scale.kind))), decision
            return


def _amount(search: Search, facts: Facts) -> int | None:
    """Return the amount that was asked for, or billed."""
    match search.stage:
        case "authorize":
            return facts.asked.amount_cents
        case "transfer":
            return facts.moved.amount_cents
        case "reserve":
            return facts.saved.amount_cents
        case _:
            return None if facts.billed.bill is None else facts.billed.bill.amount_cents


def _scales(search: Search, trial: Trial) -> Iterator[Scale]:
    facts = trial.facts
    if search.stage != "authorize":
        scale = plain_amounts(search, facts)
        if scale is not None:
            yield scale
        return
    asked = facts.asked
    price = base_price(asked)
    pieces = quantities(facts, asked, price)
    if pieces.most > 1:
        yield pieces
    quantity = asked.quantity if pieces.most == 1 else min(asked.quantity, ONE)
    if price > trial.least_unit_price_cents:
        yield prices(facts, asked, quantity, price, trial.least_unit_price_cents)


def amount_step(search: Search, facts: Facts, kind: StepKind) -> Step:
    """Say how much it may be."""
    cents = _amount(search, facts)
    if kind == "quantity":
        quantity = f"{facts.asked.quantity.normalize():f}"
        said = search.words("quantity", quantity=quantity, amount_cents=cents)
        return Step("quantity", said, {"quantity": quantity, "most_cents": cents})
    said = search.words("bill_amount" if search.stage == "pay" else "amount", amount_cents=cents)
    return Step("amount", said, {"most_cents": cents})


# ---- every denial ---------------------------------------------------------------------------------


def shrunk(search: Search, trial: Trial, decision: Decision) -> tuple[Trial, Decision] | None:
    """Return the trial made small enough that nothing denies it: the quantity with the fewest needs, else one for less."""
    scales = list(_scales(search, trial))
    for scale in scales:
        if scale.kind == "quantity":
            found = _fewest_needs(search, scale, decision)
        else:
            found = largest(search, scale, _start(search, scale, decision) + 1, denials)
        if found is not None:
            number, answer = found
            facts = scale.facts(number)
            return replace(trial, facts=facts, steps=(*trial.steps, amount_step(search, facts, scale.kind))), answer
    return None


def _start(search: Search, scale: Scale, decision: Decision) -> int:
    return min((_limit(search, scale, scale.most, finding) for finding in denials(decision)), default=scale.most)


def _fewest_needs(search: Search, scale: Scale, decision: Decision) -> tuple[int, Decision] | None:
    """Return the largest number among those with the fewest needs: each is tried, or those at which a rule changes its mind."""
    best: tuple[int, Decision] | None = None
    top = _start(search, scale, decision)
    tried: set[int] = set()
    waiting = set(range(1, top + 1)) if top <= FEW else {1, top, *_turning_points(scale, decision, top)}
    while waiting - tried:
        number = max(waiting - tried)
        tried.add(number)
        if number < scale.least:
            continue
        answer = search.asker.ask(scale.facts(number))
        waiting |= set(_turning_points(scale, answer, top)) if top > FEW else set()
        if answer.outcome != "deny" and (best is None or len(answer.needs) < len(best[1].needs)):
            best = number, answer
        if best is not None and not best[1].needs:
            break
    return best


def _turning_points(scale: Scale, decision: Decision, top: int) -> Iterator[int]:
    """Yield the largest numbers that each finding would let pass."""
    for finding in decision.findings:
        most = most_cents(finding)
        if most is not None:
            number = within(scale, most)
            if scale.least <= number <= top:
                yield number
