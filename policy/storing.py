"""Facts as plain data, fit for JSON, and back again: so that a decision can be replayed years later.

`facts_to_data` writes all of them, `facts_from_data` reads exactly what it writes and refuses everything else. The form:

- a part is an object with the names of its fields; what has a default may be left out, an unknown name is refused;
- a day is `2026-10-15`; an instant is `2026-10-15T12:00:00`, with `-04:00` and the name of its time zone behind it in brackets where it has
  them (RFC 9557: `2026-10-15T12:00:00-04:00[America/New_York]`), because a date said in words depends on the zone;
- a quantity is text (`"0.5"`), money and counts are whole numbers, sets are sorted lists.

`form` is the number of this form. Data without one are of form 1, which version 0.2 wrote: the same, without the names of time zones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from policy.errors import StoredFactsError
from policy.facts import Facts

FORM: Final = 2
"""The form that is written."""

READABLE: Final = frozenset({1, FORM})

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]

_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AN_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(?:Z|[+-][0-9:]{5,15})?)(?:\[([A-Za-z0-9_+/-]{1,64})\])?")
_A_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?(E[+-]?[0-9]{1,3})?")


def facts_to_data(facts: Facts) -> dict[str, Any]:
    """Write facts as plain data.

    Raises:
        StoredFactsError: a fact is not of its type, and could not be read back.

    """
    data: dict[str, Any] = _WRITE_FACTS(facts)
    return {"form": FORM, **data}


def facts_from_data(data: Mapping[str, Any]) -> Facts:
    """Read back what `facts_to_data` wrote, also in the form of version 0.2.

    Raises:
        StoredFactsError: the data are of another form, or a fact is missing, unknown, or not of its type; says where.

    """
    if not isinstance(data, Mapping):
        raise StoredFactsError("", "these are no facts", "an object")
    form = data.get("form", 1)
    if type(form) is not int or form not in READABLE:
        raise StoredFactsError("form", "this form is not known", f"one of {sorted(READABLE)}")
    facts: Facts = _READ_FACTS({name: value for name, value in data.items() if name != "form"})
    return facts


def reader(kind: Any) -> Reader:  # noqa: ANN401 - a type, as annotations spell it
    """Return what reads a part of the facts, or a single fact, from its data; it raises `StoredFactsError`."""
    return _reader_of(kind)


def field_readers(part: type) -> dict[str, Reader]:
    """Return what reads each field of a part."""
    hints = get_type_hints(part)
    return {one.name: _reader_of(hints[one.name]) for one in _fields(part)}


# ---- reading --------------------------------------------------------------------------------------


def _reader_of(kind: Any) -> Reader:  # noqa: ANN401 - a type, as annotations spell it
    if is_dataclass(kind):
        return _part_reader(kind)  # type: ignore[arg-type]  # a class
    origin = get_origin(kind)
    return _SINGLE[kind][0] if origin is None else _READERS_OF[origin](get_args(kind))


def _part_reader(part: type) -> Reader:
    """Return a reader of one dataclass; what goes wrong inside is told with the name of its field."""
    known = field_readers(part)
    needed = [one.name for one in _fields(part) if one.default is MISSING and one.default_factory is MISSING]

    def read(data: Any) -> Any:  # noqa: ANN401 - see Reader
        if type(data) is not dict:
            raise _wrong(data, "an object")
        values: dict[str, Any] = {}
        name = ""
        try:
            for name, value in data.items():
                values[name] = known[name](value)
        except KeyError:
            raise StoredFactsError(name, "there is no such fact", f"one of {', '.join(known)}") from None
        except StoredFactsError as error:
            raise error.inside(name) from None
        for name in needed:
            if name not in values:
                raise StoredFactsError(name, "this is missing", "")
        return part(**values)

    return read


def _maybe_reader(inside: tuple[Any, ...]) -> Reader:
    read = _reader_of(_something(inside))
    return lambda value: None if value is None else read(value)


def _tuple_reader(inside: tuple[Any, ...]) -> Reader:
    if inside[-1] is Ellipsis:
        return _list_reader(_reader_of(inside[0]), tuple)
    return _row_reader([_reader_of(one) for one in inside])


def _list_reader(read: Reader, collect: Callable[[list[Any]], Any]) -> Reader:
    def read_list(value: Any) -> Any:  # noqa: ANN401 - see Reader
        if type(value) is not list:
            raise _wrong(value, "a list")
        at, found = 0, []
        try:
            for at, one in enumerate(value):  # noqa: B007 - the place is told when the value there is wrong
                found.append(read(one))
        except StoredFactsError as error:
            raise error.inside(str(at)) from None
        collected = collect(found)
        if len(collected) != len(found):
            raise StoredFactsError("", "something stands here twice", "")
        return collected

    return read_list


def _row_reader(readers: list[Reader]) -> Reader:
    def read_row(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - see Reader
        if type(value) is not list or len(value) != len(readers):
            raise _wrong(value, f"a list of {len(readers)}")
        return tuple(read(one) for read, one in zip(readers, value, strict=True))

    return read_row


def _mapping_reader(inside: tuple[Any, ...]) -> Reader:
    read = _reader_of(inside[1])

    def read_mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - see Reader
        if type(value) is not dict:
            raise _wrong(value, "an object")
        found: dict[str, Any] = {}
        name = ""
        try:
            for name, one in value.items():
                found[_text(name)] = read(one)
        except StoredFactsError as error:
            raise error.inside(str(name)) from None
        return found

    return read_mapping


def _one_of(allowed: tuple[Any, ...]) -> Reader:
    def read_one(value: Any) -> Any:  # noqa: ANN401 - see Reader
        if type(value) is not str or value not in allowed:
            raise _wrong(value, f"one of {', '.join(map(str, allowed))}")
        return value

    return read_one


def _text(value: Any) -> str:  # noqa: ANN401 - see Reader
    if type(value) is not str:
        raise _wrong(value, "a text")
    return value


def _whole(value: Any) -> int:  # noqa: ANN401 - see Reader
    if type(value) is not int:
        raise _wrong(value, "a whole number")
    return value


def _yes_or_no(value: Any) -> bool:  # noqa: ANN401 - see Reader
    if type(value) is not bool:
        raise _wrong(value, "true or false")
    return value


def _day(value: Any) -> date:  # noqa: ANN401 - see Reader
    if type(value) is str and _A_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _wrong(value, "a day like 2026-10-15")


def _quantity(value: Any) -> Decimal:  # noqa: ANN401 - see Reader
    if type(value) is str and _A_NUMBER.fullmatch(value):
        return Decimal(value)
    raise _wrong(value, 'a number in quotes, like "0.5"')


def _instant(value: Any) -> datetime:  # noqa: ANN401 - see Reader
    match = _AN_INSTANT.fullmatch(value) if type(value) is str else None
    if match is not None:
        try:
            at = datetime.fromisoformat(match[1])
            if match[2] is None:
                return at
            local = at.astimezone(ZoneInfo(match[2]))
        except (LookupError, OSError, ValueError):
            pass
        else:
            if at.tzinfo is not None and local.isoformat() == at.isoformat():
                return local
            raise StoredFactsError("", "this is not the time in that zone", "")
    raise _wrong(value, "an instant like 2026-10-15T12:00:00-04:00[America/New_York]")


# ---- writing --------------------------------------------------------------------------------------


def _writer_of(kind: Any) -> Writer:  # noqa: ANN401 - a type, as annotations spell it
    if is_dataclass(kind):
        return _part_writer(kind)  # type: ignore[arg-type]  # a class
    origin = get_origin(kind)
    return _SINGLE[kind][1] if origin is None else _WRITERS_OF[origin](get_args(kind))


def _maybe_writer(inside: tuple[Any, ...]) -> Writer:
    write = _writer_of(_something(inside))
    return lambda value: None if value is None else write(value)


def _set_writer(inside: tuple[Any, ...]) -> Writer:
    write = _writer_of(inside[0])
    return lambda value: sorted(_each(write, value, (frozenset, set)))


def _tuple_writer(inside: tuple[Any, ...]) -> Writer:
    if inside[-1] is Ellipsis:
        write = _writer_of(inside[0])
        return lambda value: _each(write, value, (tuple,))
    writers = [_writer_of(one) for one in inside]
    return lambda value: [write(one) for write, one in zip(writers, value, strict=True)]


def _mapping_writer(inside: tuple[Any, ...]) -> Writer:
    write = _writer_of(inside[1])
    return lambda value: {_write_text(name): write(one) for name, one in _checked(value, (Mapping,)).items()}


def _part_writer(part: type) -> Writer:
    hints = get_type_hints(part)
    writers = [(one.name, _writer_of(hints[one.name])) for one in _fields(part)]

    def write(value: Any) -> dict[str, Any]:  # noqa: ANN401 - see Writer
        _checked(value, (part,))
        data: dict[str, Any] = {}
        for name, write_one in writers:
            try:
                data[name] = write_one(getattr(value, name))
            except StoredFactsError as error:
                raise error.inside(name) from None
        return data

    return write


def _each(write: Writer, values: Any, kinds: tuple[type, ...]) -> list[Any]:  # noqa: ANN401 - see Writer
    return [write(one) for one in _checked(values, kinds)]


def _checked(value: Any, kinds: tuple[type, ...]) -> Any:  # noqa: ANN401 - see Writer
    if not isinstance(value, kinds):
        raise _wrong(value, kinds[0].__name__)
    return value


def _writing(kind: type, write: Callable[[Any], Any]) -> Writer:
    def write_one(value: Any) -> Any:  # noqa: ANN401 - see Writer
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise _wrong(value, kind.__name__)
        return write(value)

    return write_one


def _write_text(value: Any) -> str:  # noqa: ANN401 - see Writer
    if not isinstance(value, str):
        raise _wrong(value, "a text")
    return str(value)  # a member of an enumeration is written as its text


def _write_day(value: Any) -> str:  # noqa: ANN401 - see Writer
    if type(value) is not date:
        raise _wrong(value, "a day")
    return value.isoformat()


def _write_instant(at: datetime) -> str:
    return f"{at.isoformat()}[{at.tzinfo.key}]" if isinstance(at.tzinfo, ZoneInfo) else at.isoformat()


def _write_quantity(value: Decimal) -> str:
    if not value.is_finite() or not _A_NUMBER.fullmatch(str(value)):
        raise _wrong(value, "a quantity")
    return str(value)


# ---- both -----------------------------------------------------------------------------------------


def _fields(part: type) -> list[Field[Any]]:
    """Return the fields that a caller fills."""
    return [one for one in fields(part) if one.init]


def _something(inside: tuple[Any, ...]) -> Any:  # noqa: ANN401 - see _reader_of
    """Return what an optional fact is when it is there."""
    (one,) = (each for each in inside if each is not NoneType)
    return one


def _wrong(value: object, expected: str) -> StoredFactsError:
    """Say of which type something is, and not what it says: it may be a word about a person."""
    return StoredFactsError("", f"{_NAMES.get(type(value), type(value).__name__)} is not right here", expected)


_NAMES: Final[Mapping[type, str]] = {
    NoneType: "nothing",
    str: "this text",
    int: "this number",
    float: "a number with a point",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}
_SINGLE: Final[Mapping[Any, tuple[Reader, Writer]]] = {
    str: (_text, _write_text),
    int: (_whole, _writing(int, int)),
    bool: (_yes_or_no, _writing(bool, bool)),
    date: (_day, _write_day),
    datetime: (_instant, _writing(datetime, _write_instant)),
    Decimal: (_quantity, _writing(Decimal, _write_quantity)),
}
_READERS_OF: Final[Mapping[Any, Callable[[tuple[Any, ...]], Reader]]] = {
    Union: _maybe_reader,
    UnionType: _maybe_reader,
    Literal: _one_of,
    frozenset: lambda inside: _list_reader(_reader_of(inside[0]), frozenset),
    tuple: _tuple_reader,
    Mapping: _mapping_reader,
}
_WRITERS_OF: Final[Mapping[Any, Callable[[tuple[Any, ...]], Writer]]] = {
    Union: _maybe_writer,
    UnionType: _maybe_writer,
    Literal: lambda _: _writing(str, str),
    frozenset: _set_writer,
    tuple: _tuple_writer,
    Mapping: _mapping_writer,
}
_READ_FACTS: Final = _reader_of(Facts)
_WRITE_FACTS: Final = _writer_of(Facts)
