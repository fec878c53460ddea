"""Strict input: what a body may be before any model sees it, and the types that fields are made of.

JSON as it comes from outside has more forms than a program means: duplicate keys, `1e3` for a count, NUL and
direction-changing characters in names, half a surrogate pair. Each is refused here with a word about it.
"""

import json
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema

from sdc.errors import FieldError, InvalidFieldError, MalformedRequestError, MediaTypeError
from sdc.money import MAX_AMOUNT_CENTS

MAX_BODY_BYTES = 64 * 1024
_MAX_DEPTH = 16
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
_ALLOWED_CONTROLS = frozenset("\n\t\u200c\u200d")  # the two joiners are part of how some scripts and pictures are written
_THOUSANDTHS_PLACES = 3
_MAX_QUANTITY_THOUSANDTHS = 1_000_000 * 1_000


class Input(BaseModel):
    """The base of every request body: exact types, no unknown field, nothing converted in silence."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Output(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(frozen=True, from_attributes=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)


def _quantity(value: object) -> object:
    """Read a quantity: a whole number, or decimal text with up to three places, as thousandths."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        message = 'a quantity is a whole number or text such as "0.5"'
        raise ValueError(message)  # noqa: TRY004 - pydantic turns ValueError into a field error
    whole, dot, places = str(value).partition(".")
    is_number = whole.isascii() and whole.isdigit() and (not dot or (places.isascii() and places.isdigit()))
    if not is_number or len(whole) > len("1000000") or len(places) > _THOUSANDTHS_PLACES:
        message = "a quantity is a positive number with at most three decimal places"
        raise ValueError(message)
    thousandths = int(whole) * 1_000 + int((places or "0").ljust(_THOUSANDTHS_PLACES, "0"))
    if not 1 <= thousandths <= _MAX_QUANTITY_THOUSANDTHS:
        message = "a quantity is above 0 and at most 1,000,000"
        raise ValueError(message)
    return thousandths


Cents = Annotated[int, Field(ge=1, le=MAX_AMOUNT_CENTS, description="whole cents")]
CentsOrZero = Annotated[int, Field(ge=0, le=MAX_AMOUNT_CENTS, description="whole cents")]
QuantityThousandths = Annotated[
    int,
    BeforeValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 1_000_000},
                {"type": "string", "pattern": r"^(?!0+(\.0{1,3})?$)([0-9]{1,6}(\.[0-9]{1,3})?|1000000(\.0{1,3})?)$"},
            ],
            "description": 'how many: a whole number, or decimal text with up to three places such as "0.5"',
        }
    ),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"\S")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:\-]+$")]
"""An opaque reference to a person or organisation outside this service (or one of our own ids as text)."""
CategoryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,31}$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Language = Literal["en", "es"]


def read_json(body: bytes, content_type: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read a body as strict JSON.

    Raises:
        MediaTypeError: the content type is not `application/json`.
        MalformedRequestError: not UTF-8, not JSON, a key twice, too deep, or a number JSON does not have.
        InvalidFieldError: text with NUL, control or direction-changing characters.

    """
    if content_type != "application/json":
        raise MediaTypeError("send this as application/json")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedRequestError("the body is not UTF-8") from error
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise MalformedRequestError("the body is nested too deeply") from error
    except ValueError as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise MalformedRequestError(f"the body is not JSON{where}") from error
    wrong: list[FieldError] = []
    _look_at(value, "", 0, wrong)
    if wrong:
        raise InvalidFieldError(wrong[0].field, wrong[0].message, more=wrong[1:])
    return value


def decode_input(model: type[Any], value: Any) -> Any:  # noqa: ANN401 - the framework's signature
    """Validate a JSON value as `model`, with JSON's own strictness (dates and ids as text, `5.0` is not 5).

    Raises:
        InvalidFieldError: each value that does not validate, at once.

    """
    try:
        return model.model_validate_json(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except ValidationError as error:
        first, *rest = [
            FieldError(_path(e["loc"]), e["msg"]) for e in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise InvalidFieldError(first.field, first.message, more=rest) from error


def is_input(kind: Any) -> bool:  # noqa: ANN401 - the framework asks for any annotation
    """Say whether a parameter is one of our request bodies."""
    return isinstance(kind, type) and issubclass(kind, Input)


def has_forbidden_character(text: str) -> bool:
    """Say whether text holds what no name or sentence needs: NUL, controls, direction marks, halves of pairs."""
    return ((text.isascii() and not text.isprintable()) or not text.isascii()) and any(_is_forbidden(c) for c in text)


def _is_forbidden(character: str) -> bool:
    return character not in _ALLOWED_CONTROLS and unicodedata.category(character) in _FORBIDDEN_CATEGORIES


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedRequestError("a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedRequestError(f"{name} is not a JSON number")


def _look_at(value: Any, path: str, depth: int, wrong: list[FieldError]) -> None:  # noqa: ANN401 - any JSON value
    if depth > _MAX_DEPTH:
        raise MalformedRequestError(f"the body is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, str):
        if has_forbidden_character(value):
            wrong.append(FieldError(path or "body", "this holds a character that text may not hold (a control, NUL or direction mark)"))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if has_forbidden_character(key):
                wrong.append(FieldError(path or "body", "a key holds a character that text may not hold"))
                continue
            _look_at(inner, f"{path}.{key}" if path else key, depth + 1, wrong)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _look_at(inner, f"{path}[{index}]", depth + 1, wrong)


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "body"
