"""The words of every message to a vendor, in English and Spanish.

A sentence names the facts it needs in braces; one whose facts were not given is left out. A fact that ends with `_cents` is told in
dollars, one that ends with `_on` as a day; codes lose their underscores.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sdc.money import dollars
from sdc.notices.words import english_date, spanish_date
from sdc.web.input import Language

Facts = Mapping[str, str | int]
Sentences = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A subject and some sentences in each language."""

    subject: Mapping[Language, str]
    sentences: Mapping[Language, Sentences]

    def told(self, facts: Facts, language: Language) -> tuple[str, str]:
        """Tell subject and text."""
        shown = {name: _shown(name, fact, language) for name, fact in facts.items()}
        said = [one.format_map(shown) for one in self.sentences[language] if needs(one) <= shown.keys()]
        return self.subject[language], " ".join(said)


def needs(sentence: str) -> frozenset[str]:
    """Name the facts that a sentence needs."""
    return frozenset(re.findall(r"\{(\w+)\}", sentence))


def _shown(name: str, fact: str | int, language: Language) -> str:
    if name.endswith("_cents") and isinstance(fact, int):
        return dollars(fact)
    if name.endswith("_on") and isinstance(fact, str):
        day = date.fromisoformat(fact)
        return english_date(day) if language == "en" else spanish_date(day)
    return str(fact).replace("_", " ")


def _words(en: tuple[str, Sentences], es: tuple[str, Sentences]) -> Words:
    return Words({"en": en[0], "es": es[0]}, {"en": en[1], "es": es[1]})


_NOT_YOU_EN: Final = "If this was not you, call the program at once."
_NOT_YOU_ES: Final = "Si no fue usted, llame al programa de inmediato."

