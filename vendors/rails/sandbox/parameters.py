"""Requests read strictly: only parameters that the sandbox supports, each of its own kind."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from vendors.rails.sandbox.refusals import Document, Refused

MAX_AMOUNT: Final = 10**12
MAX_TEXT: Final = 5000
MAX_METADATA_KEYS: Final = 50
MAX_METADATA_KEY: Final = 40
MAX_METADATA_VALUE: Final = 500
MAX_DEPTH: Final = 8

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


Sent = Any
"""What a caller wrote, before anything is known of it."""


@dataclass(frozen=True, slots=True)
class Field:
    """How one parameter is read, and whether it must be there."""

    read: Callable[[Sent, str], Any]
    required: bool = False


Shape = Mapping[str, Field]


def check(given: Mapping[str, Any], shape: Shape, within: str = "") -> Document:
    """Read every given parameter by its shape.

    Raises:
        Refused: a parameter is unknown, missing or not of its kind.

    """
    for name in given:
        if name not in shape:
            label = _label(within, name)
            raise Refused(f"The sandbox does not take the parameter: {label}", code="parameter_unknown", param=label)
    for name, field in shape.items():
        if field.required and name not in given:
            label = _label(within, name)
            raise Refused(f"Missing required param: {label}.", code="parameter_missing", param=label)
    return {name: shape[name].read(value, _label(within, name)) for name, value in given.items()}


def text(value: Sent, param: str) -> str:
    """Read a text that says something."""
    if not isinstance(value, str):
        raise Refused(f"Invalid string: {param}", param=param)
    if not value.strip():
        raise Refused(f"You passed an empty string for '{param}'.", code="parameter_invalid_empty", param=param)
    if len(value) > MAX_TEXT or "\0" in value:
        raise Refused(f"Invalid string: {param} is too long or holds a NUL", param=param)
    return value


def web_address(value: Sent, param: str) -> str:
    """Read an address of the web, which an answer's header must be able to carry."""
    address = text(value, param)
    if not (address.isascii() and address.isprintable() and " " not in address and address.startswith(("http://", "https://"))):
        raise Refused(f"Not a valid URL: {param}", code="url_invalid", param=param)
    return address


def one_of(*choices: str) -> Callable[[Sent, str], str]:
    """Read a text that must be one of a few."""

    def read(value: Sent, param: str) -> str:
        if value not in choices:
            raise Refused(f"Invalid {param}: must be one of {', '.join(choices)}", param=param)
        return str(value)

    return read


def whole(least: int, most: int) -> Callable[[Sent, str], int]:
    """Read a whole number, which a form carries as digits."""

    def read(value: Sent, param: str) -> int:
        number = int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value
        if not isinstance(number, int) or isinstance(number, bool):
            raise Refused(f"Invalid integer: {param}", code="parameter_invalid_integer", param=param)
        if not least <= number <= most:
            raise Refused(f"Invalid integer: {param} must be {least} to {most}", code="parameter_invalid_integer", param=param)
        return number

    return read


def truth(value: Sent, param: str) -> bool:
    """Read true or false, which a form carries as a word."""
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise Refused(f"Invalid boolean: {param}", param=param)


def metadata(value: Sent, param: str) -> dict[str, str]:
    """Read Stripe's metadata: a few short texts by short names."""
    if not isinstance(value, Mapping) or len(value) > MAX_METADATA_KEYS:
        raise Refused(f"Invalid object: {param}", param=param)
    for name, said in value.items():
        if len(name) > MAX_METADATA_KEY or not isinstance(said, str) or len(said) > MAX_METADATA_VALUE:
            raise Refused(f"Invalid metadata: {param}[{name}]", param=f"{param}[{name}]")
    return dict(value)


def texts(value: Sent, param: str) -> list[str]:
    """Read a list of texts, which a form or query may carry with numbered places."""
    values = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(values, list) or not values:
        raise Refused(f"Invalid array: {param}", param=param)
    return [text(one, param) for one in values]


def some_of(*choices: str) -> Callable[[Sent, str], list[str]]:
    """Read a list of texts that must each be one of a few."""
    choice = one_of(*choices)

    def read(value: Sent, param: str) -> list[str]:
        return [choice(one, param) for one in texts(value, param)]

    return read


def nested(shape: Shape) -> Callable[[Sent, str], Document]:
    """Read an object inside another."""

    def read(value: Sent, param: str) -> Document:
        if not isinstance(value, Mapping):
            raise Refused(f"Invalid object: {param}", param=param)
        return check(value, shape, param)

    return read


def moment(value: Sent, param: str) -> Document:
    """Read a filter by time: one instant or bounds."""
    instant = whole(0, 10**11)
    if isinstance(value, Mapping):
        return check(value, {name: Field(instant) for name in ("gt", "gte", "lt", "lte")}, param)
    return {"gte": instant(value, param), "lte": instant(value, param)}


def instant(value: Sent, param: str) -> float:
    """Read an instant as version 2 of the API writes it."""
    try:
        read = datetime.fromisoformat(text(value, param))
        return read.timestamp() if read.tzinfo else read.replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise Refused(f"Invalid timestamp: {param}", param=param) from error


def between_instants(value: Sent, param: str) -> Document:
    """Read the bounds of a filter by time of version 2 of the API."""
    return nested({name: Field(instant) for name in ("gt", "gte", "lt", "lte")})(value, param)


def decode_form(raw: bytes) -> Document:
    """Read `a=1&b[c]=2&d[]=3` into nested objects, as version 1 of the API writes them."""
    given: Document = {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=bool(raw), encoding="utf-8", errors="strict")
    except ValueError as error:
        raise Refused("The request body is not a form in UTF-8.") from error
    for name, value in pairs:
        parsed = _NAME.fullmatch(name)
        if parsed is None:
            raise Refused(f"Invalid parameter name: {name}", param=name)
        _put(given, [parsed[1], *re.findall(r"\[([^\[\]]*)\]", parsed[2])], value, name)
    return given


def decode_json(raw: bytes) -> Document:
    """Read the JSON object that version 2 of the API takes; no body is an empty one."""
    if not raw:
        return {}
    try:
        given = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused("The request body is not JSON in UTF-8.") from error
    if not isinstance(given, dict):
        raise Refused("The request body is not an object.")
    return given


def _put(given: Document, path: list[str], value: str, name: str) -> None:
    """Put a form's value where its name says; the same place twice is refused."""
    if len(path) > MAX_DEPTH:
        raise Refused(f"Invalid parameter name: {name}", param=name)
    here = given
    for step in path[:-1]:
        here = here.setdefault(step, {})
        if not isinstance(here, dict):
            raise Refused(f"Invalid parameter name: {name}", param=name)
    last = path[-1] or str(len(here))
    if last in here:
        raise Refused(f"The parameter {name} is given twice.", param=name)
    here[last] = value


def _label(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name
