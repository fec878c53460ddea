"""The leaf of a transfer is the same from Python, from PostgreSQL and from SQLite."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import ledger
from ledger.instant import from_microseconds, to_microseconds
from ledger.leaf import transfer_bytes, transfer_leaf
from ledger.tables import transfers
from tests.ledger.books import BOOK, CHART, NOON, TODAY, a_transfer, an_account, an_entry
from tests.ledger.pair import a_pair

OPEN = [an_account(f"open {number}") for number in range(4)]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
TRANSFERS = st.builds(
    lambda accounts, cents, tag: ledger.Transfer(accounts[0].id, accounts[1].id, cents, tag),
    st.permutations(OPEN),
    st.integers(1, ledger.MAX_CENTS),
    TEXT,
)
ENTRIES = st.builds(
    ledger.Entry,
    id=st.builds(uuid4),
    book_id=st.just(BOOK),
    kind=TEXT.filter(bool),
    subject=st.uuids(),
    effective_on=st.dates(date(1, 1, 2), date(9999, 12, 30)),
    transfers=st.lists(TRANSFERS, min_size=1, max_size=4).map(tuple),
    memo=TEXT,
)
INSTANTS = st.datetimes(timezones=st.just(UTC))


def test_stored_leaves_are_alike_and_verify(ledger_sqlite_url, ledger_postgresql_url):
    with a_pair(ledger_sqlite_url, ledger_postgresql_url) as pair:
        pair.each(lambda database: database.open(*CHART, *OPEN))

        @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(ENTRIES, min_size=1, max_size=4), INSTANTS)
        def check(entries, at):
            entries = [*entries, entries[0].reversal(uuid4(), effective_on=TODAY)]

            stored = pair.each(lambda database: post_and_read(database, entries, at))

            expected = {
                (entry.id, number): transfer_leaf(entry, number, transfer, to_microseconds(at))
                for entry in entries
                for number, transfer in enumerate(entry.transfers, 1)
            }
            assert stored == [expected, expected]

        check()

        assert all(verification.ok for verification in pair.each(lambda database: database.verify()))


async def post_and_read(database, entries, at):
    """Post, and read the leaves as they were stored."""
    async with database.begin() as connection:
        answers = await ledger.post(connection, *entries, at=at)
        assert all(isinstance(answer, ledger.Posted) for answer in answers)
        asked = select(transfers).where(transfers.c.entry_id.in_([entry.id for entry in entries]))
        return {(row.entry_id, row.number): row.leaf for row in await connection.execute(asked)}


def test_the_bytes_of_a_transfer_never_change():
    lines = [a_transfer(OPEN[0], OPEN[1], 1), a_transfer(OPEN[0], OPEN[1], 7, "Yoga é")]
    entry = an_entry(*lines, entry_id=UUID(int=1), reverses=UUID(int=2))
    int2, int4, int8 = ((number).to_bytes(4) + size.to_bytes(4) for number, size in ((21, 2), (23, 4), (20, 8)))
    uuid = (2950).to_bytes(4) + (16).to_bytes(4)

    assert transfer_bytes(entry, 2, entry.transfers[1], to_microseconds(NOON), date(2026, 9, 30)) == (
        b"\x00"
        + (15).to_bytes(4)
        + int2
        + (2).to_bytes(2)
        + int4
        + (739_904).to_bytes(4)
        + uuid
        + UUID(int=1).bytes
        + int2
        + (2).to_bytes(2)
        + int2
        + (2).to_bytes(2)
        + uuid
        + BOOK.bytes
        + uuid
        + BOOK.bytes
        + int8
        + (1_792_065_600_000_000).to_bytes(8)
        + uuid
        + OPEN[0].id.bytes
        + uuid
        + OPEN[1].id.bytes
        + int8
        + (7).to_bytes(8)
        + uuid
        + UUID(int=2).bytes
        + int4
        + (739_889).to_bytes(4)
        + (17).to_bytes(4)
        + b"\x00\x00\x00\x04test"
        + (17).to_bytes(4)
        + b"\x00\x00\x00\x07Yoga \xc3\xa9"
    )


@given(INSTANTS)
def test_instants_come_back_to_the_microsecond(at):
    assert from_microseconds(to_microseconds(at)) == at


def test_an_instant_is_the_same_in_every_zone():
    assert to_microseconds(datetime.fromisoformat("2026-10-15T08:00:00-04:00")) == to_microseconds(NOON)
