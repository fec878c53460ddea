"""A small compiler from the part of JSON Schema that Stripe's document uses to plain functions: microseconds a check."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Given = Any
"""Whatever a caller sent, or the sandbox is about to answer."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, and where."""

    param: str
    message: str
    code: str = ""


Check = Callable[[Given, str], Complaint | None]
Schema = Mapping[str, Any]

_WHOLE = re.compile(r"-?[0-9]{1,18}")


class Compiler:
    """Compiles the schemas of one document, each that has a name once.

    A `form` carries numbers, truths and lists as text and numbered places; an answer is `closed`: it has no field beyond the schema's.
    """

    def __init__(self, schemas: Mapping[str, Schema], *, form: bool = False, closed: bool = False) -> None:
        self._schemas = schemas
        self._form = form
        self._closed = closed
        self._named: dict[str, Check] = {}

    def compiled(self, schema: Schema) -> Check:
        """Return the check of one schema."""
        check = self._by_kind(schema)
        if not schema.get("nullable"):
            return check
        return lambda value, param: None if value is None else check(value, param)

    def _by_kind(self, schema: Schema) -> Check:
        if "$ref" in schema:
            return self._reference(schema["$ref"].rsplit("/", 1)[1])
        if "anyOf" in schema:
            return _any_of([self.compiled(choice) for choice in schema["anyOf"]])
        if schema.get("type") == "object":
            return self._object(schema)
        if schema.get("type") == "array":
            return self._array(self.compiled(schema.get("items", {})))
        return self._simple(schema)

    def _simple(self, schema: Schema) -> Check:
        match schema.get("type"):
            case "string":
                return _text(frozenset(schema["enum"]) if "enum" in schema else None, schema.get("maxLength"))
            case "integer":
                return _integer_in_form if self._form else _integer
            case "number":
                return _number
            case "boolean":
                return _truth_in_form if self._form else _truth
        return _anything

    def _reference(self, name: str) -> Check:
        if name not in self._named:

            def until_it_is_known(value: Given, param: str) -> Complaint | None:
                return self._named[name](value, param)

            self._named[name] = until_it_is_known  # for a schema that refers to itself
            self._named[name] = self.compiled(self._schemas[name])
        return self._named[name]

    def _array(self, item: Check) -> Check:
        form = self._form

        def check(value: Given, param: str) -> Complaint | None:
            places = list(value.values()) if form and isinstance(value, Mapping) else value
            if not isinstance(places, list):
                return Complaint(param, f"Invalid array: {param}")
            return next((found for place, one in enumerate(places) if (found := item(one, f"{param}[{place}]")) is not None), None)

        return check

    def _object(self, schema: Schema) -> Check:
        fields = {name: self.compiled(part) for name, part in schema.get("properties", {}).items()}
        more, required = schema.get("additionalProperties"), tuple(schema.get("required", ()))
        others = self.compiled(more) if isinstance(more, Mapping) else None
        strict = more is False or (self._closed and "properties" in schema and others is None)

        def check(value: Given, param: str) -> Complaint | None:
            if not isinstance(value, Mapping):
                return Complaint(param, f"Invalid object: {param}")
            if strict:
                for name in value:
                    if name not in fields:
                        label = _within(param, name)
                        return Complaint(label, f"Received unknown parameter: {label}", "parameter_unknown")
            for name in required:
                if name not in value:
                    label = _within(param, name)
                    return Complaint(label, f"Missing required param: {label}.", "parameter_missing")
            for name, one in value.items():
                inner = fields.get(name, others)
                if inner is not None and (found := inner(one, _within(param, name))) is not None:
                    return found
            return None

        return check


def _within(param: str, name: str) -> str:
    return f"{param}[{name}]" if param else name


def _any_of(choices: list[Check]) -> Check:
    if len(choices) == 1:
        return choices[0]

    def check(value: Given, param: str) -> Complaint | None:
        deepest: Complaint | None = None
        for choice in choices:
            found = choice(value, param)
            if found is None:
                return None
            if deepest is None or len(found.param) >= len(deepest.param):
                deepest = found
        return deepest

    return check


def _text(choices: frozenset[str] | None, length: int | None) -> Check:
    def check(value: Given, param: str) -> Complaint | None:
        if not isinstance(value, str):
            return Complaint(param, f"Invalid string: {param}")
        if choices is not None and value not in choices:
            return Complaint(param, f"Invalid {param}: must be one of {', '.join(sorted(choices))}")
        if length is not None and len(value) > length:
            return Complaint(param, f"Invalid string: {param} must be at most {length} characters")
        return None

    return check


def _anything(value: Given, param: str) -> Complaint | None:  # noqa: ARG001 - one check among others
    return None


def _integer(value: Given, param: str) -> Complaint | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None
    return Complaint(param, f"Invalid integer: {param}", "parameter_invalid_integer")


def _integer_in_form(value: Given, param: str) -> Complaint | None:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return None
    return Complaint(param, f"Invalid integer: {param}", "parameter_invalid_integer")


def _number(value: Given, param: str) -> Complaint | None:
    return None if isinstance(value, (int, float)) else Complaint(param, f"Invalid number: {param}")


def _truth(value: Given, param: str) -> Complaint | None:
    return None if isinstance(value, bool) else Complaint(param, f"Invalid boolean: {param}")


def _truth_in_form(value: Given, param: str) -> Complaint | None:
    return None if value in TRUTHS else Complaint(param, f"Invalid boolean: {param}")


TRUTHS: Final = ("true", "false")
