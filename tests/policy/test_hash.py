"""The hash of a rulebook names what it decides by: stored decisions hold it, so that it must be the same after every release."""

import policy

WRITTEN = """
rulebook: springfield
version: 7
title: Springfield Self-Directed Care
notes: nothing is decided by this
budget: {release: quarterly, period: [2026-07-01, 2027-06-30], rollover: none}
categories:
  WELL_GYM: {group: recovery_support, domains: [wellness, health], name: {en: gym, es: gimnasio}}
rules:
  S01:
    kind: category_cap
    severity: deny
    stage: authorize
    origin: documented
    source: County order 12
    message: {en: "The most is {cap_cents}.", es: "Lo más es {cap_cents}."}
    params: {caps: {WELL_GYM: 15000}}
    params_origin: illustrative
    effective_from: 2027-01-01
  S02:
    kind: approval_threshold
    severity: needs_approval
    stage: authorize
    approver: broker
    origin: illustrative
    source: ours
    message: {en: Ask first., es: Pregunte primero.}
    params: {over_cents: 5000}
"""
HASH = "1049d591ca9c6ec29107e072969c37fbf50a28494a12a040dbf9d5d805da96c4"
"""As version 0.2.0 of the service hashed it."""


def test_a_text_has_the_hash_that_it_had_when_decisions_were_stored():
    assert policy.load(WRITTEN).hash == HASH


def test_what_decides_nothing_is_not_in_the_hash():
    other = (
        WRITTEN.replace("version: 7", "version: 8").replace("title: Springfield", "title: The").replace("notes: nothing", "notes: naught")
    )

    assert policy.load(other).hash == HASH


def test_a_rule_for_what_waits_is_in_the_hash():
    marked = WRITTEN.replace("    params: {over_cents: 5000}", "    params: {over_cents: 5000}\n    applies_to_waiting: true")

    assert policy.load(marked).hash != HASH
