"""What requests say of rulebooks, and what answers show."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import StringConstraints

import policy
from sdc.rulebooks.editions import Edition
from sdc.rulebooks.model import RulebookDraft, RulebookVersion
from sdc.web.input import Day, Input, Language, Output
from sdc.web.pages import Page

MAX_DRAFT_BYTES = 2 * 1024 * 1024
"""A rulebook with its cases and fixtures."""

RulebookText = Annotated[str, StringConstraints(min_length=1, max_length=256 * 1024)]
CasesText = Annotated[str, StringConstraints(min_length=1, max_length=512 * 1024)]


class DraftIn(Input):
    """The text of the next version (YAML), with the cases that it has to pass and the fixtures that they start from, also as YAML.

    `version:` in the text means nothing: the next number is given. The first day may also be said when the version is proposed.
    """

    source: RulebookText
    cases: CasesText | None = None
    fixtures: CasesText | None = None
    effective_from: Day | None = None


class PublishIn(Input):
    """The first day on which the version judges: as it was drafted or proposed unless said here."""

    effective_from: Day | None = None


class ProblemOut(Output):
    """What a check found: an error has to be mended, a warning may be meant."""

    severity: str
    source: str
    line: int | None
    rule: str | None
    problem: str
    expected: str | None


class ReportOut(Output):
    """What the check of a draft found, and by how many cases."""

    passed: bool
    cases: int
    problems: list[ProblemOut]


class VersionOut(Output):
    """A version: where it stands, from which day it judges until which, the hash of what it decides by, and who brought it there.

    States: draft, checked, proposed, published, superseded.
    """

    id: UUID
    name: str
    version: int
    state: str
    hash: str
    effective_from: date | None
    superseded_on: date | None
    published_at: datetime | None
    drafted_by: UUID | None
    proposed_by: UUID | None
    published_by: UUID | None

    @classmethod
    def of(cls, edition: Edition) -> Self:
        """Show a version."""
        return cls.model_validate(edition)


class CheckedOut(VersionOut):
    """A version with what its check found."""

    check: ReportOut | None

    @classmethod
    def checked(cls, edition: Edition, draft: RulebookDraft) -> Self:
        """Show a draft with its report."""
        return cls(**VersionOut.of(edition).model_dump(), check=_report(draft))


class VersionPage(Page):
    """Versions of a rulebook, the newest first, those that are not published yet included."""

    items: list[VersionOut]


class PublishedOut(Output):
    """A published version: from which day it judges, and the hash of what it decides by. Programs can not choose an abstract one."""

    id: UUID
    name: str
    version: int
    effective_from: date
    hash: str
    is_abstract: bool
    published_at: datetime

    @classmethod
    def of(cls, version: RulebookVersion) -> Self:
        """Show a version."""
        return cls.model_validate(version)


class RulebookPage(Page):
    """The newest published version of each rulebook."""

    items: list[PublishedOut]


class ChangeOut(Output):
    """One difference between two versions, in words; `rule` is its id when it is about one."""

    rule: str | None
    what: str
    message: str


class ChangesOut(Output):
    """What changed from one version to another, in the caller's language."""

    name: str
    from_version: int
    to_version: int
    items: list[ChangeOut]
    next_cursor: None = None

    @classmethod
    def between(cls, old: policy.Rulebook, new: policy.Rulebook, language: Language) -> Self:
        """Tell what changed from one version to another."""
        return cls(
            name=new.name,
            from_version=old.version,
            to_version=new.version,
            items=[
                ChangeOut(rule=one.rule, what=one.what, message=one.en if language == "en" else one.es)
                for one in policy.differences(old, new)
            ],
        )


class WordsOut(Output):
    """A text in both languages."""

    en: str
    es: str


class CategoryOut(Output):
    """A kind of thing to buy."""

    code: str
    group: str
    domains: list[str]
    name: WordsOut


class RuleOut(Output):
    """A rule: its kind, its numbers, its words, where it comes from, and who or what closes it."""

    id: str
    kind: str
    severity: str
    stages: list[str]
    params: dict[str, Any]
    message: WordsOut
    origin: str
    citation: str
    approver: str | None
    closed_by_event: str | None
    effective_from: date | None
    effective_to: date | None
    applies_to_waiting: bool

    @classmethod
    def of(cls, rulebook: policy.Rulebook, rule_id: str) -> Self:
        """Show a rule."""
        rule = rulebook.rules[rule_id].rule
        return cls(
            id=rule.id,
            kind=rule.kind,
            severity=rule.severity,
            stages=list(rule.stages),
            params=rule.params.model_dump(mode="json"),
            message=WordsOut(en=rule.message.en.text, es=rule.message.es.text),
            origin=rule.provenance.origin,
            citation=rule.provenance.source,
            approver=rule.approver,
            closed_by_event=rule.closed_by_event,
            effective_from=rule.effective_from,
            effective_to=rule.effective_to,
            applies_to_waiting=rule.applies_to_waiting,
        )


class WholeVersionOut(CheckedOut):
    """A version with its rules and categories, the text it was written as, and the cases that it has to pass where it has its own."""

    title: str
    release: str
    is_abstract: bool
    rules: list[RuleOut]
    categories: list[CategoryOut]
    source: str
    bases: dict[str, str]
    cases: str | None
    fixtures: str | None

    @classmethod
    def whole(cls, edition: Edition, rulebook: policy.Rulebook, text: policy.Written, draft: RulebookDraft | None) -> Self:
        """Show a version with all that is in it."""
        names = rulebook.category_names
        return cls(
            **VersionOut.of(edition).model_dump(),
            check=None if draft is None else _report(draft),
            title=rulebook.title,
            release=rulebook.release,
            is_abstract=rulebook.is_abstract,
            rules=[RuleOut.of(rulebook, rule_id) for rule_id in rulebook.rules],
            categories=[
                CategoryOut(
                    code=code, group=one.group, domains=sorted(one.domains), name=WordsOut(en=names["en"][code], es=names["es"][code])
                )
                for code, one in rulebook.categories.items()
            ],
            source=text.text,
            bases=dict(text.bases),
            cases=None if draft is None else draft.cases,
            fixtures=None if draft is None else draft.fixtures,
        )


def _report(draft: RulebookDraft) -> ReportOut | None:
    return None if draft.report is None else ReportOut.model_validate(draft.report)
