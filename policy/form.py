"""The form in which a rulebook is written: what a YAML file may say, checked field by field."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from policy.decision import Severity
from policy.facts import Stage
from policy.rulebook import Origin, Release

Event = Literal[
    "bank_ready",
    "document_added",
    "independent_approval",
    "memo_edited",
    "quotes_or_note_added",
    "screened",
    "tags_set",
    "tax_form_accepted",
    "visit_record_added",
]
"""What may happen that closes a need by itself."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
RuleName = Annotated[str, Field(pattern=r"^[A-Z]{1,4}[0-9]{1,4}$")]
Tag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Names = Annotated[tuple[RuleName, ...], Field(strict=False)]


class Form(BaseModel):
    """A part of a rulebook file: exact types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WordsForm(Form):
    """A text in both languages."""

    en: Text
    es: Text


class CategoryForm(Form):
    """A kind of thing to buy."""

    group: Literal["clinical", "recovery_support"]
    domains: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    name: WordsForm


class ClosedByForm(Form):
    """What closes a need when no person does."""

    event: Event


class BudgetForm(Form):
    """How the program's money becomes available."""

    release: Release
    period: Annotated[tuple[date, date], Field(strict=False)] | None = None
    rollover: str = ""


class RuleForm(Form):
    """A rule, or what a program changes in one it inherits: then every field is optional."""

    kind: Name | None = None
    severity: Severity | None = None
    stage: Stage | Annotated[tuple[Stage, ...], Field(strict=False, min_length=1)] | None = None
    approver: Literal["broker", "director", "payer"] | None = None
    closed_by: ClosedByForm | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    origin: Origin | None = None
    source: Text | None = None
    message: WordsForm | None = None
    params: dict[str, Any] = {}
    params_origin: Origin | None = None
    params_source: str = ""
    applies_to_waiting: bool = False

    @model_validator(mode="after")
    def _dates_in_order(self) -> RuleForm:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to on effective_from or later")
        return self


class RulebookForm(Form):
    """A whole file."""

    rulebook: Name
    version: Annotated[int, Field(ge=1)] = 1
    title: Text | None = None
    inherits: Name | None = None
    abstract: bool = False
    notes: str = ""
    budget: BudgetForm | None = None
    categories: dict[Code, CategoryForm] = {}
    tags: Annotated[tuple[Tag, ...], Field(strict=False)] = ()
    disabled: Names = ()
    only: Names | None = None
    rules: dict[RuleName, RuleForm] = {}
