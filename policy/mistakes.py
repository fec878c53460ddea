"""Every mistake of a rulebook's files, gathered in plain words: at which line, what is wrong, what was expected."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from policy.errors import Problem, RulebookError
from policy.reading import Document, Path

KEY: Final = "[key]"
"""How a validation error points at a key instead of at its value."""

NAMED: Final[Mapping[str, str]] = {"rules": "a rule id like A01", "categories": "a code like WELL_GYM"}
"""What the keys of a part look like."""

MOST_SHOWN: Final = 60
MOST_LISTED: Final = 30
MOST_TOLD: Final = 100


class Mistakes:
    """What was found so far. The documents are those of one rulebook, the nearest first."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, problem: str, *, expected: str, documents: Sequence[Document], path: Path) -> None:
        """Note a mistake at the nearest document that says the part, or the nearest part around it."""
        document = speaker(documents, path)
        rule = str(path[1]) if len(path) > 1 and path[0] == "rules" else ""
        self.note(Problem(problem, expected, document.line(path), document.source, rule=rule))

    def note(self, *problems: Problem) -> None:
        """Note what was found elsewhere; the same mistake is told once."""
        self.found += [one for one in problems if one not in self.found]

    def add_invalid(
        self,
        error: ValidationError,
        model: type[BaseModel],
        *,
        documents: Sequence[Document],
        prefix: Path = (),
        known: Mapping[str, Collection[str]] | None = None,
    ) -> list[Path]:
        """Note everything that a form or a kind's parameters do not accept, and return where that stands."""
        told: dict[Path, tuple[str, list[str]]] = {}
        for detail in error.errors(include_url=False):
            path, where = _place(documents, prefix, detail["loc"])
            problem, expected = _explain(detail, model, where, known or {})
            alternatives = told.setdefault(path, (problem, []))[1]
            if expected not in alternatives:
                alternatives.append(expected)
        for path, (problem, alternatives) in told.items():
            self.add(problem, expected=", or ".join(alternatives), documents=documents, path=path)
        return list(told)

    def raise_if_any(self) -> None:
        """Refuse the rulebook when anything was found: file by file, line by line."""
        if not self.found:
            return
        sources = list(dict.fromkeys(one.source for one in self.found))
        told = sorted(self.found, key=lambda one: (sources.index(one.source), one.line or 0))
        if len(told) > MOST_TOLD:
            more = Problem(f"and {len(told) - MOST_TOLD} more mistakes", source=told[-1].source)
            told = [*told[:MOST_TOLD], more]
        raise RulebookError.of(told)


def speaker(documents: Sequence[Document], path: Path) -> Document:
    """Return the document that says most of a part; of several, the nearest."""
    return max(documents, key=lambda one: _depth(one, path))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question to put behind an unknown name, when a known one is close."""
    names = list(known)
    close = get_close_matches(name, names, 1, cutoff=0.7) or [one for one in names if name and one.startswith(f"{name}_")]
    return f", did you mean {close[0]}?" if close else ""


def listed(names: Collection[str], what: str = "") -> str:
    """Return a list of what may be chosen, or only what it is when there is much of it."""
    if what and len(names) > MOST_LISTED:
        return what
    names = sorted(names)
    return f"one of: {', '.join(names)}" if names else "nothing: there is none"


def shown(value: object) -> str:
    """Print a value as it was written."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return repr(value if len(value) <= MOST_SHOWN else value[:MOST_SHOWN] + "...")
    return value.isoformat() if isinstance(value, date) else str(value)


# ---- where ----------------------------------------------------------------------------------------


def _depth(document: Document, path: Path) -> int:
    while path and path not in document.lines:
        path = path[:-1]
    return len(path)


def _place(documents: Sequence[Document], prefix: Path, loc: Path) -> tuple[Path, str]:
    """Return the part that an error is about, and its name: branches that only the validation knows are left out."""
    is_key = bool(loc) and loc[-1] == KEY
    path: Path = (*prefix, *(one for one in loc if one != KEY))
    document = speaker(documents, path)
    said = path[: max(_depth(document, path), len(prefix))]
    rest = path[len(said) :]
    if rest and not is_key and _is_a_name(rest[0]):  # a field that is missing there
        said = (*said, rest[0])
    return said, ".".join(str(part) for part in said)


