"""Read the lines of a file of facts, each one JSON object, into the steps of a replay. docs/dry-run.md tells writers the form.

What is inside a line is written as `storing.py` writes it, and is read as strictly. To keep a file of millions of lines small, a vendor
is said once and named after, and a request leaves out what is plain: asked by the member, at the instant of the question, bought that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal

from policy.errors import StoredFactsError
from policy.facts import (
    Approval,
    BudgetFacts,
    MemberFacts,
    PayFacts,
    PlanFacts,
    RequestFacts,
    ReserveFacts,
    Stage,
    TransferFacts,
    VendorFacts,
)
from policy.history import Spend
from policy.replay_steps import Asked, Moved, Standing, Step
from policy.storing import Reader, field_readers, reader

FORM: Final = 1
"""The number of this form: the first line of a file says it."""

FIRST_LINE: Final = {"line": "facts", "form": FORM}

STAGES: Final[Mapping[str, tuple[Stage, str]]] = {
    "request": ("authorize", "request"),
    "again": ("authorize", "request"),
    "bill": ("pay", "pay"),
    "move": ("transfer", "transfer"),
    "saving": ("reserve", "reserve"),
}
"""The lines that ask something: the stage, and the part of the facts that says what is asked."""

MONEY: Final = ("spent", "returned", "refunded", "closed", "unsaved")
"""The lines that tell of money."""


class LineReader:
    """Reads lines in their order; it knows the vendors said so far, and whose lines these are."""

    def __init__(self, vendors: Mapping[str, VendorFacts] | None = None) -> None:
        self.vendors: dict[str, VendorFacts] = dict(vendors or {})
        self.member_id: str | None = None
        self._at: datetime | None = None
        asked = {**_AROUND, **_ASKED, "vendor": self._seller}
        self._asked_facts = {kind: {**asked, part: _PARTS[part]} for kind, (_, part) in STAGES.items()}
        self._asked_facts["bill"]["of"] = _text

    def read(self, line: Any) -> tuple[Step, ...]:  # noqa: ANN401 - what a line of JSON holds
        """Return the steps that a line tells; none for one about the file or a vendor.

        Raises:
            StoredFactsError: something is missing, unknown, of another type, or out of order; says where.

        """
        kind = line.get("line") if type(line) is dict else None
        if type(kind) is not str:
            raise StoredFactsError("line", "this is missing", f"an object with one of {', '.join(_KINDS)}")
        if kind in STAGES:
            return self._asked(line, kind)
        if kind in MONEY:
            return (self._moved(line, kind),)
        if kind == "member":
            return (self._member(line),)
        if kind == "vendor":
            vendor = _needed(_values(line, {"line": _text, "vendor": _vendor}), "vendor")
            self.vendors[vendor.id] = vendor
        elif line != FIRST_LINE:
            raise StoredFactsError("line", "this line, or its form, is not known", f"one of {', '.join(_KINDS)}; form {FORM}")
        return ()

    def _member(self, line: dict[str, Any]) -> Standing:
        values = _values(line, _AROUND)
        member: MemberFacts = _needed(values, "member")
        if member.id != self.member_id:
            self.member_id, self._at = member.id, None
        return _standing(values)

    def _asked(self, line: dict[str, Any], kind: str) -> tuple[Step, ...]:
        stage, _ = STAGES[kind]
        values = _values(line, self._asked_facts[kind])
        for name in _NEEDED[kind]:
            if name not in values:
                raise StoredFactsError(name, "this is missing", "")
        self._follow(values["at"])
        around = _standing(values) if not line.keys().isdisjoint(_TOLD_AROUND) else None
        if kind == "request":
            values["request"] = self._request(values["request"], values["at"])
        elif kind == "again":
            values["changes"] = values.pop("request", None)
        step = Asked(stage=stage, **values)
        return (step,) if around is None else (around, step)

    def _request(self, values: dict[str, Any], at: datetime) -> RequestFacts:
        """Fill in what is plain."""
        for name in ("category", "amount_cents"):
            if name not in values:
                raise StoredFactsError(f"request.{name}", "this is missing", "")
        if "submitted_by" not in values:
            values["submitted_by"] = self.member_id
        if "submitted_at" not in values:
            values["submitted_at"] = at
        if "purchase_date" not in values:
            values["purchase_date"] = at.date()
        return RequestFacts(**values)

    def _seller(self, told: Any) -> VendorFacts:  # noqa: ANN401 - see read
        if type(told) is not str:
            vendor: VendorFacts = _vendor(told)
            return vendor
        known = self.vendors.get(told)
        if known is None:
            raise StoredFactsError("", "nothing was said of this vendor before", "")
        return known

    def _moved(self, line: dict[str, Any], kind: str) -> Moved:
        values = _values(line, _MOVED)
        self._follow(_needed(values, "at"))
        of = "" if kind == "unsaved" else _needed(values, "of")
        cents = 0 if kind == "closed" else _needed(values, "cents")
        if cents < 0:
            raise StoredFactsError("cents", "this is below nothing", "")
        return Moved(kind, of, values["at"], cents, values.get("bill"))

    def _follow(self, at: datetime) -> None:
        """Hold a member's lines to the order of time."""
        if self.member_id is None:
            raise StoredFactsError("line", "nobody's line", "a line about a member before")
        before = self._at
        if before is not None:
            if (at.tzinfo is None) != (before.tzinfo is None):
                raise StoredFactsError("at", "one instant has a time zone, and one before has none", "")
            if at < before:
                raise StoredFactsError("at", "this is before the line above", "the lines of a member in the order of time")
        self._at = at


