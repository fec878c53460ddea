"""Money: every limit lets its own amount pass, and not a cent more."""

import pytest

from tests.policy.questions import BROKER, a_bus_card, a_gym_month, ask, outcome, spent, yes


def dental(cents: int, **changes):
    return {"category": "HLTH_DENTAL", "cents": cents, "vendor": "V-DENT", "goal": "G-WELL", "quotes": 2, **changes}


@pytest.mark.parametrize(("cents", "denied"), [(159600, []), (159601, ["B01"])])
def test_the_account_of_today_is_the_limit(cents, denied):
    request = {"category": "CLIN_THERAPY", "cents": cents, "quantity": 20, "vendor": "V-THER", "goal": "G-WELL", "unit_price": cents // 20}

    decision = ask(request={**request, "delivery_cents": cents % 20})

    assert decision.rules("deny") == denied


def test_savings_are_the_limit_of_what_is_bought_from_them():
    given = {"budget": {"reserved_cents": 3000}}

    assert ask(given=given, request={**a_bus_card(), "from": "saved"}).outcome == "approve"
    assert ask(given=given, request={**a_bus_card(cents=3001), "from": "saved"}).rules("deny") == ["B01"]
    assert ask(given=given, request={**a_bus_card(), "from": "saved"}).available_cents == 3000


def test_a_later_day_of_purchase_opens_no_later_quarter():
    decision = ask(given={"holds": [spent("CLIN_THERAPY", 159600, "2026-10-01", "V-THER")]}, request=a_bus_card(purchase_date="2027-04-01"))

    assert decision.rules("deny") == ["B01"]


@pytest.mark.parametrize(("cents", "denied"), [(5000, []), (5001, ["B02"])])
def test_a_cap_counts_what_is_spent_and_what_is_held(cents, denied):
    given = {
        "posted": [spent("WELL_GYM", 25000, "2026-12-01", "V-GYM")],
        "holds": [spent("WELL_GYM", 30000, "2027-01-01", "V-GYM")],
        "lines": {"WELL_GYM": 60000},
    }

    assert ask(as_of="2027-02-10T12:00", given=given, request=a_gym_month(cents=cents), approvals=[BROKER]).rules("deny") == denied


def test_last_year_does_not_count_against_this_years_cap():
    given = {"posted": [spent("WELL_GYM", 60000, "2026-06-30", "V-GYM")]}

    assert ask(given=given, request=a_gym_month()).outcome == "approve"


def test_the_share_for_therapy_binds_only_who_has_no_insurance():
    full = {"posted": [spent("HLTH_DENTAL", 165984, "2026-12-01", "V-DENT")]}

    assert ask(as_of="2027-05-10T12:00", given=full, request=a_bus_card()).rules("deny") == ["B03"]
    assert ask(as_of="2027-05-10T12:00", given=full | {"member": {"funding": "insured"}}, request=a_bus_card()).rules("deny") == []


def test_therapy_itself_is_not_bound_by_its_share():
    full = {"posted": [spent("HLTH_DENTAL", 165984, "2026-12-01", "V-DENT")]}
    request = {"category": "CLIN_THERAPY", "cents": 5000, "vendor": "V-THER", "goal": "G-WELL"}

    assert ask(as_of="2027-05-10T12:00", given=full, request=request).outcome == "approve"


@pytest.mark.parametrize(
    ("as_of", "posted", "warned"),
    [
        ("2026-04-05T12:00", 140000, []),  # day 36 of 365: not a tenth of the year
        ("2026-04-06T12:00", 140000, ["B04"]),  # day 37
        ("2026-07-31T12:00", 248465, []),  # 251465 of 400000 against 1.5 * 153 / 365
        ("2026-07-31T12:00", 248507, ["B04"]),
    ],
)
def test_money_that_goes_faster_than_the_year_is_pointed_at(as_of, posted, warned):
    given = {"posted": [spent("EDUC_TUITION", posted, "2026-03-20", "V-COLL")]}
    request = {"category": "TRAN_RIDE", "cents": 3000, "vendor": "V-BUS", "goal": "G-WORK"}

    assert ask("TX-M1", as_of=as_of, given=given, request=request).rules("warn") == warned


@pytest.mark.parametrize(("moved", "cents", "needed"), [(0, 3600, []), (0, 3601, ["B06"]), (3000, 600, []), (3000, 601, ["B06"])])
def test_a_tenth_of_a_line_moves_freely_in_all(moved, cents, needed):
    given = {"moved_from_line": {"WELL_GYM": moved}}
    request = {"from_line": "WELL_GYM", "to_line": "TRAN_TRANSIT", "cents": cents}

    assert ask(stage="transfer", given=given, request=request).rules("needs_approval") == needed
    assert ask(stage="transfer", given=given, request=request, approvals=[BROKER]).outcome == "approve"
    own = ask(stage="transfer", given=given, request={**request, "submitted_by": "BR-FL1"}, approvals=[BROKER])
    assert own.rules("needs_approval") == needed


@pytest.mark.parametrize(("cents", "denied"), [(3000, []), (3001, ["B13"])])
def test_a_line_gives_only_what_it_has_left(cents, denied):
    given = {"holds": [spent("WELL_GYM", 33000, "2026-09-01", "V-GYM")]}

    decision = ask(stage="transfer", given=given, request={"from_line": "WELL_GYM", "to_line": "TRAN_TRANSIT", "cents": cents})

    assert decision.rules("deny") == denied


def test_a_line_that_is_not_there_gives_nothing():
    decision = ask(stage="transfer", request={"from_line": "PET_CARE", "to_line": "TRAN_TRANSIT", "cents": 1})

    assert decision.rules("deny") == ["B13"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"cents": 10000, "purpose": "ramp", "goal": "G-HOME"}, ("approve", [], [], [])),
        ({"cents": 10001, "purpose": "ramp", "goal": "G-HOME"}, ("needs_approval", [], ["B07"], [])),
        ({"cents": 5000, "purpose": "  ", "goal": "G-HOME"}, ("deny", ["B08"], [], [])),
        ({"cents": 5000, "purpose": "ramp", "goal": "G-NONE"}, ("deny", ["B08"], [], [])),
        ({"cents": 140001, "purpose": "ramp", "goal": "G-HOME"}, ("deny", ["B12"], ["B07"], [])),
    ],
)
def test_saving_has_a_cap_a_purpose_and_the_money(request_, expected):
    assert outcome(ask("WA-M1", stage="reserve", given={"budget": {"reserved_cents": 340000}}, request=request_)) == expected


