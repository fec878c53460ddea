"""Read a condition word by word: what it names, and what a rulebook does not allow although CEL would."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from policy.errors import PolicyError
from policy.expression_facts import BY_NAME, HISTORY_FIELDS
from policy.facts import Stage
from policy.mistakes import did_you_mean, listed

MOST_LETTERS: Final = 1_000
MOST_WORDS: Final = 250
MOST_DEPTH: Final = 10
MOST_LOOPS: Final = 4
MOST_NUMBER: Final = 10**12

LOOPS: Final = ("all", "exists", "exists_one", "filter", "map")
FUNCTIONS: Final = ("date", "days", "year", "month", "weekday", "sum", "size", "contains", "startsWith", "endsWith")
OF_A_TEXT: Final = ("contains", "startsWith", "endsWith", "size")
CONSTANTS: Final = ("true", "false", "in")

_WORD = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |(?P<number>[0-9][0-9a-zA-Z_.]*)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]])""",
    re.VERBOSE,
)
_WHOLE = re.compile(r"0|[1-9][0-9]*")

OPERATORS: Final = {
    "_==_": "==",
    "_!=_": "!=",
    "_&&_": "&&",
    "_||_": "||",
    "!_": "!",
    "-_": "-",
    "_?_:_": "? :",
    "@in": "in",
    "_[_]": "[ ]",
}
TYPES: Final = {
    "int": "a whole number",
    "string": "a text",
    "bool": "true or false",
    "google.protobuf.Timestamp": "a day",
    "timestamp": "a day",
    "list(string)": "a list of texts",
    "map(string, int)": "numbers by name",
    "map(string, string)": "texts by name",
    "list(map(string, dyn))": "purchases",
    "dyn": "something of no known type",
}


