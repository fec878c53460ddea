"""The words of remedies, in English and Spanish, as plain as those of the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from policy.facts import Facts, GoalFacts
from policy.rulebook import Rulebook
from policy.words import LANGUAGES, PEOPLE, Language, Template

TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "amount": ("By this rule you can ask for {amount_cents}.", "Por esta regla puede pedir {amount_cents}."),
        "sum": ("Ask for {amount_cents}. That is what the numbers make.", "Pida {amount_cents}. Eso es lo que dan los números."),
        "quantity": (
            "By this rule you can ask for {quantity} of it. That is {amount_cents} in all.",
            "Por esta regla puede pedir {quantity}. Son {amount_cents} en total.",
        ),
        "price": ("Find it for {unit_price_cents} or less for one.", "Búsquelo a {unit_price_cents} o menos cada uno."),
        "goal": ("Pick this goal: {goal}.", "Elija esta meta: {goal}."),
        "date_later": ("Buy it on {purchase_on}, not sooner.", "Cómprelo el {purchase_on}, no antes."),
        "date_sooner": ("Buy it on {purchase_on}, not later.", "Cómprelo el {purchase_on}, no después."),
        "done_by": ("Have it done by {service_on}.", "Que esté hecho a más tardar el {service_on}."),
        "wait": ("Wait until {passes_at}. Then it can go on.", "Espere hasta el {passes_at}. Después puede seguir."),
        "ask_again": (
            "Ask again on {ask_on}. More of your money opens that day.",
            "Pida otra vez el {ask_on}. Ese día se abre más de su dinero.",
        ),
        "move_line": (
            "Move {amount_cents} to this part of your plan: {category}. Take it from here: {line}. You may do that on your own.",
            "Mueva {amount_cents} a esta parte de su plan: {category}. Tómelos de aquí: {line}. Puede hacerlo sin permiso.",
        ),
        "other_line": ("Take it from this part of your plan: {line}.", "Tómelo de esta parte de su plan: {line}."),
        "ask_approver": ("Ask {approver} to say yes.", "Pida a {approver} que diga que sí."),
        "ask_other": (
            "Someone who has no part in this has to say yes. You can ask {approver}.",
            "Alguien sin parte en esto tiene que decir que sí. Puede preguntar a {approver}.",
        ),
        "ask_review": ("Your broker will look at what it is.", "Su asesor va a mirar qué es."),
        "denial_letter": (
            "Ask your health plan first. If they say no, send us their letter.",
            "Pregunte primero a su plan de salud. Si dice que no, mándenos su carta.",
        ),
        "quote": ("Send us {count} more prices from other stores.", "Mándenos {count} precios más de otras tiendas."),
        "receipt": ("Send us {count} of the slips we wait for.", "Mándenos {count} de los recibos que esperamos."),
        "note_source": ("Write why just one place has it.", "Escriba por qué solo un lugar lo tiene."),
        "note_purpose": ("Write what you want to save for.", "Escriba para qué quiere ahorrar."),
        "edit_memo": (
            "Take the words about health out of your note to the store.",
            "Quite de su nota a la tienda las palabras sobre salud.",
        ),
        "other_vendor": ("You can get it here: {vendor}.", "Lo puede conseguir aquí: {vendor}."),
        "other_price": (
            "You can get it here: {vendor}. One costs {unit_price_cents} there.",
            "Lo puede conseguir aquí: {vendor}. Allí cada uno cuesta {unit_price_cents}.",
        ),
        "pay_vendor": ("Let us pay the store for you.", "Deje que nosotros le paguemos a la tienda."),
        "payroll": ("Let us pay this person with a pay check.", "Deje que paguemos a esta persona con un cheque de pago."),
        # ---- to a vendor, about a bill --------------------------------------------------------------
        "bill": ("Send us the bill.", "Mándenos la factura."),
        "bill_fields": ("Send the bill again with this on it: {missing}.", "Mande la factura otra vez con esto: {missing}."),
        "bill_amount": ("By this rule the bill can be {amount_cents}.", "Por esta regla la factura puede ser de {amount_cents}."),
        "bill_review": (
            "Someone in the program has to check this bill. You do not have to do a thing.",
            "Alguien del programa tiene que revisar esta factura. Usted no tiene que hacer nada.",
        ),
        "tax_form": ("Send us your tax form.", "Mándenos su formulario de impuestos."),
        "screening": (
            "We check you again, then we pay. You do not have to do a thing.",
            "Le revisamos otra vez y luego pagamos. Usted no tiene que hacer nada.",
        ),
        "set_up_payout": ("Tell us where your bank is, so that we can pay.", "Díganos cuál es su banco, para que podamos pagar."),
        "visit_record": ("Send us the visit record with this in it: {missing}.", "Mándenos el registro de la visita con esto: {missing}."),
        # ---- all of it together ---------------------------------------------------------------------
        "works": ("This would work: {amount_cents} in all.", "Esto sí funcionaría: {amount_cents} en total."),
        "works_each": (
            "This would work: {quantity} at {unit_price_cents} each. That is {amount_cents} in all.",
            "Esto sí funcionaría: {quantity} a {unit_price_cents} cada uno. Son {amount_cents} en total.",
        ),
        "keep": ("You can leave it as it is.", "Puede dejarlo como está."),
        "then_approvers": ("Then we need a yes from {people}.", "Después hace falta el sí de {people}."),
        "at_once": ("You would get a yes right away.", "Recibiría un sí enseguida."),
        "still_open": ("Some other things are still open. We will tell you which.", "Todavía faltan otras cosas. Le diremos cuáles."),
        "none_exists": (
            "We looked for a way to say yes to this and found none. You can talk with your broker about it.",
            "Buscamos una forma de decir que sí a esto y no la encontramos. Puede hablar con su asesor.",
        ),
        "search_spent": (
            "There may be a way to say yes to this, but we did not find it. Your broker can help you look.",
            "Puede haber una forma de decir que sí a esto, pero no la encontramos. Su asesor le puede ayudar a buscar.",
        ),
        "no_bill": ("We can not pay this bill as it is.", "No podemos pagar esta factura así como está."),
    }
)

TEMPLATES: Final[Mapping[str, tuple[Template, Template]]] = MappingProxyType(
    {name: (Template.parse(en, "en"), Template.parse(es, "es")) for name, (en, es) in TEXTS.items()}
)
DOMAINS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {"any": "any goal"},
        "es": {
            "wellness": "bienestar",
            "health": "salud",
            "work": "trabajo",
            "education": "estudios",
            "social": "vida social",
            "home": "hogar",
        },
    }
)
AND: Final[Mapping[Language, str]] = MappingProxyType({"en": " and ", "es": " y "})


class Words:
    """Says what to do, with the plain names of one rulebook's categories."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._categories = rulebook.category_names

    def __call__(self, text: str, **values: Any) -> dict[str, str]:  # noqa: ANN401 - cents, dates, names
        """Return a text in both languages; a value that differs by language comes as a mapping."""
        return {
            language: template.fill({name: _in(language, value) for name, value in values.items()}, self._categories)
            for language, template in zip(LANGUAGES, TEMPLATES[text], strict=True)
        }

    def people(self, roles: Sequence[str]) -> dict[str, str]:
        """Name some roles together."""
        return {language: _listed([PEOPLE[language].get(role, role) for role in roles], AND[language]) for language in LANGUAGES}


def goal_name(goal: GoalFacts) -> dict[str, str]:
    """Name a goal by its title, or by what it is about."""
    return {language: goal.title or DOMAINS[language].get(goal.domain, goal.domain) for language in LANGUAGES}


def amount_sentence(words: Words, facts: Facts) -> dict[str, str]:
    """Say what a changed request comes to."""
    asked = facts.asked
    if asked.quantity == 1:
        return words("works", amount_cents=asked.amount_cents)
    quantity = f"{asked.quantity.normalize():f}"
    return words("works_each", quantity=quantity, unit_price_cents=asked.unit_price, amount_cents=asked.amount_cents)


def _listed(names: Sequence[str], last: str) -> str:
    return last.join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _in(language: Language, value: Any) -> Any:  # noqa: ANN401 - see Words
    return value[language] if isinstance(value, Mapping) else value
