"""What may go wrong in policy: the refusals, and the single mistakes that a rulebook or a check of it names.

PolicyError
├── RulebookError        a rulebook that cannot be used: where, what is wrong, what was expected
├── CaseError            a case or fixture that cannot be read
├── StoredFactsError     facts as data that cannot be read: where, what is wrong, what was expected
├── LineError            a line of a file of facts that cannot be read
└── FactsMissingError    a rule needs a fact that is not there (inside an evaluation it becomes a referral to a person)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a rulebook, or something in it to look at twice: where, what it is, and what was expected."""

    problem: str
    expected: str = ""
    line: int | None = None
    source: str = "rulebook"
    severity: Literal["error", "warning"] = "error"  # an error must be mended before the rulebook goes live
    rule: str = ""  # the id of the rule it is about, if it is about one

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}, line {self.line}"
        return f"{place}: {self.problem}" + (f" (expected {self.expected})" if self.expected else "")

    def to_data(self) -> dict[str, str | int | None]:
        """Return plain data, fit for JSON."""
        return {
            "severity": self.severity,
            "source": self.source,
            "line": self.line,
            "rule": self.rule or None,
            "problem": self.problem,
            "expected": self.expected or None,
        }


class PolicyError(Exception):
    """Any refusal of this library."""


class RulebookError(PolicyError):
    """A rulebook that cannot be used: `problems` holds every mistake that was found, the first one is told in `problem` and beside it."""

    def __init__(self, problem: str, *, expected: str = "", line: int | None = None, source: str = "rulebook") -> None:
        super().__init__(str(Problem(problem, expected, line, source)))
        self.problem = problem
        self.expected = expected
        self.line = line
        self.source = source
        self.problems: tuple[Problem, ...] = (Problem(problem, expected, line, source),)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> RulebookError:
        """Return the refusal that names all these mistakes, one a line."""
        first = problems[0]
        refusal = cls(first.problem, expected=first.expected, line=first.line, source=first.source)
        refusal.problems = tuple(problems)
        refusal.args = ("\n".join(str(one) for one in problems),)
        return refusal


class CaseError(PolicyError):
    """A case or fixture that cannot be read."""

    def __init__(self, case_id: str, problem: str) -> None:
        super().__init__(f"case {case_id}: {problem}")
        self.case_id = case_id
        self.problem = problem


class FactsMissingError(PolicyError):
    """A rule needs a fact that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the facts hold no {name}")
        self.name = name


class StoredFactsError(PolicyError):
    """Facts as data that cannot be read, or facts that could not be read back: where, what is wrong, and what was expected."""

    def __init__(self, where: str, problem: str, expected: str) -> None:
        super().__init__(f"{where or 'facts'}: {problem}" + (f" (expected {expected})" if expected else ""))
        self.where = where
        self.problem = problem
        self.expected = expected

    def inside(self, name: str) -> StoredFactsError:
        """Return the same error, told from one part further out."""
        return StoredFactsError(f"{name}.{self.where}" if self.where else name, self.problem, self.expected)


class LineError(PolicyError):
    """A line of a file of facts that cannot be read."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(f"line {number}: {problem}")
        self.number = number
        self.problem = problem
