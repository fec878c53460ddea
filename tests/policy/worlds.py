"""Draw cases of the shipped form: a request that could pass, and up to four things about it that some rule looks at."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from tests.policy.questions import MEMBERS, fixtures

Case = dict[str, Any]

CARDS = {"CLIN_THERAPY": "clinical_license", "CLIN_PEER": "peer_cert", "HLTH_DENTAL": "dental_license"}
ENDS = [*range(9), *range(9), 30, 31, 32, 33, 59, 60, 61, 62, 89, 90, 91, 92, 149, 150, 151, 152, 364, 365, 366, 730, 731, 1095, 1096]
LIMITS = [100, 5000, 7500, 10000, 20000, 25001, 30000, 40000, 50000, 75000, 100000, 150000, 250000]
MEMOS = ["", "dues", "REHAB week", "My Mental Health", "medic aid", "detoxed", "for my Bipolar group"]
PEOPLE = ["BR-FL1", "BR-TX1", "BR-PA1", "DIR-FL", "DIR-TX", "PAY-FL", "PAY-PA", "P-SIS", "P-BRFAM", "V-GYM", "FL-M1", "TX-M1"]
TAGS = [
    *("alcohol", "lottery", "cannabis", "weapon", "debt", "gift_card", "experimental", "medication", "inpatient", "vacation", "donation"),
    *("vehicle_purchase", "warranty", "copay", "fragile"),
]


def draw(chance: Random) -> Case:
    """Return a case; the same chance gives the same one."""
    member = chance.choice(sorted(MEMBERS))
    budget = fixtures()["budgets"][member]
    day = budget["from"] + timedelta(days=chance.randrange(365))
    if chance.random() < 0.05:
        day = chance.choice([budget["from"], budget["to"]]) + timedelta(days=chance.choice([-32, -1, 0, 1, 32]))
    as_of = datetime.combine(day, time(chance.choice([0, 9, 12, 23]), chance.choice([0, 30, 59])))
    stage = chance.choice(["authorize"] * 7 + ["pay", "transfer", "reserve"])
    case: Case = {"id": "drawn", "member": member, "as_of": as_of.isoformat(), "stage": stage, "given": {}, "approvals": []}
    case["request"] = {"authorize": _request, "pay": _bill, "transfer": _move, "reserve": _saving}[stage](chance, member, day)
    for change in chance.choices(CHANGES, k=chance.randrange(5)):
        change(chance, case, day)
    if stage == "pay":
        _vendor(case)["screened_on"] = day - timedelta(days=chance.choice([0, 30, 31, 32]))
    for _ in range(chance.choice([0, 0, 1, 1, 2, 3])):
        case["approvals"].append({"by": chance.choice(PEOPLE[:7] if chance.random() < 0.8 else PEOPLE), "role": _role(chance)})
    case["expect"] = {"decision": "approve"}
    return case


def _role(chance: Random) -> str:
    return chance.choice(["broker", "broker", "director", "director", "payer", "relative"])


def _cents(chance: Random) -> int:
    return max(1, chance.choice(LIMITS) + chance.choice([-1, 0, 0, 1])) if chance.random() < 0.5 else chance.randint(1, 30_000)


def _near(chance: Random, day: date) -> date:
    return day + timedelta(days=chance.choice(ENDS) * chance.choice([-1, -1, -1, 1]))


# ---- what is asked --------------------------------------------------------------------------------


def _request(chance: Random, member: str, day: date) -> Case:
    del day
    plan, vendors = fixtures()["plans"][member], fixtures()["vendors"]
    category = chance.choice(sorted(plan["lines"]))
    sellers = [name for name, vendor in vendors.items() if category in vendor["categories"]] or sorted(vendors)
    goal = chance.choice(sorted(plan["goals"]))
    return {"category": category, "cents": _cents(chance), "vendor": chance.choice(sellers), "goal": goal}


def _bill(chance: Random, member: str, day: date) -> Case:
    del member
    category, vendor = chance.choice([("WELL_GYM", "V-GYM"), ("PERS_CLOTHES", "V-SHOP"), ("INHOME_CARE", "V-HOMEAG")])
    authorized = _cents(chance)
    invoice: Case = {"number": chance.choice(["A1", "A2", "A3"]), "business": "Shop", "date": day, "description": "things"}
    invoice |= {"received_on": day, "amount_cents": max(1, authorized + chance.choice([-500, 0, 0, 100, 101, 500]))}
    evv = dict.fromkeys(("service_type", "member", "date", "location", "worker", "begin_end"), "x")
    if chance.random() < 0.3:
        del invoice[chance.choice(["business", "date", "amount_cents", "description"])]
    if chance.random() < 0.3:
        del evv[chance.choice(sorted(evv))]
    bill: Case = {"category": category, "vendor": vendor, "authorized": authorized, "service_to": day - timedelta(days=chance.choice(ENDS))}
    return bill | {"evv": evv} | ({"invoice": invoice} if chance.random() < 0.9 else {})


def _move(chance: Random, member: str, day: date) -> Case:
    del day
    lines = fixtures()["plans"][member]["lines"]
    line = chance.choice([*sorted(lines), "EDUC_TUITION"])
    other = chance.choice([name for name in ("WELL_ALT", "COMM_PHONE", "HOUS_FURN") if name != line])
    part = lines.get(line, 0) // chance.choice([1, 10, 10, 10]) + chance.choice([-1, 0, 1])
    return {"from_line": line, "to_line": other, "cents": max(1, part)}


def _saving(chance: Random, member: str, day: date) -> Case:
    del day
    goal = chance.choice([*sorted(fixtures()["plans"][member]["goals"]), "G-NONE", None])
    cents = chance.choice([79_800, 140_000, 167_200, 319_200, 350_000, 400_000]) + chance.choice([-1, 0, 1])
    return {
        "cents": cents if chance.random() < 0.6 else _cents(chance),
        "goal": goal,
        "purpose": chance.choice(["ramp", "ramp", "ramp", ""]),
    }


# ---- what is changed ------------------------------------------------------------------------------


def _vendor(case: Case) -> Case:
    """Return what the case gives of its vendor, to be added to."""
    vendor: Case = case["given"].setdefault("vendor", {}).setdefault(case["request"].get("vendor", "V-GYM"), {})
    return vendor


def _asks(**choices: list[Any]) -> Callable[[Random, Case, date], None]:
    """Make a change that says more about the request."""

    def change(chance: Random, case: Case, day: date) -> None:
        del day
        case["request"] |= {key: chance.choice(values) for key, values in choices.items()}

    return change


def _gives(part: str, **choices: list[Any]) -> Callable[[Random, Case, date], None]:
    """Make a change of one field of the member, the plan or the budget."""

    def change(chance: Random, case: Case, day: date) -> None:
        key = chance.choice(sorted(choices))
        value = chance.choice(choices[key])
        case["given"].setdefault(part, {})[key] = _near(chance, day) if value is date else value

    return change


def _sells(**choices: list[Any]) -> Callable[[Random, Case, date], None]:
    def change(chance: Random, case: Case, day: date) -> None:
        del day
        key = chance.choice(sorted(choices))
        _vendor(case)[key] = chance.choice(choices[key])

    return change


def _spend(chance: Random, case: Case, day: date) -> None:
    """Add to the past: mostly near the request in what, where, when and how much."""
    request = case["request"]
    other = sorted(fixtures()["plans"][case["member"]]["lines"])
    likely = chance.random() < 0.7
    cents = request["cents"] if "cents" in request and chance.random() < 0.3 else _cents(chance)
    spend = {
        "category": request.get("category", other[0]) if likely else chance.choice([*other, "TECH_COMPUTER"]),
        "cents": max(1, cents * chance.choice([1, 1, 1, 3])),
        "date": _near(chance, day),
        "vendor": request.get("vendor", "V-GYM") if chance.random() < 0.7 else chance.choice(["V-SHOP", "V-TECH", "V-LAND"]),
    }
    case["given"].setdefault(chance.choice(["posted", "holds"]), []).append(spend)


def _line(chance: Random, case: Case, day: date) -> None:
    del day
    cents = chance.choice([None, 0, case["request"].get("cents", 1), _cents(chance), 260_000])
    case["given"].setdefault("lines", {})[case["request"].get("category", "WELL_GYM")] = cents


def _dates(chance: Random, case: Case, day: date) -> None:
    bought = chance.choice([day, _near(chance, day)])
    case["request"] |= {"purchase_date": bought, "service_to": bought + timedelta(days=chance.choice([0, 30, 31, 32, 80]))}


def _card(chance: Random, case: Case, day: date) -> None:
    needed = CARDS.get(case["request"].get("category", ""), "vision_license")
    _vendor(case)["credentials"] = [{"type": chance.choice([needed, "peer_cert"]), "expires": _near(chance, day)}]


def _sum(chance: Random, case: Case, day: date) -> None:
    """Give the total its parts, mostly so that they add up."""
    del day
    if "cents" not in case["request"] or "from_line" in case["request"]:
        return
    price, tax, delivery = chance.randint(1, 12_000), chance.choice([0, 280]), chance.choice([0, 500])
    quantity, thousandths = chance.choice([(1, 1000), (3, 3000), ("0.5", 500), ("2.5", 2500), ("0.125", 125), ("1.001", 1001)])
    goods = (price * thousandths + 500) // 1000
    cents = max(1, goods + tax + delivery + chance.choice([0, 0, 0, 1, -1]))
    case["request"] |= {"quantity": quantity, "unit_price": price, "tax_cents": tax, "delivery_cents": delivery, "cents": cents}


def _asked_at(chance: Random, case: Case, day: date) -> None:
    del day
    minutes = chance.choice([0, 1, 1439, 1440, 1441])
    case["request"]["submitted_at"] = (datetime.fromisoformat(case["as_of"]) - timedelta(minutes=minutes)).isoformat()


def _money(chance: Random, case: Case, day: date) -> None:
    del day
    budget = case["given"].setdefault("budget", {})
    if case["member"] == "PA-M1" and chance.random() < 0.5:
        budget["closed_months"] = {f"2026-0{number}": chance.randint(60_000, 140_000) for number in range(1, chance.randint(2, 9))}
    elif case["member"] != "PA-M1" and chance.random() < 0.5:
        budget["allocated_cents"] = chance.randint(10_000, 400_000)
    else:
        budget["reserved_cents"] = chance.choice([1, 200_000, 340_000, 350_000])


def _counts(chance: Random, case: Case, day: date) -> None:
    del day
    case["given"]["emergencies_this_period"] = chance.randrange(4)
    case["given"]["moved_from_line"] = {case["request"].get("from_line", "WELL_GYM"): _cents(chance) // 10}
    case["given"]["paid_invoices"] = [{"vendor": case["request"].get("vendor", "V-GYM"), "number": chance.choice(["A1", "A2"])}]


_ANYONE = [[name] for name in (*PEOPLE, "P-ROOM", "P-BRO", "WA-M1")]

CHANGES: list[Callable[[Random, Case, date], None]] = [
    *[_spend] * 8,
    *[_line] * 2,
    *[_dates] * 2,
    *[_money] * 2,
    *[_sum] * 2,
    _card,
    _asked_at,
    _counts,
    _asks(emergency=[True, True, False], already_bought=[True, False]),
    _asks(category=["TECH_COMPUTER", "HOUS_RENT", "PET_CARE", "SOCL_EVENT", "WELL_EQUIP", "CLIN_THERAPY", "HLTH_VISION"]),
    _asks(quotes=[0, 1, 2, 3], lowest_quote=[None, 1, 4000, 25_000], quote_reason=["", "near"], sole_source_note=["", "only one"]),
    _asks(tags=[[tag] for tag in TAGS] + [["alcohol", "debt"]]),
    _asks(tagged=[False]),
    _asks(goal=["G-OLD", "G-NONE", None, "G-WORK", "G-HOME"]),
    _asks(submitted_by=PEOPLE),
    _asks(beneficiary=["P-MOM", "FL-M1", "member"]),
    _asks(memo_to_vendor=MEMOS),
    _asks(payment_method=["member_reimbursement"], rail=["payroll", "vendor_payout"]),
    _asks(other_payer_covers=[True, False], other_payer_denial_on_file=[True, False]),
    _asks(vendor=["V-NEW", "V-SISCO", "V-BRFAM", "V-SELF", "V-EXCL", "V-AIDE", "V-MHA", "V-THER"]),
    _gives("member", status=["left"], funding=["insured", "uninsured"], overdue_receipts=[2, 3], broker=PEOPLE[:3]),
    _gives("member", eligible_from=[date], eligible_to=[date]),
    _gives("plan", status=["draft", "approved"]),
    _sells(status=["pending"], sam_match=[True, False], owners=_ANYONE, is_directed_worker=[True], categories=[["WELL_GYM"], []]),
    _sells(owners=_ANYONE, w9=[False], tin_match=[False], payouts_enabled=[False]),
]
"""What may be changed; what stands here more than once is drawn more often."""