WORDS: Final[Mapping[str, Words]] = {
    "approved": _words(
        ("You are approved", ("You are now an approved vendor.", "You can get orders and be paid.")),
        ("Está aprobado", ("Ya es un proveedor aprobado.", "Puede recibir pedidos y pagos.")),
    ),
    "rejected": _words(
        ("Your application was not accepted", ("The program did not accept you as a vendor.", "The reason stands in your record.")),
        ("No se aceptó su solicitud", ("El programa no lo aceptó como proveedor.", "La razón está en su registro.")),
    ),
    "suspended": _words(
        (
            "You are suspended",
            ("You can not get new orders, and payments wait.", "The reason stands in your record, with what to do next."),
        ),
        (
            "Está suspendido",
            ("No puede recibir pedidos nuevos y los pagos esperan.", "La razón está en su registro, con lo que debe hacer."),
        ),
    ),
    "reinstated": _words(
        ("You are reinstated", ("You can get orders and be paid again.",)),
        ("Está activo de nuevo", ("Puede recibir pedidos y pagos otra vez.",)),
    ),
    "contact_changed": _words(
        ("Your contact was changed", ("The contact that the program has for you was changed.", _NOT_YOU_EN)),
        ("Se cambió su contacto", ("Se cambió el contacto que el programa tiene de usted.", _NOT_YOU_ES)),
    ),
    "tax_form_accepted": _words(
        ("Your tax form is accepted", ("The program accepted your Form W-9.", "The number on it ends in {last_four}.")),
        ("Se aceptó su formulario fiscal", ("El programa aceptó su Formulario W-9.", "El número termina en {last_four}.")),
    ),
    "tax_form_refused": _words(
        ("Your tax form needs another look", ("The name and number on your Form W-9 do not match.", "Please send a new one.")),
        ("Su formulario fiscal necesita cambios", ("El nombre y el número de su Formulario W-9 no coinciden.", "Envíe uno nuevo.")),
    ),
    "withholding_begins": _words(
        (
            "A part of your payments is held back for taxes",
            (
                "From now on a part of each payment goes to the tax office for you (backup withholding).",
                "It begins on {begins_on}.",
                "Send a new Form W-9 with your correct name and number to end it.",
            ),
        ),
        (
            "Se retiene una parte de sus pagos para impuestos",
            (
                "Desde ahora una parte de cada pago va a la oficina de impuestos a su nombre (retención).",
                "Comienza el {begins_on}.",
                "Envíe un nuevo Formulario W-9 con su nombre y número correctos para terminarla.",
            ),
        ),
    ),
    "withholding_ends": _words(
        ("You are paid in full again", ("The program no longer holds back a part of your payments for taxes.",)),
        ("Se le paga completo otra vez", ("El programa ya no retiene una parte de sus pagos para impuestos.",)),
    ),
    "credential_expires": _words(
        (
            "A license or card ends soon",
            ("Your {type} ends on {expires_on}.", "That is in {days} days.", "Renew it and add the new one, or orders that need it stop."),
        ),
        (
            "Una licencia o tarjeta vence pronto",
            (
                "Su {type} vence el {expires_on}.",
                "Faltan {days} días.",
                "Renuévela y agregue la nueva, o se detendrán los pedidos que la necesitan.",
            ),
        ),
    ),
    "credential_expired": _words(
        (
            "A license or card has ended",
            ("Your {type} ended on {expires_on}.", "Add the new one.", "What you deliver without it can not be paid."),
        ),
        (
            "Una licencia o tarjeta venció",
            ("Su {type} venció el {expires_on}.", "Agregue la nueva.", "Lo que entregue sin ella no se puede pagar."),
        ),
    ),
    "bank_changed": _words(
        (
            "Your bank account was changed",
            (
                "The bank account that you are paid to was changed.",
                "This was on {changed_on}.",
                "To keep your money safe, payments wait until {waits_until_on}.",
                _NOT_YOU_EN,
            ),
        ),
        (
            "Se cambió su cuenta de banco",
            (
                "Se cambió la cuenta de banco a la que se le paga.",
                "Fue el {changed_on}.",
                "Para cuidar su dinero, los pagos esperan hasta el {waits_until_on}.",
                _NOT_YOU_ES,
            ),
        ),
    ),
    "payout_account_needs_you": _words(
        (
            "Your payout account needs you",
            ("The payment processor can not pay you now.", "Open the payout page again and give it what it asks for."),
        ),
        (
            "Su cuenta de pagos necesita algo",
            ("El procesador de pagos no puede pagarle ahora.", "Abra la página de pagos otra vez y dé lo que pide."),
        ),
    ),
    "payment_failed_at_bank": _words(
        (
            "Your bank did not take a payment",
            (
                "Your bank did not take {amount_cents}.",
                "The money is still yours.",
                "Open the payout page, check the bank account, and it is sent again.",
            ),
        ),
        (
            "Su banco no aceptó un pago",
            (
                "Su banco no aceptó {amount_cents}.",
                "El dinero sigue siendo suyo.",
                "Abra la página de pagos, revise la cuenta de banco y se enviará otra vez.",
            ),
        ),
    ),
    "payment_held": _words(
        (
            "A payment waits",
            ("A payment of {amount_cents} waits.", "The reason: {cause}.", "Your list of payments says how to fix it."),
        ),
        (
            "Un pago está en espera",
            ("Un pago de {amount_cents} está en espera.", "Su lista de pagos dice la razón y cómo resolverlo."),
        ),
    ),
    "payment_returned": _words(
        ("A payment came back", ("A payment of {amount_cents} came back to the program.", "You do not need to do anything yet.")),
        ("Un pago fue devuelto", ("Un pago de {amount_cents} volvió al programa.", "No tiene que hacer nada por ahora.")),
    ),
    "refund_owed": _words(
        (
            "You owe a refund",
            (
                "You owe the program {amount_cents} for something that was taken back.",
                "Please pay it by {due_on}.",
                "If you agree, it can be taken from your next payments instead.",
            ),
        ),
        (
            "Usted debe un reembolso",
            (
                "Usted debe al programa {amount_cents} por algo que se devolvió.",
                "Por favor páguelo antes del {due_on}.",
                "Si está de acuerdo, se puede tomar de sus próximos pagos.",
            ),
        ),
    ),
    "uncashed_payment": _words(
        (
            "Money waits for you",
            (
                "A payment of {amount_cents} has not reached you.",
                "It is from {paid_on}.",
                "Set up your bank account again to get it.",
                "After {remit_on} it goes to the state, where you can claim it.",
            ),
        ),
        (
            "Hay dinero para usted",
            (
                "Un pago de {amount_cents} no le ha llegado.",
                "Es del {paid_on}.",
                "Configure su cuenta de banco otra vez para recibirlo.",
                "Después del {remit_on} va al estado, donde puede reclamarlo.",
            ),
        ),
    ),
    "unclaimed_remitted": _words(
        ("Your money went to the state", ("We sent {amount_cents} to the state as unclaimed property.", "You can claim it there.")),
        ("Su dinero fue al estado", ("Enviamos {amount_cents} al estado como propiedad no reclamada.", "Puede reclamarlo allí.")),
    ),
}
"""Every kind of message."""
