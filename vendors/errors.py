"""The errors of vendors and of the rails that pay them.

VendorsError
  ClosedMoveError              the vendor's state does not allow the move
  ListRefusedError             a file that is no exclusion list: says in which line and column
  RailError
    MalformedRequestError      a value that no rail could send: our own mistake, found before anything leaves
    RailMisconfiguredError     key, base address or secrets that must not be used together
    ForgedEventError           a webhook that the rail did not sign, or not now
    RailAnswerError            a question (not a payment) that the rail did not answer as asked
      RailUnavailableError     no usable answer: ask again later, with the same key
      RailThrottledError       too many questions: ask again after a while
      RailClosedError          our key is not accepted: stop and call a person
      PayeeRefusedError        the rail will not hold or change this payee as asked
      NotAtRailError           the rail has nothing under this id

A payment's outcome is never an error: `send` and `top_up` return it.
"""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

RefusalKind = Literal["forged", "stale", "future", "unreadable", "other_mode", "other_account", "too_large"]
"""Why a webhook was refused, as it is counted."""


class VendorsError(Exception):
    """Anything that the vendors package refuses."""


class ClosedMoveError(VendorsError):
    """A move of a vendor is not open in the state it is in."""

    def __init__(self, vendor_id: UUID, *, state: str, move: str, open_moves: Iterable[str]) -> None:
        super().__init__(f"a vendor that is {state} can not take the move {move}")
        self.vendor_id = vendor_id
        self.state = state
        self.move = move
        self.open_moves = tuple(sorted(open_moves))


class ListRefusedError(VendorsError):
    """A file that can not be taken as an exclusion list: nothing of it is kept."""

    def __init__(self, problem: str, *, line: int | None = None, column: str | None = None) -> None:
        places = [f"line {line}"] * (line is not None) + [f"column {column}"] * (column is not None)
        super().__init__(f"{', '.join(places)}: {problem}" if places else problem)
        self.problem = problem
        self.line = line
        self.column = column


class RailError(VendorsError):
    """Anything that a rail refuses."""


class MalformedRequestError(RailError):
    """A value was to be sent that no rail may be sent."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


class RailMisconfiguredError(RailError):
    """The rail's settings contradict one another."""


class ForgedEventError(RailError):
    """A webhook is not authentic, not recent or not readable: it is counted, and nothing in it is used."""

    def __init__(self, reason: str, *, kind: RefusalKind = "forged") -> None:
        super().__init__(f"webhook refused: {reason}")
        self.reason = reason
        self.kind = kind


class RailAnswerError(RailError):
    """A question to the rail got no usable answer."""

    def __init__(self, asked: str, detail: str) -> None:
        super().__init__(f"{asked}: {detail}")
        self.asked = asked
        self.detail = detail


class RailUnavailableError(RailAnswerError):
    """The rail could not be reached, or answered with a fault of its own."""


class RailThrottledError(RailAnswerError):
    """The rail asks us to slow down."""

    def __init__(self, asked: str, retry_after_seconds: float) -> None:
        super().__init__(asked, f"throttled, again in {retry_after_seconds:g} s")
        self.retry_after_seconds = retry_after_seconds


class RailClosedError(RailAnswerError):
    """The rail refuses our key."""


class PayeeRefusedError(RailAnswerError):
    """The rail refuses what was asked about a payee."""


class NotAtRailError(RailAnswerError):
    """The rail has nothing under the id it was asked for."""
