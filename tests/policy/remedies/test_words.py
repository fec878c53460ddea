"""What a remedy says is short and plain, and there in both languages."""

import re

import pytest

from policy.remedies.words import TEXTS, Words
from tests.policy.questions import book
from tests.policy.test_words import SIXTH_GRADE, grade


@pytest.mark.parametrize("name", TEXTS)
def test_every_english_text_is_at_sixth_grade_or_below(name):
    assert grade(re.sub(r"\{[a-z_]+\}", "ten", TEXTS[name][0])) <= SIXTH_GRADE


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_there_in_spanish_with_the_same_places(name):
    english, spanish = (set(re.findall(r"\{([a-z_]+)\}", text)) for text in TEXTS[name])

    assert english == spanish
    assert TEXTS[name][0] != TEXTS[name][1]


def test_several_people_are_named_together():
    people = Words(book("florida")).people

    assert people(["broker"])["en"] == "your broker"
    assert people(["broker", "director", "payer"])["en"] == "your broker, a program manager and the group that pays for the program"
    assert people(["broker", "director"])["es"] == "su asesor y un gerente del programa"
