"""A JSON Schema of rulebooks (draft 2020-12), by which an editor checks one as it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from policy.form import RulebookForm
from policy.loading import NEEDED
from policy.meanings import MEANINGS
from policy.rulebook import Rulebook
from policy.rules import KINDS, Kind
from policy.telling import PARAMETERS

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
REFERENCE: Final = "#/$defs/{model}"
A_DAY: Final = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


def rulebook_schema(bases: Mapping[str, Rulebook] | None = None) -> Schema:
    """Return the schema of a rulebook. `bases` are those that it may inherit from: what it changes in their rules is checked too.

    A rule is checked by its kind: its parameters, where it may be asked, which places its words have, and who closes it. What a schema can
    not know (categories of the rulebook's own, whether a condition holds) is checked when the rulebook is loaded.
    """
    forms = [(RulebookForm, "validation"), *((kind.params, "validation") for kind in KINDS.values())]
    references, made = models_json_schema(forms, ref_template=REFERENCE)  # type: ignore[arg-type]  # "validation" is a literal
    defs: Schema = made["$defs"]
    params = {name: defs[references[kind.params, "validation"]["$ref"].rpartition("/")[2]] for name, kind in KINDS.items()}
    _explain(defs, params.values())
    _tighten(defs)
    rule: Schema = defs["RuleForm"]
    rule["properties"]["kind"] = {"oneOf": [{"const": name, "description": _says(kind)} for name, kind in sorted(KINDS.items())]}
    rule["allOf"] = [_closing(), *(_of_kind(kind, params[name]) for name, kind in sorted(KINDS.items()))]
    defs["WholeRule"] = {"$ref": REFERENCE.format(model="RuleForm"), "required": list(NEEDED)}
    for name, kind in KINDS.items():
        defs[f"change_of_{name}"] = _change(kind, params[name])
    top: Schema = defs.pop("RulebookForm")
    names = bases or {}
    return {
        "$schema": DRAFT,
        "$id": "urn:sdc:rulebook",
        "title": "Rulebook",
        **{key: value for key, value in top.items() if key != "title"},
        "allOf": [_alone(), *(_inheriting(name, base) for name, base in sorted(names.items()))],
        "$defs": defs,
    }


def _says(kind: Kind) -> str:
    """Return the first line of what a kind does."""
    return (kind.judge.__doc__ or kind.name).strip().partition("\n")[0]


def _explain(defs: Schema, params: Iterable[Schema]) -> None:
    """Say of each field what it means."""
    for form, meanings in MEANINGS.items():
        for name, meaning in meanings.items():
            defs[form]["properties"][name]["description"] = meaning
    for one in params:
        for name, schema in one.get("properties", {}).items():
            schema["description"] = PARAMETERS[name][0]


def _tighten(schema: object) -> None:
    """Hold dates by a pattern, as most editors do not look at formats; allow no name but those that a pattern allows."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):  # the name again, in other letters
            del schema["title"]
        if schema.get("format") == "date":
            schema["pattern"] = A_DAY
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            _tighten(value)
    elif isinstance(schema, list):
        for value in schema:
            _tighten(value)


# ---- a rule ---------------------------------------------------------------------------------------


def _closing() -> Schema:
    """Only a need is closed by somebody or something."""
    return {
        "if": {"properties": {"severity": {"enum": ["deny", "warn"]}}, "required": ["severity"]},
        "then": {"properties": {"approver": {"type": "null"}, "closed_by": {"type": "null"}}},
    }


def _of_kind(kind: Kind, params: Schema) -> Schema:
    """Hold a rule that says its kind to what the kind takes."""
    then: Schema = {
        "properties": {"params": params, "stage": _stage(kind), "message": _words(kind)},
        "required": ["params"] if params.get("required") else [],
    }
    if kind.closes is None:
        then["if"] = {"properties": {"severity": {"const": "needs_approval"}}, "required": ["severity"]}
        then["then"] = {"anyOf": [{"required": ["approver"]}, {"required": ["closed_by"]}]}
    return {"if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]}, "then": then}


def _change(kind: Kind, params: Schema) -> Schema:
    """Hold what is changed in an inherited rule to its kind: one parameter may be enough."""
    some = {key: value for key, value in params.items() if key != "required"}
    return {
        "if": {"not": {"required": ["kind"]}},
        "then": {"properties": {"params": some, "stage": _stage(kind), "message": _words(kind)}},
    }


def _stage(kind: Kind) -> Schema:
    one = {"enum": sorted(kind.stages)}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _words(kind: Kind) -> Schema:
    """Let words have only the places that the kind has something for."""
    place = "|".join(re.escape(name) for name in sorted(kind.gives))
    pattern = "^([^{}]|\\{(" + place + ")\\})*$" if place else "^[^{}]*$"
    return {"properties": {language: {"pattern": pattern} for language in ("en", "es")}}


# ---- a file ---------------------------------------------------------------------------------------


def _alone() -> Schema:
    """Ask for whole rules where nothing is inherited."""
    whole = {"additionalProperties": {"$ref": REFERENCE.format(model="WholeRule")}}
    return {
        "if": {"not": {"required": ["inherits"]}},
        "then": {"properties": {"rules": {**whole, "minProperties": 1}}, "required": ["rules"]},
    }


def _inheriting(name: str, base: Rulebook) -> Schema:
    """Let a rulebook change the rules of a base, those included that the base has turned off, and have whole ones beside them."""
    off: Schema = {rule_id: {} for rule_id in base.writing.places if rule_id not in base.rules and rule_id not in base.categories}
    on = {rule_id: {"$ref": REFERENCE.format(model=f"change_of_{bound.rule.kind}")} for rule_id, bound in base.rules.items()}
    rules: Schema = {"properties": {**off, **on}, "additionalProperties": {"$ref": REFERENCE.format(model="WholeRule")}}
    return {"if": {"properties": {"inherits": {"const": name}}, "required": ["inherits"]}, "then": {"properties": {"rules": rules}}}
