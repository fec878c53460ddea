"""Recipients as the SDK sees them: made, listed, changed, closed, with a bank account that may change, and events of all that."""

import pytest
import stripe

from tests.vendors.rails.running import a_payee, an_attempt, fund
from tests.vendors.rails.sandbox.acting import state
from vendors.rails.sandbox.accounts import CAPABILITY_CHANGED, CLOSED, CREATED, UPDATED


async def banks_of(rail, payee):
    return (await rail._client.v1.accounts.external_accounts.list_async(payee)).data


async def types_of(client, payee):
    return [one["type"] for one in (await state(client))["connected"][payee]["events"]]


async def test_accounts_are_listed_a_page_at_a_time(rail):
    made = [await a_payee(rail) for _ in range(5)]

    page = await rail._client.v2.core.accounts.list_async({"limit": 2})
    listed = [one.id async for one in page.auto_paging_iter()]

    assert listed == list(reversed(made))
    assert len(page.data) == 2


async def test_a_recipient_is_changed_where_something_is_said_and_left_where_not(rail):
    payee = await a_payee(rail)

    changed = await rail._client.v2.core.accounts.update_async(payee, {"metadata": {"note": "a"}, "include": ["identity", "defaults"]})

    assert (changed.metadata["note"], changed.dashboard, changed.identity.country) == ("a", "express", "us")
    assert changed.defaults.responsibilities.losses_collector == "application"


async def test_a_closed_recipient_is_listed_apart_and_changed_no_more(rail):
    payee = await a_payee(rail)
    accounts = rail._client.v2.core.accounts

    closed = await accounts.close_async(payee)

    assert closed.closed is True
    assert (await accounts.list_async({})).data == []
    assert [one.id for one in (await accounts.list_async({"closed": True})).data] == [payee]
    for again in (accounts.close_async(payee), accounts.update_async(payee, {"metadata": {}})):
        with pytest.raises(stripe.InvalidRequestError):
            await again


async def test_who_has_money_is_not_closed(rail):
    await fund(rail, 1_000)
    payee = await a_payee(rail)
    await rail.send(an_attempt(payee))

    with pytest.raises(stripe.InvalidRequestError):
        await rail._client.v2.core.accounts.close_async(payee)


async def test_a_bank_account_that_changes_shows_by_its_fingerprint_and_by_an_event(client, rail):
    payee = await a_payee(rail)
    (first,) = await banks_of(rail, payee)
    await client.post(f"/_sandbox/accounts/{payee}/bank")
    (changed,) = await banks_of(rail, payee)
    await client.post(f"/_sandbox/accounts/{payee}/bank", json={"as": "created"})
    (other,) = await banks_of(rail, payee)

    assert len({first.fingerprint, changed.fingerprint, other.fingerprint}) == 3
    assert first.id == changed.id != other.id
    assert await types_of(client, payee) == [f"account.external_account.{one}" for one in ("created", "updated", "deleted", "created")]


async def test_thin_events_can_be_polled_and_tell_where_to_look(client, rail):
    payee = await a_payee(rail)
    await rail._client.v2.core.accounts.update_async(payee, {"metadata": {"a": "b"}})
    await client.post(f"/_sandbox/accounts/{payee}", json={"capability": "restricted"})
    await client.post(f"/_sandbox/accounts/{payee}", json={"closed": True})

    page = await rail._client.v2.core.events.list_async({"object_id": payee, "limit": 1})
    polled = [one async for one in page.auto_paging_iter()]
    one = await rail._client.v2.core.events.retrieve_async(polled[0].id)

    assert [event.type for event in reversed(polled)] == [CREATED, UPDATED, CAPABILITY_CHANGED, CLOSED]
    assert one.to_dict()["related_object"] == {"id": payee, "type": "v2.core.account", "url": f"/v2/core/accounts/{payee}"}


async def test_thin_events_are_narrowed_by_type_and_time(rail):
    await a_payee(rail)
    listing = rail._client.v2.core.events.list_async

    assert len((await listing({"types": [CREATED], "created": {"gte": "2020-01-01T00:00:00Z"}})).data) == 1
    assert (await listing({"created": {"gte": "2999-01-01T00:00:00Z"}})).data == []
    assert (await listing({"types": [CLOSED]})).data == []


async def test_the_key_tells_whose_it_is(rail):
    ours = await rail._client.v1.accounts.retrieve_current_async()

    assert (ours.object, ours.type) == ("account", "standard")


@pytest.mark.parametrize("capability", ["pending", "restricted", "rejected", "unsupported"])
async def test_only_an_active_recipient_is_ready(client, rail, capability):
    payee = await a_payee(rail)
    await client.post(f"/_sandbox/accounts/{payee}", json={"capability": capability})

    assert not (await rail.payee_status(payee)).ready
