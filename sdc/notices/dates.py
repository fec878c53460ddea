"""The clocks of notices and appeals: calendar days, and the day of the event is not counted.

Where the numbers come from. Fee for service: 42 CFR 431.211 (ten days before an action), .213 (no advance notice when the
person signs that they no longer want the service), .231 (presumed received on day five, reinstated when asked within ten
days of that), .221(d) (a hearing within 90 days). Managed care: 42 CFR 438.210(d) (a standard decision within seven days
since January 2026), .402 (an appeal within 60 days), .408 (a state hearing within 120 days, as 12 VAC 30-120-650 has it),
.420 (help goes on when asked within ten days).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sdc.programs.model import NoticeProfile

ADVANCE_DAYS = 10
PRESUMED_RECEIPT_DAYS = 5
REINSTATE_DAYS = 10
HEARING_DAYS = 90
DECISION_DAYS = 7
APPEAL_DAYS = 60
CONTINUE_DAYS = 10
STATE_HEARING_DAYS = 120


@dataclass(frozen=True, slots=True)
class FeeForServiceDates:
    """What follows from the date of a notice where the state itself hears appeals."""

    presumed_received: date
    reinstate_if_asked_by: date
    hearing_last_day: date


@dataclass(frozen=True, slots=True)
class ManagedCareDates:
    """What follows from the date of a notice where the plan hears the first appeal."""

    appeal_last_day: date
    continue_if_appealed_by: date


def send_no_later_than(effective_on: date, *, is_asked_by_the_member: bool = False) -> date:
    """Tell the last day to send the notice of a cut: ten days ahead, or the day itself when the member signed for it."""
    return effective_on if is_asked_by_the_member else _after(effective_on, -ADVANCE_DAYS)


def fee_for_service_dates(issued_on: date) -> FeeForServiceDates:
    """Tell when a notice counts as received, until when help is reinstated, and the last day to ask for a hearing."""
    received_on = _after(issued_on, PRESUMED_RECEIPT_DAYS)
    return FeeForServiceDates(received_on, _after(received_on, REINSTATE_DAYS), _after(issued_on, HEARING_DAYS))


def managed_care_dates(issued_on: date) -> ManagedCareDates:
    """Tell the last day to appeal to the plan, and until when an appeal keeps help going."""
    return ManagedCareDates(_after(issued_on, APPEAL_DAYS), _after(issued_on, CONTINUE_DAYS))


def decide_by(received_on: date) -> date:
    """Tell the last day for a managed care plan to decide a standard request."""
    return _after(received_on, DECISION_DAYS)


def state_hearing_last_day(appeal_decided_on: date) -> date:
    """Tell the last day to ask the state for a hearing after a plan decided an appeal."""
    return _after(appeal_decided_on, STATE_HEARING_DAYS)


def appeal_by(issued_on: date, profile: NoticeProfile) -> date:
    """Tell the last day to appeal a no, by the profile of the program."""
    if profile is NoticeProfile.MANAGED_CARE:
        return managed_care_dates(issued_on).appeal_last_day
    return fee_for_service_dates(issued_on).hearing_last_day


def _after(day: date, days: int) -> date:
    return day + timedelta(days=days)
