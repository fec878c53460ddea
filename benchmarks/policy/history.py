"""A dry run on history: synthetic past requests in a file of facts, judged again under a draft by two processes.

The requests are a member's year under the shipped Florida rulebook, so that the answers in the file are those it gave. A thousand members
are made, and written again under other ids until the file holds as many requests as asked: nothing of one member is kept for another, so
that each costs the same.
"""

import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import policy
from benchmarks.figures import Figures
from sdc.cli.replay_units import replay_file
from tests.policy.questions import book, text

REQUESTS = 1_000_000
REQUESTS_OF_A_MEMBER = 50
MEMBERS_MADE = 1_000
MOST_SECONDS = 60
MOST_MEGABYTES = 2_000
FIRST_MINUTE = datetime(2026, 7, 1, 8)  # noqa: DTZ001 - a program's local time
MINUTES = 364 * 24 * 60
DRAFT = """
rulebook: florida
version: 2
inherits: base_florida
rules:
  A01: {params: {over_cents: 3000}}
  B02: {params: {caps: {WELL_GYM: 40000, WELL_EQUIP: 10000}}}
"""
SHOPS = {
    "V-GYM": ("WELL_GYM", "WELL_EQUIP"),
    "V-YOGA": ("WELL_ALT",),
    "V-BUS": ("TRAN_TRANSIT", "TRAN_RIDE"),
    "V-TECH": ("TECH_COMPUTER", "COMM_PHONE"),
    "V-SHOP": ("PERS_CLOTHES", "EMPL_CLOTHES", "HOUS_FURN"),
    "V-TOOL": ("EMPL_TOOLS",),
    "V-BOOK": ("EDUC_CLASS",),
}
GOALS = {"G-WELL": "wellness", "G-WORK": "work", "G-HOME": "home", "G-EDU": "education"}
LINES = {code: 30_000 for codes in SHOPS.values() for code in codes} | {"WELL_GYM": 60_000, "TECH_COMPUTER": 45_000}


def measure(figures: Figures, *, quick: bool) -> None:
    """Print how long a dry run takes, and how much memory."""
    requests = REQUESTS // 20 if quick else REQUESTS
    print(f"a dry run over {requests:,} past requests of {requests // REQUESTS_OF_A_MEMBER:,} members, 2 processes")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "facts.jsonl"
        lines = write_facts(file, requests=requests)
        print(f"    (a file of {lines:,} lines, {file.stat().st_size / 1e6:,.0f} MB)")
        began = time.perf_counter()
        tally = replay_file(file, rulebook_source(), processes=2)
        took = time.perf_counter() - began
    assert tally.judged == requests, (tally.judged, requests)
    megabytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1_000
    figures.add("replay", took, "s", at_most=None if quick else MOST_SECONDS)  # to start the processes takes as long for few as for many
    figures.add("replay_rate", requests / took, "requests/s")
    figures.add("replay_memory", megabytes, "MB, this process and its largest child", at_most=MOST_MEGABYTES)
    changed = tally.report()["changed"]
    print(f"    ({changed['decisions']:,} decisions change, of {changed['members']:,} members)")


def rulebook_source() -> policy.Written:
    """Return the draft: Florida with a lower threshold and other caps."""
    florida = text("florida").replace("rulebook: florida", "rulebook: base_florida", 1)
    return policy.Written(DRAFT, {"base_florida": florida, "base": text("base")}, "draft.yaml", 2)


def write_facts(file: Path, *, requests: int, members_made: int = MEMBERS_MADE) -> int:
    """Write a file of facts with so many requests, and return its number of lines."""
    members = requests // REQUESTS_OF_A_MEMBER
    chance = random.Random(4)
    templates = [_text_of(a_year(chance)) for _ in range(min(members, members_made))]
    written = 0
    with file.open("w", encoding="utf-8") as out:
        for line in head():
            out.write(json.dumps(line, separators=(",", ":")) + "\n")
            written += 1
        for number in range(members):
            lines, text_of_year = templates[number % len(templates)]
            out.write(text_of_year.replace('"id":"MEMBER"', f'"id":"m{number}"', 1))
            written += lines
    return written


def head() -> Iterator[dict[str, Any]]:
    """Say the form and the vendors."""
    yield dict(policy.FIRST_LINE)
    for vendor_id, categories in SHOPS.items():
        yield {"line": "vendor", "vendor": {"id": vendor_id, "status": "active", "categories": list(categories)}}


