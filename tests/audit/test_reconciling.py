"""The processor's word against the books'."""

from sdc.audit.reconciling import Reconciliation, read_books
from tests.payments.stage import a_stage
from vendors.rails import Funding


async def test_the_books_say_what_the_processor_holds_after_a_payment(database_url):
    stage = await a_stage(database_url, top_up_cents=100_000)
    await stage.bills(4_000)
    await stage.works()

    async with stage.sessions.read() as session:
        books = await read_books(session)

    assert (books.cash_cents, books.topup_cents, books.transit_cents) == (96_000, 0, 0)
    assert Reconciliation(Funding(available_cents=96_000, pending_cents=0), books).difference_cents == 0
    assert Reconciliation(Funding(available_cents=95_999, pending_cents=0), books).difference_cents == -1
    await stage.sessions.close()
