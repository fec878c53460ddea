"""The JSON Schema of a rulebook lets through what loads, and marks most of what does not, as it is typed."""

import json
import typing
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

import policy
from policy import form
from policy.meanings import MEANINGS
from policy.reading import read
from tests.cli.typing_commands import sdc
from tests.policy.questions import PROGRAMS, book, text
from tests.policy.test_expression import a_rule
from tests.policy.test_loading import SMALL

NAMES = ("base", *PROGRAMS)


@cache
def schema() -> dict[str, Any]:
    return policy.rulebook_schema({name: book(name) for name in NAMES})


@cache
def validator() -> Any:
    return jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)


def as_an_editor_sees_it(value: Any) -> Any:
    """Return YAML as an editor holds it against a schema: dates are text, exact numbers are numbers."""
    if isinstance(value, dict):
        return {key: as_an_editor_sees_it(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_an_editor_sees_it(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def mistakes(rulebook: str) -> list[str]:
    found = validator().iter_errors(as_an_editor_sees_it(read(rulebook).data))
    return ["/".join(str(part) for part in one.instance_path) for one in found]


def test_it_is_a_schema_of_its_draft():
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema())


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_rulebook_is_let_through(name):
    assert mistakes(text(name)) == []


@pytest.mark.parametrize(
    "rulebook",
    [
        SMALL,
        "rulebook: mine\ninherits: base\nonly: [G01]\n",
        "rulebook: mine\ninherits: base\nrules: {A01: {params: {over_cents: 5}, effective_to: 2027-06-30}}",
        "rulebook: mine\ninherits: florida\nrules: {A05: {params: {hours: 5}}}",
        "rulebook: mine\ninherits: elsewhere\nrules: {Q01: {params: {any: 5}}}",
        "rulebook: mine\ninherits: base\n" + a_rule("request.emergency"),
        "rulebook: mine\ninherits: base\n"
        + a_rule("request.emergency", stage="[authorize, pay]", en="{amount_cents}", es="{amount_cents}"),
    ],
)
def test_what_loads_is_let_through(rulebook):
    assert mistakes(rulebook) == []


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("kind: category_cap", "kind: category_cup", "rules/K01/kind"),
        ("severity: deny", "severity: maybe", "rules/K01/severity"),
        ("severity: deny", "severity: needs_approval", "rules/K01"),
        ("severity: deny", "severity: deny\n    approver: broker", "rules/K01/approver"),
        ("stage: authorize", "stage: pay", "rules/K01/stage"),
        ("stage: authorize", "stages: authorize", "rules/K01"),
        ("FOOD: 100", "FOOD: 1.5", "rules/K01/params/caps/FOOD"),
        ("FOOD: 100", 'FOOD: "100"', "rules/K01/params/caps/FOOD"),
        ("FOOD: 100", "FOOD: -1", "rules/K01/params/caps/FOOD"),
        ("FOOD: 100", "FOOD: true", "rules/K01/params/caps/FOOD"),
        ("params: {caps", "params: {cups", "rules/K01/params"),
        ("Up to {cap_cents}.", "Up to {cap}.", "rules/K01/message/en"),
        ("Hasta {cap_cents}.", "Hasta {.", "rules/K01/message/es"),
        (', es: "Hasta {cap_cents}."', "", "rules/K01/message"),
        ("    origin: illustrative\n", "", "rules/K01"),
        ("    kind: category_cap\n", "", "rules/K01"),
        ("K01:", "k-1:", "rules"),
        ("FOOD: {", "food: {", "categories"),
        ("group: recovery_support", "group: fun", "categories/FOOD/group"),
        ("rulebook: small", "rulebook: Small Town", "rulebook"),
        ("rulebook: small\n", "", ""),
        ("rulebook: small", "rulebook: small\ncolor: red", ""),
        ("rulebook: small", "rulebook: small\nversion: 0", "version"),
        ("rulebook: small", "rulebook: small\nbudget: {release: weekly}", "budget"),
        ("source: a test", "source: a test\n    effective_from: soon", "rules/K01/effective_from"),
        ("source: a test", "source: a test\n    closed_by: {event: rain}", "rules/K01/closed_by"),
    ],
)
def test_what_does_not_load_is_marked_where_it_is(before, after, where):
    assert before in SMALL
    broken = SMALL.replace(before, after)
    with pytest.raises(policy.RulebookError):
        policy.load(broken)

    assert where in mistakes(broken)


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ("A01: {params: {over: 5}}", "rules/A01/params"),
        ("B03: {params: {min_clinical_share: 1.5}}", "rules/B03/params/min_clinical_share"),
        ("A01: {stage: pay}", "rules/A01/stage"),
        ('A01: {message: {en: "{cap_cents}", es: "No."}}', "rules/A01/message/en"),
        ("S01: {params: {over_cents: 5}}", "rules/S01"),
        ("U06: {params: {thresholds: A01}}", "rules/U06/params/thresholds"),
    ],
)
def test_what_a_program_changes_is_held_to_the_kind_it_inherits(rules, where):
    assert where in mistakes(f"rulebook: mine\ninherits: base\nrules: {{{rules}}}")


def test_every_field_of_a_rulebook_says_what_it_means():
    forms = {name: one for name, one in vars(form).items() if isinstance(one, type) and issubclass(one, form.Form) and one is not form.Form}

    assert {name: set(one.model_fields) for name, one in forms.items()} == {name: set(fields) for name, fields in MEANINGS.items()}
    assert all(issubclass(one, BaseModel) for one in forms.values())
    assert set(typing.get_args(form.Event)) == set(schema()["$defs"]["ClosedByForm"]["properties"]["event"]["enum"])


def test_the_command_prints_it():
    printed = sdc("policy", "schema")

    assert printed.code == 0
    assert json.loads(printed.out)["$id"] == "urn:sdc:rulebook"


def test_a_rulebook_of_ones_own_may_be_inherited_from_too(tmp_path):
    county = tmp_path / "county.yaml"
    county.write_text(SMALL.replace("rulebook: small", "rulebook: county"))

    printed = json.loads(sdc("policy", "schema", "--rulebook", str(county)).out)

    found = jsonschema_rs.Draft202012Validator(printed)
    child = {"rulebook": "town", "inherits": "county"}
    assert found.is_valid({**child, "rules": {"K01": {"params": {"caps": {"FOOD": 5}}}}})
    assert not found.is_valid({**child, "rules": {"K01": {"params": {"over_cents": 5}}}})
