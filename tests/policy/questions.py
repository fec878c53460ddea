"""Builders of questions: the shipped rulebooks, the people of the cases, and a request with plain defaults."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

import policy

DATA = Path(__file__).parents[2] / "sdc" / "shipped" / "cases"
SHIPPED = Path(__file__).parents[2] / "sdc" / "shipped" / "rulebooks"
PROGRAMS = ("florida", "texas", "pennsylvania_crif", "washington_new_freedom")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MEMBERS = {"FL-M1": "florida", "FL-M2": "florida", "TX-M1": "texas", "PA-M1": "pennsylvania_crif", "WA-M1": "washington_new_freedom"}


@cache
def text(name: str) -> str:
    return (SHIPPED / f"{name}.yaml").read_text()


@cache
def book(name: str) -> policy.Rulebook:
    bases = {} if name == "base" else {"base": text("base")}
    return policy.load(text(name), bases=bases, source=f"{name}.yaml")


@cache
def fixtures() -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", _plain(DATA / "fixtures.yaml"))


@cache
def cases() -> list[dict[str, Any]]:
    """Return every shipped case: each file beside the fixtures holds some."""
    files = [path for path in sorted(DATA.glob("*.yaml")) if path.name != "fixtures.yaml"]
    return [case for path in files for case in cast("list[dict[str, Any]]", _plain(path)["cases"])]


def _plain(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=LOADER)  # noqa: S506 - the safe loader, in C where there is one


def a_book(lines: str) -> policy.Rulebook:
    """Return a rulebook of a test, on top of the shipped base."""
    return policy.load("rulebook: test\ninherits: base\n" + lines, bases={"base": text("base")}, source="test.yaml")


def facts(member: str = "FL-M1", *, as_of: str = "2026-10-15T12:00", stage: str = "authorize", **parts: Any) -> policy.Facts:
    """Return the facts of a case written in place: given, request, approvals."""
    case = {"id": "here", "member": member, "as_of": as_of, "stage": stage, **parts}
    return policy.case_facts(case, fixtures(), book(MEMBERS[member]))


def ask(member: str = "FL-M1", *, stage: policy.Stage = "authorize", **parts: Any) -> policy.Decision:
    """Ask the member's program."""
    return policy.evaluate(book(MEMBERS[member]), facts(member, stage=stage, **parts), stage)


def a_gym_month(**changes: Any) -> dict[str, Any]:
    """Return a request that Florida approves at once."""
    return {"category": "WELL_GYM", "cents": 4000, "vendor": "V-GYM", "goal": "G-WELL", **changes}


def a_bus_card(**changes: Any) -> dict[str, Any]:
    return {"category": "TRAN_TRANSIT", "cents": 3000, "vendor": "V-BUS", "goal": "G-WORK", **changes}


def tools(**changes: Any) -> dict[str, Any]:
    """Return a request of the Texas member."""
    return {"category": "EMPL_TOOLS", "cents": 9000, "vendor": "V-TOOL", "goal": "G-WORK", **changes}


def a_bill(**changes: Any) -> dict[str, Any]:
    """Return a purchase with a bill that Florida pays."""
    bill = {
        "number": "A1",
        "business": "Gym",
        "date": "2026-10-02",
        "received_on": "2026-10-03",
        "amount_cents": 9000,
        "description": "October",
    }
    bill |= changes.pop("invoice", {})
    return {"category": "WELL_GYM", "vendor": "V-GYM", "authorized": 9000, "service_to": "2026-10-01", "invoice": bill, **changes}


def spent(category: str, cents: int, on: str, vendor: str, **more: Any) -> dict[str, Any]:
    return {"category": category, "cents": cents, "date": on, "vendor": vendor, **more}


def yes(by: str, role: str, **more: Any) -> dict[str, Any]:
    return {"by": by, "role": role, **more}


BROKER, DIRECTOR, PAYER = yes("BR-FL1", "broker"), yes("DIR-FL", "director"), yes("PAY-FL", "payer")
TEXAS_BROKER, TEXAS_DIRECTOR = yes("BR-TX1", "broker"), yes("DIR-TX", "director")


def outcome(decision: policy.Decision) -> tuple[str, list[str], list[str], list[str]]:
    """Return the outcome and the rules of each severity."""
    return decision.outcome, decision.rules("deny"), decision.rules("needs_approval"), decision.rules("warn")
