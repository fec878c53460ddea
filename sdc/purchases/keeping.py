"""Keep a decision with everything it was made of, so that it can be made again, and open it for that.

The facts lie open, as data that an auditor reads. Somebody's free words in them are sealed beside, with the decision: what a purchase says
may be rewritten later, and an older decision still has to be made from what it said then.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import policy
from sdc.crypto import KeyRing
from sdc.errors import SdcError
from sdc.purchases.model import DecisionRecord

WORDS_COLUMN = "decisions.words"
SEALED = "(sealed)"
"""What stands among the open facts where there are words."""

WORDS = {"request": ("memo_to_vendor", "quote_reason", "sole_source_note"), "reserve": ("purpose",)}
"""The facts that are somebody's own words, by the part they belong to."""


class WordsNotKeptError(SdcError):
    """A decision was stored without the words it was made of: before version 0.3 only the purchase kept them, and lost older ones."""


def keep_decision(
    rulebook: policy.Rulebook,
    facts: policy.Facts,
    decision: policy.Decision,
    *,
    id: UUID,
    program_id: UUID,
    subject_id: UUID,
    because: str,
    remedies: list[Any],
    keyring: KeyRing | None = None,
    by: UUID | None,
    at: datetime,
) -> DecisionRecord:
    """Write down a decision with its facts; `keyring` seals the words among them, and may be left out where there are none."""
    data, words = _apart(policy.facts_to_data(facts))
    assert keyring is not None or not words, "words are kept sealed"
    return DecisionRecord(
        id=id,
        program_id=program_id,
        subject_id=subject_id,
        stage=decision.stage,
        because=because,
        outcome=decision.outcome,
        rulebook_name=decision.rulebook_name,
        rulebook_version=decision.rulebook_version,
        rulebook_hash=decision.rulebook_hash,
        with_rules_of=rulebook.with_rules_of,
        decision=decision.to_data(),
        facts=data,
        words_sealed=keyring.seal(json.dumps(words, ensure_ascii=False), WORDS_COLUMN, id) if keyring is not None and words else None,
        remedies=remedies,
        decided_by=by,
        decided_at=at,
    )


def open_facts(record: DecisionRecord, keyring: KeyRing) -> policy.Facts:
    """Read the facts that a decision was made of, its words among them.

    Raises:
        WordsNotKeptError: there were words, and the decision does not hold them.
        CannotOpenError: its words belong elsewhere, or were changed.
        StoredFactsError: the facts cannot be read.

    """
    words: dict[str, dict[str, str]] = {}
    if record.words_sealed is not None:
        words = json.loads(keyring.open(record.words_sealed, WORDS_COLUMN, record.id))
    data = dict(record.facts)
    for part, names in WORDS.items():
        if not isinstance(data.get(part), dict):
            continue
        said = {name: SEALED for name in names if data[part].get(name) == SEALED} | words.get(part, {})
        if record.words_sealed is None and said:
            raise WordsNotKeptError(record.id)
        data[part] = data[part] | said
    if "form" not in data:  # version 0.2 did not say so among the facts
        data["refused_by_books"] = record.because == "balance"
    return policy.facts_from_data(data)


def _apart(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Part the words from the facts; a mark stays where they were."""
    words = {
        part: {name: data[part][name] for name in names if data[part][name]} for part, names in WORDS.items() if data[part] is not None
    }
    words = {part: said for part, said in words.items() if said}
    return data | {part: data[part] | dict.fromkeys(said, SEALED) for part, said in words.items()}, words
