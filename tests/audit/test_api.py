"""An auditor walks from any balance to its entries, and from any entry to why it was made."""

from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from sqlalchemy import func, select, text

from sdc.auth.principal import Role
from sdc.bills.model import Bill
from sdc.journal import Event
from tests.builders import a_program, a_staff
from tests.payments.stage import Stage, a_stage
from tests.serving import Serving, serving


@dataclass(frozen=True, slots=True)
class Audited:
    """One paid bill, the service it is read through, and the auditor's token."""

    stage: Stage
    served: Serving
    bill: Bill
    token: str

    @property
    def program(self):
        """Name the program."""
        return str(self.stage.house.program.id)

    async def reads(self, path, **parameters):
        """Read what must be there."""
        answer = await self.served.get(path, self.token, program_id=self.program, **parameters)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return answer.json()

    async def verifies(self, **body):
        """Have the books verified."""
        answer = await self.served.post("/v1/ledger/verifications", body, self.token)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return answer.json()


@asynccontextmanager
async def audited(url):
    """Pay one bill of $40.00, and let an auditor in."""
    stage = await a_stage(url)
    try:
        bill = await stage.bills(4_000)
        await stage.works()
        auditor = await a_staff(stage.sessions, Role.AUDITOR, program_ids=[stage.house.program.id])
        async with serving(url, rail=stage.rail) as served:
            yield Audited(stage, served, bill, await served.token(Role.AUDITOR, auditor.id))
    finally:
        await stage.sessions.close()


@pytest.fixture
async def audit(database_url):
    async with audited(database_url) as opened:
        yield opened


@pytest.fixture
async def sqlite_audit(sqlite_url):
    async with audited(sqlite_url) as opened:
        yield opened


async def spoil(audit, *statements):
    """Change the database as somebody who owns the file could."""
    async with audit.stage.sessions.begin() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_an_entry_leads_to_its_purchase_decision_bill_and_payment(audit):
    (settlement,) = (await audit.reads("/v1/ledger/entries", kind="settlement"))["items"]

    entry = await audit.reads(f"/v1/ledger/entries/{settlement['id']}")

    assert entry == settlement
    assert [(line["account"], line["debit_cents"], line["credit_cents"]) for line in entry["lines"]] == [
        ("transit:stripe", 4_000, 0),
        ("cash.processor", 0, 4_000),
    ]
    cause = entry["cause"]
    assert (cause["bill"]["id"], cause["bill"]["state"]) == (str(audit.bill.id), "paid")
    assert cause["purchase"]["id"] == str(audit.bill.purchase_id)
    assert (cause["decision"]["outcome"], cause["decision"]["rulebook"]["name"]) == ("approve", "florida")
    assert (cause["payment"]["state"], cause["payment"]["amount_cents"]) == ("sent", 4_000)


async def test_money_that_came_in_has_no_purchase_behind_it(audit):
    (deposit,) = (await audit.reads("/v1/ledger/entries", kind="deposit"))["items"]

    assert [name for name, cause in deposit["cause"].items() if cause] == []


async def test_entries_are_filtered_by_account_subject_and_day(audit):
    by_account = await audit.reads("/v1/ledger/entries", account=f"payable:{audit.bill.vendor_id}")
    by_subject = await audit.reads("/v1/ledger/entries", subject=str(audit.bill.id))
    later = await audit.reads("/v1/ledger/entries", **{"from": "2026-10-16"})
    until = await audit.reads("/v1/ledger/entries", to="2026-10-15")

    assert {entry["kind"] for entry in by_account["items"]} == {"expenditure", "disbursement"}
    assert [entry["kind"] for entry in by_subject["items"]] == ["expenditure"]
    assert later["items"] == []
    assert len(until["items"]) == len((await audit.reads("/v1/ledger/entries"))["items"])


async def test_pages_show_every_entry_and_account_once(audit):
    for path, key in (("/v1/ledger/entries", "id"), ("/v1/ledger/accounts", "code")):
        whole = [item[key] for item in (await audit.reads(path, limit=200))["items"]]
        page = await audit.reads(path, limit=2)
        shown = [item[key] for item in page["items"]]
        while page["next_cursor"]:
            page = await audit.reads(path, limit=2, cursor=page["next_cursor"])
            shown += [item[key] for item in page["items"]]
        assert shown == whole
        assert len(set(shown)) == len(shown)


async def test_the_trial_balance_is_that_of_the_day(audit):
    now = await audit.reads("/v1/ledger/trial-balance")
    before = await audit.reads("/v1/ledger/trial-balance", on="2026-10-14")

    held = {line["account"]: line["balance_cents"] for line in now["lines"]}
    assert (held["cash.bank"], held["cash.processor"]) == (900_000, 96_000)
    assert (now["assets_cents"], now["claims_cents"], now["is_balanced"]) == (996_000, 996_000, True)
    assert now["debit_cents"] == now["credit_cents"]
    assert (before["assets_cents"], before["is_balanced"]) == (0, True)


async def test_books_that_nobody_touched_are_proved(audit):
    proof = await audit.verifies()

    assert (proof["ok"], proof["faults"]) == (True, [])
    assert proof["transfers"] > 0


