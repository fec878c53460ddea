"""The words of a notice, in English and Spanish, for a reader of sixth grade: five parts, each a few short sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sdc.money import dollars
from sdc.notices.dates import STATE_HEARING_DAYS
from sdc.notices.model import NoticeKind
from sdc.programs.model import NoticeProfile

Texts = dict[str, dict[str, str]]
"""Language, then part, then words."""

DECLINE_CITATION = "42 CFR 441.470(f)"
"""A person's no to a budget request is a denial too, and can be appealed."""

_MONTHS_ES = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre")
_MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a no: the rule behind it, its words in both languages, and where the rule comes from."""

    rule: str
    message: dict[str, str]
    citation: str


ASKED_TO_BUY = {"en": "You asked to buy this", "es": "Usted pidió comprar esto"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was asked and refused: a kind of thing, by its name in both languages, how much, and what was to be done with it."""

    thing: dict[str, str]
    amount_cents: int
    asked: Mapping[str, str] = field(default_factory=lambda: ASKED_TO_BUY)


def decline_reason(words: str) -> Reason:
    """Put a person's own reason into a notice: it stands as it was written, in both."""
    message = {"en": f'The person who looked at this wrote: "{words}"', "es": f'La persona que lo miró escribió: "{words}"'}
    return Reason("", message, DECLINE_CITATION)


def notice_text(
    kind: NoticeKind, refusal: Refusal, reasons: Sequence[Reason], *, profile: NoticeProfile, issued_on: date, appeal_by: date
) -> Texts:
    """Write the five parts of a notice in both languages."""
    citations = _citations(reasons)
    amount = dollars(refusal.amount_cents)
    return {
        "en": {
            "action_and_date": _action_en(kind, refusal, amount, issued_on),
            "reasons": "\n".join(reason.message["en"] for reason in reasons),
            "rule_citation": f"These rules say so. {citations}",
            "hearing_right": _hearing_en(profile, appeal_by),
            "continuation_explained": (
                "This no is about one new thing only. It takes nothing away. "
                "What we said yes to before stays as it is, and so does your budget. It stays so while you appeal."
            ),
        },
        "es": {
            "action_and_date": _action_es(kind, refusal, amount, issued_on),
            "reasons": "\n".join(reason.message["es"] for reason in reasons),
            "rule_citation": f"Estas reglas lo dicen. {citations}",
            "hearing_right": _hearing_es(profile, appeal_by),
            "continuation_explained": (
                "Este no es solo sobre una cosa nueva. No le quita nada. "
                "Lo que ya aprobamos sigue igual, y su presupuesto también. Sigue así mientras usted apela."
            ),
        },
    }


def english_date(day: date) -> str:
    """Write a date as English readers do: October 15, 2026."""
    return f"{_MONTHS_EN[day.month - 1]} {day.day}, {day.year}"


def spanish_date(day: date) -> str:
    """Write a date as Spanish readers do: 15 de octubre de 2026."""
    return f"{day.day} de {_MONTHS_ES[day.month - 1]} de {day.year}"


def _action_en(kind: NoticeKind, refusal: Refusal, amount: str, issued_on: date) -> str:
    who = "We" if kind is NoticeKind.DENIAL else "A person on our staff"
    return f"{refusal.asked['en']}: {refusal.thing['en']}, for {amount}. {who} said no on {english_date(issued_on)}."


def _action_es(kind: NoticeKind, refusal: Refusal, amount: str, issued_on: date) -> str:
    who = "Nosotros dijimos" if kind is NoticeKind.DENIAL else "Una persona de nuestro equipo dijo"
    return f"{refusal.asked['es']}: {refusal.thing['es']}, por {amount}. {who} que no el {spanish_date(issued_on)}."


def _hearing_en(profile: NoticeProfile, appeal_by: date) -> str:
    last_day = english_date(appeal_by)
    if profile is NoticeProfile.MANAGED_CARE:
        return (
            f"Do you think this is wrong? You can appeal to your health plan. The last day to ask is {last_day}. "
            f"If the plan still says no, you can ask the state for a hearing. You have {STATE_HEARING_DAYS} days for that. {_HELP_EN}"
        )
    return f"Do you think this is wrong? You can ask for a fair hearing. The last day to ask is {last_day}. {_HELP_EN}"


def _hearing_es(profile: NoticeProfile, appeal_by: date) -> str:
    last_day = spanish_date(appeal_by)
    if profile is NoticeProfile.MANAGED_CARE:
        return (
            f"¿Cree que esto está mal? Puede apelar a su plan de salud. El último día para pedirlo es el {last_day}. "
            f"Si el plan dice que no otra vez, puede pedir una audiencia al estado. Tiene {STATE_HEARING_DAYS} días para eso. {_HELP_ES}"
        )
    return f"¿Cree que esto está mal? Puede pedir una audiencia justa. El último día para pedirla es el {last_day}. {_HELP_ES}"


_HELP_EN = (
    "It is free. You can speak for yourself. You can also bring a friend, a family member or a lawyer. "
    "You can see all the papers we used. Your broker can help you ask."
)
_HELP_ES = (
    "Es gratis. Puede hablar por usted mismo. También puede traer a un amigo, a un familiar o a un abogado. "
    "Puede ver todos los papeles que usamos. Su asesor puede ayudarle a pedirla."
)


def _citations(reasons: Sequence[Reason]) -> str:
    return " ".join(f"{reason.rule}: {reason.citation}." if reason.rule else f"{reason.citation}." for reason in reasons)
