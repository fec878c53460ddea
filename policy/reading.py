"""Read the YAML of a rulebook strictly: one meaning for each text, and the line of everything in it.

A plain word is text, a whole number, an exact decimal, a date, `true`, `false` or `null`; whatever YAML would guess beyond that (yes,
1e3, 0o17, 12:30) has to be quoted, or is read as YAML does where the caller says so (cases). Aliases, anchors, tags, a key twice, more
than one document, and depth without end are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import yaml

from policy.errors import Problem, RulebookError

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 20
MAX_PROBLEMS: Final = 100
QUOTED: Final = "YAML: a text with braces, a colon or # in it needs quotes"

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # only its parser is used

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,9}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GUESSED = re.compile(
    r"(yes|no|on|off|y|n|true|false|null)|[-+]?[.0-9][0-9_.,]*(e[-+]?[0-9]+)?|[-+]?0[xob]?[0-9a-f_]+|[-+]?[0-9]+(:[0-9]+)+",
    re.IGNORECASE,
)
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None, "~": None, "": None}

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """What a YAML text holds, and on which line each part of it stands."""

    source: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """Return the line of a part, or of the nearest part around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path)


def read(
    text: str | bytes,
    *,
    source: str = "rulebook",
    max_bytes: int = MAX_BYTES,
    as_yaml_guesses: bool = False,
    problems: list[Problem] | None = None,
) -> Document:
    """Read one document. Mistakes after which the rest can still be read go into `problems`, when it is given.

    Raises:
        RulebookError: it is too large, not UTF-8, not YAML, or uses what is refused here.

    """
    found: list[Problem] = [] if problems is None else problems
    raw = text.encode() if isinstance(text, str) else text
    if len(raw) > max_bytes:
        raise RulebookError(f"{len(raw)} bytes", expected=f"at most {max_bytes}", source=source)
    try:
        decoded = raw.decode()
    except UnicodeDecodeError as error:
        raise RulebookError("not UTF-8", expected="a text in UTF-8", source=source) from error
    document = Document(source)
    try:
        events = yaml.parse(decoded, Loader=LOADER)
        _Reader(document, events, found, as_yaml_guesses=as_yaml_guesses).read()
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise RulebookError(f"not YAML: {error.problem}", expected=QUOTED, line=line, source=source) from error
    except yaml.reader.ReaderError as error:
        line = decoded.count("\n", 0, error.position) + 1
        raise RulebookError("a character that no text has", expected="letters, digits and signs", line=line, source=source) from error
    except yaml.YAMLError as error:
        raise RulebookError("not YAML", expected=QUOTED, source=source) from error
    if found and problems is None:
        raise RulebookError.of(found)
    return document


class _Reader:
    """Builds plain data from the parser's events."""

    def __init__(self, document: Document, events: Iterator[Any], problems: list[Problem], *, as_yaml_guesses: bool) -> None:
        self.document = document
        self.events = events
        self.problems = problems
        self.as_yaml_guesses = as_yaml_guesses

    def read(self) -> None:
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.refusal(event, "a second document", "one document")
            elif isinstance(event, yaml.NodeEvent):
                self.document.data = self.value(event, ())
        if documents == 0:
            raise RulebookError("nothing in it", expected="fields and their values", source=self.document.source)

    def value(self, event: Any, path: Path) -> Any:  # noqa: ANN401 - YAML holds anything
        if isinstance(event, yaml.AliasEvent):
            return self.note(event, f"the alias *{event.anchor}", "the value itself")
        if event.anchor is not None:
            self.note(event, f"the anchor &{event.anchor}", "no anchors")
        if event.tag is not None:
            self.note(event, f"the tag {event.tag}", "no tags")
        if len(path) > MAX_DEPTH:
            raise self.refusal(event, "too deep", f"at most {MAX_DEPTH} levels")
        self.document.lines[path] = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        return self.mapping(path) if isinstance(event, yaml.MappingStartEvent) else self.sequence(path)

    def mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event)
            if key in found:
                self.note(event, f"the key {key} a second time", "each key once")
                self.value(next(self.events), (*path, f"{key}, again"))
                continue
            found[key] = self.value(next(self.events), (*path, key))
            self.document.lines[*path, key] = event.start_mark.line + 1
        return found

    def sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self.value(event, (*path, len(found))))
        return found

    def key(self, event: Any) -> str:  # noqa: ANN401 - see value
        if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None or event.value == "<<":
            raise self.refusal(event, "a key that is not a plain name", "a name")
        return event.value

    def scalar(self, event: Any) -> Any:  # noqa: ANN401 - see value
        text: str = event.value
        if event.style:  # quoted, or a block: text whatever it looks like
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
        return self.guessed(event) if _GUESSED.fullmatch(text) else self.day_or_text(event)

    def day_or_text(self, event: Any) -> date | str | None:  # noqa: ANN401 - see value
        text: str = event.value
        if not _DATE.fullmatch(text):
            return text
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.note(event, f"there is no day {text}", "a date")
            return None

    def guessed(self, event: Any) -> Any:  # noqa: ANN401 - see value
        """Return what YAML takes a plain word for (yes for true, 0x1f for 31), where that is wanted."""
        if not self.as_yaml_guesses and event.value.isdecimal():
            return self.note(event, f"the number {event.value}", "at most 18 digits, and no 0 in front")
        if not self.as_yaml_guesses:
            return self.note(event, f"{event.value} may be read in two ways", "a plain number, true, false, or quotes around it")
        return yaml.safe_load(event.value)  # a plain word alone: no alias, tag or collection can be in it

    def note(self, event: Any, problem: str, expected: str) -> None:  # noqa: ANN401 - see value
        """Note a mistake after which one can read on."""
        self.problems.append(Problem(problem, expected, event.start_mark.line + 1, self.document.source))
        if len(self.problems) > MAX_PROBLEMS:
            raise RulebookError.of(self.problems)

    def refusal(self, event: Any, problem: str, expected: str) -> RulebookError:  # noqa: ANN401 - see value
        return RulebookError(problem, expected=expected, line=event.start_mark.line + 1, source=self.document.source)
