"""The sandbox's document says what the installed SDK says: where Stripe has moved on, this names what drifted."""

import json
from collections.abc import Iterator

import pytest

from tests.vendors.rails import installed
from vendors.rails.sandbox.document import FILE
from vendors.rails.sandbox.world import API_VERSION

DOCUMENT = json.loads(FILE.read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
OURS = {
    "error",  # no class of the SDK describes it
    "v2.core.event.related_object",  # read by the SDK's code, not named by its class
    "v2.core.AccountListParams.page",  # in the address of the next page
    "v2.core.EventListParams.page",
}
AMOUNT = "TransferCreateParams.amount"
PLAIN = ("integer", "string", "boolean")


def drifted(schemas) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        if name in OURS or "properties" not in schema:
            continue  # left open on purpose
        here = {field: _told(field, part, schema) for field, part in schema["properties"].items() if f"{name}.{field}" not in OURS}
        there = installed.parameters(name) if "Params" in name else installed.fields(name)
        if there is None:
            yield f"{name} is no more"
            continue
        yield from (f"{name}.{field} is new" for field in sorted(there.keys() - here.keys()))
        yield from (f"{name}.{field} is no more" for field in sorted(here.keys() - there.keys()))
        for field in sorted(here.keys() & there.keys()):
            if here[field] != there[field]:
                yield f"{name}.{field} was {here[field]} and is {there[field]}"


def _told(field, part, schema):
    kind = part.get("type", "") if part.get("type") in PLAIN and "enum" not in part and "x-open-enum" not in part else ""
    return field in schema.get("required", ()), kind


def test_every_parameter_and_field_is_as_the_installed_sdk_has_it():
    assert list(drifted(SCHEMAS)) == []


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("transfer", {"amount": None}, "transfer.amount is new"),
        ("transfer", {"colour": {"type": "string"}}, "transfer.colour is no more"),
        (
            "TransferCreateParams",
            {"amount": {"type": "string"}},
            "TransferCreateParams.amount was (False, 'string') and is (False, 'integer')",
        ),
        ("transfer.Colour", {"shade": {}}, "transfer.Colour is no more"),
    ],
)
def test_what_drifts_is_named(name, fields, said):
    schema = SCHEMAS.get(name, {"properties": {}})
    properties = {field: part for field, part in {**schema["properties"], **fields}.items() if part is not None}

    assert list(drifted({name: {**schema, "properties": properties}})) == [said]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        (method, path, operation["operationId"])
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
    ],
)
def test_every_call_is_one_that_the_installed_sdk_makes(method, path, operation):
    assert installed.makes(operation, method, path)


def test_the_document_is_of_the_installed_version():
    sdk, api = installed.version()

    assert DOCUMENT["info"]["version"] == API_VERSION == api
    assert f"stripe-python {sdk} " in DOCUMENT["info"]["x-derived-from"]
