"""Faults on demand: what goes wrong with the next calls of a kind."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from vendors.rails.sandbox.refusals import Document, Refused
from vendors.rails.sandbox.routes import ROUTES

Trouble = Literal["lose_after", "lose_before", "hang", "409", "429", "500", "502"]
TROUBLES: Final[tuple[Trouble, ...]] = get_args(Trouble)
MAX_TIMES: Final = 1_000_000


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the next few calls of one kind."""

    on: str
    trouble: Trouble
    times: int


class Faults:
    """The troubles that wait; they are forgotten when the process ends."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, given: Document) -> Document:
        """Plan a trouble.

        Raises:
            Refused: there is no such call or fault; `times` is not a number of times.

        """
        unknown = set(given) - {"on", "fault", "times"}
        on, trouble, times = str(given.get("on", "")), str(given.get("fault", "")), given.get("times", 1)
        if unknown:
            raise Refused(f"Received unknown parameter: {min(unknown)}", code="parameter_unknown", param=min(unknown))
        if on not in {route.call for route in ROUTES}:
            raise Refused(f"No such call: '{on}'", param="on")
        known = next((one for one in TROUBLES if one == trouble), None)
        if known is None:
            raise Refused(f"No such fault: '{trouble}', but {', '.join(TROUBLES)}", param="fault")
        if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= MAX_TIMES:
            raise Refused("times is a whole number from 1", param="times")
        self._waiting.append(Fault(on, known, times))
        return {"faults": self.listed()}

    def take(self, call: str) -> Trouble | None:
        """Take the trouble that waits for this call, if any; the first planned comes first."""
        fault = next((one for one in self._waiting if one.on == call), None)
        if fault is None:
            return None
        fault.times -= 1
        if not fault.times:
            self._waiting.remove(fault)
        return fault.trouble

    def clear(self) -> None:
        """Plan no more trouble."""
        self._waiting.clear()

    def listed(self) -> list[Document]:
        """Show what waits."""
        return [{"on": one.on, "fault": one.trouble, "times": one.times} for one in self._waiting]
