"""The clocks of notices and appeals, to the day."""

from datetime import date

from sdc.notices import dates
from sdc.programs.model import NoticeProfile


def test_a_cut_is_told_ten_days_ahead_unless_the_member_signed_for_it():
    assert dates.send_no_later_than(date(2026, 11, 30)) == date(2026, 11, 20)
    assert dates.send_no_later_than(date(2026, 11, 10), is_asked_by_the_member=True) == date(2026, 11, 10)


def test_a_fee_for_service_notice_counts_as_received_on_day_five_and_can_be_heard_for_ninety_days():
    clocks = dates.fee_for_service_dates(date(2026, 11, 20))

    assert clocks.presumed_received == date(2026, 11, 25)
    assert clocks.reinstate_if_asked_by == date(2026, 12, 5)
    assert clocks.hearing_last_day == date(2027, 2, 18)


def test_managed_care_decides_in_seven_days_hears_appeals_for_sixty_and_the_state_for_120():
    clocks = dates.managed_care_dates(date(2026, 10, 8))

    assert dates.decide_by(date(2026, 10, 1)) == date(2026, 10, 8)
    assert clocks.appeal_last_day == date(2026, 12, 7)
    assert clocks.continue_if_appealed_by == date(2026, 10, 18)
    assert dates.state_hearing_last_day(date(2026, 12, 2)) == date(2027, 4, 1)


def test_the_last_day_to_appeal_follows_the_programs_profile():
    assert dates.appeal_by(date(2026, 10, 15), NoticeProfile.FEE_FOR_SERVICE) == date(2027, 1, 13)
    assert dates.appeal_by(date(2026, 10, 15), NoticeProfile.MANAGED_CARE) == date(2026, 12, 14)
