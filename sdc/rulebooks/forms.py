"""What answers show of rulebooks."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import policy
from sdc.rulebooks.model import RulebookVersion
from sdc.web.input import Output
from sdc.web.pages import Page


class VersionOut(Output):
    """A published version: from which day it judges, and the hash of what it decides by."""

    id: UUID
    name: str
    version: int
    effective_from: date
    hash: str
    published_at: datetime

    @classmethod
    def of(cls, version: RulebookVersion) -> Self:
        """Show a version."""
        return cls.model_validate(version)


class VersionPage(Page):
    """Versions of a rulebook, the newest first."""

    items: list[VersionOut]


class RulebookPage(Page):
    """The newest version of each rulebook."""

    items: list[VersionOut]


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
        )


class WholeVersionOut(VersionOut):
    """A published version with its rules and categories, and the text it was published as."""

    title: str
    release: str
    rules: list[RuleOut]
    categories: list[CategoryOut]
    source: str
    bases: dict[str, str]

    @classmethod
    def whole(cls, version: RulebookVersion, rulebook: policy.Rulebook) -> Self:
        """Show a version with all that is in it."""
        names = rulebook.category_names
        return cls(
            **VersionOut.of(version).model_dump(),
            title=rulebook.title,
            release=rulebook.release,
            rules=[RuleOut.of(rulebook, rule_id) for rule_id in rulebook.rules],
            categories=[
                CategoryOut(
                    code=code, group=one.group, domains=sorted(one.domains), name=WordsOut(en=names["en"][code], es=names["es"][code])
                )
                for code, one in rulebook.categories.items()
            ],
            source=version.source,
            bases=version.bases,
        )
