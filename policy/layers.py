"""The files that a rulebook is written in: its own, and those that it inherits from, laid over one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from policy.errors import RulebookError
from policy.form import RulebookForm, RuleForm
from policy.mistakes import Mistakes, did_you_mean, listed
from policy.reading import Document, Path, read

MAX_ANCESTORS: Final = 5
UNNAMED: Final = "unnamed"

Texts = Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of the chain, and the parts of it that are too wrong to go on with."""

    document: Document
    form: RulebookForm
    broken: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolved:
    """A rulebook with nothing left to inherit."""

    name: str
    version: int
    form: RulebookForm  # the last one: title, budget
    documents: list[Document]  # the nearest first
    categories: Mapping[str, Any]
    rules: Mapping[str, RuleForm]
    dropped: frozenset[str]
    title: str
    tags: frozenset[str]
    broken: frozenset[Path]  # what has been told already


def layers_of(text: str | bytes, bases: Texts, source: str, mistakes: Mistakes) -> list[Layer]:
    """Read a file and those it stands on, the deepest first.

    Raises:
        RulebookError: a file that cannot be read on, or a chain that does not hold; what was found before is told with it.

    """
    layers: list[Layer] = []
    while True:
        layer = _layer(text, source, mistakes)
        layers.insert(0, layer)
        parent = layer.form.inherits
        if parent is None:
            return layers
        if parent not in bases:
            _stop(layer, f"inherits from {parent}{did_you_mean(parent, bases)}", listed(bases), mistakes)
        if len(layers) > MAX_ANCESTORS or any(one.form.rulebook == parent for one in layers):
            _stop(layer, f"inherits from {parent} again", "a chain that ends", mistakes)
        text, source = bases[parent], parent


def resolve(layers: list[Layer], mistakes: Mistakes) -> Resolved:
    """Lay the files over one another: categories and rules by their names, parameters one by one."""
    categories: dict[str, Any] = {}
    rules: dict[str, RuleForm] = {}
    dropped: set[str] = set()
    for layer in layers:
        categories.update(layer.form.categories)
        for rule_id, written in layer.form.rules.items():
            rules[rule_id] = _merge(rules[rule_id], written) if rule_id in rules else written
            dropped.discard(rule_id)
        dropped |= _dropped(layer, rules, mistakes)
    last = layers[-1].form
    budget = next((layer.form.budget for layer in reversed(layers) if layer.form.budget), None)
    title = next((layer.form.title for layer in reversed(layers) if layer.form.title), last.rulebook)
    return Resolved(
        name=last.rulebook,
        version=last.version,
        form=last.model_copy(update={"budget": budget}),
        documents=[layer.document for layer in reversed(layers)],
        categories=categories,
        rules=rules,
        dropped=frozenset(dropped),
        title=title,
        tags=frozenset(tag for layer in layers for tag in layer.form.tags),
        broken=frozenset().union(*(layer.broken for layer in layers)),
    )


def _stop(layer: Layer, problem: str, expected: str, mistakes: Mistakes) -> None:
    mistakes.add(problem, expected=expected, documents=[layer.document], path=("inherits",))
    mistakes.raise_if_any()


def _layer(text: str | bytes, source: str, mistakes: Mistakes) -> Layer:
    """Read one file; what is wrong in it is noted and left out, so that the rest can be looked at too."""
    found = Mistakes()
    try:
        document = read(text, source=source, problems=found.found)
    except RulebookError as error:
        mistakes.note(*found.found, *error.problems)
        mistakes.raise_if_any()
        raise
    if not isinstance(document.data, dict):
        mistakes.note(*found.found)
        mistakes.add("not a rulebook", expected="fields and their values", documents=[document], path=())
        mistakes.raise_if_any()
    mistakes.note(*found.found)
    misread = {one.line for one in found.found}
    outline = Mistakes()
    form, broken = _form(document, outline)
    mistakes.note(*(one for one in outline.found if one.line not in misread))  # a line is told once
    return Layer(document, form, frozenset(broken))


def _form(document: Document, mistakes: Mistakes) -> tuple[RulebookForm, set[Path]]:
    """Check the outline of a file. A rule or category that is wrong is left out; so is any other field."""
    try:
        return RulebookForm.model_validate(document.data), set()
    except ValidationError as error:
        wrong = mistakes.add_invalid(error, RulebookForm, documents=[document])
    broken = {path[:2] if path[0] in {"rules", "categories"} else path[:1] for path in wrong if path}
    data = {name: value for name, value in document.data.items() if (name,) not in broken}
    for part in ("rules", "categories"):
        if isinstance(data.get(part), dict):
            data[part] = {name: value for name, value in data[part].items() if (part, name) not in broken}
    data.setdefault("rulebook", UNNAMED)
    try:
        return RulebookForm.model_validate(data), broken
    except ValidationError as error:  # what was left out hid something else
        mistakes.add_invalid(error, RulebookForm, documents=[document])
        mistakes.raise_if_any()
        raise


def _merge(inherited: RuleForm, changes: RuleForm) -> RuleForm:
    """Lay what a program says over what it inherits: parameters one by one, the rest field by field."""
    update = {name: getattr(changes, name) for name in changes.model_fields_set}
    update["params"] = {**inherited.params, **changes.params}
    return inherited.model_copy(update=update)


def _dropped(layer: Layer, rules: Mapping[str, RuleForm], mistakes: Mistakes) -> set[str]:
    """Return the rules that a file turns off, by naming them or by naming only others."""
    for name in ("disabled", "only"):
        for index, rule_id in enumerate(getattr(layer.form, name) or ()):
            if rule_id not in rules and ("rules", rule_id) not in layer.broken:
                problem = f"{name} names {rule_id}{did_you_mean(rule_id, rules)}"
                mistakes.add(problem, expected="a rule that is there", documents=[layer.document], path=(name, index))
    dropped = set(layer.form.disabled)
    if layer.form.only is not None:
        dropped |= set(rules) - set(layer.form.only)
    return dropped
