"""Why a payment waits, in words for its vendor, and exactly what to do about it.

A vendor reads neither a processor's codes nor a word of whose purchase it was. What no row of the table knows is told as something that
a person looks at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sdc.notices.words import english_date, spanish_date
from sdc.payments.business_days import EXPECTED_BUSINESS_DAYS, business_days_after
from sdc.payments.model import Payment, PaymentState
from sdc.payments.states import ON_THE_WAY, Held, is_frozen
from sdc.web.input import Language


@dataclass(frozen=True, slots=True)
class Told:
    """A cause: its code, what it means, and the way to end it."""

    code: str
    message: str
    way: str


Words = Mapping[Language, tuple[str, str]]

_SET_UP: Final[Words] = {
    "en": (
        "Your payout account can not take money yet.",
        "Open POST /v1/vendors/{vendor_id}/onboarding and finish each step on the page that it names. Then the payment leaves by itself.",
    ),
    "es": (
        "Su cuenta de cobro todavía no puede recibir dinero.",
        "Abra POST /v1/vendors/{vendor_id}/onboarding y termine cada paso en la página que indica. Después el pago sale solo.",
    ),
}
_NOTHING_EN: Final = "You do not have to do anything."
_NOTHING_ES: Final = "No tiene que hacer nada."

WORDS: Final[Mapping[str, Words]] = {
    "funding": {
        "en": ("The program is bringing the money for this payment to the payment processor.", _NOTHING_EN),
        "es": ("El programa está llevando el dinero de este pago al procesador de pagos.", _NOTHING_ES),
    },
    "not_active": {
        "en": (
            "You are not an approved vendor right now.",
            "The reason stands in your record: GET /v1/vendors/{vendor_id}. Mend what it names and ask the program to look again.",
        ),
        "es": (
            "En este momento usted no es un proveedor aprobado.",
            "La razón está en su registro: GET /v1/vendors/{vendor_id}. Corrija lo que indica y pida al programa que lo revise.",
        ),
    },
    "excluded": {
        "en": (
            "You, an owner or a manager stand on a list of whom public money may not pay.",
            "Call the program. If it is not you, send a paper that shows it; if it is, ask the list's agency to reinstate you.",
        ),
        "es": (
            "Usted, un dueño o un gerente está en una lista de quienes no pueden recibir dinero público.",
            "Llame al programa. Si no es usted, envíe un papel que lo muestre; si lo es, pida a la agencia de la lista que lo reincorpore.",
        ),
    },
    "list_check": {
        "en": (
            "A person has to look whether a name on a list of excluded people is yours.",
            _NOTHING_EN + " The program calls you if it needs a paper.",
        ),
        "es": (
            "Una persona tiene que ver si un nombre en una lista de excluidos es el suyo.",
            _NOTHING_ES + " El programa le llama si necesita un papel.",
        ),
    },
    "no_payout_account": _SET_UP,
    "payout_account_not_ready": _SET_UP,
    "payout_account_closed": {
        "en": (
            "Your payout account was closed.",
            "Open POST /v1/vendors/{vendor_id}/onboarding: you get a fresh account. Then ask the program to send the payment again.",
        ),
        "es": (
            "Su cuenta de cobro se cerró.",
            "Abra POST /v1/vendors/{vendor_id}/onboarding: recibe una cuenta nueva. Después pida al programa que envíe el pago otra vez.",
        ),
    },
    "cooling_off": {
        "en": (
            "Your bank details were changed. To keep your money safe, payments wait until {until}.",
            "If you changed them, you do not have to do anything. If you did not, call the program at once.",
        ),
        "es": (
            "Se cambiaron sus datos de banco. Para cuidar su dinero, los pagos esperan hasta el {until}.",
            "Si usted los cambió, no tiene que hacer nada. Si no fue usted, llame al programa de inmediato.",
        ),
    },
    "refused": {
        "en": (
            "The payment processor refused this payment.",
            "The program has to look at it: call it if you hear nothing in two business days.",
        ),
        "es": (
            "El procesador de pagos rechazó este pago.",
            "El programa tiene que revisarlo: llámelo si en dos días hábiles no sabe nada.",
        ),
    },
    "looked_at": {
        "en": ("A person of the program is looking at this payment.", "Do not send the bill again. " + _NOTHING_EN),
        "es": ("Una persona del programa está revisando este pago.", "No envíe la cuenta otra vez. " + _NOTHING_ES),
    },
    "came_back": {
        "en": (
            "The money, or a part of it, came back to the program.",
            "Check your bank details at POST /v1/vendors/{vendor_id}/onboarding, then ask the program to send it again.",
        ),
        "es": (
            "El dinero, o una parte, volvió al programa.",
            "Revise sus datos de banco en POST /v1/vendors/{vendor_id}/onboarding y pida al programa que lo envíe otra vez.",
        ),
    },
    "canceled": {
        "en": ("The program stopped this payment.", "Call the program to hear why. You are owed the money until the bill is reversed."),
        "es": ("El programa detuvo este pago.", "Llame al programa para saber por qué. Se le debe el dinero hasta que la cuenta se anule."),
    },
    "unclaimed": {
        "en": (
            "Nobody took this money for years, so it is kept as unclaimed property.",
            "Call the program: it is yours. After it went to the state, claim it there.",
        ),
        "es": (
            "Nadie tomó este dinero por años, así que se guarda como propiedad no reclamada.",
            "Llame al programa: es suyo. Si ya fue al estado, reclámelo allí.",
        ),
    },
}
"""Every cause that a vendor is told: what it means, and the way to end it."""

_CODES: Final[Mapping[str, str]] = {
    "not active": "not_active",
    "excluded": "excluded",
    "possible match on a list": "list_check",
    "no payout account": "no_payout_account",
    "payout account not ready": "payout_account_not_ready",
    "payout account closed": "payout_account_closed",
    "payout account replaced": "payout_account_not_ready",
    "refused by the processor": "refused",
}
_ENDS: Final[Mapping[PaymentState, str]] = {
    PaymentState.CANCELED: "canceled",
    PaymentState.DORMANT: "unclaimed",
    PaymentState.REVERSED: "came_back",
}
_COOLING_OFF: Final = "cooling_off until "


def held_words(payment: Payment, *, language: Language) -> Told | None:
    """Tell why a payment waits and what ends that; nothing when it goes on by itself, or has arrived."""
    code, until = _cause(payment)
    if code is None:
        return None
    message, way = WORDS[code][language]
    said = {"vendor_id": str(payment.vendor_id), "until": _day(until, language)}
    return Told(code, message.format_map(said), way.format_map(said))


def expected_day(payment: Payment, *, today: date) -> date | None:
    """Tell when money should be at the vendor's bank: as the rail says once it was sent, else two business days from today.

    Nothing while it waits for something of which nobody knows when it comes.
    """
    if payment.expected_on is not None and payment.state is PaymentState.SENT:
        return payment.expected_on
    is_moving = payment.state is PaymentState.QUEUED or (payment.state in ON_THE_WAY and not is_frozen(payment))
    return business_days_after(today, EXPECTED_BUSINESS_DAYS) if is_moving else None


def _cause(payment: Payment) -> tuple[str | None, str]:
    """Name the code of what a payment waits for, and until when, where that is a day."""
    said = payment.held_because or ""
    why = said.partition(": ")[2] or said
    if payment.state is PaymentState.HELD and said.startswith(Held.FUNDING):
        return "funding", ""
    if payment.state in {PaymentState.HELD, PaymentState.REJECTED}:
        if why.startswith(_COOLING_OFF):
            return "cooling_off", why.removeprefix(_COOLING_OFF)
        return _CODES.get(why, "refused" if payment.state is PaymentState.REJECTED else "looked_at"), ""
    if is_frozen(payment):
        return "looked_at", ""
    if payment.state is PaymentState.SENT and payment.returned_cents:
        return "came_back", ""
    return _ENDS.get(payment.state), ""


def _day(until: str, language: Language) -> str:
    if not until:
        return ""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        return until
    return english_date(day) if language == "en" else spanish_date(day)