def _is_a_name(part: str | int) -> bool:
    return isinstance(part, str) and part.isidentifier() and part not in {"str", "int", "tuple", "literal", "none"}


# ---- what -----------------------------------------------------------------------------------------

Known = Mapping[str, Collection[str]]


def _explain(detail: Mapping[str, Any], model: type[BaseModel], where: str, known: Known) -> tuple[str, str]:
    """Say what is wrong, and what was expected."""
    kind, given, loc = detail["type"], detail.get("input"), detail["loc"]
    if kind == "extra_forbidden":
        fields = _fields_at(model, loc[:-1])
        return f"{where} is unknown{did_you_mean(str(loc[-1]), fields)}", listed(fields)
    if kind == "missing":
        return f"{where} is missing", _described(model, loc)
    if kind in {"category", "rule"}:
        name = str(detail["ctx"]["name"])
        names = known.get(kind, ())
        return f"{where}: unknown {kind} {name}{did_you_mean(name, names)}", listed(names, f"a {kind} of this rulebook")
    if kind == "condition":
        return f"{where}: {detail['ctx']['problem']}", str(detail["ctx"]["expected"])
    if loc and loc[-1] == KEY:
        return f"{where} is no name", NAMED.get(str(loc[0]), "a name") if len(loc) == 2 + 1 else "a name"  # rules, K-1, [key]
    problem = f"{where} is wrong" + ("" if isinstance(given, dict | list) else f": {shown(given)}")
    return problem, _expected(detail)


def _expected(detail: Mapping[str, Any]) -> str:
    kind, context = str(detail["type"]), detail.get("ctx", {})
    saying = EXPECTED.get(kind)
    if saying is not None:
        return saying(context)
    message = str(detail["msg"])
    return message[:1].lower() + message[1:]


EXPECTED: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "bool_type": lambda _: "true or false",
    "date_type": lambda _: "a date like 2027-01-01",
    "dict_type": lambda _: "fields and their values",
    "frozen_set_type": lambda _: "a list",
    "greater_than_equal": lambda context: f"a number that is {context['ge']} or more",
    "int_type": lambda _: "a whole number",
    "less_than_equal": lambda context: f"a number that is {context['le']:,} or less",
    "literal_error": lambda context: str(context["expected"]),
    "model_type": lambda _: "fields and their values",
    "string_pattern_mismatch": lambda context: f"a name like {_example(context['pattern'])}",
    "string_too_long": lambda context: f"at most {context['max_length']} letters",
    "string_too_short": lambda context: f"at least {context['min_length']} letter",
    "string_type": lambda _: "a text",
    "too_long": lambda context: f"at most {context['max_length']}",
    "too_short": lambda context: f"at least {context['min_length']}",
    "tuple_type": lambda _: "a list",
    "value_error": lambda context: str(context.get("error", "")),
}
"""What each kind of validation error asks for, in the words of someone who writes a rulebook."""


def _example(pattern: str) -> str:
    return "A01" if pattern.startswith("^[A-Z]{1") else "WELL_GYM" if pattern.startswith("^[A-Z]") else "small_town"


def _fields_at(model: type[BaseModel], loc: Path) -> list[str]:
    """Return the fields that a part of a form may have."""
    found = _type_at(model, loc)
    return list(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else []


def _described(model: type[BaseModel], loc: Path) -> str:
    """Say what a missing field holds."""
    found = _type_at(model, loc)
    if isinstance(found, type) and issubclass(found, BaseModel):
        return f"it, with {' and '.join(found.model_fields)}"
    names = {str: "a text", int: "a whole number", bool: "true or false", Decimal: "a number", date: "a date"}
    if get_origin(found) in {tuple, list, frozenset}:
        return "a list"
    return names.get(found, "it") if isinstance(found, type) else "it"


def _type_at(model: Any, loc: Path) -> Any:  # noqa: ANN401 - types of fields are anything
    """Walk from a form to the type of one of its parts."""
    found = _bare(model)
    for part in loc:
        if isinstance(found, type) and issubclass(found, BaseModel):
            field = found.model_fields.get(str(part))
            found = None if field is None else _bare(field.annotation)
        elif get_origin(found) is dict:
            found = _bare(get_args(found)[1])
    return found


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - see _type_at
    """Take off what surrounds a type: Annotated, and the None beside it."""
    while get_origin(annotation) in {Annotated, Union, types.UnionType}:
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    return annotation
