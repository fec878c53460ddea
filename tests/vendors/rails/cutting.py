"""Cut a reduced OpenAPI document of Stripe down to what the sandbox answers: `python -m tests.vendors.rails.cutting DOCUMENT`.

Parts that are never sent nor answered are left open; what the SDK knows of by its code only is added.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vendors.rails.sandbox.document import FILE
from vendors.rails.sandbox.routes import ROUTES

OPEN = re.compile(
    r"""
    card | person | source | .*PaymentMethodOptions
    | account\.(BusinessProfile|Capabilities|Company|Controller|FutureRequirements|Groups|Requirements|Settings|TosAcceptance)
    | balance\.(InstantAvailable|Issuing|RefundAndDisputePrefunding)
    | bank_account\.(Future)?Requirements
    | .*AutomaticTransferRulesByCurrency
    | v2\.core\.Account(Create|Update)ParamsConfiguration(Customer|Merchant|RecipientCapabilities(BankAccounts|Cards))
    | v2\.core\.Account(Create|Update)Params(DefaultsProfile|Identity(Attestations|BusinessDetails|Individual))
    | v2\.core\.account\.Configuration\.(Customer|Merchant|Recipient\.Capabilities\.(BankAccounts|Cards))
    | v2\.core\.account\.(Defaults\.Profile|FutureRequirements|Requirements|Identity\.(Attestations|BusinessDetails|Individual))
    """,
    re.VERBOSE,
)
MAX_CHOICES = 80
RELATED = {
    "type": "object",
    "required": ["id", "type", "url"],
    "properties": {"id": {"type": "string"}, "type": {"type": "string"}, "url": {"type": "string"}},
    "nullable": True,
}


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """Keep the served endpoints and what they refer to."""
    served = {(route.method.lower(), route.template) for route in ROUTES}
    paths: dict[str, Any] = {}
    for path, operations in whole["paths"].items():
        kept = {method: _bare(one) for method, one in operations.items() if (method, re.sub(r"\{\w+\}", "{id}", path)) in served}
        if kept:
            paths[path] = kept
    schemas = _mended(whole["components"]["schemas"])
    found: dict[str, Any] = {}
    waiting = sorted(set(_references(paths)))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = {"type": "object"} if OPEN.fullmatch(name) else _closed(schemas[name])
            waiting.extend(_references(found[name]))
    info = {**whole["info"], "title": "Stripe API, cut to what the sandbox answers"}
    return {
        "openapi": whole["openapi"],
        "info": info,
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(found.items()))},
    }


def _bare(operation: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in operation.items() if name in {"operationId", "requestBody", "responses", "x-query-schema"}}


def _mended(schemas: dict[str, Any]) -> dict[str, Any]:
    """Add what the SDK reads beyond its classes: a thin event's object, and the cursor in the address of a next page."""
    event = schemas["v2.core.event"]
    mended = {"v2.core.event": {**event, "properties": {**event["properties"], "related_object": RELATED}}}
    for name in ("v2.core.AccountListParams", "v2.core.EventListParams"):
        mended[name] = {**schemas[name], "properties": {**schemas[name]["properties"], "page": {"type": "string"}}}
    return {**schemas, **mended}


def _closed(part: Any) -> Any:
    """Leave out long lists of choices that Stripe itself keeps open."""
    if isinstance(part, list):
        return [_closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    if len(part.get("enum", ())) > MAX_CHOICES:
        part = {**{name: one for name, one in part.items() if name != "enum"}, "x-open-enum": True}
    return {name: _closed(one) for name, one in part.items()}


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _references(one)
    elif isinstance(part, dict):
        for name, one in part.items():
            if name == "$ref":
                yield one.rsplit("/", 1)[1]
            else:
                yield from _references(one)


if __name__ == "__main__":
    FILE.write_text(json.dumps(cut(json.loads(Path(sys.argv[1]).read_text())), separators=(",", ":"), sort_keys=True) + "\n")
