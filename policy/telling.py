"""The plain names, in both languages, of what a rulebook is made of: for people who read what changed in one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from policy.words import CategoryNames, Language, day, dollars, percent

Both = tuple[str, str]
"""English, Spanish."""

PARAMETERS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "applies_to_funding": ("the kinds of funding it is about", "los tipos de fondos de que trata"),
        "at_cents": ("the amount from which it asks", "la cantidad desde la que pide"),
        "caps": ("the limit", "el límite"),
        "categories": ("the kinds of things it is about", "las clases de cosas de que trata"),
        "ceilings": ("the highest price of one", "el precio más alto de una unidad"),
        "condition": ("the condition", "la condición"),
        "exempt_categories": ("the kinds of things that are exempt", "las clases de cosas exentas"),
        "fields": ("what has to be on the paper", "lo que debe decir el papel"),
        "hours": ("the hours to wait", "las horas de espera"),
        "limits": ("how many are allowed", "cuántas se permiten"),
        "max_age_days": ("the most days a screening counts", "los días que vale una revisión"),
        "max_cents": ("the limit", "el límite"),
        "max_days": ("the days in which to bill", "los días para cobrar"),
        "max_free_share": ("the share that moves freely", "la parte que se mueve libremente"),
        "max_overdue": ("how many receipts may be late", "cuántos recibos pueden faltar"),
        "max_pace": ("how much faster than time money may be spent", "cuánto más rápido que el tiempo se puede gastar"),
        "max_per_period": ("how often in a period", "cuántas veces en un período"),
        "max_prepay_days": ("the days that may be paid ahead", "los días que se pueden pagar por adelantado"),
        "max_reserve_cents": ("the most that may be saved", "lo más que se puede ahorrar"),
        "max_vendor_share": ("the share that one vendor may get", "la parte que puede recibir un vendedor"),
        "min_cents": ("the amount from which it looks", "la cantidad desde la que mira"),
        "min_clinical_share": ("the share for care", "la parte para tratamiento"),
        "min_elapsed_share": ("the part of the period that has to be over", "la parte del período que debe haber pasado"),
        "over_cents": ("the amount above which it speaks", "la cantidad por encima de la cual se aplica"),
        "quotes": ("how many prices to ask for", "cuántos precios hay que pedir"),
        "reimbursement_allowed": ("paying a member back", "devolver dinero a la persona"),
        "reimbursement_max_cents": ("the most that is paid back", "lo más que se devuelve"),
        "required": ("the license it takes", "la licencia que hace falta"),
        "share": ("the share that is earned", "la parte que se gana"),
        "tags": ("the marks it is about", "las marcas de que trata"),
        "thresholds": ("the rules that must not be slipped under", "las reglas que no se deben esquivar"),
        "tolerance": ("how much above the lowest price", "cuánto sobre el precio más bajo"),
        "tolerance_cents": ("how much above what was approved", "cuánto sobre lo aprobado"),
        "tolerance_share": ("how much above the line of the plan", "cuánto sobre la línea del plan"),
        "window_days": ("the days that count as close together", "los días que cuentan como seguidos"),
        "words": ("the words it looks for", "las palabras que busca"),
    }
)
SEVERITIES: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "deny": ("it says no", "dice que no"),
        "needs_approval": ("it waits for a person or an event", "espera a una persona o un hecho"),
        "warn": ("it only warns", "solo avisa"),
    }
)
STAGES: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "authorize": ("when something is asked for", "cuando se pide algo"),
        "pay": ("when a bill comes", "cuando llega una cuenta"),
        "transfer": ("when money moves between lines", "cuando se mueve dinero entre líneas"),
        "reserve": ("when money is saved", "cuando se ahorra"),
    }
)
APPROVERS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "broker": ("a broker", "un asesor"),
        "director": ("a program manager", "un gerente del programa"),
        "payer": ("the payer", "quien paga el programa"),
    }
)
EVENTS: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "bank_ready": ("the vendor's bank account is ready", "la cuenta bancaria del vendedor está lista"),
        "document_added": ("a paper is added", "se agrega un papel"),
        "independent_approval": ("somebody with no part in it says yes", "alguien sin interés dice que sí"),
        "memo_edited": ("the note to the vendor is changed", "se cambia la nota al vendedor"),
        "quotes_or_note_added": ("prices or a note are added", "se agregan precios o una nota"),
        "screened": ("the vendor is screened", "se revisa al vendedor"),
        "tags_set": ("somebody says what it is", "alguien dice qué es"),
        "tax_form_accepted": ("the tax form is accepted", "se acepta el formulario de impuestos"),
        "visit_record_added": ("the record of the visit is added", "se agrega el registro de la visita"),
    }
)
RELEASES: Final[Mapping[str, Both]] = MappingProxyType(
    {
        "annual": ("all at once", "todo de una vez"),
        "quarterly": ("a quarter at a time", "por trimestre"),
        "monthly": ("a month at a time", "por mes"),
        "earned": ("as it is earned", "según se gana"),
    }
)
_IN_CENTS: Final = frozenset({"caps", "ceilings"})


def named(names: Mapping[str, Both], name: str) -> Both:
    """Return the plain name of something; what has none is named as it is written."""
    plain = name.replace("_", " ")
    return names.get(name, (plain, plain))


def parameter_value(name: str, field: FieldInfo | None, value: Any, categories: CategoryNames) -> Both:  # noqa: ANN401 - as the kind types it
    """Print the value of a parameter as people say it: dollars, percent, dates, names."""
    if isinstance(value, bool):
        return ("allowed", "permitido") if value else ("not allowed", "no permitido")
    if isinstance(value, BaseModel):
        return _group_value(value)
    if isinstance(value, int):
        if name.endswith("_cents") or name in _IN_CENTS:
            return (dollars(value), dollars(value))
        return (percent(value), percent(value)) if _is_share(field) else (str(value), str(value))
    if isinstance(value, str):
        return (value, value) if name == "condition" else category_name(value, categories)
    return (str(value), str(value))


def category_name(code: str, categories: CategoryNames) -> Both:
    """Return the plain name of a category; another word stays as it is."""
    return (categories["en"].get(code, code.replace("_", " ")), categories["es"].get(code, code.replace("_", " ")))


def day_words(on: Any, language: Language) -> str:  # noqa: ANN401 - a date or nothing
    """Print a day, or that there is none."""
    if on is None:
        return "no day" if language == "en" else "ningún día"
    return day(on, language)


def _group_value(value: BaseModel) -> Both:
    if {"max", "window_months"} <= type(value).model_fields.keys():
        most, months = getattr(value, "max"), getattr(value, "window_months")  # noqa: B009 - only this group has them
        return (f"{most} in {months} months", f"{most} en {months} meses")
    text = ", ".join(f"{name.replace('_', ' ')} {given}" for name, given in value.model_dump(mode="json").items())
    return (text, text)


def _is_share(field: FieldInfo | None) -> bool:
    schemas = [one.json_schema or {} for one in (field.metadata if field else ()) if isinstance(one, WithJsonSchema)]
    return any(schema.get("type") == "number" for schema in schemas)
