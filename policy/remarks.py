"""What is odd in how a rulebook is written: seen while its files are laid over one another, told when it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from policy.errors import Problem
from policy.form import RuleForm
from policy.layers import Layer, Resolved
from policy.mistakes import speaker
from policy.reading import Path
from policy.rulebook import Writing
from policy.words import Template


def writing_of(layers: Sequence[Layer], resolved: Resolved) -> Writing:
    """Return where each rule and category is written, and what is odd about them."""
    last = layers[-1]
    paths: list[Path] = [*(("rules", name) for name in resolved.rules), *(("categories", name) for name in resolved.categories)]
    places = {}
    for path in paths:
        document = speaker(resolved.documents, path)
        places[str(path[1])] = (document.source, document.line(path))
    return Writing(
        source=last.document.source,
        places=places,
        own_rules=frozenset(last.form.rules),
        own_categories=frozenset(last.form.categories),
        tags=resolved.tags,
        remarks=tuple(_remarks(layers)),
    )


def _remarks(layers: Sequence[Layer]) -> Iterator[Problem]:
    inherited: dict[str, RuleForm] = {}
    groups: dict[str, str] = {}
    for layer in layers:
        yield from _switched_off_and_set(layer)
        for rule_id, form in layer.form.rules.items():
            whole = form
            if rule_id in inherited:
                whole = inherited[rule_id].model_copy(update={name: getattr(form, name) for name in form.model_fields_set})
                yield from _softened(layer, rule_id, inherited[rule_id], form)
            inherited[rule_id] = whole
            yield from _translated(layer, rule_id, form)
        for code, category in layer.form.categories.items():
            if groups.setdefault(code, category.group) != category.group:
                problem = f"{code} is {category.group} here and {groups[code]} in what it inherits"
                yield _told(layer, ("categories", code), problem, "the same group, or another code", severity="warning")
            if category.name.es == category.name.en and " " in category.name.en:
                problem = f"the Spanish name of {code} is the English one"
                yield _told(layer, ("categories", code), problem, "a translation", severity="error")


def _switched_off_and_set(layer: Layer) -> Iterator[Problem]:
    """Find rules that one file sets and turns off."""
    off = dict.fromkeys(layer.form.disabled, "disabled")
    if layer.form.only is not None:
        off |= {name: "left out of `only`" for name in layer.form.rules if name not in layer.form.only}
    for rule_id in layer.form.rules:
        if rule_id in off:
            problem = f"{rule_id} is written here and {off[rule_id]} here: it is off"
            yield _told(layer, ("rules", rule_id), problem, "one of the two", severity="error")


def _softened(layer: Layer, rule_id: str, before: RuleForm, after: RuleForm) -> Iterator[Problem]:
    """Find a documented ban that a program turns into less."""
    if before.severity == "deny" and before.origin == "documented" and after.severity not in {None, "deny"}:
        problem = f"{rule_id} forbids by a documented source ({before.source}), and is {after.severity} here"
        yield _told(layer, ("rules", rule_id, "severity"), problem, "deny, or a source that allows it", severity="warning")


def _translated(layer: Layer, rule_id: str, form: RuleForm) -> Iterator[Problem]:
    """Find words that were not translated, or that tell less in one language."""
    if form.message is None:
        return
    en, es = form.message.en.strip(), form.message.es.strip()
    path: Path = ("rules", rule_id, "message")
    if en.casefold() == es.casefold():
        yield _told(layer, path, f"the Spanish of {rule_id} is the English", "a translation", severity="error")
        return
    places: Mapping[str, set[str]] = {"English": _places(en), "Spanish": _places(es)}
    for language, other in (("English", "Spanish"), ("Spanish", "English")):
        for place in sorted(places[other] - places[language]):
            yield _told(layer, path, f"the {language} of {rule_id} leaves out {{{place}}}", "the same numbers in both", severity="warning")


def _places(text: str) -> set[str]:
    try:
        return Template.parse(text, "en").places()
    except ValueError:
        return set()


def _told(layer: Layer, path: Path, problem: str, expected: str, *, severity: Literal["error", "warning"]) -> Problem:
    rule = str(path[1]) if path[0] == "rules" else ""
    return Problem(problem, expected, layer.document.line(path), layer.document.source, severity, rule)