def a_year(chance: random.Random) -> list[dict[str, Any]]:
    """Make the lines of one member's year as Florida decides it."""
    member = {"id": "MEMBER", "status": "active", "eligible_from": "2026-07-01", "eligible_to": "2027-06-30", "funding": "insured"}
    plan = {"status": "approved", "starts_on": "2026-07-01", "ends_on": "2027-06-30", "lines": LINES}
    plan["goals"] = {goal: {"domain": domain, "status": "active"} for goal, domain in GOALS.items()}
    budget = {"starts_on": "2026-07-01", "ends_on": "2027-06-30", "allocated_cents": 319_200}
    releases = [["2026-07-01", 79_800], ["2026-10-01", 79_800], ["2027-01-01", 79_800], ["2027-04-01", 79_800]]
    first = {"line": "member", "program": f"P{chance.randrange(4)}", "member": member, "plan": plan, "budget": budget, "releases": releases}
    year = _Year(first)
    minutes = sorted(chance.randrange(MINUTES) for _ in range(REQUESTS_OF_A_MEMBER))
    for number, minute in enumerate(minutes):
        year.ask(f"r{number}", FIRST_MINUTE + timedelta(minutes=minute), chance)
    year.end()
    return year.lines


class _Year:
    """A member's year: what is asked is decided at once, some of it approved later by a broker, and billed a week on."""

    def __init__(self, first: dict[str, Any]) -> None:
        self.lines: list[dict[str, Any]] = []
        self._reader = policy.LineReader(policy.read_vendors(json.dumps(line).encode() for line in head()))
        self._deciding = _Deciding(book("florida"), "MEMBER")
        self._later: list[tuple[datetime, dict[str, Any], int]] = []
        self._add(first)

    def ask(self, id: str, at: datetime, chance: random.Random) -> None:
        """Ask for something."""
        self._until(at)
        vendor = chance.choice(list(SHOPS))
        category = chance.choice(SHOPS[vendor])
        cents = max(100, min(50_000, int(chance.lognormvariate(7.8, 0.9))))
        request = {"category": category, "amount_cents": cents, "goal_id": chance.choice(list(GOALS)), "tagged": True}
        if cents > 20_000:
            request["quotes"] = 3
        line = {"line": "request", "id": id, "at": at.isoformat(timespec="minutes"), "request": request, "vendor": vendor}
        decision = self._decide(line)
        if decision.outcome == "needs_approval" and chance.random() < 0.9:
            asked_of = at + timedelta(hours=chance.randrange(1, 72))
            self._later.append((asked_of, {"line": "again", "id": id, "approvals": [{"by": "BROKER", "role": "broker"}]}, cents))
        elif decision.outcome == "approve":
            self._later.append((at + timedelta(days=7), {"line": "spent", "of": id, "cents": cents}, cents))

    def end(self) -> None:
        """Let everything come that is still to come."""
        self._until(FIRST_MINUTE + timedelta(days=1_000))

    def _until(self, at: datetime) -> None:
        while self._later:
            due = min(self._later, key=lambda one: one[0])
            on, line, cents = due
            if on > at:
                return
            self._later.remove(due)
            line["at"] = on.isoformat(timespec="minutes")
            if line["line"] != "again":
                self._add(line)
            elif self._decide(line).outcome == "approve":
                self._later.append((on + timedelta(days=7), {"line": "spent", "of": line["id"], "cents": cents}, cents))

    def _decide(self, line: dict[str, Any]) -> policy.Decision:
        """Let the rulebook answer, and write its answer into the line."""
        self._add(line | {"was": "deny"})
        decision = self._deciding.last
        line["was"] = decision.outcome
        rules = [finding.rule for finding in decision.findings if finding.severity != "warn"]
        self.lines[-1] = line | ({"rules": rules} if rules else {})
        return decision

    def _add(self, line: dict[str, Any]) -> None:
        for step in self._reader.read(json.loads(json.dumps(line))):
            self._deciding.take(step)
        self.lines.append(line)


class _Deciding(policy.MemberReplay):
    """A replay that remembers what it decided last."""

    last: policy.Decision

    def _decide(self, facts: policy.Facts, stage: policy.Stage) -> policy.Decision:
        self.last = super()._decide(facts, stage)
        return self.last


def _text_of(lines: list[dict[str, Any]]) -> tuple[int, str]:
    return len(lines), "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
