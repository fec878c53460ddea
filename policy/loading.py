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
from policy.form import RulebookForm, RuleForm
from policy.reading import Document, Path, read
from policy.rulebook import Bound, Category, Message, Params, Provenance, Rule, Rulebook
from policy.rules import KINDS, Kind
from policy.words import LANGUAGES, CategoryNames, Template

MAX_ANCESTORS: Final = 5
STAGES: Final[tuple[Stage, ...]] = ("authorize", "pay", "transfer", "reserve")
NEEDED: Final = ("kind", "severity", "stage", "origin", "source", "message")


def load(
    text: str | bytes, *, bases: Mapping[str, str | bytes] | None = None, source: str = "rulebook", version: int | None = None
) -> Rulebook:
    """Load a rulebook; `bases` are the texts it may inherit from, by name; `version` overrides the one in the text.

    Raises:
        RulebookError: where it is wrong, what is wrong, and what was expected.

    """
    layers = _layers(text, bases or {}, source)
    resolved = _resolve(layers)
    return _build(resolved, resolved.version if version is None else version)


def load_between(older: Written, newer: Written) -> Rulebook:
    """Load what decides today about something that an older version judged first: its rules, and those that the newer one lends it.

    A rule of the newer version that says `applies_to_waiting` and is not the same in the older one is asked in its place, or beside it
    when it is new. The older version answers when none is; what is made of both has a hash of its own and says `with_rules_of`.

    Raises:
        RulebookError: a text is wrong, or a rule that is lent needs what the older version does not have.

    """
    mine, theirs = (_resolve(_layers(one.text, one.bases, one.source)) for one in (older, newer))
    lent = {
        rule_id: form
        for rule_id, form in theirs.rules.items()
        if form.applies_to_waiting and rule_id not in theirs.dropped and not _stands(mine, rule_id, form)
    }
    if not lent:
        return _build(mine, older.version)
    both = replace(
        mine,
        documents=[*theirs.documents, *mine.documents],
        categories={**theirs.categories, **mine.categories},
        rules={**mine.rules, **lent},
        dropped=mine.dropped - lent.keys(),
    )
    return replace(_build(both, older.version), with_rules_of=newer.version)


def _stands(resolved: _Resolved, rule_id: str, form: RuleForm) -> bool:
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


# ---- one file, and what it inherits ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Layer:
    """One file of the chain."""

    document: Document
    form: RulebookForm


def _layers(text: str | bytes, bases: Mapping[str, str | bytes], source: str) -> list[_Layer]:
    """Read a file and those it stands on, the deepest first."""
    layers: list[_Layer] = []
    while True:
        document = read(text, source=source)
        layers.insert(0, _Layer(document, _form(document)))
        parent = layers[0].form.inherits
        if parent is None:
            return layers
        line = document.line(("inherits",))
        if parent not in bases:
            known = ", ".join(sorted(bases)) or "none is known"
            raise RulebookError(f"inherits from {parent}", expected=f"one of: {known}", line=line, source=source)
        if len(layers) > MAX_ANCESTORS or any(layer.form.rulebook == parent for layer in layers):
            raise RulebookError(f"inherits from {parent} again", expected="a chain that ends", line=line, source=source)
        text, source = bases[parent], parent


def _form(document: Document) -> RulebookForm:
    if not isinstance(document.data, dict):
        raise RulebookError("not a rulebook", expected="fields and their values", line=document.line(()), source=document.source)
    try:
        return RulebookForm.model_validate(document.data)
    except ValidationError as error:
        raise _refusal(error, [document], ()) from error


def _refusal(error: ValidationError, documents: list[Document], prefix: Path) -> RulebookError:
    """Say the first mistake that was found, at its line."""
    first = error.errors(include_url=False)[0]
    path: Path = (*prefix, *first["loc"])
    document = next((one for one in documents if one.line(path) is not None and _reaches(one, path, prefix)), documents[-1])
    given = first.get("input")
    shown = "" if isinstance(given, dict | list) or first["type"] == "missing" else f": {given!r}"
    where = ".".join(str(part) for part in path if part != "[key]")
    return RulebookError(
        f"{where} {'is unknown' if first['type'] == 'extra_forbidden' else 'is wrong'}{shown}",
        expected=first["msg"][:1].lower() + first["msg"][1:],
        line=document.line(path),
        source=document.source,
    )


def _reaches(document: Document, path: Path, prefix: Path) -> bool:
    """Tell whether a document says the part itself, not only something around it."""
    return path in document.lines or path[: len(prefix) + 1] in document.lines


# ---- inheritance ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A rulebook with nothing left to inherit."""

    name: str
    version: int
    form: RulebookForm  # the last one: title, budget
    documents: list[Document]  # the nearest first
    categories: Mapping[str, Any]
    rules: Mapping[str, RuleForm]
    dropped: frozenset[str]
    title: str


def _resolve(layers: list[_Layer]) -> _Resolved:
    categories: dict[str, Any] = {}
    rules: dict[str, RuleForm] = {}
    dropped: set[str] = set()
    for layer in layers:
        categories.update(layer.form.categories)
        for rule_id, written in layer.form.rules.items():
            rules[rule_id] = _merge(rules[rule_id], written) if rule_id in rules else written
            dropped.discard(rule_id)
        dropped |= _dropped(layer, rules)
    last = layers[-1].form
    budget = next((layer.form.budget for layer in reversed(layers) if layer.form.budget), None)
    title = next((layer.form.title for layer in reversed(layers) if layer.form.title), last.rulebook)
    documents = [layer.document for layer in reversed(layers)]
    form = last.model_copy(update={"budget": budget})
    return _Resolved(last.rulebook, last.version, form, documents, categories, rules, frozenset(dropped), title)


