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

    __slots__ = ("account", "budget", "excess", "left", "spent")

    def __init__(self, account: str, budget: str, left: int) -> None:
        self.account, self.budget, self.left = account, budget, left
        self.spent, self.excess = 0, 0


class ReplayBooks:
    """By how much decisions changed each account of the budget in force (`net`), and what they promised and moved."""

    __slots__ = ("_lines", "_moved", "_nets", "_promises", "account", "emergencies", "lines", "moved", "net")

    def __init__(self) -> None:
        self.emergencies: dict[str, date] = {}
        self._promises: dict[str, _Promise] = {}
        self._nets: dict[str, dict[str, int]] = {}
        self._lines: dict[str, dict[str, int]] = {}
        self._moved: dict[str, dict[str, int]] = {}
        self.turn_to("")

    def turn_to(self, account: str) -> None:
        """Go on in another budget: what a purchase of an older one gives back stays there."""
        self.account = account
        self.net = self._nets.setdefault(account, dict(NOTHING))
        self.lines = self._lines.setdefault(account, {})  # by how much each line of the plan changed
        self.moved = self._moved.setdefault(account, {})  # how much was moved out of each line

    def promise(self, id: str, request: RequestFacts) -> None:
        """Set money aside for a purchase."""
        self._promises[id] = _Promise(request.source, self.account, request.amount_cents)
        self.net[request.source] -= request.amount_cents
        if request.emergency:
            self.emergencies[id] = request.purchase_date

    def move(self, what: str, id: str, cents: int) -> None:
        """Spend what was set aside, take a payment back, or give back the rest; nothing, when nothing was promised."""
        promise = self._promises.get(id)
        if promise is None:
            return
        net = self._nets[promise.budget]
        if what == "spent":
            taken = min(cents, promise.left)
            promise.left -= taken
            promise.spent += cents
            promise.excess += cents - taken  # a small excess comes from what is available
            net["available"] += taken - cents
        elif what == "returned":
            excess = min(promise.excess, cents)
            promise.excess -= excess
            net["available"] += excess
            promise.left += cents - excess
            promise.spent -= cents
        elif what == "refunded":
            net[promise.account] += cents
            promise.spent -= cents
        else:
            net[promise.account] += promise.left
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
