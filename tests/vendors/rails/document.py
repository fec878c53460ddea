"""Stripe's own document as a judge: what was sent and what was answered must both be valid by it."""

import json
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from vendors.rails.sandbox.checking import TRUTHS
from vendors.rails.sandbox.document import FILE
from vendors.rails.sandbox.parameters import decode_form


def complaints(request: httpx.Request, answer: httpx.Response) -> list[str]:
    """Say what Stripe's document finds wrong with one exchange."""
    operation = _operation(request.method.lower(), request.url.path)
    if operation is None:
        return [f"{request.method} {request.url.path} is not in the document"]
    return [
        f"{request.method} {request.url.path}: {complaint}"
        for complaint in (*_of_request(operation, request), *_of_answer(operation, answer))
    ]


@cache
def document() -> dict[str, Any]:
    """Read the cut, with `nullable` said as JSON Schema says it."""
    read: dict[str, Any] = json.loads(FILE.read_text())
    _allow_null(read)
    return read


def _operation(method: str, path: str) -> dict[str, Any] | None:
    steps = path.split("/")
    for template, operations in sorted(document()["paths"].items()):
        expected = template.split("/")
        if len(expected) == len(steps) and all(one == step or one.startswith("{") for one, step in zip(expected, steps, strict=True)):
            found: dict[str, Any] | None = operations.get(method)
            if found is not None:
                return found
    return None


def _of_request(operation: dict[str, Any], request: httpx.Request) -> list[str]:
    if request.method == "GET":
        schema = operation.get("x-query-schema", {})
        return _errors(schema, _typed(decode_form(request.url.query), schema))
    ((media_type, body),) = operation.get("requestBody", {}).get("content", {}).items()
    if request.headers.get("content-type", media_type) != media_type:
        return [f"is sent as {request.headers['content-type']}, not {media_type}"]
    if media_type == "application/json":
        return _errors(body["schema"], json.loads(request.content))
    return _errors(body["schema"], _typed(decode_form(request.content), body["schema"]))


def _of_answer(operation: dict[str, Any], answer: httpx.Response) -> list[str]:
    told = operation["responses"].get(str(answer.status_code), operation["responses"]["default"])
    return _errors(told["content"]["application/json"]["schema"], answer.json())


def _errors(schema: dict[str, Any], instance: object) -> list[str]:
    whole = {**schema, "components": document()["components"]}
    return [f"{error.instance_path}: {error.message}" for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(instance)]


def _typed(given: Any, schema: dict[str, Any]) -> Any:
    """Turn a form's digits into numbers and its numbered places into lists, where the document wants them."""
    schema = _resolved(schema)
    if isinstance(given, dict) and schema.get("type") == "array":
        return [_typed(value, schema.get("items", {})) for value in given.values()]
    if isinstance(given, dict) and "properties" not in schema:
        schema = next((choice for choice in map(_resolved, schema.get("anyOf", [])) if "properties" in choice), schema)
    if isinstance(given, dict):
        return {name: _typed(value, schema.get("properties", {}).get(name, {})) for name, value in given.items()}
    if schema.get("type") == "boolean" and given in TRUTHS:
        return given == "true"
    wants_number = "integer" in (schema.get("type"), *(one.get("type") for one in schema.get("anyOf", [])))
    return int(given) if wants_number and str(given).isdigit() else given


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _allow_null(part: Any) -> None:
    if isinstance(part, list):
        for one in part:
            _allow_null(one)
    if not isinstance(part, dict):
        return
    for one in part.values():
        _allow_null(one)
    if part.pop("nullable", False):
        whole = dict(part)
        part.clear()
        part["anyOf"] = [whole, {"type": "null"}]
