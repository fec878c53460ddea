"""How alike two names are taken to be: spelling does not matter, birth dates do, and only the certain is certain."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.screening import POSSIBLE, Identity, ListIndex, compare, identify_listed, identify_person, identify_vendor

BORN = date(1970, 3, 14)
OTHER = date(1981, 7, 2)


def listed(last="", first="", middle="", **changes):
    given = {"business": "", "npi": None, "born_on": BORN, "state": "FL", "city": ""} | changes
    return identify_listed(last=last, first=first, middle=middle, **given)


@pytest.mark.parametrize(
    ("name", "last", "first", "middle"),
    [
        ("Jose Garcia-Lopez", "GARCIA LOPEZ", "JOSE", ""),
        ("José García López", "GARCIA-LOPEZ", "JOSE", ""),
        ("O'Brien, Mary Ann", "OBRIEN", "MARY", "ANN"),
        ("mary ann o\u2019brien", "O'BRIEN", "MARY ANN", ""),
        ("María de la Cruz", "DE LA CRUZ", "MARIA", ""),
        ("John Smith Jr.", "SMITH", "JOHN", ""),
        ("John Smith, Jr.", "SMITH", "JOHN", ""),
        ("John Smith, M.D.", "SMITH", "JOHN", ""),
        ("Smith Jr., John", "SMITH", "JOHN", ""),
        ("Smith Jr, John", "SMITH III", "JOHN", ""),
        ("Dr. John Smith MD", "SMITH", "JOHN", ""),
        ("Søren Łukasz Müller", "MULLER", "SOREN", "LUKASZ"),
        ("Robert van der Berg", "VANDERBERG", "ROBERT", ""),
    ],
)
def test_the_same_name_and_birth_date_are_certain_however_they_are_written(name, last, first, middle):
    assert compare(identify_person(name, born_on=BORN), listed(last, first, middle)).is_exact


@pytest.mark.parametrize(
    ("name", "last", "first", "born_on"),
    [
        ("John Smith", "SMITH", "JOHN", None),  # a name alone is never certain
        ("Bill Smith", "SMITH", "WILLIAM", BORN),
        ("Pepe Ramírez", "RAMIREZ", "JOSE", None),
        ("J Smith", "SMITH", "JOHN", BORN),
        ("John Smithe", "SMITH", "JOHN", None),
        ("John Smiht", "SMITH", "JOHN", BORN),
        ("Jhon Martinez", "MARTINEZ", "JOHN", None),
        ("John Schmidt", "SCHMITT", "JOHN", BORN),
        ("Smith John", "SMITH", "JOHN", BORN),
        ("Maria Lopez", "GARCIA LOPEZ", "MARIA", None),
        ("Maria Cruz", "DE LA CRUZ", "MARIA", None),
        ("John Smith", "SMITH", "JOHN", date(1970, 3, 14)),
    ],
)
def test_what_is_nearly_the_same_is_a_question_for_a_person(name, last, first, born_on):
    found = compare(identify_person(name, born_on=None if name == "John Smith" else born_on), listed(last, first, born_on=born_on))

    assert found.is_possible
    assert not found.is_exact


def test_day_and_month_that_changed_places_are_a_question():
    found = compare(identify_person("John Smith", born_on=date(1970, 3, 4)), listed("SMITH", "JOHN", born_on=date(1970, 4, 3)))

    assert (found.is_possible, found.is_exact) == (True, False)


@pytest.mark.parametrize(
    ("name", "last", "first", "middle", "born_on"),
    [
        ("John Smith", "SMITH", "JOHN", "", OTHER),  # a common name with another birth date
        ("John Alan Smith", "SMITH", "JOHN", "ROBERT", None),
        ("Jane Smith", "SMITH", "MARTHA", "", BORN),
        ("Lea Wong", "WONG", "LEE", "", BORN),  # one letter makes another short name
        ("John Jones", "SMITH", "JOHN", "", BORN),
    ],
)
def test_somebody_else_is_clear(name, last, first, middle, born_on):
    assert not compare(identify_person(name, born_on=BORN), listed(last, first, middle, born_on=born_on)).is_possible


def test_the_same_npi_is_certain_whatever_the_name_and_another_speaks_against_it():
    asked = identify_person("Ana Maria Perez", npi="1234567893", born_on=BORN)

    assert compare(asked, listed("JONES", "ANA", npi="1234567893", born_on=OTHER)).is_exact
    assert not compare(asked, listed("PEREZ", "ANA", npi="1999999984")).is_exact


@pytest.mark.parametrize(
    ("name", "business", "is_possible"),
    [
        ("Sunshine Home Care, L.L.C.", "SUNSHINE HOME CARE INC", True),
        ("The Sunshine Yoga Co.", "SUNSHINE YOGA", True),
        ("Sunshne Yoga", "SUNSHINE YOGA", True),
        ("Perez & Sons d/b/a Calm Yoga", "CALM YOGA LLC", True),
        ("A/C Repair D.B.A. Cool Air", "COOL AIR INC", True),
        ("Home Care Services", "HOME CARE MEDICAL SERVICES", False),  # words of the trade alone say nothing
        ("Corner Gym", "CORNER PHARMACY", False),
        ("Corner Gym", "SUNSHINE YOGA", False),
    ],
)
def test_a_business_is_known_by_the_words_that_are_its_own_and_is_never_certain(name, business, is_possible):
    found = compare(identify_vendor(name), listed(business=business, born_on=None))

    assert (found.is_possible, found.is_exact) == (is_possible, False)


def test_who_has_one_name_only_is_a_question_by_the_birth_date():
    assert compare(identify_person("Madonna", born_on=BORN), listed("MADONNA", "LUISA")).is_possible
    assert compare(identify_person("Ana Perez", born_on=BORN), listed("PEREZ")).is_possible
    assert not compare(identify_person("Madonna", born_on=BORN), listed("MADONNA")).is_exact
    assert not compare(identify_person("Madonna"), listed("MADONNA", "LUISA")).is_possible


def test_a_vendor_who_trades_under_their_own_name_is_found_among_people():
    assert compare(identify_vendor("Ana Pérez"), listed("PEREZ", "ANA")).is_possible
    assert not compare(identify_vendor("Home Health"), listed("HEALTH", "HOME")).is_possible


NAMES = st.sampled_from(["Ana", "Bill", "William", "Garcia", "Lopez", "Smith", "Smyth", "de la Cruz", "O'Brien", "Martínez", "J", "Jose"])
BIRTHS = st.sampled_from([None, BORN, OTHER])


@st.composite
def people(draw):
    state = draw(st.sampled_from(["", "FL", "TX"]))
    return identify_person(" ".join(draw(st.lists(NAMES, min_size=1, max_size=4))), born_on=draw(BIRTHS), state=state)


@st.composite
def businesses(draw):
    words = st.sampled_from(["Sunshine", "Sunshne", "Home", "Care", "Yoga", "LLC", "Inc.", "Calm", "Perez", "dba"])
    return identify_vendor(" ".join(draw(st.lists(words, min_size=1, max_size=5))), state=draw(st.sampled_from(["", "FL", "TX"])))


@given(st.one_of(people(), businesses()), st.one_of(people(), businesses()))
def test_it_does_not_matter_who_is_compared_with_whom(one, other):
    found = compare(one, other)

    assert found.score == compare(other, one).score
    assert found.is_exact == compare(other, one).is_exact
    assert 0 <= found.score <= 1000


@given(people(), people())
def test_the_more_is_the_same_the_higher_the_score(one, other):
    unknown, equal, differs = (compare(replace(one, born_on=born), replace(other, born_on=BORN)).score for born in (None, BORN, OTHER))
    elsewhere, here = (compare(replace(one, state=state), replace(other, state="FL")).score for state in ("TX", "FL"))

    assert differs <= unknown <= equal
    assert differs < POSSIBLE
    assert elsewhere <= here


@given(st.lists(NAMES, min_size=2, max_size=3), st.sampled_from(["Jr.", "Sr", "III", "jr"]), st.integers(1, 3), people())
def test_case_accents_and_where_a_suffix_stands_do_not_matter(words, suffix, place, other):
    plain = identify_person(" ".join(words), born_on=BORN)
    written = [*words]
    written.insert(min(place, len(words)), suffix)

    for spelling in (" ".join(written), " ".join(words).upper(), " ".join(words).lower().replace("i", "í")):
        assert compare(identify_person(spelling, born_on=BORN), other) == compare(plain, other)


@given(st.lists(people(), max_size=20), people())
def test_a_whole_list_finds_what_looking_at_each_row_would_find(rows, asked):
    index = ListIndex(enumerate(rows))

    found = {one.row: one.likeness for one in index.find(asked)}

    assert found == {number: likeness for number, row in enumerate(rows) if (likeness := compare(asked, row)).is_possible}


@given(st.lists(businesses(), max_size=20), businesses())
def test_a_whole_list_finds_every_business_that_is_alike(rows, asked):
    found = {one.row for one in ListIndex(enumerate(rows)).find(asked)}

    assert found == {number for number, row in enumerate(rows) if compare(asked, row).is_possible}


def test_who_is_not_known_at_all_is_on_no_list():
    assert ListIndex([(1, Identity()), (2, listed("SMITH", "JOHN"))]).find(Identity()) == []
