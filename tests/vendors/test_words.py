"""Words as a search compares them: the same however they are written, and never anything that a database would read as a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.words import language_marks, mark, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Yoga Clase", ["yoga", "clase"]),
        ("yoga  CLASÉ!", ["yoga", "clase"]),
        ("Women's O\u2019Neil", ["womens", "oneil"]),
        ("Straße Łódź Ærø", ["strasse", "lodz", "aero"]),
        ("NEAR(yoga, 2) OR -x*", ["near", "yoga", "2", "or", "x"]),
        ("\uff39\uff2f\uff27\uff21", ["yoga"]),
        ("瑜伽", ["u00745cu004f3d"]),
        ("... -- \"'*", []),
    ],
)
def test_words_are_what_is_left_without_case_accents_and_signs(text, words):
    assert words_of(text) == words


@given(st.text())
def test_words_are_plain_letters_and_digits(text):
    assert all(word.isascii() and word.isalnum() and word == word.lower() for word in words_of(text))


@given(st.text())
def test_words_of_words_are_the_same_words(text):
    words = words_of(text)

    assert words_of(" ".join(words)) == [word[:64] for word in words]


@given(st.text(alphabet=st.characters(categories=["Ll", "Lo", "Nd"]), min_size=2, max_size=20), st.integers(1, 19))
def test_the_beginning_of_a_word_is_the_beginning_of_what_is_written(word, length):
    whole, beginning = words_of(word), words_of(word[:length])

    assert not whole or not beginning or whole[0].startswith(beginning[0]) or beginning[0].startswith(whole[0])


def test_a_county_goes_by_its_name_and_a_language_by_its_family_too():
    assert {mark("county", one) for one in ("Alachua", "Alachua County", "alachua, FL", "Alachua County, FL")} == {"fcalachua"}
    assert mark("county", "Miami-Dade") == "fcmiamidade"
    assert language_marks("es-MX") == ["fnesmx", "fnes"]
