"""What no other kind covers: a condition in CEL over the facts of the question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from policy.decision import Finding
from policy.errors import FactsMissingError
from policy.expression import Condition, condition
from policy.expression_facts import PLACES
from policy.expression_reading import MOST_LETTERS, ConditionError
from policy.facts import Facts
from policy.rulebook import Params, Rule
from policy.rules.kind import kind


def _checked(text: str, info: ValidationInfo) -> str:
    try:
        condition(text, tuple((info.context or {}).get("stages", ())))
    except ConditionError as error:
        raise PydanticCustomError("condition", "{problem}", {"problem": error.problem, "expected": error.expected}) from error
    return text


class ExpressionParams(Params):
    """When the rule speaks."""

    condition: Annotated[str, Field(min_length=1, max_length=MOST_LETTERS), AfterValidator(_checked)]


@kind("expression", ExpressionParams, stages=("authorize", "pay", "transfer", "reserve"), gives=tuple(PLACES))
def expression(rule: Rule[ExpressionParams], facts: Facts) -> Finding | None:
    """Speak when the condition is true; when it is neither true nor false, a person decides."""
    asked = condition(rule.params.condition, rule.stages)
    if not asked.holds(facts, rule):
        return None
    return rule.finding(**dict(_values(asked, rule, facts)))


def _values(asked: Condition, rule: Rule[ExpressionParams], facts: Facts) -> Iterator[tuple[str, Any]]:
    """Go through the facts that the condition names and the words print; one that was not needed may be unknown."""
    printed = {place for place, _ in rule.message.places}
    for one in asked.facts:
        if one.is_told and one.place not in printed:
            with suppress(FactsMissingError):
                yield one.place, one.read(facts, rule)
    for place in sorted(printed):
        yield place, PLACES[place].read(facts, rule)