def _merge(inherited: RuleForm, changes: RuleForm) -> RuleForm:
    """Lay what a program says over what it inherits: parameters one by one, the rest field by field."""
    update = {name: getattr(changes, name) for name in changes.model_fields_set}
    update["params"] = {**inherited.params, **changes.params}
    return inherited.model_copy(update=update)


def _dropped(layer: _Layer, rules: Mapping[str, RuleForm]) -> set[str]:
    """Return the rules that a file turns off, by naming them or by naming only others."""
    for name in ("disabled", "only"):
        for index, rule_id in enumerate(getattr(layer.form, name) or ()):
            if rule_id not in rules:
                line = layer.document.line((name, index))
                raise RulebookError(f"{name} names {rule_id}", expected="a rule that is there", line=line, source=layer.document.source)
    dropped = set(layer.form.disabled)
    if layer.form.only is not None:
        dropped |= set(rules) - set(layer.form.only)
    return dropped


# ---- binding --------------------------------------------------------------------------------------


def _build(resolved: _Resolved, version: int) -> Rulebook:
    categories = MappingProxyType({code: Category(code, form.group, frozenset(form.domains)) for code, form in resolved.categories.items()})
    names: CategoryNames = MappingProxyType(
        {language: {code: getattr(form.name, language) for code, form in resolved.categories.items()} for language in LANGUAGES}
    )
    bound: dict[str, Bound] = {}
    siblings = MappingProxyType(bound)
    for rule_id, form in resolved.rules.items():
        rule, kind = _Maker(resolved, rule_id, form).rule(categories, names, siblings)
        if rule_id not in resolved.dropped:
            bound[rule_id] = Bound.of(rule, kind.judge, judges_approval=kind.judges_approval)
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
    )


class _Maker:
    """Makes one rule, and knows where to point when it cannot."""

    def __init__(self, resolved: _Resolved, rule_id: str, form: RuleForm) -> None:
        self.resolved, self.rule_id, self.form = resolved, rule_id, form

    def rule(self, categories: Mapping[str, Category], names: CategoryNames, siblings: Mapping[str, Bound]) -> tuple[Rule[Any], Kind]:
        """Check the parts that depend on one another and put them together."""
        form = self.form
        for name in NEEDED:
            if getattr(form, name) is None:
                raise self.refusal("", f"{self.rule_id} has no {name}", "a whole rule, or one that is inherited")
        kind = self.kind()
        stages: tuple[Stage, ...] = (form.stage,) if isinstance(form.stage, str) else form.stage or ()
        if not kind.stages.issuperset(stages):
            raise self.refusal("stage", f"{kind.name} cannot be asked at {', '.join(stages)}", " or ".join(sorted(kind.stages)))
        self.check_closing(kind)
        assert form.severity is not None
        assert form.origin is not None
        assert form.source is not None
        rule: Rule[Any] = Rule(
            id=self.rule_id,
            kind=kind.name,
            severity=form.severity,
            stages=stages,
            params=self.params(kind, categories),
            message=Message(self.template(kind, "en"), self.template(kind, "es"), names),
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

    def kind(self) -> Kind:
        """Return the kind the rule names."""
        found = KINDS.get(self.form.kind or "")
        if found is None:
            raise self.refusal("kind", f"unknown kind {self.form.kind}", "one of: " + ", ".join(sorted(KINDS)))
        return found

    def check_closing(self, kind: Kind) -> None:
        """Refuse a need that nothing closes, and an approver for what is not a need."""
        form = self.form
        if form.severity == "needs_approval":
            if form.approver is None and form.closed_by is None and kind.closes is None:
                raise self.refusal("severity", f"nothing closes {self.rule_id}", "approver or closed_by")
            if form.approver is None and kind.judges_approval and kind.closes is None and form.closed_by is None:
                raise self.refusal("approver", f"{kind.name} asks for a person", "approver")
        elif form.approver is not None or form.closed_by is not None:
            raise self.refusal("severity", f"{self.rule_id} is {form.severity}", "needs_approval, or neither approver nor closed_by")

    def params(self, kind: Kind, categories: Mapping[str, Category]) -> Params:
        """Check the parameters against the kind."""
        context = {"categories": categories, "rules": self.resolved.rules}
        try:
            return kind.params.model_validate(self.form.params, context=context)
        except ValidationError as error:
            raise _refusal(error, self.resolved.documents, ("rules", self.rule_id, "params")) from error

    def template(self, kind: Kind, language: Any) -> Template:  # noqa: ANN401 - "en" or "es"
        """Split a text, and refuse a place that the kind has nothing for."""
        text = getattr(self.form.message, language)
        try:
            template = Template.parse(text, language)
        except ValueError as error:
            raise self.refusal(f"message.{language}", str(error), "no other braces") from error
        unknown = template.places() - kind.gives
        if unknown:
            known = ", ".join("{" + name + "}" for name in sorted(kind.gives)) or "no places"
            raise self.refusal(f"message.{language}", f"unknown place {{{min(unknown)}}}", f"{known} in a message of {kind.name}")
        return template

    def refusal(self, part: str, problem: str, expected: str) -> RulebookError:
        """Point at the nearest file that says the part."""
        path: Path = ("rules", self.rule_id, *(part.split(".") if part else ()))
        documents = self.resolved.documents
        says_it = [one for one in documents if path in one.lines] or [one for one in documents if path[:2] in one.lines]
        document = says_it[0] if says_it else documents[0]
        return RulebookError(problem, expected=expected, line=document.line(path), source=document.source)


def _hash(resolved: _Resolved, bound: Mapping[str, Bound]) -> str:
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
