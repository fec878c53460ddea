"""Make a rulebook out of its text: inheritance resolved, every mistake named with its line, every rule bound."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from policy.errors import RulebookError
from policy.facts import Stage
from policy.form import RuleForm
from policy.layers import Resolved, layers_of, resolve
from policy.mistakes import Mistakes, did_you_mean, listed
from policy.reading import Path, read
from policy.remarks import writing_of
from policy.rulebook import Bound, Category, Message, Params, Provenance, Rule, Rulebook
from policy.rules import KINDS, Kind
from policy.words import LANGUAGES, CategoryNames, Language, Template

STAGES: Final[tuple[Stage, ...]] = ("authorize", "pay", "transfer", "reserve")
NEEDED: Final = ("kind", "severity", "stage", "origin", "source", "message")


def load(
    text: str | bytes, *, bases: Mapping[str, str | bytes] | None = None, source: str = "rulebook", version: int | None = None
) -> Rulebook:
    """Load a rulebook; `bases` are the texts it may inherit from, by name; `version` overrides the one in the text.

    Raises:
        RulebookError: it cannot be used. Every mistake is named: where it is, what is wrong, and what was expected.

    """
    mistakes = Mistakes()
    layers = layers_of(text, bases or {}, source, mistakes)
    resolved = resolve(layers, mistakes)
    rulebook = _build(resolved, resolved.version if version is None else version, mistakes)
    return replace(rulebook, writing=writing_of(layers, resolved))


def load_between(older: Written, newer: Written) -> Rulebook:
    """Load what decides today about something that an older version judged first: its rules, and those that the newer one lends it.

    A rule of the newer version that says `applies_to_waiting` and is not the same in the older one is asked in its place, or beside it
    when it is new. The older version answers when none is; what is made of both has a hash of its own and says `with_rules_of`.

    Raises:
        RulebookError: a text is wrong, or a rule that is lent needs what the older version does not have.

    """
    mistakes = Mistakes()
    mine, theirs = (resolve(layers_of(one.text, one.bases, one.source, mistakes), mistakes) for one in (older, newer))
    lent = {
        rule_id: form
        for rule_id, form in theirs.rules.items()
        if form.applies_to_waiting and rule_id not in theirs.dropped and not _stands(mine, rule_id, form)
    }
    if not lent:
        return _build(mine, older.version, mistakes)
    both = replace(
        mine,
        documents=[*theirs.documents, *mine.documents],
        categories={**theirs.categories, **mine.categories},
        rules={**mine.rules, **lent},
        dropped=mine.dropped - lent.keys(),
    )
    return replace(_build(both, older.version, mistakes), with_rules_of=newer.version)


def _stands(resolved: Resolved, rule_id: str, form: RuleForm) -> bool:
    """Tell whether a version has this very rule already."""
    own = resolved.rules.get(rule_id)
    is_same = own is not None and own.model_copy(update={"applies_to_waiting": True}) == form
    return is_same and rule_id not in resolved.dropped


def rulebook_name(text: str | bytes, *, source: str = "rulebook") -> str:
    """Return the name that a text gives its rulebook, without loading it.

    Raises:
        RulebookError: it cannot be read, or has no name.

    """
    document = read(text, source=source)
    name = document.data.get("rulebook") if isinstance(document.data, dict) else None
    if not isinstance(name, str) or not name:
        raise RulebookError("no rulebook is named", expected="rulebook: and its name", line=document.line(()), source=source)
    return name


@dataclass(frozen=True, slots=True)
class Written:
    """A version of a rulebook as it was written: its text, and the texts that it inherits from, by name."""

    text: str
    bases: Mapping[str, str]
    source: str
    version: int


# ---- binding --------------------------------------------------------------------------------------


def _build(resolved: Resolved, version: int, mistakes: Mistakes) -> Rulebook:
    """Put a rulebook together, or refuse it with everything that is wrong.

    Raises:
        RulebookError: something is.

    """
    categories = MappingProxyType({code: Category(code, form.group, frozenset(form.domains)) for code, form in resolved.categories.items()})
    names: CategoryNames = MappingProxyType(
        {language: {code: getattr(form.name, language) for code, form in resolved.categories.items()} for language in LANGUAGES}
    )
    bound: dict[str, Bound] = {}
    siblings = MappingProxyType(bound)
    for rule_id, form in resolved.rules.items():
        made = _Maker(resolved, rule_id, form, mistakes).rule(categories, names, siblings)
        if made is not None and rule_id not in resolved.dropped:
            rule, kind = made
            bound[rule_id] = Bound.of(rule, kind.judge, judges_approval=kind.judges_approval)
    if not bound and not mistakes.found:
        problem = "no rule is in force in it: everything would be approved"
        mistakes.add(problem, expected="at least one rule", documents=resolved.documents[:1], path=())
    mistakes.raise_if_any()
    release = "annual" if resolved.form.budget is None else resolved.form.budget.release
    return Rulebook(
        name=resolved.name,
        version=version,
        hash=_hash(resolved, bound),
        title=resolved.title,
        release=release,
        categories=categories,
        category_names=names,
        rules=siblings,
        by_stage=MappingProxyType({stage: tuple(one for one in bound.values() if stage in one.rule.stages) for stage in STAGES}),
        is_abstract=resolved.form.abstract,
        period=None if resolved.form.budget is None else resolved.form.budget.period,
        rollover="" if resolved.form.budget is None else resolved.form.budget.rollover,
    )


class _Maker:
    """Makes one rule, or notes everything that is wrong with it."""

    def __init__(self, resolved: Resolved, rule_id: str, form: RuleForm, mistakes: Mistakes) -> None:
        self.resolved, self.rule_id, self.form, self.mistakes = resolved, rule_id, form, mistakes
        self.is_whole = True

    def rule(
        self, categories: Mapping[str, Category], names: CategoryNames, siblings: Mapping[str, Bound]
    ) -> tuple[Rule[Any], Kind] | None:
        """Check the parts that depend on one another and put them together."""
        form = self.form
        missing = [name for name in NEEDED if getattr(form, name) is None]
        if missing:
            self.refuse("", f"{self.rule_id} has no {', '.join(missing)}", "a whole rule, or one that is inherited")
        kind = None if form.kind is None else self.kind(form.kind)
        if kind is None:
            return None
        stages: tuple[Stage, ...] = (form.stage,) if isinstance(form.stage, str) else form.stage or ()
        if not kind.stages.issuperset(stages):
            self.refuse("stage", f"{kind.name} cannot be asked at {', '.join(stages)}", " or ".join(sorted(kind.stages)))
        self.check_closing(kind)
        params = self.params(kind, categories, stages)
        message = self.message(kind, names)
        if not self.is_whole or params is None or message is None or form.severity is None or form.origin is None or form.source is None:
            return None
        rule: Rule[Any] = Rule(
            id=self.rule_id,
            kind=kind.name,
            severity=form.severity,
            stages=stages,
            params=params,
            message=message,
            provenance=Provenance(form.origin, form.source, form.params_origin, form.params_source),
            approver=form.approver,
            closed_by_event=None if form.closed_by is None else form.closed_by.event,
            effective_from=form.effective_from,
            effective_to=form.effective_to,
            applies_to_waiting=form.applies_to_waiting,
            categories=categories,
            siblings=siblings,
        )
        return rule, kind

    def kind(self, name: str) -> Kind | None:
        """Return the kind the rule names."""
        found = KINDS.get(name)
        if found is None:
            self.refuse("kind", f"unknown kind {name}{did_you_mean(name, KINDS)}", listed(KINDS))
        return found

    def check_closing(self, kind: Kind) -> None:
        """Refuse a need that nothing closes, and an approver for what is not a need."""
        form = self.form
        if form.severity == "needs_approval":
            if form.approver is None and form.closed_by is None and kind.closes is None:
                self.refuse("severity", f"nothing closes {self.rule_id}", "approver or closed_by")
        elif form.severity is not None and (form.approver is not None or form.closed_by is not None):
            self.refuse("severity", f"{self.rule_id} is {form.severity}", "needs_approval, or neither approver nor closed_by")

    def params(self, kind: Kind, categories: Mapping[str, Category], stages: tuple[Stage, ...]) -> Params | None:
        """Check the parameters against the kind."""
        broken = self.resolved.broken
        known = {
            "category": {*categories, *(str(path[1]) for path in broken if path[0] == "categories" and len(path) > 1)},
            "rule": {*self.resolved.rules, *(str(path[1]) for path in broken if path[0] == "rules" and len(path) > 1)},
        }
        context = {"categories": known["category"], "rules": known["rule"], "stages": stages}
        try:
            return kind.params.model_validate(self.form.params, context=context)
        except ValidationError as error:
            prefix: Path = ("rules", self.rule_id, "params")
            self.mistakes.add_invalid(error, kind.params, documents=self.resolved.documents, prefix=prefix, known=known)
            return None

    def message(self, kind: Kind, names: CategoryNames) -> Message | None:
        """Split the words of both languages."""
        if self.form.message is None:
            return None
        en, es = (self.template(kind, getattr(self.form.message, language), language) for language in LANGUAGES)
        return None if en is None or es is None else Message(en, es, names)

    def template(self, kind: Kind, text: str, language: Language) -> Template | None:
        """Split a text, and refuse a place that the kind has nothing for."""
        try:
            template = Template.parse(text, language)
        except ValueError as error:
            self.refuse(f"message.{language}", str(error), "no other braces")
            return None
        unknown = sorted(template.places() - kind.gives)
        known = ", ".join("{" + name + "}" for name in sorted(kind.gives)) or "no places"
        for place in unknown:
            problem = f"unknown place {{{place}}}{did_you_mean(place, kind.gives)}"
            self.refuse(f"message.{language}", problem, f"{known} in a message of {kind.name}")
        return None if unknown else template

    def refuse(self, part: str, problem: str, expected: str) -> None:
        """Note a mistake at the nearest file that says the part."""
        self.is_whole = False
        path: Path = ("rules", self.rule_id, *(part.split(".") if part else ()))
        self.mistakes.add(problem, expected=expected, documents=self.resolved.documents, path=path)


def _hash(resolved: Resolved, bound: Mapping[str, Bound]) -> str:
    """Hash what is decided by: two rulebooks with one hash decide alike."""
    content = {
        "rulebook": resolved.name,
        "budget": None if resolved.form.budget is None else resolved.form.budget.model_dump(mode="json"),
        "categories": {code: form.model_dump(mode="json") for code, form in resolved.categories.items()},
        "rules": [
            {
                **resolved.rules[rule_id].model_dump(mode="json", exclude=_unhashed(resolved.rules[rule_id])),
                "id": rule_id,
                "params": one.rule.params.model_dump(mode="json"),
            }
            for rule_id, one in bound.items()
        ],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _unhashed(form: RuleForm) -> set[str]:
    """Name what the hash of a rule leaves out: parameters are hashed as their kind reads them, and what is not said keeps old hashes."""
    return {"params"} if form.applies_to_waiting else {"params", "applies_to_waiting"}