def _standing(values: dict[str, Any]) -> Standing:
    """Take out of a line what stands around a member from here on."""
    budget, is_told = values.pop("budget", (None, False))
    releases = values.pop("releases", None)
    if budget is not None and releases is None and not is_told:
        releases = ((budget.starts_on, budget.allocated_cents),)
    return Standing(
        program=values.pop("program", None),
        member=values.pop("member", None),
        plan=values.pop("plan", None),
        budget=budget,
        account=values.pop("account", None),
        is_balance_told=is_told,
        releases=releases,
        history=values.pop("history", ()),
    )


def _values(data: Any, known: Mapping[str, Reader]) -> dict[str, Any]:  # noqa: ANN401 - see LineReader.read
    """Read some named facts; which are needed is for the caller to say."""
    if type(data) is not dict:
        raise StoredFactsError("", "this is no object", "an object")
    values: dict[str, Any] = {}
    name = ""
    try:
        for name, value in data.items():
            values[name] = known[name](value)
    except KeyError:
        raise StoredFactsError(name, "this is not known here", f"one of {', '.join(known)}") from None
    except StoredFactsError as error:
        raise error.inside(name) from None
    values.pop("line", None)
    return values


def _needed(values: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - see LineReader.read
    if name not in values:
        raise StoredFactsError(name, "this is missing", "")
    return values[name]


def _some_of_a_request(data: Any) -> dict[str, Any]:  # noqa: ANN401 - see LineReader.read
    return _values(data, _REQUEST)


def _budget(data: Any) -> tuple[BudgetFacts, bool]:  # noqa: ANN401 - see LineReader.read
    """Read a budget, and whether it tells its balance."""
    is_told = type(data) is dict and "available_cents" in data
    return _whole_budget(data if is_told or type(data) is not dict else {**data, "available_cents": 0}), is_told


_text, _cents, _instant = reader(str), reader(int), reader(datetime)
_vendor, _whole_budget = reader(VendorFacts), reader(BudgetFacts)
_REQUEST: Final = field_readers(RequestFacts)
_PARTS: Final[Mapping[str, Reader]] = {
    "request": _some_of_a_request,
    "pay": reader(PayFacts),
    "transfer": reader(TransferFacts),
    "reserve": reader(ReserveFacts),
}
_AROUND: Final[Mapping[str, Reader]] = {
    "line": _text,
    "program": _text,
    "member": reader(MemberFacts),
    "plan": reader(PlanFacts),
    "budget": _budget,
    "account": _text,
    "releases": reader(tuple[tuple[date, int], ...]),
    "history": reader(tuple[Spend, ...]),
}
_TOLD_AROUND: Final = _AROUND.keys() - {"line"}
_ASKED: Final[Mapping[str, Reader]] = {
    "id": _text,
    "at": _instant,
    "was": reader(Literal["approve", "needs_approval", "deny"]),
    "rules": reader(tuple[str, ...]),
    "approvals": reader(tuple[Approval, ...]),
    "emergencies": _cents,
}
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "request": ("id", "at", "was", "request"),
    "again": ("id", "at", "was"),
    "bill": ("id", "of", "at", "was", "pay"),
    "move": ("id", "at", "was", "transfer"),
    "saving": ("id", "at", "was", "reserve"),
}
_MOVED: Final[Mapping[str, Reader]] = {"line": _text, "of": _text, "at": _instant, "cents": _cents, "bill": _text}
_KINDS: Final = ("facts", "vendor", "member", *STAGES, *MONEY)
