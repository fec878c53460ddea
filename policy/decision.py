"""What a rulebook answers: a decision with every finding, and who or what closes each open need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Outcome = Literal["approve", "needs_approval", "deny"]
Severity = Literal["deny", "needs_approval", "warn"]
FactValue = int | str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's reason, in the member's words, with the few numbers it used."""

    rule: str
    kind: str
    severity: Severity
    message: Mapping[str, str]  # en, es
    citation: str
    facts: Mapping[str, FactValue]

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
            "message": dict(self.message),
            "citation": self.citation,
            "facts": {name: list(value) if isinstance(value, tuple) else value for name, value in self.facts.items()},
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Finding:
        """Read back what `to_data` wrote."""
        facts = {name: tuple(value) if isinstance(value, list) else value for name, value in data["facts"].items()}
        return cls(data["rule"], data["kind"], data["severity"], dict(data["message"]), data["citation"], facts)


@dataclass(frozen=True, slots=True)
class Need:
    """What stands between the request and a yes: `{"role": ...}`, `{"event": ...}` or `{"date": ...}` closes it."""

    rule: str
    closed_by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one question, with the rulebook that gave it."""

    outcome: Outcome
    stage: str
    findings: tuple[Finding, ...]  # in the order of the rulebook
    needs: tuple[Need, ...]  # one for each finding that asks for approval, in the same order
    available_cents: int
    rulebook_name: str
    rulebook_version: int
    rulebook_hash: str

    def rules(self, severity: Severity) -> list[str]:
        """Return the ids of the rules that spoke with this severity."""
        return [finding.rule for finding in self.findings if finding.severity == severity]

    def to_data(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return {
            "outcome": self.outcome,
            "stage": self.stage,
            "findings": [finding.to_data() for finding in self.findings],
            "needs": [{"rule": need.rule, "closed_by": dict(need.closed_by)} for need in self.needs],
            "available_cents": self.available_cents,
            "rulebook": {"name": self.rulebook_name, "version": self.rulebook_version, "hash": self.rulebook_hash},
        }

    def to_json(self) -> str:
        """Return the one text of this decision: sorted keys, no spaces, the same bytes for the same decision."""
        return json.dumps(self.to_data(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Decision:
        """Read back what `to_data` wrote."""
        return cls(
            outcome=data["outcome"],
            stage=data["stage"],
            findings=tuple(Finding.from_data(one) for one in data["findings"]),
            needs=tuple(Need(one["rule"], dict(one["closed_by"])) for one in data["needs"]),
            available_cents=data["available_cents"],
            rulebook_name=data["rulebook"]["name"],
            rulebook_version=data["rulebook"]["version"],
            rulebook_hash=data["rulebook"]["hash"],
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Decision:
        """Read back what `to_json` wrote."""
        return cls.from_data(cast("dict[str, Any]", json.loads(text)))
