"""The books of a replay: what one way of deciding has set aside, spent, saved and moved of a member's money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from policy.facts import RequestFacts, TransferFacts

NOTHING: Final[Mapping[str, int]] = MappingProxyType({"available": 0, "saved": 0})


class _Promise:
    """What is set aside for one purchase, and what of it is spent."""

    __slots__ = ("account", "budget", "left", "spent")

    def __init__(self, account: str, budget: int, left: int) -> None:
        self.account, self.budget, self.left, self.spent = account, budget, left, 0


class ReplayBooks:
    """By how much decisions changed each account of the budget in force (`net`), and what they promised and moved."""

    __slots__ = ("_budget", "_promises", "emergencies", "lines", "moved", "net")

    def __init__(self) -> None:
        self.net = dict(NOTHING)
        self.lines: dict[str, int] = {}  # by how much each line of the plan changed
        self.moved: dict[str, int] = {}  # how much was moved out of each line in the period
        self.emergencies: dict[str, date] = {}
        self._budget = 0
        self._promises: dict[str, _Promise] = {}

    def begin_budget(self) -> None:
        """Begin another budget: what older purchases give back is not of this one."""
        self._budget += 1
        self.net = dict(NOTHING)
        self.lines, self.moved = {}, {}

    def promise(self, id: str, request: RequestFacts) -> None:
        """Set money aside for a purchase."""
        self._promises[id] = _Promise(request.source, self._budget, request.amount_cents)
        self.net[request.source] -= request.amount_cents
        if request.emergency:
            self.emergencies[id] = request.purchase_date

    def move(self, what: str, id: str, cents: int) -> None:
        """Spend what was set aside, take a payment back, or give back the rest; nothing, when nothing was promised."""
        promise = self._promises.get(id)
        if promise is None:
            return
        if what == "spent":
            taken = min(cents, promise.left)
            promise.left -= taken
            promise.spent += cents
            self._change("available", taken - cents, promise.budget)  # a small excess comes from what is available
        elif what == "returned":
            promise.left += cents
            promise.spent -= cents
        else:
            self._change(promise.account, promise.left, promise.budget)
            promise.left = 0
            if promise.spent <= 0:
                self.emergencies.pop(id, None)

    def left_and_spent(self, id: str) -> tuple[int, int]:
        """Return what is still set aside for a purchase, and what is spent."""
        promise = self._promises.get(id)
        return (0, 0) if promise is None else (promise.left, promise.spent)

    def save(self, cents: int) -> None:
        """Put available money into savings, or take it back."""
        self.net["available"] -= cents
        self.net["saved"] += cents

    def move_lines(self, move: TransferFacts) -> None:
        """Move money between two lines of the plan."""
        cents = move.amount_cents
        self.lines[move.from_line] = self.lines.get(move.from_line, 0) - cents
        self.lines[move.to_line] = self.lines.get(move.to_line, 0) + cents
        self.moved[move.from_line] = self.moved.get(move.from_line, 0) + cents

    def _change(self, account: str, cents: int, budget: int) -> None:
        if budget == self._budget:
            self.net[account] += cents
