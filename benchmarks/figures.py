"""Figures as they are found, each with its bar where it has one: printed as lines, and as JSON at the end."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Figures:
    """What was measured."""

    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, *, at_least: float | None = None, at_most: float | None = None) -> None:
        """Keep a figure and print it beside its bar."""
        figure: dict[str, Any] = {"name": name, "value": round(value, 4), "unit": unit}
        verdict = ""
        if at_least is not None or at_most is not None:
            met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
            bar = f"at least {at_least:,}" if at_least is not None else f"at most {at_most:,}"
            figure |= {"bar": bar, "met": met}
            verdict = f"   [{bar}: {'met' if met else 'NOT MET'}]"
        self.found.append(figure)
        print(f"    {name}: {value:,.2f} {unit}{verdict}", flush=True)

    def to_json(self) -> str:
        """Write all of them."""
        return json.dumps(self.found)
