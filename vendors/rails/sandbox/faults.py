"""Faults on demand: what goes wrong with the next calls, payouts or events of a kind."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from vendors.rails.sandbox.refusals import Document, Refused

ANSWERS: Final = (
    "lose_after",
    "lose_before",
    "hang",
    "409",
    "429",
    "500",
    "502",
    "stored_500",
    "500_after",
    "html_502",
    "lock_timeout",
)
"""What may go wrong with any call, by what its caller sees."""

TRANSFERS: Final = ("insufficient_funds", "restrict_account")
TOP_UPS: Final = ("top_up_pending", "top_up_fails", "top_up_reversed", "top_up_unavailable")
PAYOUTS: Final = ("payout_fails", "paid_then_failed")
EVENTS: Final = ("duplicate", "reorder", "delay", "drop", "corrupt", "stale", "future")
TROUBLES: Final = (*ANSWERS, *TRANSFERS, *TOP_UPS, *PAYOUTS, *EVENTS)

ON_TRANSFERS: Final = "POST /v1/transfers"
ON_TOP_UPS: Final = "POST /v1/topups"
ON_PAYOUTS: Final = "payouts"
ON_EVENTS: Final = "events"

MAX_TIMES: Final = 1_000_000
MAX_SECONDS: Final = 366 * 24 * 60 * 60
LEAST: Final = {"after": 0, "seconds": 1}
"""What a plan may say besides in numbers, each with the least that it may be."""

WORDS: Final = ("code", "account", "type")
"""What a plan may say besides in words."""


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the next few calls, payouts or events of one kind."""

    on: str
    trouble: str
    times: int = 1
    more: dict[str, Any] = field(default_factory=dict)
    """As planned: `after` (how many are let through first), `seconds`, `code`, `account` (of payouts), `type` (of events)."""

    def seconds(self, otherwise: int) -> int:
        """Return the length that was planned."""
        return int(self.more.get("seconds", otherwise))

    def fits(self, account: str, type_: str) -> bool:
        """Say whether this is for the payouts of an account, or for events of a type."""
        return bool(self.more.get("account", account) == account and self.more.get("type", type_) == type_)


class Faults:
    """The troubles that wait; they are forgotten when the process ends."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, given: Document, calls: Collection[str]) -> Document:
        """Plan a trouble.

        Raises:
            Refused: there is no such call or fault, or it cannot befall this; `times` or another detail is not what it should be.

        """
        trouble = str(given.get("fault", ""))
        unknown = set(given) - {"on", "fault", "times", *_details_of(trouble)}
        if unknown:
            raise Refused(f"Received unknown parameter: {min(unknown)}", code="parameter_unknown", param=min(unknown))
        on = str(given.get("on", _usually(trouble)))
        if on not in {*calls, ON_PAYOUTS, ON_EVENTS}:
            raise Refused(f"No such call: '{on}'", param="on")
        if trouble not in TROUBLES:
            raise Refused(f"No such fault: '{trouble}', but {', '.join(TROUBLES)}", param="fault")
        if on != _usually(trouble) and (trouble not in ANSWERS or on not in calls):
            raise Refused(f"The fault '{trouble}' cannot befall '{on}'", param="on")
        times = _whole(given.get("times", 1), "times", least=1, most=MAX_TIMES)
        more = {name: _detail(given[name], name) for name in (*LEAST, *WORDS) if name in given}
        self._waiting.append(Fault(on, trouble, times, more))
        return {"faults": self.listed()}

    def take(self, on: str, *, account: str = "", type_: str = "") -> Fault | None:
        """Take the trouble that waits for this, if any: the first planned comes first, once as many as it lets through have passed."""
        for fault in self._waiting:
            if fault.on != on or not fault.fits(account, type_):
                continue
            if fault.more.get("after", 0):
                fault.more["after"] -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self._waiting.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Plan no more trouble."""
        self._waiting.clear()

    def listed(self) -> list[Document]:
        """Show what waits."""
        return [{"on": one.on, "fault": one.trouble, "times": one.times, **one.more} for one in self._waiting]


def _usually(trouble: str) -> str:
    """Say what a trouble befalls where the plan does not."""
    places = ((TRANSFERS, ON_TRANSFERS), (TOP_UPS, ON_TOP_UPS), (PAYOUTS, ON_PAYOUTS), (EVENTS, ON_EVENTS))
    return next((on for troubles, on in places if trouble in troubles), "")


def _details_of(trouble: str) -> Iterator[str]:
    yield "after"
    if trouble in PAYOUTS:
        yield from ("account", "code")
    if trouble in EVENTS:
        yield "type"
    if trouble in {*TOP_UPS, "paid_then_failed", "reorder", "delay", "stale", "future"}:
        yield "seconds"


def _whole(value: Any, param: str, *, least: int, most: int) -> int:  # noqa: ANN401 - what somebody wrote
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(f"{param} is a whole number from {least} to {most}", param=param)
    return value


def _detail(value: Any, param: str) -> int | str:  # noqa: ANN401 - what somebody wrote
    if param in LEAST:
        return _whole(value, param, least=LEAST[param], most=MAX_SECONDS)
    if not isinstance(value, str) or not value:
        raise Refused(f"{param} is a text", param=param)
    return value
