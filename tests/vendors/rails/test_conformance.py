"""What every rail must keep, whatever moves behind it: Stripe over the sandbox, and a register of checks."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.vendors.rails.benches import SECRET, check_bench, stripe_bench
from tests.vendors.rails.judging import judged
from tests.vendors.rails.running import a_payee, a_rail, a_reference, an_attempt, fund
from vendors import ForgedEventError, MalformedRequestError
from vendors.rails import Canceled, Conflicting, Recovered, Recovery, Rejected, Sent, TooLate, ToppedUp, TopUpRequest

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["stripe", "check"])
async def bench(request, sandbox, client):
    if request.param == "check":
        yield check_bench(lambda: datetime.now(UTC))
        return
    async with judged(a_rail(sandbox, webhook_secrets=(SECRET,))) as rail:
        yield stripe_bench(rail, client)


@pytest.fixture
async def rail(bench):
    return bench.rail


async def paid(rail, cents=1_000):
    await fund(rail, 5_000)
    attempt = an_attempt(await a_payee(rail), cents)
    outcome = await rail.send(attempt)
    assert isinstance(outcome, Sent)
    return attempt, outcome.rail_id


async def there(rail, rail_id):
    found = await rail.retrieve(rail_id)
    assert found is not None
    return found


async def booked(rail, *, since=LONG_AGO, until=None):
    return [one async for one in rail.statement(since=since, until=until)]


async def test_a_payee_is_known_once_and_can_be_paid(rail):
    payee = await a_payee(rail)

    status = await rail.payee_status(payee)

    assert (status.payee_id, status.ready, status.restricted, status.closed) == (payee, True, False, False)
    assert (await rail.payee_status("acct_nobody")).closed


async def test_each_onboarding_page_is_a_fresh_one(rail):
    payee = await a_payee(rail)

    pages = {await rail.onboarding_url(payee, refresh_url="https://x.test/a", return_url="https://x.test/b") for _ in range(2)}

    assert len(pages) == 2


async def test_a_top_up_is_made_once_a_key_and_can_be_spent(rail):
    request = TopUpRequest(a_reference(), 700, key=f"topup:{a_reference()}")

    first, again = await rail.top_up(request), await rail.top_up(request)

    assert isinstance(first, ToppedUp)
    assert first.rail_id == again.rail_id
    assert [one.rail_id for one in await rail.find_top_up(request.reference)] == [first.rail_id]
    assert (await rail.funding()).available_cents == 700


async def test_a_payment_is_made_once_a_key_and_is_found(rail):
    attempt, rail_id = await paid(rail, 1_999)

    again = await rail.send(attempt)
    (found,) = await rail.find(attempt.payment_reference)

    assert again == Sent(rail_id)
    assert found == await rail.retrieve(rail_id)
    assert (found.amount_cents, found.payee_id, found.reversed_cents) == (1_999, attempt.payee_id, 0)
    assert (await rail.funding()).available_cents == 3_001


async def test_a_key_with_another_body_is_our_own_mistake(rail):
    attempt, _ = await paid(rail)

    outcome = await rail.send(an_attempt(attempt.payee_id, 999, reference=attempt.payment_reference, key=attempt.key))

    assert isinstance(outcome, Conflicting)
    assert len(await rail.find(attempt.payment_reference)) == 1


async def test_what_is_not_covered_waits_for_funding(rail):
    payee, reference = await a_payee(rail), a_reference()

    first = await rail.send(an_attempt(payee, reference=reference))
    await fund(rail, 5_000)
    second = await rail.send(an_attempt(payee, reference=reference, key=f"p:{reference}:2"))

    assert isinstance(first, Rejected)
    assert first.retry == "funding"
    assert isinstance(second, Sent)


async def test_nobody_is_never_paid(rail):
    await fund(rail, 5_000)

    outcome = await rail.send(an_attempt("acct_nobody"))

    assert isinstance(outcome, Rejected)
    assert outcome.retry == "never"
    assert (await rail.funding()).available_cents == 5_000


async def test_what_the_rail_has_not_is_nothing(rail):
    assert await rail.retrieve("tr_none") is None
    assert await rail.find(a_reference()) == ()
    assert await rail.payout(await a_payee(rail), "po_none") is None


async def test_a_payment_is_cleared_where_that_discharges_it(bench):
    _, rail_id = await paid(bench.rail)
    before = await there(bench.rail, rail_id)

    bench.clears(rail_id)

    after = await there(bench.rail, rail_id)
    assert before.cleared_at is None
    assert (after.cleared_at is not None) is (bench.rail.discharges_on == "clearance")


async def test_a_payment_is_canceled_only_while_the_payee_has_it_not(bench):
    _, rail_id = await paid(bench.rail)
    _, late_id = await paid(bench.rail, 500)
    bench.clears(late_id)

    outcomes = [await bench.rail.cancel(rail_id, key="c:1") for _ in range(2)]
    late = await bench.rail.cancel(late_id, key="c:2")

    back = (await there(bench.rail, rail_id)).reversed_cents
    if bench.rail.discharges_on == "clearance":
        assert (outcomes, back) == ([Canceled(rail_id)] * 2, 1_000)
    else:
        assert [type(one) for one in outcomes] == [TooLate] * 2
        assert back == 0
    assert isinstance(late, TooLate)
    assert (await there(bench.rail, late_id)).reversed_cents == 0


async def test_what_is_recovered_is_with_us_again_once_a_key(bench):
    attempt, rail_id = await paid(bench.rail)
    bench.clears(rail_id)
    before = (await bench.rail.funding()).available_cents
    request = Recovery(rail_id, attempt.payment_reference, 300, key=f"r:{a_reference()}")

    first, again = await bench.rail.recover(request), await bench.rail.recover(request)
    too_much = await bench.rail.recover(Recovery(rail_id, attempt.payment_reference, 701, key=f"r:{a_reference()}"))

    back = (await there(bench.rail, rail_id)).reversed_cents
    assert first == again
    assert isinstance(too_much, Rejected)
    if isinstance(first, Recovered):
        assert (first.rail_id, first.amount_cents, back) == (rail_id, 300, 300)
    else:
        assert (type(first), back) == (Rejected, 0)
    assert (await bench.rail.funding()).available_cents == before + back


async def test_the_statement_is_the_balance_and_says_whose_each_movement_is(bench):
    attempt, rail_id = await paid(bench.rail)
    bench.clears(rail_id)
    await bench.rail.recover(Recovery(rail_id, attempt.payment_reference, 300, key=f"r:{a_reference()}"))
    await paid(bench.rail, 200)

    lines = await booked(bench.rail)

    assert sum(one.net_cents for one in lines) == (await bench.rail.funding()).available_cents + bench.outstanding_cents()
    assert all(one.net_cents == one.amount_cents - one.fee_cents for one in lines)
    assert lines == sorted(lines, key=lambda one: one.created_at)
    assert len({one.rail_id for one in lines}) == len(lines)
    assert {one.kind for one in lines if one.reference == attempt.payment_reference} <= {"transfer", "transfer_returned"}
    assert next(one.source_id for one in lines if one.kind == "transfer") == rail_id


async def test_statements_that_touch_hold_each_movement_once(bench):
    await paid(bench.rail)
    whole = await booked(bench.rail)
    border = whole[-1].created_at + timedelta(seconds=1)

    parts = [*await booked(bench.rail, until=border), *await booked(bench.rail, since=border)]

    assert parts == whole
    assert await booked(bench.rail, until=LONG_AGO) == []


async def test_what_was_missed_can_be_asked_for_and_is_what_would_have_been_told(bench):
    attempt, rail_id = await paid(bench.rail)
    bench.clears(rail_id)
    await bench.rail.recover(Recovery(rail_id, attempt.payment_reference, 300, key=f"r:{a_reference()}"))

    events = [one async for one in bench.rail.events(since=LONG_AGO)]

    about = [one for one in events if one.about == "transfer" and one.object_id == rail_id]
    assert about
    assert events == sorted(events, key=lambda one: one.created_at)
    for one in about:
        raw, headers = await bench.told(one)
        assert bench.rail.parse_event(raw, headers) == one
        assert bench.rail.parse_event(raw, headers, account_id=await bench.rail.account_id()) == one
        with pytest.raises(ForgedEventError):
            bench.rail.parse_event(raw + b" ", headers)
        with pytest.raises(ForgedEventError):
            bench.rail.parse_event(raw, {})


async def test_our_own_account_has_one_id(rail):
    assert await rail.account_id() == await rail.account_id() != ""


async def test_a_bank_statement_shows_neutral_words_only(rail):
    payee = await a_payee(rail)
    await rail.describe_payouts(payee, "VENDOR PMT", key=f"d:{a_reference()}")

    for words in ("SDC HEALTH", "COUNTY PMT", "VENDOR PAYMENT", "PMT #1", "", "ПЛАТЁЖ"):
        with pytest.raises(MalformedRequestError, match="descriptor"):
            await rail.describe_payouts(payee, words, key=f"d:{a_reference()}")
