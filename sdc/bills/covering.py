"""Look at the day of the service: what was delivered on a day that no licence or card covers is not paid.

A purchase is authorised by the last day that the service is meant for; the vendor may deliver on another, and a licence may be over or
taken back by then. Bills are not tied to deliveries one by one, so together they may ask for no more than the covered deliveries are worth.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc.bills.case import Case
from sdc.notices.words import english_date, spanish_date
from sdc.purchases.model import Delivery, DeliveryState
from sdc.rulebooks.kinds import rules_of_kind
from vendors import Credential, covers_with

CREDENTIAL_KIND = "credential"


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of what was confirmed a credential covers, and in which words the rest is held, if there is any."""

    covered_thousandths: int
    reason: dict[str, Any] | None = None


async def read_cover(session: AsyncSession, case: Case, rulebook: policy.Rulebook) -> Cover:
    """Tell what of a purchase's confirmed deliveries fell on days that the vendor's credentials cover, as its rulebook asks.

    A credential that came later covers the days it was good on; a licence that an approved vendor sent of itself, once a person has
    looked at it. Rules that only warn hold nothing.
    """
    deliveries = await session.scalars(
        select(Delivery).where(Delivery.purchase_id == case.purchase.id, Delivery.state == DeliveryState.CONFIRMED)
    )
    delivered = [(one.delivered_on, one.quantity_thousandths) for one in deliveries]
    asked = _asked(rulebook, case.purchase.category, on=case.today)
    if not asked:
        return Cover(sum(quantity for _, quantity in delivered))
    held = (await session.scalars(select(Credential).where(Credential.vendor_id == case.purchase.vendor_id))).all()
    seen = [one for one in held if not one.waits_for_a_look]
    open_days = sorted({day for day, _ in delivered if any(not covers_with(seen, tag, day) for _, tag in asked)})
    covered = sum(quantity for day, quantity in delivered if day not in open_days)
    if not open_days:
        return Cover(covered)
    rule, tag = next((rule, tag) for rule, tag in asked if not covers_with(seen, tag, open_days[0]))
    return Cover(covered, _reason(rule, open_days[0], is_there=covers_with(held, tag, open_days[0])))


def _asked(rulebook: policy.Rulebook, category: str, *, on: date) -> list[tuple[policy.Rule[Any], str]]:
    """List the rules that ask for a credential where this category is sold, and what each asks for."""
    rules = [rule for rule in rules_of_kind(rulebook, "authorize", CREDENTIAL_KIND, on=on) if rule.severity != "warn"]
    return [(rule, rule.params.required[category]) for rule in rules if category in rule.params.required]


def _reason(rule: policy.Rule[Any], day: date, *, is_there: bool) -> dict[str, Any]:
    """Say which day is open and what closes it, in the words of this program: a rule's own are written for the member."""
    en, es = english_date(day), spanish_date(day)
    missing = {
        "en": f"We have none that was good on {en}. Send us the renewed license or card.",
        "es": f"No tenemos ninguna vigente el {es}. Envíenos la licencia o tarjeta renovada.",
    }
    waits = {
        "en": f"The one that you sent for {en} waits for a person of the program, who looks it up where it was issued.",
        "es": f"La que envió para el {es} espera a una persona del programa, que la verifica donde se emitió.",
    }
    said = waits if is_there else missing
    return {
        "rule": rule.id,
        "message": {
            "en": f"This work takes a license or card that was good on the day it was done. {said['en']} "
            "Then we look at this bill again by ourselves.",
            "es": f"Este trabajo requiere una licencia o tarjeta vigente el día en que se hizo. {said['es']} "
            "Entonces miramos esta cuenta otra vez sin que haga nada más.",
        },
        "citation": rule.provenance.source,
        "closed_by": {"event": "credential_verified" if is_there else "credential_added"},
    }
