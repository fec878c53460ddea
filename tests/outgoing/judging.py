"""Finds in what was sent the words that must not be, however they are written: plain, in an address, in a form or in JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SHORTEST: Final = 5
FEWEST_DIGITS: Final = 9
ALWAYS: Final = (
    *("medicaid", "medicare", "therapy", "mental", "wellness", "recovery", "diagnos", "disabil", "health", "behavioral"),
    *("member", "purchase", "budget", "county", "self-directed", "goal"),
)
"""Told or not, no part of a word that leaves."""
CATEGORY: Final = re.compile(r"\b[A-Z]{4}_[A-Z]{2,}[A-Z_]*\b")
"""The code of a category of service, as rulebooks write them."""
ID: Final = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
OUR_OWN: Final = frozenset({"account", "amount", "application", "currency", "metadata", "payment", "payments", "transfer", "vendor pmt"})
"""What the rail itself says in every request: that a test says it in confidence tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A word that left, and what it stood in."""

    word: str
    where: str

    def __str__(self) -> str:
        return f"{self.word!r} left in {self.where!r}"


def leaks(folder: Path) -> list[Leak]:
    """Read what all processes of a run kept, and name each word that left."""
    sent = b"".join(file.read_bytes() for file in sorted(folder.glob("*.sent")))
    words = {json.loads(line) for file in sorted(folder.glob("*.words")) for line in file.read_bytes().splitlines()}
    text = _every_way(sent)
    lower = text.lower()
    found = [(word, _place(lower, word.lower())) for word in sorted(words) if _is_telling(word)]
    found += [(word, lower.find(word)) for word in ALWAYS]
    found += [(code[0], code.start()) for code in CATEGORY.finditer(text)]
    return [Leak(word, text[max(0, place - 60) : place + 60]) for word, place in (*found, *_ids(lower, words)) if place >= 0]


def _every_way(sent: bytes) -> str:
    """Write what was sent as it stands, and again as a reader of addresses, forms and JSON would read it."""
    plain = sent.decode("utf-8", "replace")
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)
    return "\n".join({plain: 0, unescaped: 0, unquote_plus(plain): 0})


def _is_telling(word: str) -> bool:
    """Leave out what would be found by chance: short words, amounts, and words that every request has."""
    if ID.fullmatch(word.lower()):
        return False  # looked for apart
    return len(word.strip()) >= SHORTEST and word.lower() not in OUR_OWN and not (word.isdigit() and len(word) < FEWEST_DIGITS)


def _place(text: str, word: str) -> int:
    """Find a word that stands by itself, or nothing (-1)."""
    place = text.find(word)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(word) : place + len(word) + 1]
        if not (before.isalnum() and word[0].isalnum()) and not (after.isalnum() and word[-1].isalnum()):
            return place
        place = text.find(word, place + 1)
    return -1


def _ids(text: str, words: Iterable[str]) -> Iterable[tuple[str, int]]:
    secret = {word.replace("-", "").lower() for word in words if ID.fullmatch(word.lower())}
    return [(found[0], found.start()) for found in ID.finditer(text) if found[0].replace("-", "") in secret]