class ConditionError(PolicyError):
    """A condition that a rulebook may not have."""

    def __init__(self, problem: str, expected: str) -> None:
        super().__init__(f"{problem} (expected {expected})")
        self.problem = problem
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a condition."""

    kind: str  # text, number, name, sign
    text: str


def words_of(condition: str) -> list[Word]:
    """Split a condition into its words.

    Raises:
        ConditionError: a letter that belongs to no word.

    """
    found: list[Word] = []
    at = 0
    while at < len(condition):
        match = _WORD.match(condition, at)
        if match is None:
            raise ConditionError(f"the condition can not be read at {condition[at : at + 10]!r}", "names, numbers, texts and signs")
        at = match.end()
        if match.lastgroup != "space":
            found.append(Word(str(match.lastgroup), match[0]))
    return found


def names_in(condition: str, known: Collection[str]) -> list[str]:
    """Return the facts that a condition names, each once, in the order of first use."""
    return list(dict.fromkeys(name for name in _paths(words_of(condition)) if name in known))


def refuse_what_is_not_allowed(condition: str) -> None:
    """Refuse what would cost too much, may fail on some day, or is not exact.

    Raises:
        ConditionError: the first such thing.

    """
    if len(condition) > MOST_LETTERS:
        raise ConditionError(f"the condition has {len(condition)} letters", f"at most {MOST_LETTERS}")
    words = words_of(condition)
    if len(words) > MOST_WORDS:
        raise ConditionError(f"the condition has {len(words)} words", f"at most {MOST_WORDS}")
    for number, word in enumerate(words):
        after = words[number + 1 : number + 3]
        _check_number(word)
        _check_division(word, after)
        _check_call(words, number)
    _check_loops(words)


def explain(refusal: str, names: Sequence[str], stages: Sequence[Stage]) -> ConditionError:
    """Say in plain words what the library refused."""
    unknown = re.search(r"undeclared reference to '([^']+)'", refusal)
    if unknown:
        name = unknown[1]
        if name in BY_NAME:
            where = " and ".join(sorted(BY_NAME[name].stages))
            return ConditionError(f"{name} is not known at stage {' and '.join(stages)}", f"a rule of stage {where}")
        return ConditionError(f"unknown name {name}{did_you_mean(name, names)}", "a fact: docs/rulebooks.md lists them")
    mismatch = re.search(r"no matching overload for '([^']+)' applied to '([^']*)'", refusal)
    if mismatch:
        sign = OPERATORS.get(mismatch[1], mismatch[1].strip("_"))
        parts = [TYPES.get(part, part) for part in _split(mismatch[2].replace(".(", ", ").removeprefix("(").removesuffix(")"))]
        return ConditionError(f"{sign} can not be used with {' and '.join(parts)}", "two of the same type" if len(parts) > 1 else "another")
    place = re.search(r"<input>:(\d+):(\d+)", refusal)
    where = f" at line {place[1]}, letter {place[2]} of it" if place else ""
    return ConditionError(f"the condition can not be read{where}", "a condition like request.amount_cents > 5000")


def _split(types: str) -> list[str]:
    """Split a list of types at the commas that are in no bracket."""
    parts, depth, part = [], 0, ""
    for letter in types:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return [*parts, part.strip()]


# ---- one thing each -------------------------------------------------------------------------------


def _check_number(word: Word) -> None:
    if word.kind == "number" and not (_WHOLE.fullmatch(word.text) and int(word.text) <= MOST_NUMBER):
        raise ConditionError(f"the number {word.text}", f"a whole number up to {MOST_NUMBER}: cents, days, or a count")


def _check_division(word: Word, after: Sequence[Word]) -> None:
    if word.text not in {"/", "%"} or word.kind != "sign":
        return
    by = after[0].text if after else "nothing"
    if not _WHOLE.fullmatch(by) or int(by) == 0:
        raise ConditionError(f"it divides by {by}, which may be zero", "a whole number above zero behind / and %, written out")


def _check_call(words: Sequence[Word], number: int) -> None:
    """Refuse a function that is not known, and a date that is none."""
    word, after = words[number], [one.text for one in words[number + 1 : number + 2]]
    if word.kind != "name" or after != ["("]:
        return
    if word.text not in {*LOOPS, *FUNCTIONS} and word.text not in CONSTANTS:
        known = (*FUNCTIONS, *LOOPS)
        raise ConditionError(f"unknown function {word.text}{did_you_mean(word.text, known)}", listed(known))
    if word.text == "date":
        inside = words[number + 2] if len(words) > number + 2 else Word("sign", "")
        if inside.kind != "text" or not _is_a_day(inside.text[1:-1]):
            raise ConditionError(f"date({inside.text})", 'a day written like date("2027-01-01")')


def _is_a_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_loops(words: Sequence[Word]) -> None:
    """Refuse depth without end, loops in loops, many loops, and what a purchase of the past does not say."""
    open_brackets: list[bool] = []  # is it that of a loop?
    loops: list[str] = []  # the name that each gives to the one it looks at
    for number, word in enumerate(words):
        if word.kind == "sign" and word.text in {"(", "["}:
            is_loop = number > 1 and words[number - 1].text in LOOPS and words[number - 2].text == "."
            if is_loop and any(open_brackets):
                raise ConditionError(f"a loop ({words[number - 1].text}) within a loop", "one loop at a time")
            if is_loop:
                loops += [one.text for one in words[number + 1 : number + 2]]
            open_brackets.append(is_loop)
            if len(open_brackets) > MOST_DEPTH:
                raise ConditionError("brackets within brackets, too deep", f"at most {MOST_DEPTH} levels")
        elif word.kind == "sign" and word.text in {")", "]"} and open_brackets:
            open_brackets.pop()
    if len(loops) > MOST_LOOPS:
        raise ConditionError(f"{len(loops)} loops", f"at most {MOST_LOOPS}")
    for path in _paths(words):
        owner, dot, name = path.partition(".")
        if owner in loops and dot and name not in {*HISTORY_FIELDS, *OF_A_TEXT}:
            raise ConditionError(f"{path}: a purchase of the past has no {name}", listed(HISTORY_FIELDS))


def _paths(words: Sequence[Word]) -> Iterator[str]:
    """Go through the names with the dots in them: request.amount_cents is one; a call behind a dot does not belong to it."""
    number = 0
    while number < len(words):
        path: list[str] = []
        while number < len(words) and words[number].kind == "name" and not (path and _is_call(words, number)):
            path.append(words[number].text)
            number += 1
            if number + 1 < len(words) and words[number].text == "." and not _is_call(words, number + 1):
                number += 1
            else:
                break
        if path:
            yield ".".join(path)
        else:
            number += 1


def _is_call(words: Sequence[Word], number: int) -> bool:
    return number + 1 < len(words) and words[number + 1].text == "("
