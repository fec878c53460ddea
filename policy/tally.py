"""Count what a replay changes, and tell it without telling of anybody: a cell with few members in it is hidden, and so is what betrays it.

A tally is plain data that adds up: each process counts its own members, and a run that was interrupted goes on from what was counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policy.replay_steps import Judged

FEWEST: Final = 11
"""So many members stand behind a number that is shown, at the least (CMS cell size policy: 1 to 10 is suppressed)."""

EXAMPLES: Final = 3
"""Of each change and rule."""

TABLES: Final = ("change", "rule", "category", "program", "stage")
ROUND_CENTS: Final = 500
"""The price of an example is told to the next five dollars."""

APART: Final = ("other_reasons", "granted")
"""Counts beside the tables: the same answer by other rules, and what was taken to come as it did."""

_MEASURES: Final = {"members": "decisions", "no_longer_members": "no_longer_cents", "newly_members": "newly_cents"}
"""What is told, by the count of the members behind it: each is hidden for itself."""

_COUNTED: Final = (*_MEASURES, *_MEASURES.values())

Cell = dict[str, int]


@dataclass(slots=True)
class Tally:
    """What was judged again and what changed: `tables` hold a cell a name, `all_of_it` one cell for everything."""

    decisions: int
    members: int
    unchanged_members: int  # with some decision that stays
    judged: int
    all_of_it: Cell
    apart: dict[str, Cell]
    tables: dict[str, dict[str, Cell]]
    pairs: dict[str, Cell]  # of a change and a rule, for the examples
    examples: dict[str, list[dict[str, Any]]]

    @classmethod
    def nothing(cls) -> Tally:
        """Begin to count."""
        return cls(0, 0, 0, 0, _empty(), {name: _empty() for name in APART}, {name: {} for name in TABLES}, {}, {})

    def count(self, program: str, decisions: int, judged: Iterable[Judged]) -> None:
        """Count one member, once and whole."""
        behind: dict[tuple[int, str], Cell] = {}
        stays, found = False, False
        for one in judged:
            found = True
            self.judged += 1
            if one.is_other_reason:
                _add(self.apart["other_reasons"], one, behind)
            if one.is_granted:
                _add(self.apart["granted"], one, behind)
            if not one.is_changed:
                stays = True
                continue
            _add(self.all_of_it, one, behind)
            change = change_of(one)
            for table, names in (
                ("change", (change,)),
                ("rule", one.rules or ("none",)),
                ("category", (one.category or "savings",)),
                ("program", (program,)),
                ("stage", (one.stage,)),
            ):
                for name in names:
                    _add(_cell(self.tables[table], name), one, behind)
            for rule in one.rules or ("none",):
                _add(_cell(self.pairs, f"{change} {rule}"), one, behind)
                self._keep_example(f"{change} {rule}", one)
        for (_, members), cell in behind.items():
            cell[members] += 1
        self.decisions += decisions
        self.members += found
        self.unchanged_members += stays

    def _keep_example(self, key: str, one: Judged) -> None:
        kept = self.examples.setdefault(key, [])
        if len(kept) < EXAMPLES:
            kept.append(
                {
                    "stage": one.stage,
                    "category": one.category,
                    "about_cents": max(1, -(-one.cents // ROUND_CENTS)) * ROUND_CENTS,
                    "was": one.was,
                    "now": one.now,
                    "rules": list(one.rules),
                }
            )

    def add(self, other: Tally) -> None:
        """Add what was counted of other members."""
        self.decisions += other.decisions
        self.members += other.members
        self.unchanged_members += other.unchanged_members
        self.judged += other.judged
        _sum(self.all_of_it, other.all_of_it)
        for name in APART:
            _sum(self.apart[name], other.apart[name])
        for table, cells in other.tables.items():
            for name, cell in cells.items():
                _sum(_cell(self.tables[table], name), cell)
        for key, cell in other.pairs.items():
            _sum(_cell(self.pairs, key), cell)
        for key, some in other.examples.items():
            self.examples[key] = [*self.examples.get(key, ()), *some][:EXAMPLES]

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON, with every number: not to be shown."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Tally:
        """Read back what `to_data` wrote."""
        return cls(**data)

    # ---- what may be shown ----------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """Tell what changes; None stands for a number that is hidden."""
        is_few = 0 < self.all_of_it["members"] < FEWEST
        would_tell = 0 < self.unchanged_members < FEWEST  # all, less what changed, would tell of a few
        if is_few:
            tables: dict[str, dict[str, Any]] = {name: {} for name in TABLES}
        else:
            tables = {name: shown(cells) for name, cells in self.tables.items()}
        visible = {f"{change} {rule}" for change in _visible(tables["change"]) for rule in _visible(tables["rule"])}
        categories = set(_visible(tables["category"]))
        return {
            "decisions": None if is_few or would_tell else self.judged,
            "changed": shown({"all": self.all_of_it})["all"],
            **{name: shown({name: cell})[name] for name, cell in self.apart.items()},
            **{f"by_{name}": dict(sorted(cells.items())) for name, cells in tables.items()},
            "examples": [
                one
                for key in sorted(self.examples)
                if key in visible and self.pairs[key]["members"] >= FEWEST
                for one in self.examples[key]
                if (one["category"] or "savings") in categories
            ],
        }


def change_of(one: Judged) -> str:
    """Name what became another: the decision, or only how it ended."""
    if one.was != one.now:
        return f"{one.was} -> {one.now}"
    return "ends without a yes" if one.was_approved else "ends with a yes"


def shown(cells: Mapping[str, Cell]) -> dict[str, dict[str, int | None]]:
    """Return the cells of one table as they may be shown: None stands for a number that is hidden.

    A number with one to ten members behind it is hidden. One hidden number could be told from the total and the others, and several
    together when they hold few members: so the smallest of the others are hidden too, until at least two are, with eleven members between
    them.
    """
    told: dict[str, dict[str, int | None]] = {name: {} for name in cells}
    for members, measure in _MEASURES.items():
        counts = {name: cell[members] for name, cell in cells.items()}
        hidden = _hidden(counts)
        for name, cell in cells.items():
            told[name][measure] = None if name in hidden else cell[measure]
            if members == "members":
                told[name][members] = None if name in hidden else counts[name]
    return told


def _hidden(counts: Mapping[str, int]) -> set[str]:
    hidden = {name for name, members in counts.items() if 0 < members < FEWEST}
    others = sorted((name for name, members in counts.items() if members >= FEWEST), key=lambda name: (counts[name], name))
    while hidden and others and (len(hidden) == 1 or sum(counts[name] for name in hidden) < FEWEST):
        hidden.add(others.pop(0))
    return hidden


def _visible(cells: Mapping[str, Any]) -> list[str]:
    return [name for name, cell in cells.items() if cell["members"] is not None]


def _empty() -> Cell:
    return dict.fromkeys(_COUNTED, 0)


def _cell(cells: dict[str, Cell], name: str) -> Cell:
    found = cells.get(name)
    if found is None:
        found = cells[name] = _empty()
    return found


def _add(cell: Cell, one: Judged, behind: dict[tuple[int, str], Cell]) -> None:
    cell["decisions"] += 1
    behind[id(cell), "members"] = cell
    if one.stage == "authorize" and one.was_approved != one.is_approved:
        way = "no_longer" if one.was_approved else "newly"
        cell[f"{way}_cents"] += one.cents
        behind[id(cell), f"{way}_members"] = cell


def _sum(cell: Cell, other: Mapping[str, int]) -> None:
    for name in _COUNTED:
        cell[name] += other[name]
