"""A notice says five things in two languages, in words that a sixth-grader reads."""

import re
from datetime import date

import pytest

from sdc.notices.model import NoticeKind
from sdc.notices.words import Reason, Refusal, decline_reason, notice_text
from sdc.programs.model import NoticeProfile

PARTS = {"action_and_date", "reasons", "rule_citation", "hearing_right", "continuation_explained"}
READ = PARTS - {"reasons", "rule_citation"}  # reasons are the rulebook's words, held by its own tests; citations are law
YOGA = Refusal({"en": "yoga", "es": "yoga"}, 190_000)
NO_MONEY = Reason("B01", {"en": "There is not enough money.", "es": "No hay suficiente dinero."}, "42 CFR 441.470(a)")


def text(kind=NoticeKind.DENIAL, profile=NoticeProfile.FEE_FOR_SERVICE, reasons=(NO_MONEY,)):
    return notice_text(kind, YOGA, reasons, profile=profile, issued_on=date(2026, 10, 15), appeal_by=date(2027, 1, 13))


def syllables(word):
    word = word.lower().removesuffix("e")
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def grade(words):
    """Flesch-Kincaid: the school year in which a text is read with ease."""
    sentences = [one for one in re.split(r"[.!?]\s*", words) if one]
    found = [re.sub(r"[^A-Za-z]", "", word) for word in words.split()]
    letters = [word for word in found if word]
    return 0.39 * len(letters) / len(sentences) + 11.8 * sum(map(syllables, letters)) / len(letters) - 15.59


@pytest.mark.parametrize("profile", NoticeProfile)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_has_its_five_parts_in_both_languages(kind, profile):
    written = text(kind, profile)

    assert set(written) == {"en", "es"}
    assert all(set(parts) == PARTS and all(parts.values()) for parts in written.values())


def test_a_notice_names_what_when_how_much_why_and_until_when():
    written = text()

    assert written["en"]["action_and_date"] == "You asked to buy this: yoga, for $1,900.00. We said no on October 15, 2026."
    assert "el 15 de octubre de 2026" in written["es"]["action_and_date"]
    assert written["en"]["reasons"] == "There is not enough money."
    assert "B01: 42 CFR 441.470(a)." in written["es"]["rule_citation"]
    assert "The last day to ask is January 13, 2027." in written["en"]["hearing_right"]
    assert "el 13 de enero de 2027" in written["es"]["hearing_right"]


def test_a_decline_carries_the_persons_own_reason_and_the_rule_that_makes_it_a_denial():
    written = text(NoticeKind.DECLINE, reasons=[decline_reason("Try the center first.")])

    assert '"Try the center first."' in written["es"]["reasons"]
    assert "42 CFR 441.470(f)" in written["en"]["rule_citation"]


@pytest.mark.parametrize("profile", NoticeProfile)
@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("part", sorted(READ))
def test_the_english_words_are_at_sixth_grade_at_most(kind, profile, part):
    assert grade(text(kind, profile)["en"][part]) <= 6
