"""What may go wrong in policy.

PolicyError
├── RulebookError        a rulebook that cannot be used: where, what is wrong, what was expected
├── CaseError            a case or fixture that cannot be read
└── FactsMissingError    a rule needs a fact that is not there (inside an evaluation it becomes a referral to a person)
"""


class PolicyError(Exception):
    """Any refusal of this library."""


class RulebookError(PolicyError):
    """A rulebook that cannot be used."""

    def __init__(self, problem: str, *, expected: str = "", line: int | None = None, source: str = "rulebook") -> None:
        place = source if line is None else f"{source}, line {line}"
        super().__init__(f"{place}: {problem}" + (f" (expected {expected})" if expected else ""))
        self.problem = problem
        self.expected = expected
        self.line = line
        self.source = source


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
