"""What a vendor still lacks before it can sell and be paid, in plain words, each with the way to fix it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import vendors
from sdc.clock import local_date
from sdc.errors import NotFoundError
from sdc.marketplace.finding import credentials_asked_for
from sdc.marketplace.tax_forms import newest_tax_form
from sdc.programs.model import Program
from sdc.web.input import Language
from vendors import Credential, Vendor

_CREDENTIAL: Final = "credential"
_CREDENTIAL_REVIEW: Final = "credential_review"


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing: its code, what is wrong, and how to fix it."""

    what: str
    message: str
    fix: str


WORDS: Final[Mapping[str, Mapping[Language, tuple[str, str]]]] = {
    "contact": {
        "en": ("The program does not know how to reach you.", "Add a contact with a name and an e-mail address."),
        "es": ("El programa no sabe cómo comunicarse con usted.", "Agregue un contacto con nombre y correo electrónico."),
    },
    "tax_form": {
        "en": ("Your tax form (Form W-9) is missing.", "Send the tax form with your legal name and number."),
        "es": ("Falta su formulario fiscal (Formulario W-9).", "Envíe el formulario con su nombre legal y su número."),
    },
    "tax_form_review": {
        "en": ("Your tax form waits for a person.", "There is nothing to do: the program looks at it."),
        "es": ("Su formulario fiscal espera a una persona.", "No tiene que hacer nada: el programa lo revisa."),
    },
    "tax_form_match": {
        "en": ("The name and number on your tax form do not match.", "Send a new tax form with the name and number that the IRS has."),
        "es": ("El nombre y el número de su formulario no coinciden.", "Envíe otro con el nombre y el número que tiene el IRS."),
    },
    "payout_account": {
        "en": ("The payout account is not ready.", "Ask for the payout page and answer what it asks."),
        "es": ("La cuenta de pagos no está lista.", "Pida la página de pagos y responda lo que pregunta."),
    },
    "screening": {
        "en": ("Nobody has looked for you on the exclusion lists yet.", "There is nothing to do: the program looks."),
        "es": ("Todavía nadie lo buscó en las listas de exclusión.", "No tiene que hacer nada: el programa lo busca."),
    },
    "possible_match": {
        "en": ("A name on an exclusion list is like yours.", "A person decides. Tell the program if you were asked for more."),
        "es": ("Un nombre en una lista de exclusión se parece al suyo.", "Una persona decide. Responda si el programa le pide algo."),
    },
    "excluded": {
        "en": ("An exclusion list names you.", "You can not sell here. Ask whoever keeps the list."),
        "es": ("Una lista de exclusión lo nombra.", "No puede vender aquí. Pregunte a quien lleva la lista."),
    },
    _CREDENTIAL: {
        "en": ("To sell {category} you need this: {credential}.", "Add it to your licenses and cards, with its last good day."),
        "es": ("Para vender {category} necesita esto: {credential}.", "Agréguelo a sus licencias y tarjetas, con su último día válido."),
    },
    _CREDENTIAL_REVIEW: {
        "en": ("What you sent to sell {category} waits for a person: {credential}.", "There is nothing to do: the program looks it up."),
        "es": (
            "Lo que envió para vender {category} espera a una persona: {credential}.",
            "No tiene que hacer nada: el programa lo verifica.",
        ),
    },
}
"""For each thing that may be missing: what is wrong, and the way to fix it."""


async def missing_of(session: AsyncSession, vendor: Vendor, *, language: Language, at: datetime) -> list[Lack]:
    """List what a vendor lacks today. Approval does not wait for it: it shows a reviewer, and the vendor, what is open."""
    program = await session.get_one(Program, vendor.program_id)
    today = local_date(at, program.time_zone)
    found = [*_of_itself(vendor), *await _of_taxes(session, vendor)]
    if not vendor.is_payable:
        found.append("payout_account")
    lacks = [Lack(what, *WORDS[what][language]) for what in found]
    return lacks + await _credentials(session, vendor, program, language=language, today=today)


def _of_itself(vendor: Vendor) -> list[str]:
    found = [] if vendor.contact_sealed is not None else ["contact"]
    if vendor.on_leie or vendor.on_sam or vendor.on_state_list:
        found.append("excluded")
    elif vendor.has_possible_match:
        found.append("possible_match")
    elif vendor.screened_on is None:
        found.append("screening")
    return found


async def _of_taxes(session: AsyncSession, vendor: Vendor) -> list[str]:
    record = await newest_tax_form(session, vendor)
    if record is not None and record.accepted_at is None:
        return ["tax_form_review"]
    if not vendor.has_tax_form:
        return ["tax_form"]
    return [] if vendor.has_tin_match else ["tax_form_match"]


async def _credentials(session: AsyncSession, vendor: Vendor, program: Program, *, language: Language, today: date) -> list[Lack]:
    """Name each category whose credential the vendor does not hold today, as the program's rules ask for it, or holds unseen by anybody."""
    try:
        needed = await credentials_asked_for(session, program, on=today)
    except NotFoundError:  # no rulebook is in force, so none asks for anything
        return []
    held = (await session.scalars(select(Credential).where(Credential.vendor_id == vendor.id))).all()
    seen = [one for one in held if not one.waits_for_a_look]
    lacks = []
    for category in vendor.categories:
        tag = needed.get(category)
        if tag is None or vendors.covers_with(seen, tag, today):
            continue
        what = _CREDENTIAL_REVIEW if vendors.covers_with(held, tag, today) else _CREDENTIAL
        message, fix = WORDS[what][language]
        lacks.append(Lack(f"{what}:{tag}", message.format(category=category, credential=tag.replace("_", " ")), fix))
    return lacks
