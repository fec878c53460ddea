"""Write the parts of docs/rulebooks.md that follow from the code: `python -m tests.policy.reference` puts them in place."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import policy
from policy.expression_facts import HISTORY_FIELDS, NAMES, PLACES
from policy.meanings import MEANINGS
from policy.telling import PARAMETERS
from tests.policy.questions import book

PAGE = Path(__file__).parents[2] / "docs" / "rulebooks.md"
FAMILIES = {
    "prohibited": "What the money is never for",
    "payer": "Other payers",
    "goal": "Goal and plan",
    "dates": "Dates",
    "budget": "Money",
    "price": "Price",
    "frequency": "Count and repeat",
    "approval": "Who has to say yes",
    "vendor": "Vendor",
    "conflict": "Conflict of interest",
    "documents": "Paper",
    "privacy": "Privacy",
    "expression": "What no other kind covers",
}
STAGES = ("authorize", "pay", "transfer", "reserve")
NO_STAGE = frozenset(STAGES)


def parts() -> dict[str, str]:
    """Return each generated part by its name."""
    return {"fields": fields(), "kinds": kinds(), "facts": facts()}


def with_parts(page: str) -> str:
    """Return a page with its generated parts as they have to be."""
    for name, part in parts().items():
        before, start, rest = re.split(rf"(<!-- {name}: .*? -->\n)", page, maxsplit=1)
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        page = f"{before}{start}{part}{end}{after}"
    return page


def fields() -> str:
    """List the fields of a file, a rule, a category and a budget."""
    titles = {
        "RulebookForm": "A file",
        "RuleForm": "A rule",
        "CategoryForm": "A category",
        "BudgetForm": "The budget",
    }
    lines: list[str] = []
    for form, title in titles.items():
        lines += ["", f"| {title} | |", "|---|---|", *(f"| `{name}` | {meaning} |" for name, meaning in MEANINGS[form].items())]
    return "\n".join([*lines[1:], ""])


def kinds() -> str:
    """List the kinds, a family a table."""
    families: dict[str, list[str]] = {}
    for kind in policy.KINDS.values():
        families.setdefault(kind.judge.__module__.rpartition(".")[2], []).append(kind.name)
    assert set(families) == set(FAMILIES)
    lines: list[str] = []
    for family, title in FAMILIES.items():
        lines += ["", f"### {title}", "", "| kind | what it does | parameters | places | asked at |", "|---|---|---|---|---|"]
        lines += [_row(policy.KINDS[name]) for name in sorted(families[family])]
    return "\n".join([*lines[1:], ""])


def facts() -> str:
    """List the facts that a condition may name."""
    lines = ["| fact | type | at | what it is | printed as |", "|---|---|---|---|---|"]
    for one in NAMES:
        at = "every stage" if one.stages == NO_STAGE else ", ".join(stage for stage in STAGES if stage in one.stages)
        printed = f"`{{{one.place}}}`" if one.place in PLACES else ""
        lines.append(f"| `{one.name}` | {one.type} | {at} | {one.meaning} | {printed} |")
    said = ", ".join(f"`{name}` ({kind})" for name, kind in HISTORY_FIELDS.items())
    return "\n".join([*lines, "", f"Each purchase of `history` has {said}.", ""])


def _row(kind: policy.Kind) -> str:
    does = (kind.judge.__doc__ or "").strip().partition("\n")[0].removesuffix(".")
    used = [rule_id for rule_id, bound in book("base").rules.items() if bound.rule.kind == kind.name]
    example = f" ({', '.join(used)})" if used else ""
    closes = {"role": "; names the person itself", "date": "; passes at a time of its own", None: ""}[kind.closes]
    schema = kind.params.model_json_schema()
    parameters = "<br>".join(_parameter(name, one, schema) for name, one in schema.get("properties", {}).items())
    places = " ".join(f"`{{{name}}}`" for name in sorted(kind.gives)) if kind.name != "expression" else "those of its facts"
    stages = ", ".join(stage for stage in STAGES if stage in kind.stages)
    return f"| `{kind.name}` | {does}{example}{closes} | {parameters} | {places} | {stages} |"


def _parameter(name: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    optional = "" if name in schema.get("required", ()) else ", may be left out"
    return f"`{name}`: {PARAMETERS[name][0]} ({_type(name, field, schema)}{optional})"


PLAIN = {"boolean": "true or false", "string": "text"}


def _type(name: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    match field.get("type"):
        case "integer":
            return "cents" if field.get("maximum", 0) > 100_000 else "whole number"
        case "number":
            return "share, 0 to 1" if field.get("maximum") == 1 else "share"
        case "object":
            return f"{_type('', field['additionalProperties'], schema)} by category"
        case "array":
            return _list(name, field["items"])
        case None:
            inner = schema["$defs"][field["$ref"].rpartition("/")[2]]
            return "{" + ", ".join(f"{one}: {_type(one, what, schema)}" for one, what in inner["properties"].items()) + "}"
        case plain:
            return PLAIN[plain]


def _list(name: str, items: Mapping[str, Any]) -> str:
    if "enum" in items:
        return "some of " + ", ".join(items["enum"])
    return {"tags": "tags", "thresholds": "rule ids"}.get(name, "categories" if "categories" in name else "texts")


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Go through the files that the page shows, each with its name."""
    yield from re.findall(r"```yaml (\S+)\n(.*?)```", page, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(with_parts(PAGE.read_text()))
