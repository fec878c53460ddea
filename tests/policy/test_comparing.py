"""What changed between two rulebooks is told in words, in both languages, and nothing that decides is left out."""

import re

import pytest

import policy
from policy.telling import PARAMETERS
from tests.policy.questions import PROGRAMS, book, text

FLORIDA = text("florida")
BASE = text("base")


def florida(*changes: tuple[str, str], base: tuple[tuple[str, str], ...] = ()) -> policy.Rulebook:
    """Load Florida's rulebook, or its base, with some words in place of others."""
    return policy.load(_with(FLORIDA, changes), bases={"base": _with(BASE, base)})


def _with(written: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert old in written, old
        written = written.replace(old, new, 1)
    return written


def told(*changes: tuple[str, str], base: tuple[tuple[str, str], ...] = ()) -> list[tuple[str | None, str, str]]:
    """Tell in English what these words change."""
    return [(one.rule, one.what, one.en) for one in policy.differences(florida(), florida(*changes, base=base))]


def test_nothing_changed():
    assert policy.differences(florida(), florida()) == ()


def test_a_limit_is_told_in_dollars_in_both_languages():
    (change,) = policy.differences(florida(), florida(("A01: {params: {over_cents: 5000}", "A01: {params: {over_cents: 4000}")))

    assert (change.rule, change.what) == ("A01", "limit")
    assert change.en == "Rule A01: the amount above which it speaks changed from $50.00 to $40.00."
    assert change.es == "Regla A01: la cantidad por encima de la cual se aplica cambió de $50.00 a $40.00."


CHANGES = {
    "a limit of a category": (
        (("WELL_GYM: 60000", "WELL_GYM: 55000"),),
        (),
        [("B02", "limit", "Rule B02: the limit for gym changed from $600.00 to $550.00.")],
    ),
    "a limit that is new": (
        (("{WELL_GYM: 60000", "{COMM_PHONE: 1000, WELL_GYM: 60000"),),
        (),
        [("B02", "limit", "Rule B02: the limit for phone changed from none to $10.00.")],
    ),
    "a share": (
        (("min_clinical_share: 0.48", "min_clinical_share: 0.455"),),
        (),
        [("B03", "limit", "Rule B03: the share for care changed from 48% to 45.5%.")],
    ),
    "days": ((("max_days: 90", "max_days: 60"),), (), [("D03", "limit", "Rule D03: the days in which to bill changed from 90 to 60.")]),
    "how many": (
        (("{max: 1, window_months: 36}", "{max: 2, window_months: 36}"),),
        (),
        [("U03", "limit", "Rule U03: how many are allowed for computer changed from 1 in 36 months to 2 in 36 months.")],
    ),
    "yes or no": (
        (("reimbursement_allowed: true", "reimbursement_allowed: false"),),
        (),
        [("P07", "limit", "Rule P07: paying a member back changed from allowed to not allowed.")],
    ),
    "a list": (
        (("categories: [HOUS_RENT, PET_CARE]", "categories: [PET_CARE, SOCL_EVENT]"),),
        (),
        [("P15", "limit", "Rule P15: the kinds of things it is about: now also events; no longer rent.")],
    ),
    "who has to say yes": (
        (("A02: {params: {over_cents: 50000}, approver: director", "A02: {params: {over_cents: 50000}, approver: payer"),),
        (),
        [("A02", "approver", "Rule A02: whose yes it takes changed from a program manager to the payer.")],
    ),
    "dates": (
        (("A01: {params", "A01: {effective_from: 2027-01-01, params"),),
        (),
        [("A01", "dates", "Rule A01: its first day changed from no day to January 1, 2027.")],
    ),
    "what waits": (
        (("A01: {params", "A01: {applies_to_waiting: true, params"),),
        (),
        [("A01", "waiting", "Rule A01: It is also asked of what an older version judged and still waits or is billed.")],
    ),
    "money": (
        (("release: quarterly", "release: monthly"),),
        (),
        [(None, "budget", "How money is released changed from a quarter at a time to a month at a time.")],
    ),
    "the period": (
        (("2027-06-30", "2027-07-31"),),
        (),
        [
            (
                None,
                "budget",
                "The period of the budget changed from July 1, 2026 to June 30, 2027 to July 1, 2026 to July 31, 2027.",
            )
        ],
    ),
    "a title": (
        (("title: Florida Self-Directed Care", "title: Florida Care"),),
        (),
        [(None, "title", "The title changed from Florida Self-Directed Care to Florida Care.")],
    ),
    "a category's name": (
        (),
        (("name: {en: gym,", "name: {en: the gym,"),),
        [(None, "category", "The name of WELL_GYM changed from \u201cgym\u201d to \u201cthe gym\u201d.")],
    ),
    "a category's goals": (
        (),
        (("WELL_GYM: {group: recovery_support, domains: [wellness, health]", "WELL_GYM: {group: recovery_support, domains: [wellness]"),),
        [(None, "category", "The goals that gym (WELL_GYM) serves changed from health, wellness to wellness.")],
    ),
    "a new category": (
        (),
        (("categories:\n", "categories:\n  SOCL_BOOK: {group: recovery_support, domains: [any], name: {en: books, es: libros}}\n"),),
        [(None, "category", "New kind of thing to buy: books (SOCL_BOOK).")],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_kind_of_change_is_told(name):
    changes, base, words = CHANGES[name]

    assert told(*changes, base=base) == words


def test_a_rule_that_is_gone_and_one_that_is_new_are_told_with_their_words():
    gone, back = (("disabled: [P14,", "disabled: [P01, P14,"),), (("disabled: [P14, B09, A05]", "disabled: [P14, B09]"),)

    ((rule, what, words),) = told(*gone)
    ((new_rule, new_what, new_words),) = told(*back)

    assert (rule, what, new_rule, new_what) == ("P01", "removed", "A05", "added")
    assert words.startswith("Rule P01 is gone. It said: ")
    assert new_words.startswith("Rule A05 is new: it waits for a person or an event, when something is asked for. It says: ")
    assert "{" not in new_words


def test_severity_stage_words_and_source_are_told():
    rule = BASE[BASE.index("\n  V03:") : BASE.index("\n  V04:")]
    changed = rule.replace("severity: deny", "severity: warn").replace("stage: [authorize, pay]", "stage: pay")
    changed = re.sub(r"en: .*", "en: No.", changed, count=1)
    changed = re.sub(r"source: .*", "source: a county order", changed, count=1)

    found = {what: words for rule_id, what, words in told(base=((rule, changed),)) if rule_id == "V03"}

    assert found.keys() == {"severity", "stage", "words", "source"}
    assert found["severity"] == "Rule V03: what it does changed from it says no to it only warns."
    assert (
        found["stage"] == "Rule V03: when it is asked changed from when something is asked for and when a bill comes to when a bill comes."
    )


def test_a_condition_is_told_as_it_is_written():
    said = "kind: expression, severity: deny, stage: authorize, origin: illustrative, source: ours, message: {en: No., es: No.}"
    rulebook = "rulebook: x\ninherits: base\nrules:\n  Z01: {%s, params: {condition: request.unit_price_cents > %d}}\n"
    old, new = (policy.load(rulebook % (said, cents), bases={"base": BASE}) for cents in (500, 600))

    (change,) = policy.differences(old, new)

    assert change.en == "Rule Z01: the condition changed from request.unit_price_cents > 500 to request.unit_price_cents > 600."


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_the_hash_is_told(name):
    changes, base, _ = CHANGES[name]
    new = florida(*changes, base=base)

    assert name == "a title" or new.hash != florida().hash
    assert policy.differences(new, florida())


@pytest.mark.parametrize("old", PROGRAMS)
@pytest.mark.parametrize("new", PROGRAMS)
def test_any_two_programs_can_be_compared(old, new):
    found = policy.differences(book(old), book(new))

    assert bool(found) == (old != new)
    assert all(one.en.endswith(".") and one.es.endswith(".") and "{" not in one.en for one in found)


def test_every_parameter_of_every_kind_has_a_plain_name():
    named = {name for kind in policy.KINDS.values() for name in kind.params.model_fields}

    assert named - PARAMETERS.keys() == set()


# ---- an older version with what a newer one says about what waits ---------------------------------


def written(source: str, version: int) -> policy.Written:
    return policy.Written(source, {"base": BASE}, "florida", version)


LOWER = FLORIDA.replace("A01: {params: {over_cents: 5000}", "A01: {params: {over_cents: 4000}")
LENT = LOWER.replace("A01: {params", "A01: {applies_to_waiting: true, params")


def test_a_newer_version_that_lends_nothing_leaves_the_older_as_it_is():
    between = policy.load_between(written(FLORIDA, 1), written(LOWER, 2))

    assert (between.hash, between.version, between.with_rules_of) == (florida().hash, 1, None)


def test_a_rule_that_is_lent_takes_the_place_of_the_older_one():
    between = policy.load_between(written(FLORIDA, 1), written(LENT, 2))

    assert (between.version, between.with_rules_of) == (1, 2)
    assert between.parameter("A01", "over_cents") == 4_000
    assert list(between.rules) == list(florida().rules)
    assert between.hash != florida().hash


def test_a_rule_that_is_only_marked_is_not_another_rule():
    marked = FLORIDA.replace("A01: {params", "A01: {applies_to_waiting: true, params")

    between = policy.load_between(written(FLORIDA, 1), written(marked, 2))

    assert (between.hash, between.with_rules_of) == (florida().hash, None)


def test_a_rule_that_the_newer_version_turned_off_is_not_lent():
    off = LENT.replace("disabled: [P14,", "disabled: [A01, P14,")

    assert policy.load_between(written(FLORIDA, 1), written(off, 2)).parameter("A01", "over_cents") == 5_000


def test_a_rule_that_the_older_version_turned_off_is_lent():
    off = FLORIDA.replace("disabled: [P14,", "disabled: [A01, P14,")

    assert policy.load_between(written(off, 1), written(LENT, 2)).parameter("A01", "over_cents") == 4_000
