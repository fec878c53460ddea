"""A rulebook's YAML has one meaning, and no text is too clever for it."""

from datetime import date
from decimal import Decimal

import pytest

import policy
from policy.reading import read


def test_a_plain_word_is_what_it_looks_like():
    document = read('a: 1\nb: 0.48\nc: 2026-07-01\nd: true\ne: null\nf: word\ng: "1"\nh: [x, {y: -2}]\ni: >-\n  two\n  lines\n')

    assert document.data == {
        "a": 1,
        "b": Decimal("0.48"),
        "c": date(2026, 7, 1),
        "d": True,
        "e": None,
        "f": "word",
        "g": "1",
        "h": ["x", {"y": -2}],
        "i": "two lines",
    }


def test_it_knows_the_line_of_everything():
    document = read("a:\n  - x\n  - y: 1\n")

    assert document.line(("a", 1, "y")) == 3
    assert document.line(("a", 1, "nowhere")) == 3


LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\na: 2", 2, "the key a a second time"),
        ("a: {b: 1, b: 2}", 1, "the key b a second time"),
        (LAUGHS, 1, "the anchor &a"),
        ("a: *x", 1, "alias"),
        ("<<: {a: 1}", 1, "a key that is not a plain name"),
        ("a: !!python/object/apply:os.system [ls]", 1, "the tag"),
        ("a: !!str 1", 1, "the tag"),
        ("a: yes", 1, "two ways"),
        ("a: Off", 1, "two ways"),
        ("a: 010", 1, "the number 010"),
        ("a: 9999999999999999999", 1, "the number 9999999999999999999"),
        ("a: 1\nb: \x00", 2, "a character that no text has"),
        ("a: 0x1f", 1, "two ways"),
        ("a: 1e3", 1, "two ways"),
        ("a: 1_000", 1, "two ways"),
        ("a: 12:30", 1, "two ways"),
        ("a: .5", 1, "two ways"),
        ("a: 2026-02-30", 1, "no day"),
        ("? [a, b]\n: 1", 1, "a key that is not a plain name"),
        ("a: 1\n---\nb: 2", 2, "a second document"),
        ("a: [1", None, "not YAML"),
        ("a: \t- b\n\tc", None, "not YAML"),
        ("a: " + "[" * 30 + "]" * 30, 1, "too deep"),
        ("", None, "nothing in it"),
    ],
)
def test_what_has_no_one_meaning_is_refused(text, line, problem):
    with pytest.raises(policy.RulebookError) as caught:
        read(text)

    assert problem in caught.value.problem
    assert line is None or caught.value.line == line


@pytest.mark.parametrize("raw", [b"a: \xff", b"a" * ((1 << 20) + 1), b"a: \x00", b"[" * 100_000, b"- a"])
def test_what_is_no_rulebook_at_all_is_refused(raw):
    with pytest.raises(policy.RulebookError):
        policy.load(raw)


def test_all_that_has_no_one_meaning_is_told_at_once():
    with pytest.raises(policy.RulebookError) as caught:
        read("a: yes\nb: &x 1\nb: *x\nc: 2026-02-30\nd: fine\n")

    assert [(one.line, one.problem) for one in caught.value.problems] == [
        (1, "yes may be read in two ways"),
        (2, "the anchor &x"),
        (3, "the key b a second time"),
        (3, "the alias *x"),
        (4, "there is no day 2026-02-30"),
    ]


def test_a_text_that_is_nothing_but_mistakes_is_not_read_to_its_end():
    with pytest.raises(policy.RulebookError) as caught:
        read("[" + "yes, " * 100_000 + "yes]")

    assert len(caught.value.problems) == 101


def test_cases_are_read_as_yaml_guesses_but_as_strictly_otherwise():
    document = policy.read_cases("a: yes\nb: 0x1f\nc: 1e3\nd: 9:30-11:30\ne: 0.5\n")

    assert document.data == {"a": True, "b": 31, "c": "1e3", "d": "9:30-11:30", "e": Decimal("0.5")}
    with pytest.raises(policy.RulebookError, match="cases, line 2: the key a a second time"):
        policy.read_cases("a: 1\na: 2\n")
    with pytest.raises(policy.RulebookError, match="the anchor &a"):
        policy.read_cases(LAUGHS)
