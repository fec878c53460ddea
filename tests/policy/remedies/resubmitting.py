"""Take a remedy as somebody would: write it into the case it came from, in the form of cases, and let the world follow from that."""

from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

import policy
from tests.policy.questions import fixtures

FIELDS = {
    "goal_id": "goal",
    "quantity": "quantity",
    "unit_price_cents": "unit_price",
    "amount_cents": "cents",
    "vendor_id": "vendor",
    "memo_to_vendor": "memo_to_vendor",
}
"""What a change is called in a case, where that is another name."""


def taken(case: dict[str, Any], one: policy.Remedy | policy.Suggestion) -> dict[str, Any]:
    """Return the case after a remedy was taken: what changes is sent, and each step is done."""
    after = deepcopy(case)
    after.setdefault("given", {})
    for change in one.changes:
        _send(after, change)
    for step in [*one.steps, *(one.then if isinstance(one, policy.Suggestion) else ())]:
        _do(after, step.kind, dict(step.details))
    return after


def _send(case: dict[str, Any], change: policy.Change) -> None:
    request = case["request"]
    if case.get("stage") == "pay":
        request["invoice"]["amount_cents"] = change.after
    else:
        request[FIELDS.get(change.field, change.field)] = "" if change.after is None else change.after


def _do(case: dict[str, Any], kind: str, details: dict[str, Any]) -> None:
    request, today = case["request"], str(case["as_of"])[:10]
    if kind == "wait":
        _wait(case, details)
    elif kind == "move_line":
        _move(case, details)
    elif kind == "ask_approver":
        case.setdefault("approvals", []).append({"by": f"X-{details['role']}", "role": details["role"]})
    elif kind == "ask_review" and case.get("stage") == "pay":
        _vendor(case)["screened_on"] = today
    elif kind == "ask_review":
        request["tagged"] = True
    elif kind == "set_up_payout":
        _vendor(case)["payouts_enabled"] = True
    elif kind == "add_note":
        request[details["field"]] = "because"
    elif kind == "add_document":
        _add(case, details, today)


def _wait(case: dict[str, Any], details: dict[str, Any]) -> None:
    """Let the time pass: until an instant the request waits, until a day it is asked again."""
    request, before = case["request"], datetime.fromisoformat(str(case["as_of"]))
    if "until" in details:
        request.setdefault("submitted_at", (before - timedelta(hours=48)).isoformat())
        request.setdefault("purchase_date", before.date().isoformat())
        case["as_of"] = details["until"]
        return
    after = before + (date.fromisoformat(details["on"]) - before.date())
    case["as_of"] = after.isoformat()
    if "submitted_at" in request:
        request["submitted_at"] = after.isoformat()


def _move(case: dict[str, Any], details: dict[str, Any]) -> None:
    lines = {**fixtures()["plans"][case["member"]]["lines"], **case["given"].get("lines", {})}
    lines[details["from_category"]] -= details["amount_cents"]
    lines[details["to_category"]] = (lines.get(details["to_category"]) or 0) + details["amount_cents"]
    case["given"]["lines"] = lines


def _add(case: dict[str, Any], details: dict[str, Any], today: str) -> None:
    request = case["request"]
    match details["document"]:
        case "quote":
            request["quotes"] = request.get("quotes", 0) + details["count"]
        case "receipt":
            case["given"]["member"]["overdue_receipts"] -= details["count"]
        case "denial_letter":
            request["other_payer_denial_on_file"] = True
        case "tax_form":
            _vendor(case).update(w9=True, tin_match=True)
        case "visit_record":
            request["evv"] = {**(request.get("evv") or {}), **dict.fromkeys(details["missing"], "said")}
        case "bill":
            whole = {"number": "N-9", "received_on": today, "date": today, "amount_cents": request["authorized"]}
            said = {"business": "A store", "description": "As ordered", **whole}
            missing = details.get("missing", tuple(said))
            request["invoice"] = {**(request.get("invoice") or {}), **{name: said[name] for name in missing}}


def _vendor(case: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = case["given"].setdefault("vendor", {}).setdefault(case["request"]["vendor"], {})
    return changed
