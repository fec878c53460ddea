"""Facts and parameters in plain data for JSON, and in one line of words for a person at a terminal."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever facts are made of
    """Return plain data, fit for JSON: sets sorted, dates and exact numbers as text."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, frozenset | set | tuple | list):
        return [plain(one) for one in (sorted(value) if isinstance(value, frozenset | set) else value)]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def told(value: Any) -> str:  # noqa: ANN401 - see plain
    """Tell a value in one line; what is empty is left out."""
    data = plain(value)
    if isinstance(data, dict):
        return ", ".join(f"{name} {_inner(one)}" for name, one in data.items() if one not in (None, "", [], {}))
    return _inner(data)


def _inner(data: Any) -> str:  # noqa: ANN401 - see plain
    if isinstance(data, dict):
        return "{" + told(data) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(_inner(one) for one in data) + "]"
    return str(data).lower() if isinstance(data, bool) else str(data)