def test_only_the_payer_lets_more_be_saved():
    request = {"cents": 10001, "purpose": "ramp", "goal": "G-HOME"}
    given = {"budget": {"reserved_cents": 340000}}

    assert ask("WA-M1", stage="reserve", given=given, request=request, approvals=[yes("DIR-1", "director")]).outcome == "needs_approval"
    assert ask("WA-M1", stage="reserve", given=given, request=request, approvals=[yes("PAY-WA", "payer")]).outcome == "approve"


@pytest.mark.parametrize(("cents", "denied"), [(5000, []), (5001, ["B09"])])
def test_freedom_funds_are_what_closed_months_earned_and_nothing_used(cents, denied):
    given = {"posted": [spent("EDUC_CLASS", 135000, "2026-06-01", "V-COLL")]}
    request = {"category": "SOCL_ART", "cents": cents, "vendor": "V-SHOP", "goal": "G-SOC"}

    decision = ask("PA-M1", as_of="2026-11-05T12:00", given=given, request=request)

    assert decision.rules("deny") == denied
    assert decision.available_cents == 5000


def test_a_dear_month_takes_nothing_away_from_freedom_funds():
    given = {"budget": {"closed_months": {"2026-01": 117000, "2026-02": 999999}}}
    request = {"category": "SOCL_ART", "cents": 3000, "vendor": "V-SHOP", "goal": "G-SOC"}

    assert ask("PA-M1", as_of="2026-11-05T12:00", given=given, request=request).outcome == "approve"


@pytest.mark.parametrize(("cents", "needed"), [(14000, []), (14001, ["B10"])])
def test_one_vendor_gets_half_a_budget_before_someone_looks(cents, needed):
    given = {"posted": [spent("HLTH_DENTAL", 145600, "2026-08-01", "V-DENT")], "lines": {"HLTH_DENTAL": 300000}}

    assert ask(as_of="2027-05-10T12:00", given=given, request=dental(cents), approvals=[BROKER]).rules("needs_approval") == needed


@pytest.mark.parametrize(("cents", "needed"), [(39600, []), (39601, ["B11"])])
def test_a_line_may_be_passed_by_a_tenth(cents, needed):
    decision = ask(request=a_gym_month(cents=cents), approvals=[])

    assert [rule for rule in decision.rules("needs_approval") if rule != "A01"] == needed
