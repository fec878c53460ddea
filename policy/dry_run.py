"""Run a draft over the past of many members, one after the other, and count what would have been decided otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from policy.errors import LineError, StoredFactsError
from policy.facts import VendorFacts
from policy.replay_lines import LineReader
from policy.replaying import MemberReplay
from policy.rulebook import Rulebook
from policy.tally import Tally

_SCAN: Final = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # it is there, the stubs leave it out


@dataclass(frozen=True, slots=True)
class DryRun:
    """What some members' past comes to under a draft."""

    tally: Tally
    member_ids: frozenset[str]


def run_draft(
    lines: Iterable[bytes | Mapping[str, Any]],
    rulebook: Rulebook,
    *,
    vendors: Mapping[str, VendorFacts] | None = None,
    first_day: date = date.min,
    last_day: date = date.max,
) -> DryRun:
    """Judge again what lines of a file of facts tell, as bytes or already read; only one member is held at a time.

    Raises:
        LineError: a line cannot be read, tells of something that was not said before, or of a member whose lines ended before.

    """
    run = _Run(rulebook, LineReader(vendors), first_day, last_day)
    number = 0
    try:
        for line in lines:
            number += 1
            run.take(_read(line) if isinstance(line, bytes) else line)
        run.count()
    except StoredFactsError as error:
        raise LineError(number, str(error)) from error
    except (ValueError, RecursionError) as error:  # of json: of Unicode too
        raise LineError(number, "this is no JSON object") from error
    return DryRun(run.tally, frozenset(run.seen))


def read_vendors(lines: Iterable[bytes]) -> dict[str, VendorFacts]:
    """Read the lines at the head of a file of facts, before its first member.

    Raises:
        LineError: a line cannot be read, or the first does not name the form.

    """
    reader = LineReader()
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            data = json.loads(line)
            if number == 1 and (type(data) is not dict or data.get("line") != "facts"):
                raise LineError(number, 'the first line is {"line": "facts", "form": 1}')
            if type(data) is dict and data.get("line") not in {"facts", "vendor"}:
                break
            reader.read(data)
        except StoredFactsError as error:
            raise LineError(number, str(error)) from error
        except (ValueError, RecursionError) as error:
            raise LineError(number, "this is no JSON object") from error
    if number == 0:
        raise LineError(1, 'the first line is {"line": "facts", "form": 1}')
    return reader.vendors


def _read(line: bytes) -> Any:  # noqa: ANN401 - what a line of JSON holds
    """Read a line at half the cost of `json.loads`, which first looks which encoding bytes are in."""
    text = line.decode()
    try:
        data, end = _SCAN(text, 0)
    except StopIteration as error:
        raise ValueError(text[:1]) from error
    if text[end:].strip():
        raise ValueError(end)
    return data


class _Run:
    """Goes from line to line, and from member to member."""

    def __init__(self, rulebook: Rulebook, reader: LineReader, first_day: date, last_day: date) -> None:
        self.tally = Tally.nothing()
        self.seen: set[str] = set()
        self._rulebook, self._reader = rulebook, reader
        self._first_day, self._last_day = first_day, last_day
        self._replay: MemberReplay | None = None

    def take(self, line: Any) -> None:  # noqa: ANN401 - what a line of JSON holds
        """Take the next line."""
        for step in self._reader.read(line):
            replay = self._replay
            if replay is None or replay.member_id != self._reader.member_id:
                replay = self._begin(self._reader.member_id or "")
            replay.take(step)

    def count(self) -> None:
        """Count the member whose lines are over."""
        if self._replay is not None:
            self._replay.finish()
            self.tally.count(self._replay.program, self._replay.decisions, self._replay.judged)

    def _begin(self, member_id: str) -> MemberReplay:
        self.count()
        if member_id in self.seen:
            raise StoredFactsError("member", "the lines of this member ended before", "all of them together")
        self.seen.add(member_id)
        self._replay = MemberReplay(self._rulebook, member_id, first_day=self._first_day, last_day=self._last_day)
        return self._replay
