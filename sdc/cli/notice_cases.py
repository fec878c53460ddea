"""One case of notices: what happened, in a sentence, and the dates and parts that must follow from it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sdc.notices import dates
from sdc.notices.model import NoticeKind
from sdc.notices.words import Reason, Refusal, notice_text
from sdc.programs.model import NoticeProfile

Facts = Mapping[str, object]
_DAY = r"(?P<on>\d{4}-\d{2}-\d{2})"
_ANY = "any"


def notice_differences(case: Mapping[str, Any]) -> list[str]:
    """Tell what does not come out as the case expects."""
    profile, what, expected = str(case.get("profile", _ANY)), str(case.get("what", "")), case.get("expect", {})
    for profiles, pattern, reckon in _KNOWN:
        found = re.fullmatch(pattern, what)
        if found and profile in {*profiles, _ANY}:
            on = found.groupdict().get("on")
            return _differences(expected, reckon(date.fromisoformat(on) if on else date.min))
    return [f"not built: {what!r} for the profile {profile}"]


def _differences(expected: Mapping[str, Any], got: Facts) -> list[str]:
    return [
        f"{name}: expected {_plain(value)}, got {_plain(got.get(name, 'nothing'))}"
        for name, value in expected.items()
        if name != "why" and _plain(got.get(name, "nothing")) != _plain(value)
    ]


def _plain(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, list | tuple) else str(value)


def _cut(on: date) -> Facts:
    return {"send_no_later_than": dates.send_no_later_than(on), "advance_needed": True, "notice": True}


def _no_longer_wanted(on: date) -> Facts:
    is_same_day = dates.send_no_later_than(on, is_asked_by_the_member=True) == on
    return {"send_no_later_than": "date_of_action" if is_same_day else "before", "advance_needed": not is_same_day, "notice": True}


def _denied(_: date) -> Facts:
    return _refused(NoticeKind.DENIAL)


def _declined(_: date) -> Facts:
    return _refused(NoticeKind.DECLINE)


def _refused(kind: NoticeKind) -> Facts:
    """Write a notice as the program does, and tell which parts it has in both languages."""
    refusal = Refusal({"en": "a purchase", "es": "una compra"}, 1_00)
    reasons = [Reason("G01", {"en": "It serves no goal.", "es": "No sirve a una meta."}, "42 CFR 441.470")]
    day, profile = date(2026, 10, 15), NoticeProfile.FEE_FOR_SERVICE
    texts = notice_text(kind, refusal, reasons, profile=profile, issued_on=day, appeal_by=dates.appeal_by(day, profile))
    parts = [name for name in texts["en"] if texts["en"][name] and texts["es"].get(name)]
    return {"notice": True, "advance_needed": False, "parts": parts}


def _approved(_: date) -> Facts:
    return {"notice": False}


_FEE, _MANAGED = ("fee_for_service",), ("managed_care",)
_BOTH = (*_FEE, *_MANAGED)
_KNOWN: Sequence[tuple[Sequence[str], str, Callable[[date], Facts]]] = (
    (_FEE, rf"budget cut effective {_DAY}", _cut),
    (_FEE, rf"notice dated {_DAY}", lambda on: asdict(dates.fee_for_service_dates(on))),
    (_FEE, rf"member writes and signs that services are no longer wanted on {_DAY}", _no_longer_wanted),
    (_MANAGED, rf"request received {_DAY} standard", lambda on: {"decide_by": dates.decide_by(on)}),
    (_MANAGED, rf"adverse notice dated {_DAY}", lambda on: asdict(dates.managed_care_dates(on))),
    (_MANAGED, rf"appeal decision dated {_DAY}", lambda on: {"state_hearing_last_day": dates.state_hearing_last_day(on)}),
    (_BOTH, r"(?:one|a) purchase denied\b.*", _denied),
    (_BOTH, r"(?:needs_approval|a request|a purchase)\b.*\bdeclined\b.*", _declined),
    (_BOTH, r"approval of a purchase", _approved),
)
"""Which sentences are understood, for which profiles, and what follows."""
