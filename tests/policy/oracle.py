"""A second reading of the 71 rules, written from their plain text and not from the code: what the evaluator is compared with.

It reads a case and the fixtures as plain YAML, and the shipped rulebooks only for their parameters, severities and stages. It is slow, has
no words and no remedies, and knows nothing of rules that cannot be computed: a case it is given has to be whole.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parents[2] / "sdc" / "shipped" / "rulebooks"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RANK = {"broker": 1, "director": 2, "payer": 3}


def _plain(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=LOADER)  # noqa: S506 - the safe loader, in C where there is one


@cache
def shipped(program: str) -> dict[str, Any]:
    """Return the rules of a program that are on, by id, with its own parameters laid over the base."""
    base, own = (_plain(SHIPPED / f"{name}.yaml") for name in ("base", program))
    rules = {}
    for name, rule in base["rules"].items():
        if name in own["disabled"]:
            continue
        change = own["rules"].get(name, {})
        merged = {**rule, **change, "params": {**rule.get("params", {}), **change.get("params", {})}}
        merged["stage"] = [rule["stage"]] if isinstance(rule["stage"], str) else rule["stage"]
        rules[name] = merged
    return {"rules": rules, "categories": base["categories"], "release": own["budget"]["release"]}


def day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def floor(value: Decimal | int) -> int:
    return int(value // 1)


def share(value: Any) -> Decimal:
    return Decimal(str(value))


@dataclass
class World:
    """One case: what is asked, of whom, and what has happened before."""

    case: dict[str, Any]
    fixtures: Mapping[str, Any]

    def __post_init__(self) -> None:
        who, given, all_ = self.case["member"], self.case.get("given", {}), self.fixtures
        self.request, self.given = self.case["request"], given
        self.member = {**all_["members"][who], **given.get("member", {})}
        self.budget = {**all_["budgets"][who], **given.get("budget", {})}
        self.plan = {**all_["plans"][who], **given.get("plan", {})}
        lines = {**self.plan["lines"], **given.get("lines", {})}
        self.lines = {name: cents for name, cents in lines.items() if cents is not None}
        self.vendor_id = self.request.get("vendor")
        self.vendor = {**all_["vendors"].get(self.vendor_id, {}), **given.get("vendor", {}).get(self.vendor_id, {})}
        self.book = shipped(self.member["program"])
        self.now = datetime.fromisoformat(self.case["as_of"])
        self.today = self.now.date()
        self.bought = day(self.request.get("purchase_date", self.today))
        self.service_to = day(self.request.get("service_to", self.bought))
        self.category = self.request.get("category")
        self.amount: int = self.request.get("cents", 0)
        self.unit_price = self.request.get("unit_price", self.amount)
        self.tags = set(self.request.get("tags", []))
        self.requester = self.request.get("submitted_by", who)
        self.bill = self.request.get("invoice")

    def param(self, rule: str, name: str) -> Any:
        """Return a parameter of a rule."""
        return self.book["rules"][rule]["params"][name]

    def asks(self, key: str) -> Any:
        """Return what the request says under a key, None when it says nothing."""
        return self.request.get(key)

    # ---- approvals

    def independent(self, by: str) -> bool:
        """Not the one who asks, is paid, or is related to who is paid."""
        owners = set(self.vendor.get("owners", []))
        person = self.fixtures["people"].get(by, {})
        kin = {name for owner in owners for name in self.fixtures["people"].get(owner, {}).get("relatives", [])}
        works_there = self.vendor_id is not None and person.get("employer") == self.vendor_id
        return (
            by not in {self.requester, self.vendor_id} | owners | kin and not owners & set(person.get("relatives", [])) and not works_there
        )

    @cached_property
    def valid(self) -> list[tuple[str, int]]:
        """The approvals that count, as person and rank."""
        given = [(yes["by"], RANK.get(yes["role"], 0)) for yes in self.case.get("approvals", [])]
        return [(by, rank) for by, rank in given if rank and self.independent(by)]

    def approved(self, role: str) -> bool:
        """Tell whether this role or a higher one said yes, in a way that counts."""
        return any(rank >= RANK[role] for _, rank in self.valid)

    def approved_for(self, rule: str) -> bool:
        """Tell the same of the role that a rule names."""
        return self.approved(self.book["rules"][rule]["approver"])

    def threshold_approved(self, rule: str) -> bool:
        """A02 is a second yes: from somebody other than who gave the first."""
        if rule != "A02":
            return self.approved_for(rule)
        first = {by for by, rank in self.valid if rank == RANK["broker"]}
        return any(rank >= RANK["director"] and first != {by} for by, rank in self.valid)

    # ---- history and money

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """What was bought before, posted or held."""
        return [*self.given.get("posted", []), *self.given.get("holds", [])]

    def used(self, **match: Any) -> int:
        """Return the cents posted and held in the budget period, of a category, vendor or group."""
        start, end = day(self.budget["from"]), day(self.budget["to"])
        total = 0
        for spend in self.history:
            facts = {**spend, "group": self.book["categories"][spend["category"]]["group"]}
            if start <= day(spend["date"]) <= end and all(facts[key] == value for key, value in match.items()):
                total += spend["cents"]
        return total

    @property
    def group(self) -> str:
        """The group of the category that is asked for."""
        return str(self.book["categories"][self.category]["group"])

    def earned(self) -> int:
        """Return what the closed months have earned."""
        base, kept = self.budget["baseline_monthly_cents"], share(self.param("B09", "share"))
        return sum(floor(max(0, base - actual) * kept) for actual in self.budget["closed_months"].values())

    def released(self) -> int:
        """Return what may be spent or saved by today, before anything was."""
        if self.book["release"] == "earned":
            return self.earned()
        if self.book["release"] == "annual":
            return int(self.budget["allocated_cents"])
        start, parts, length = day(self.budget["from"]), *{"quarterly": (4, 3), "monthly": (12, 1)}[self.book["release"]]
        months = (self.today.year - start.year) * 12 + self.today.month - start.month
        return int(self.budget["allocated_cents"] * max(0, min(parts, 1 + months // length)) // parts)

    @cached_property
    def available(self) -> int:
        """What is left of it."""
        return self.released() - self.used() - int(self.budget["reserved_cents"])

    @property
    def lane(self) -> bool:
        """Whether this is an emergency that waits for nothing."""
        return bool(self.asks("emergency")) and not _beyond_emergency(self)


def _beyond_emergency(w: World) -> bool:
    over = w.amount > w.param("E01", "max_cents") or w.given.get("emergencies_this_period", 0) >= w.param("E01", "max_per_period")
    return bool(w.asks("emergency")) and over and not w.approved_for("E01")


def _goal(w: World) -> dict[str, Any]:
    return dict(w.plan["goals"].get(w.asks("goal"), {}))


def _outside(on: date, start: Any, end: Any) -> bool:
    return not day(start) <= on <= day(end)


def _tagged(rule: str) -> Callable[[World], bool]:
    return lambda w: bool(w.tags & set(w.param(rule, "tags")))


def _over(rule: str) -> Callable[[World], Any]:
    return lambda w: w.amount > w.param(rule, "over_cents") and not w.threshold_approved(rule)


def _window_start(on: date, months: int) -> date:
    """Go back whole months; the day of the month is cut to 28."""
    month = on.year * 12 + on.month - 1 - months
    return date(month // 12, month % 12 + 1, min(on.day, 28))


def _repeated_too_soon(w: World) -> bool:
    limit = w.param("U03", "limits").get(w.category)
    if limit is None or w.approved_for("U03"):
        return False
    since = _window_start(w.bought, limit["window_months"])
    count = sum(s["category"] == w.category and day(s["date"]) > since for s in w.history)
    return bool(count >= limit["max"])


def _split(w: World) -> bool:
    window = w.param("U06", "window_days")
    near = sum(s["cents"] for s in w.history if s["vendor"] == w.vendor_id and 0 <= (w.bought - day(s["date"])).days < window)
    limits = {rule: w.param(rule, "over_cents") for rule in ("A01", "A02", "A03")}
    return any(w.amount <= limit < w.amount + near and not w.threshold_approved(rule) for rule, limit in limits.items())


def _same_again(w: World) -> bool:
    asked = (w.vendor_id, w.category, w.amount)
    days = w.param("U05", "window_days")
    twins = [s for s in w.history if (s["vendor"], s["category"], s["cents"]) == asked and abs((w.bought - day(s["date"])).days) <= days]
    return bool(twins) and not w.approved_for("U05")


def _too_fast(w: World) -> bool:
    start, end = day(w.budget["from"]), day(w.budget["to"])
    elapsed = Decimal((w.today - start).days + 1) / Decimal((end - start).days + 1)
    if elapsed < share(w.param("B04", "min_elapsed_share")):
        return False
    return w.used() + w.amount > share(w.param("B04", "max_pace")) * elapsed * Decimal(w.budget["allocated_cents"])


def _vendor_share(w: World) -> bool:
    limit = max(w.param("B10", "min_cents"), floor(w.budget["allocated_cents"] * share(w.param("B10", "max_vendor_share"))))
    return w.used(vendor=w.vendor_id) + w.amount > limit and not w.approved_for("B10")


def _past_line(w: World) -> bool:
    if w.category not in w.lines or w.approved_for("B11"):
        return False
    return w.used(category=w.category) + w.amount > floor(w.lines[w.category] * (1 + share(w.param("B11", "tolerance_share"))))


def _clinical_part(w: World) -> bool:
    if w.member["funding"] not in w.param("B03", "applies_to_funding") or w.group != "recovery_support":
        return False
    most = floor(w.budget["allocated_cents"] * (1 - share(w.param("B03", "min_clinical_share"))))
    return w.used(group="recovery_support") + w.amount > most


def _no_license(w: World) -> bool:
    needed = w.param("V05", "required").get(w.category)
    held = {c["type"] for c in w.vendor.get("credentials", []) if day(c["expires"]) >= w.service_to}
    return needed is not None and needed not in held


def _math(w: World) -> bool:
    goods = (Decimal(str(w.request.get("quantity", 1))) * w.unit_price).quantize(Decimal(1), ROUND_HALF_UP)
    more: int = w.request.get("tax_cents", 0) + w.request.get("delivery_cents", 0)
    return int(goods) + more != w.amount


def _few_quotes(w: World) -> bool:
    few = w.request.get("quotes", 0) < w.param("A06", "quotes") and not w.asks("sole_source_note")
    return w.amount >= w.param("A06", "at_cents") and w.group != "clinical" and few and not w.lane


def _not_cheapest(w: World) -> bool:
    lowest = w.asks("lowest_quote")
    return lowest is not None and w.amount > floor(lowest * (1 + share(w.param("A07", "tolerance")))) and not w.asks("quote_reason")


def _too_early(w: World) -> bool:
    submitted = datetime.fromisoformat(w.asks("submitted_at")) if w.asks("submitted_at") else w.now - timedelta(hours=48)
    return w.amount > w.param("A05", "over_cents") and w.now - submitted < timedelta(hours=w.param("A05", "hours")) and not w.lane


def _own_yes(w: World) -> bool:
    """Fire until somebody independent has said yes: that is what closes it."""
    return any(not w.independent(yes["by"]) for yes in w.case.get("approvals", [])) and not w.valid


def _overbilled(w: World) -> bool:
    billed = (w.bill or {}).get("amount_cents")
    return billed is not None and billed > w.request["authorized"] + w.param("R02", "tolerance_cents") and not w.approved_for("R02")


def _missing(have: dict[str, Any], fields: Iterable[str]) -> bool:
    return any(not have.get(field) for field in fields)


def _paid_before(w: World) -> bool:
    return w.bill is not None and {"vendor": w.vendor_id, "number": w.bill.get("number")} in w.given.get("paid_invoices", [])


def _moved_too_much(w: World) -> bool:
    free = floor(w.lines.get(w.asks("from_line"), 0) * share(w.param("B06", "max_free_share")))
    return w.given.get("moved_from_line", {}).get(w.asks("from_line"), 0) + w.amount > free and not w.approved_for("B06")


def _wordy(w: World) -> bool:
    memo = str(w.asks("memo_to_vendor") or "").lower()
    return any(word.lower() in memo for word in w.param("X01", "words"))


def _back_pay(w: World) -> bool:
    allowed = w.param("P07", "reimbursement_allowed") and w.amount <= w.param("P07", "reimbursement_max_cents")
    return w.asks("payment_method") == "member_reimbursement" and not allowed


def _serves(w: World) -> bool:
    """Without a goal there is nothing to compare: G01 says so."""
    return not _goal(w) or bool({"any", _goal(w)["domain"]} & set(w.book["categories"][w.category]["domains"]))


RULES: dict[str, Callable[[World], Any]] = {
    **{rule: _tagged(rule) for rule in ("P01", "P02", "P03", "P04", "P05", "P06", "P08", "P09", "P11", "P12", "P13", "P14", "L02")},
    "P07": _back_pay,
    "P10": lambda w: w.request.get("beneficiary", "member") not in {"member", w.case["member"]},
    "P15": lambda w: w.category in w.param("P15", "categories"),
    "L01": lambda w: bool(w.asks("other_payer_covers")) and not w.asks("other_payer_denial_on_file"),
    "T01": lambda w: w.request.get("tagged", True) is False and not w.approved_for("T01"),
    "G01": lambda w: _goal(w).get("status") != "active",
    "G02": lambda w: w.plan["status"] != "approved" or _outside(w.bought, w.plan["from"], w.plan["to"]),
    "G03": lambda w: w.category not in w.lines and not w.approved_for("G03"),
    "G04": lambda w: not _serves(w),
    "D01": lambda w: w.member["status"] != "active" or _outside(w.bought, w.member["eligible_from"], w.member["eligible_to"]),
    "D02": lambda w: _outside(w.bought, w.budget["from"], w.budget["to"]),
    "D03": lambda w: w.bill is not None and (day(w.bill["received_on"]) - w.service_to).days > w.param("D03", "max_days"),
    "D04": lambda w: bool(w.asks("already_bought")) and not w.asks("emergency"),
    "D05": lambda w: (
        (w.service_to - w.bought).days > w.param("D05", "max_prepay_days")
        and w.category not in w.param("D05", "exempt_categories")
        and not w.approved_for("D05")
    ),
    "B01": lambda w: w.amount > w.available,
    "B02": lambda w: w.used(category=w.category) + w.amount > w.param("B02", "caps").get(w.category, 10**12),
    "B03": _clinical_part,
    "B04": _too_fast,
    "B06": _moved_too_much,
    "B07": lambda w: w.budget["reserved_cents"] + w.amount > w.param("B07", "max_reserve_cents") and not w.approved_for("B07"),
    "B08": lambda w: not w.asks("purpose") or _goal(w).get("status") != "active",
    "B12": lambda w: w.amount > w.available,
    "B13": lambda w: w.amount > w.lines.get(w.asks("from_line"), 0) - w.used(category=w.asks("from_line")),
    "B09": lambda w: w.amount > w.available,
    "B10": _vendor_share,
    "B11": _past_line,
    "U01": lambda w: w.unit_price > w.param("U01", "ceilings").get(w.category, 10**12),
    "U02": _math,
    "U03": _repeated_too_soon,
    "U04": _paid_before,
    "U05": _same_again,
    "U06": _split,
    "A01": _over("A01"),
    "A02": _over("A02"),
    "A03": _over("A03"),
    "A04": _own_yes,
    "A05": _too_early,
    "A06": _few_quotes,
    "A07": _not_cheapest,
    "E01": _beyond_emergency,
    "V01": lambda w: w.vendor.get("status", "active") != "active",
    "V02": lambda w: not w.vendor.get("w9", True) or not w.vendor.get("tin_match", True),
    "V03": lambda w: any(w.vendor.get(name) for name in ("leie_match", "sam_match", "state_list_match")),
    "V04": lambda w: (w.today - day(w.vendor.get("screened_on", "2026-10-01"))).days > w.param("V04", "max_age_days"),
    "V05": _no_license,
    "V06": lambda w: w.category not in w.vendor["categories"] and not w.approved_for("V06"),
    "V07": lambda w: not w.vendor.get("payouts_enabled", True),
    "C01": lambda w: bool(set(w.vendor.get("owners", [])) & {*w.member["relatives"], *w.member["household"]}) and not w.approved_for("C01"),
    "C02": lambda w: bool(
        set(w.vendor.get("owners", [])) & {w.member["broker"], *w.fixtures["people"].get(w.member["broker"], {}).get("relatives", [])}
    ),
    "C03": lambda w: w.case["member"] in w.vendor.get("owners", []),
    "C04": lambda w: w.fixtures["people"].get(w.member["broker"], {}).get("employer") == w.vendor_id and not w.approved_for("C04"),
    "R01": lambda w: w.bill is None,
    "R02": _overbilled,
    "R03": lambda w: w.bill is not None and _missing(w.bill, w.param("R03", "fields")),
    "R04": lambda w: w.member["overdue_receipts"] > w.param("R04", "max_overdue") and not w.approved_for("R04"),
    "W01": lambda w: bool(w.vendor.get("is_directed_worker")) and w.asks("rail") != "payroll",
    "W02": lambda w: w.category in w.param("W02", "categories") and _missing(w.request.get("evv") or {}, w.param("W02", "fields")),
    "X01": _wordy,
}


def judge(case: dict[str, Any], fixtures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a case's `expect` would say: the decision, the rules of each severity in order of name, and the money there is."""
    world = World(case, fixtures)
    fired: dict[str, list[str]] = {"deny": [], "needs_approval": [], "warn": []}
    for name, rule in world.book["rules"].items():
        if case.get("stage", "authorize") in rule["stage"] and RULES[name](world):
            fired[rule["severity"]].append(name)
    decision = "deny" if fired["deny"] else "needs_approval" if fired["needs_approval"] else "approve"
    answer = {"deny": sorted(fired["deny"]), "approval": sorted(fired["needs_approval"]), "warn": sorted(fired["warn"])}
    return {"decision": decision, **answer, "available": world.available}
