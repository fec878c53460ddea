"""What changed from one rulebook to another, in words: for who publishes it, and for who lives by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policy.rulebook import Category, Rule, Rulebook
from policy.telling import (
    APPROVERS,
    EVENTS,
    PARAMETERS,
    RELEASES,
    SEVERITIES,
    STAGES,
    Both,
    category_name,
    day_words,
    named,
    parameter_value,
)
from policy.words import CategoryNames

_PLACE = re.compile(r"\{[a-z_]*\}")
_NOBODY: Both = ("nobody", "nadie")


@dataclass(frozen=True, slots=True)
class Amendment:
    """One difference between two rulebooks, in words.

    `what` is one of: title, budget, category, added, removed, order, kind, severity, stage, limit, approver, dates, words, source, waiting.
    """

    rule: str | None  # its id, when it is about one
    what: str
    en: str
    es: str

    def to_data(self) -> dict[str, str | None]:
        """Return plain data, fit for JSON."""
        return {"rule": self.rule, "what": self.what, "en": self.en, "es": self.es}


def differences(old: Rulebook, new: Rulebook) -> tuple[Amendment, ...]:
    """Return every difference that a person should know, in the order of the newer rulebook, the rules that are gone at the end.

    None is returned only of two that decide alike: two hashes that differ have a difference here.
    """
    return (*_of_the_whole(old, new), *_of_categories(old, new), *_of_rules(old, new))


# ---- the whole ------------------------------------------------------------------------------------


def _of_the_whole(old: Rulebook, new: Rulebook) -> Iterator[Amendment]:
    if old.name != new.name:
        yield Amendment(
            None, "title", f"It is another rulebook: {new.name}, before {old.name}.", f"Es otro reglamento: {new.name}, antes {old.name}."
        )
    if old.title != new.title:
        yield _turned(None, "title", ("The title", "El título"), (old.title, old.title), (new.title, new.title))
    if old.release != new.release:
        yield _turned(
            None,
            "budget",
            ("How money is released", "Cómo se libera el dinero"),
            named(RELEASES, old.release),
            named(RELEASES, new.release),
        )
    if old.period != new.period:
        yield _turned(None, "budget", ("The period of the budget", "El período del presupuesto"), _period(old.period), _period(new.period))
    if old.rollover != new.rollover:
        before, after = ((one or "nothing said", one or "nada dicho") for one in (old.rollover, new.rollover))
        yield _turned(None, "budget", ("What becomes of money that is left", "Qué pasa con el dinero que queda"), before, after)


def _period(period: tuple[date, date] | None) -> Both:
    if period is None:
        return ("no period", "ningún período")
    return (
        f"{day_words(period[0], 'en')} to {day_words(period[1], 'en')}",
        f"{day_words(period[0], 'es')} a {day_words(period[1], 'es')}",
    )


def _of_categories(old: Rulebook, new: Rulebook) -> Iterator[Amendment]:
    for code, category in new.categories.items():
        name = _of_category(code, new.category_names)
        if code not in old.categories:
            yield Amendment(None, "category", f"New kind of thing to buy: {name[0]}.", f"Nueva clase de cosa para comprar: {name[1]}.")
            continue
        yield from _of_one_category(code, (old.categories[code], category), (old.category_names, new.category_names), name)
    for code in old.categories:
        if code not in new.categories:
            name = _of_category(code, old.category_names)
            yield Amendment(
                None, "category", f"No longer a kind of thing to buy: {name[0]}.", f"Ya no es una clase de cosa para comprar: {name[1]}."
            )


def _of_one_category(
    code: str, pair: tuple[Category, Category], names: tuple[CategoryNames, CategoryNames], name: Both
) -> Iterator[Amendment]:
    before, after = pair
    old_name, new_name = (category_name(code, one) for one in names)
    if old_name != new_name:
        yield _turned(None, "category", (f"The name of {code}", f"El nombre de {code}"), _quoted(old_name), _quoted(new_name))
    if before.group != after.group:
        groups = tuple((one.group.replace("_", " "),) * 2 for one in pair)
        yield _turned(None, "category", (f"The group of {name[0]}", f"El grupo de {name[1]}"), groups[0], groups[1])
    if before.domains != after.domains:
        domains = tuple((", ".join(sorted(one.domains)),) * 2 for one in pair)
        yield _turned(None, "category", (f"The goals that {name[0]} serves", f"Las metas a que sirve {name[1]}"), domains[0], domains[1])


def _of_category(code: str, names: CategoryNames) -> Both:
    en, es = category_name(code, names)
    return (f"{en} ({code})", f"{es} ({code})")


# ---- rules ----------------------------------------------------------------------------------------


def _of_rules(old: Rulebook, new: Rulebook) -> Iterator[Amendment]:
    for rule_id, bound in new.rules.items():
        before = old.rule(rule_id)
        if before is None:
            yield _arrived(bound.rule)
        else:
            yield from _of_one_rule(before, bound.rule, new.category_names)
    for rule_id, bound in old.rules.items():
        if rule_id not in new.rules:
            said = _said(bound.rule)
            yield Amendment(
                rule_id, "removed", f"Rule {rule_id} is gone. It said: {said[0]}", f"La regla {rule_id} ya no está. Decía: {said[1]}"
            )
    both = [one for one in old.rules if one in new.rules]
    if both != [one for one in new.rules if one in old.rules]:
        yield Amendment(
            None, "order", "The rules are asked and told in another order.", "Las reglas se preguntan y se dicen en otro orden."
        )


def _arrived(rule: Rule[Any]) -> Amendment:
    said, severity, stages = _said(rule), SEVERITIES[rule.severity], _stages(rule)
    return Amendment(
        rule.id,
        "added",
        f"Rule {rule.id} is new: {severity[0]}, {stages[0]}. It says: {said[0]}",
        f"La regla {rule.id} es nueva: {severity[1]}, {stages[1]}. Dice: {said[1]}",
    )


def _said(rule: Rule[Any]) -> Both:
    """Give the words of a rule with dots where its numbers go."""
    return (_PLACE.sub("...", rule.message.en.text), _PLACE.sub("...", rule.message.es.text))


def _stages(rule: Rule[Any]) -> Both:
    plain = [named(STAGES, stage) for stage in rule.stages]
    return (" and ".join(one[0] for one in plain), " y ".join(one[1] for one in plain))


_SIMPLE: tuple[tuple[str, Both, Callable[[Rule[Any]], Any], Callable[[Any], Both]], ...] = (
    ("kind", ("what it looks at", "lo que mira"), lambda rule: rule.kind, lambda kind: named({}, kind)),
    ("severity", ("what it does", "lo que hace"), lambda rule: rule.severity, lambda severity: SEVERITIES[severity]),
    (
        "approver",
        ("whose yes it takes", "quién debe decir que sí"),
        lambda rule: rule.approver,
        lambda one: named(APPROVERS, one) if one else _NOBODY,
    ),
    (
        "approver",
        ("what closes it", "lo que la cierra"),
        lambda rule: rule.closed_by_event,
        lambda event: named(EVENTS, event) if event else ("no event", "ningún hecho"),
    ),
    ("dates", ("its first day", "su primer día"), lambda rule: rule.effective_from, lambda on: (day_words(on, "en"), day_words(on, "es"))),
    ("dates", ("its last day", "su último día"), lambda rule: rule.effective_to, lambda on: (day_words(on, "en"), day_words(on, "es"))),
    ("words", ("its words in English", "sus palabras en inglés"), lambda rule: rule.message.en.text, lambda text: _quoted((text, text))),
    ("words", ("its words in Spanish", "sus palabras en español"), lambda rule: rule.message.es.text, lambda text: _quoted((text, text))),
    ("source", ("where it comes from", "de dónde viene"), lambda rule: rule.provenance.source, lambda text: _quoted((text, text))),
    (
        "source",
        ("how sure its source is", "qué tan segura es su fuente"),
        lambda rule: rule.provenance.origin,
        lambda origin: named({}, origin),
    ),
    (
        "source",
        ("how sure its numbers are", "qué tan seguros son sus números"),
        lambda rule: rule.provenance.parameters_origin,
        lambda origin: named({}, origin or "nothing said"),
    ),
    (
        "source",
        ("where its numbers come from", "de dónde vienen sus números"),
        lambda rule: rule.provenance.parameters_source,
        lambda text: _quoted((text, text)),
    ),
)
"""What of a rule is one value: how its difference is called, its name, how it is read and how it is said."""


def _of_one_rule(old: Rule[Any], new: Rule[Any], categories: CategoryNames) -> Iterator[Amendment]:
    if _stages(old) != _stages(new):
        yield _turned(new.id, "stage", ("when it is asked", "cuándo se pregunta"), _stages(old), _stages(new))
    for what, name, read, say in _SIMPLE:
        before, after = read(old), read(new)
        if before != after:
            yield _turned(new.id, what, name, say(before), say(after))
    yield from _of_parameters(old, new, categories)
    if old.applies_to_waiting != new.applies_to_waiting:
        en, es = ("It is also asked", "También se pregunta") if new.applies_to_waiting else ("It is no longer asked", "Ya no se pregunta")
        yield Amendment(
            new.id,
            "waiting",
            f"Rule {new.id}: {en} of what an older version judged and still waits or is billed.",
            f"Regla {new.id}: {es} sobre lo que juzgó una versión anterior y aún espera o se cobra.",
        )


def _of_parameters(old: Rule[Any], new: Rule[Any], categories: CategoryNames) -> Iterator[Amendment]:
    before, after = dict(old.params), dict(new.params)
    fields = {**type(old.params).model_fields, **type(new.params).model_fields}
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        label = named(PARAMETERS, name)

        def say(value: Any, name: str = name) -> Both:  # noqa: ANN401 - as the kind types it
            return ("nothing", "nada") if value is None else parameter_value(name, fields[name], value, categories)

        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _of_entries(new.id, label, was, now, say, categories)
        elif isinstance(was, frozenset | tuple) and isinstance(now, frozenset | tuple):
            yield _of_members(new.id, label, was, now, say)
        else:
            yield _turned(new.id, "limit", label, say(was), say(now))


def _of_entries(
    rule_id: str, label: Both, was: Mapping[str, Any], now: Mapping[str, Any], say: Callable[[Any], Both], categories: CategoryNames
) -> Iterator[Amendment]:
    """Compare limits that stand by category."""
    for code in dict.fromkeys((*now, *was)):
        if was.get(code) == now.get(code):
            continue
        name = category_name(code, categories)
        about = (f"{label[0]} for {name[0]}", f"{label[1]} para {name[1]}")
        none = ("none", "ninguno")
        yield _turned(rule_id, "limit", about, say(was[code]) if code in was else none, say(now[code]) if code in now else none)


def _of_members(rule_id: str, label: Both, was: Any, now: Any, say: Callable[[Any], Both]) -> Amendment:  # noqa: ANN401 - sets or tuples
    """Compare lists: what came to them, what left them."""
    came, left = ([say(one) for one in _in_order(these) if one not in those] for these, those in ((now, was), (was, now)))
    parts = [
        (words[0] + ", ".join(one[0] for one in some), words[1] + ", ".join(one[1] for one in some))
        for words, some in ((("now also ", "ahora también "), came), (("no longer ", "ya no "), left))
        if some
    ] or [("in another order", "en otro orden")]
    return Amendment(
        rule_id,
        "limit",
        f"Rule {rule_id}: {label[0]}: {'; '.join(one[0] for one in parts)}.",
        f"Regla {rule_id}: {label[1]}: {'; '.join(one[1] for one in parts)}.",
    )


def _in_order(values: Any) -> list[Any]:  # noqa: ANN401 - see _of_members
    return sorted(values) if isinstance(values, frozenset) else list(values)


def _quoted(text: Both) -> Both:
    if not any(text):
        return ("nothing", "nada")
    return (f"\u201c{text[0]}\u201d", f"\u201c{text[1]}\u201d")


def _turned(rule_id: str | None, what: str, name: Both, before: Both, after: Both) -> Amendment:
    """Say that something changed from one value to another."""
    en, es = f"{name[0]} changed from {before[0]} to {after[0]}.", f"{name[1]} cambió de {before[1]} a {after[1]}."
    if rule_id is None:
        return Amendment(None, what, en, es)
    return Amendment(rule_id, what, f"Rule {rule_id}: {en}", f"Regla {rule_id}: {es}")
