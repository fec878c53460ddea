"""Conditions that no kind of rule covers, in CEL: checked when a rulebook is loaded, bounded in cost, and only true or false counts.

This is the one module that imports the CEL library. Without it (`pip install 'sdc[cel]'`) everything works but rulebooks with such a rule.
A condition is read twice: here, for what CEL would allow and a rulebook may not (loops in loops, division by what may be zero, numbers that
are not whole, functions whose cost is not known), and by the library for names and types. Then it is tried on three made-up questions, so
that a condition that can only fail is refused too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from policy.errors import FactsMissingError, PolicyError
from policy.expression_facts import BY_NAME, FactName, FactType
from policy.expression_reading import ConditionError, explain, names_in, refuse_what_is_not_allowed
from policy.facts import Facts, Stage
from policy.rulebook import Rule

try:
    from cel_expr_python import cel
except ImportError:  # an optional extra
    cel = None

NEEDS_CEL: Final = "the CEL library: install sdc with its extra, sdc[cel]"
MOST_PURCHASES: Final = 5_000
"""How many purchases of the past a condition may look through."""


class NotComputedError(PolicyError):
    """A condition gave neither true nor false: a person decides."""


class Condition:
    """A condition that was checked, ready to be asked."""

    __slots__ = ("_program", "facts")

    def __init__(self, program: Any, facts: Sequence[FactName]) -> None:  # noqa: ANN401 - the library's own
        self._program = program
        self.facts = tuple(facts)

    def holds(self, facts: Facts, rule: Rule[Any]) -> bool:
        """Tell whether it holds.

        Raises:
            FactsMissingError: it names a fact that is not there.
            NotComputedError: it divides by zero, overflows, looks at too much, or does not come to true or false.

        """
        data: dict[str, Any] = {}
        missing: FactsMissingError | None = None
        for one in self.facts:
            try:
                data[one.name] = _given(one.read(facts, rule), one.type)
            except FactsMissingError as error:  # it may be that another fact decides
                missing = missing or error
        try:
            return self._evaluate(data)
        except NotComputedError as error:
            raise (missing or error) from error

    def _evaluate(self, data: Mapping[str, Any]) -> bool:
        try:
            value = self._program.eval(data=data)
            result = value.value()  # of an error, a text
        except Exception as error:  # the library raises what it likes
            raise NotComputedError(str(error)) from error
        if result is not True and result is not False:
            raise NotComputedError(str(result))
        return result

    def try_out(self, data: Mapping[str, Any]) -> str | None:
        """Return why it cannot be computed on some data, or None when it can."""
        try:
            self._evaluate(data)
        except NotComputedError as error:
            return str(error)
        return None


@lru_cache(maxsize=1024)
def condition(text: str, stages: tuple[Stage, ...]) -> Condition:
    """Check a condition, and make it ready to be asked at these stages.

    Raises:
        ConditionError: what is wrong with it, and what was expected.

    """
    if cel is None:
        raise ConditionError("an expression can not be checked here", NEEDS_CEL)
    refuse_what_is_not_allowed(text)
    names = [name for name in BY_NAME if _is_known_at(name, stages)]
    environment = cel.NewEnv(variables={name: _cel_type(BY_NAME[name].type) for name in names}, functions=_functions())
    try:
        program = environment.compile(text)
    except RuntimeError as error:
        raise explain(str(error), names, stages) from error
    given = program.return_type()
    if given != cel.Type.BOOL:
        raise ConditionError(f"the condition gives {_PLAIN_TYPES.get(given.name().partition('<')[0], 'something else')}", "true or false")
    used = [BY_NAME[name] for name in names_in(text, names)]
    if not used:
        raise ConditionError("the condition looks at no fact", "a condition about the question")
    made = Condition(program, used)
    for which, example in enumerate(("the smallest", "ordinary", "the largest")):
        reason = made.try_out({one.name: _EXAMPLES[one.type][which] for one in used})
        if reason is not None and not _depends_on_names(reason):
            raise ConditionError(f"the condition can not be computed with {example} numbers: {_plain_reason(reason)}", "true or false")
    return made


def _is_known_at(name: str, stages: tuple[Stage, ...]) -> bool:
    return BY_NAME[name].stages.issuperset(stages)


# ---- what the library is given --------------------------------------------------------------------


def _cel_type(fact_type: FactType) -> Any:  # noqa: ANN401 - the library's own
    kinds = cel.Type
    return {
        "whole number": kinds.INT,
        "text": kinds.STRING,
        "yes or no": kinds.BOOL,
        "day": kinds.TIMESTAMP,
        "texts": kinds.List(kinds.STRING),
        "numbers by name": kinds.Map(kinds.STRING, kinds.INT),
        "texts by name": kinds.Map(kinds.STRING, kinds.STRING),
        "purchases": kinds.List(kinds.Map(kinds.STRING, kinds.DYN)),
    }[fact_type]


_PLAIN_TYPES: Final = {
    "INT": "a whole number",
    "STRING": "a text",
    "TIMESTAMP": "a day",
    "LIST": "a list",
    "MAP": "names with values",
    "DYN": "something of no known type",
    "NULL": "nothing",
}


def _given(value: Any, fact_type: FactType) -> Any:  # noqa: ANN401 - facts are of any type
    """Return a fact as the library takes it; one of another type is not passed on, so that a person decides."""
    if fact_type == "day":
        return _instant(value)
    if fact_type == "purchases" and len(value) > MOST_PURCHASES:
        raise NotComputedError(f"{len(value)} purchases")
    if fact_type in _EXACT and type(value) is not _EXACT[fact_type]:
        raise NotComputedError(f"{value!r} is no {fact_type}")
    return value


_EXACT: Final[Mapping[str, type]] = {"whole number": int, "text": str, "yes or no": bool}


def _instant(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def _functions() -> list[Any]:
    kinds = cel.Type
    day, number, text = kinds.TIMESTAMP, kinds.INT, kinds.STRING

    def function(name: str, returns: Any, takes: list[Any], does: Any) -> Any:  # noqa: ANN401 - the library's own
        return cel.FunctionDecl(name, [cel.Overload(f"policy_{name}", returns, takes, impl=does)])

    return [
        function("date", day, [text], lambda written: _instant(date.fromisoformat(written))),
        function("days", number, [day, day], lambda first, last: (last - first).days),
        function("year", number, [day], lambda on: on.year),
        function("month", number, [day], lambda on: on.month),
        function("weekday", number, [day], lambda on: on.isoweekday()),
        function("sum", number, [kinds.List(kinds.DYN)], _sum),
    ]


def _sum(numbers: Sequence[Any]) -> int:
    if not all(type(one) is int for one in numbers):
        raise ValueError("sum of something that is no whole number")
    return sum(numbers)


# ---- trying it out --------------------------------------------------------------------------------

_EXAMPLE_DAYS: Final = (_instant(date(2000, 1, 1)), _instant(date(2026, 10, 15)), _instant(date(2099, 12, 31)))
_A_PURCHASE: Final = {"category": "WELL_GYM", "cents": 4000, "days_ago": 5, "vendor": "V", "is_set_aside": False}
_LARGEST: Final = 10**10

_EXAMPLES: Final[Mapping[FactType, tuple[Any, Any, Any]]] = {
    "whole number": (0, 4000, _LARGEST),
    "text": ("", "active", "x" * 100),
    "yes or no": (False, True, True),
    "day": _EXAMPLE_DAYS,
    "texts": ([], ["alcohol"], ["x"] * 20),
    "numbers by name": ({}, {"WELL_GYM": 4000}, {f"C{number}": _LARGEST for number in range(30)}),
    "texts by name": ({}, {"G": "wellness"}, {f"G{number}": "work" for number in range(30)}),
    "purchases": ([], [_A_PURCHASE], [{**_A_PURCHASE, "cents": _LARGEST}] * 200),
}
"""The smallest, an ordinary and the largest value of each type."""


def _depends_on_names(reason: str) -> bool:
    """Tell a failure that other names may not have: a line that this plan lacks, a list that is empty here."""
    return "NOT_FOUND" in reason or "out of bounds" in reason


def _plain_reason(reason: str) -> str:
    lower = reason.lower()
    for sign, plain in (("overflow", "a number grows too large"), ("divide", "it divides by zero"), ("modulus", "it divides by zero")):
        if sign in lower:
            return plain
    if "index" in lower:
        return "it takes something out of an empty list"
    if "overload" in lower or "expected" in lower:
        return "it compares or adds what does not go together"
    return "it looks at too much" if "budget" in lower else "it comes to nothing"