async def test_a_changed_cent_is_named_by_its_row(sqlite_audit):
    audit = sqlite_audit
    (expenditure,) = (await audit.reads("/v1/ledger/entries", kind="expenditure"))["items"]
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_transfers'"
    async with audit.stage.sessions.read() as session:
        names = (await session.scalars(text(triggers))).all()
    entry = expenditure["id"].replace("-", "")

    await spoil(
        audit,
        *(f"DROP TRIGGER {name}" for name in names),
        f"UPDATE ledger_transfers SET amount_cents = amount_cents + 1 WHERE entry_id = '{entry}'",
    )

    proof = await audit.verifies(program_id=audit.program)
    assert not proof["ok"]
    changed = next(fault for fault in proof["faults"] if fault["kind"] == "transfer_changed")
    assert (changed["entry_id"], changed["number"]) == (expenditure["id"], 1)


SPOILT = (
    ("UPDATE authorizations SET left_cents = {} 100, authorized_cents = authorized_cents {} 100", "encumbered"),
    ("UPDATE bills SET amount_cents = amount_cents {} 1", "bill_expenditure"),
    ("UPDATE payments SET amount_cents = amount_cents {} 1", "payment_settlement"),
)
ENDED = (
    "UPDATE bills SET state = 'reversed'",
    "UPDATE bills SET state = 'received'",
    "UPDATE payment_attempts SET state = 'rejected'",
)


async def test_what_the_books_and_a_feature_tell_differently_is_named(sqlite_audit):
    for change, kind in SPOILT:
        await spoil(sqlite_audit, change.replace("= {}", "= left_cents +").replace("{}", "+"))
        proof = await sqlite_audit.verifies()
        assert ({fault["kind"] for fault in proof["faults"]}, proof["ok"]) == ({kind}, False)
        await spoil(sqlite_audit, change.replace("= {}", "= left_cents -").replace("{}", "-"))
    assert (await sqlite_audit.verifies())["ok"]


async def test_a_state_that_the_books_contradict_is_named(sqlite_audit):
    found = []
    for change in ENDED:
        await spoil(sqlite_audit, change)
        found.append({fault["kind"] for fault in (await sqlite_audit.verifies())["faults"]})

    assert found == [
        {"bill_reversal"},
        {"expenditure_without_bill"},
        {"expenditure_without_bill", "payment_settlement", "settlement_without_payment"},
    ]


async def test_an_auditor_of_another_program_sees_nothing_of_this_one(sqlite_audit):
    audit = sqlite_audit
    other = await a_program(audit.stage.sessions)
    stranger = await a_staff(audit.stage.sessions, Role.AUDITOR, program_ids=[other.id])
    token = await audit.served.token(Role.AUDITOR, stranger.id)
    (deposit,) = (await audit.reads("/v1/ledger/entries", kind="deposit"))["items"]

    for path in ("accounts", "entries", "trial-balance", f"entries/{deposit['id']}"):
        answer = await audit.served.get(f"/v1/ledger/{path}", token, program_id=audit.program)
        assert answer.status_code == HTTPStatus.NOT_FOUND
    refused = await audit.served.post("/v1/ledger/verifications", {"program_id": audit.program}, token)
    of_theirs = await audit.served.get(f"/v1/ledger/entries/{deposit['id']}", token, program_id=str(other.id))
    assert (refused.status_code, of_theirs.status_code) == (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND)
    whole = await audit.served.post("/v1/ledger/verifications", {}, token)
    assert whole.json()["transfers"] == 0


async def test_only_auditors_and_administrators_read_the_ledger(sqlite_audit):
    for role in set(Role) - {Role.AUDITOR, Role.ADMIN}:
        token = await sqlite_audit.served.token(role)
        answer = await sqlite_audit.served.get("/v1/ledger/entries", token, program_id=sqlite_audit.program)
        assert answer.status_code == HTTPStatus.FORBIDDEN


WRONG = (
    ("entries", {"cursor": "nonsense"}),
    ("entries", {"cursor": "2026-10-15.x.y"}),
    ("entries", {"from": "yesterday"}),
    ("entries", {"kind": "DROP TABLE"}),
    ("entries", {"account": "cash\x00"}),
    ("entries", {"subject": "7"}),
    ("entries", {"limit": 201}),
    ("accounts", {"cursor": "AAAAAAAAAAAAAAAAAAAAAA"}),
    ("trial-balance", {"on": "2026-13-01"}),
    ("trial-balance", {"program_id": "7"}),
)


async def test_what_does_not_validate_is_refused(sqlite_audit):
    for path, wrong in WRONG:
        parameters = {"program_id": sqlite_audit.program, **wrong}
        answer = await sqlite_audit.served.get(f"/v1/ledger/{path}", sqlite_audit.token, **parameters)

        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, (path, wrong, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_every_view_is_in_the_journal(sqlite_audit):
    audit = sqlite_audit
    (deposit,) = (await audit.reads("/v1/ledger/entries", kind="deposit"))["items"]
    await audit.reads(f"/v1/ledger/entries/{deposit['id']}")
    await audit.reads("/v1/ledger/accounts")
    await audit.reads("/v1/ledger/trial-balance")
    await audit.verifies()

    async with audit.stage.sessions.read() as session:
        kinds = select(Event.kind, func.count()).where(Event.kind.startswith("ledger.")).group_by(Event.kind)
        seen = {row[0]: row[1] for row in await session.execute(kinds)}
    assert seen == {
        "ledger.accounts_listed": 1,
        "ledger.entries_listed": 1,
        "ledger.entry_seen": 1,
        "ledger.trial_balance_seen": 1,
        "ledger.verified": 1,
    }
