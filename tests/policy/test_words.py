"""What a member reads is short, plain, filled in, and there in both languages."""

import copy
import pickle
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import policy
from policy.words import CategoryNames, Template, say
from tests.policy.questions import PROGRAMS, a_book, a_gym_month, ask, book, facts, spent

SIXTH_GRADE = 6.0
NAMES: CategoryNames = {"en": {"WELL_GYM": "gym"}, "es": {"WELL_GYM": "gimnasio"}}


def syllables(word: str) -> int:
    """Count the groups of vowels, a silent e left out: as the measure by Flesch and Kincaid does."""
    groups = len(re.findall(r"[aeiouy]+", word.removesuffix("e") if not word.endswith(("le", "ee")) else word))
    return max(1, groups)


def grade(text: str) -> float:
    """Return the school grade of a text (Flesch and Kincaid)."""
    sentences = max(1, len(re.findall(r"[.!?]+(?:\s|$)", text)))
    words = re.findall(r"[a-z']+", text.lower())
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def english(name: str) -> dict[str, str]:
    return {rule_id: re.sub(r"\{[a-z_]+\}", "ten", bound.rule.message.en.text) for rule_id, bound in book(name).rules.items()}


def test_the_measure_tells_plain_from_hard():
    assert grade("The cat sat on the mat.") < 1
    assert grade("Reimbursement necessitates comprehensive documentation of eligible expenditures.") > 12


@pytest.mark.parametrize("name", ["base", *PROGRAMS])
def test_every_english_text_is_at_sixth_grade_or_below(name):
    assert {rule_id: grade(text) for rule_id, text in english(name).items() if grade(text) > SIXTH_GRADE} == {}


def test_all_english_texts_together_are_well_below():
    assert grade(" ".join(english("base").values())) < 4.5


@pytest.mark.parametrize("name", ["base", *PROGRAMS])
def test_every_text_is_there_in_spanish_with_the_same_places(name):
    for bound in book(name).rules.values():
        message = bound.rule.message
        assert message.en.text != message.es.text
        assert message.en.places() == message.es.places(), bound.rule.id


@pytest.mark.parametrize(
    ("name", "value", "en", "es"),
    [
        ("amount_cents", 123456, "$1,234.56", "$1,234.56"),
        ("amount_cents", 5, "$0.05", "$0.05"),
        ("amount_cents", -150, "-$1.50", "-$1.50"),
        ("ends_on", date(2027, 6, 30), "June 30, 2027", "30 de junio de 2027"),
        ("passes_at", datetime(2026, 10, 16, 9, tzinfo=UTC), "October 16, 2026 at 9:00 am", "16 de octubre de 2026 a las 9:00 a. m."),
        ("passes_at", datetime(2026, 10, 16, 0, 5, tzinfo=UTC), "October 16, 2026 at 12:05 am", "16 de octubre de 2026 a las 12:05 a. m."),
        ("passes_at", datetime(2026, 10, 16, 12, 5, tzinfo=UTC), "October 16, 2026 at 12:05 pm", "16 de octubre de 2026 a las 12:05 p. m."),
        ("free_share_bp", 1000, "10%", "10%"),
        ("free_share_bp", 1250, "12.5%", "12.5%"),
        ("category", "WELL_GYM", "gym", "gimnasio"),
        ("category", "OTHER", "OTHER", "OTHER"),
        ("approver", "director", "a program manager", "un gerente del programa"),
        ("missing", ("date", "business"), "the date, the store name", "la fecha, el nombre de la tienda"),
        ("days", 3, "3", "3"),
    ],
)
def test_a_place_is_printed_as_its_name_says(name, value, en, es):
    assert say(name, value, "en", NAMES) == en
    assert say(name, value, "es", NAMES) == es


def test_a_text_without_places_is_itself():
    assert Template.parse("Just this.", "en").fill({}, NAMES) == "Just this."


def test_a_finding_has_its_numbers_in_the_text_and_as_facts():
    decision = ask(given={"posted": [spent("WELL_GYM", 58000, "2026-10-01", "V-GYM")], "lines": {"WELL_GYM": 90000}}, request=a_gym_month())

    (finding,) = [one for one in decision.findings if one.rule == "B02"]
    assert finding.message["en"] == "The most for a year is $600.00 for this: gym. You have $20.00 of it left."
    assert finding.message["es"] == "Lo más para un año es $600.00 para esto: gimnasio. Le quedan $20.00."
    assert finding.facts == {"category": "WELL_GYM", "cap_cents": 60000, "spent_cents": 58000, "most_cents": 2000}
    assert finding.citation.startswith("shape documented: WAC")


def test_a_program_may_say_it_in_its_own_words():
    own = a_book("only: [A01]\nrules: {A01: {message: {en: 'Ask your coach.', es: 'Pregunte a su guía.'}}}")

    assert own.rules["A01"].rule.message.en.text == "Ask your coach."


def test_words_are_put_together_when_they_are_read():
    finding = ask(request=a_gym_month(cents=60000)).findings[0]

    assert finding.message == {"en": finding.message["en"], "es": finding.message["es"]}
    assert list(finding.message) == ["en", "es"]
    assert repr(finding.message) == repr(dict(finding.message))
    assert policy.Finding.from_data(finding.to_data()) == finding


def test_a_decision_travels_without_its_rulebook():
    decision = ask(request=a_gym_month(cents=60000))

    assert pickle.loads(pickle.dumps(decision)) == decision  # noqa: S301 - our own bytes
    assert copy.deepcopy(decision).to_json() == decision.to_json()


@pytest.mark.parametrize("amount", [4000.5, True, "much", Decimal(4000), 10**5000], ids=["float", "bool", "text", "decimal", "too long"])
def test_a_number_that_cannot_be_printed_is_found_when_the_rule_is_asked_and_not_when_it_is_read(amount):
    rule = book("florida").rules["B01"].rule
    whole = Template.parse("{amount_cents}", "en")

    try:
        printed = whole.fill({"amount_cents": amount}, NAMES)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            rule.finding(amount_cents=amount, most_cents=1)
    else:
        assert printed in rule.finding(amount_cents=amount, most_cents=1).message["en"]


def test_a_number_that_cannot_be_written_down_is_referred_to_a_person():
    rulebook = a_book("only: [U06, A01]\nrules:\n  A01: {params: {over_cents: 5000}}")
    near = policy.Spend("WELL_GYM", 10**5000, date(2026, 10, 14), "V-GYM", "posted")
    question = replace(facts(request=a_gym_month()), history=(near,))

    decision = policy.evaluate(rulebook, question)

    assert decision.outcome == "needs_approval"
    assert policy.Decision.from_json(decision.to_json()) == decision
