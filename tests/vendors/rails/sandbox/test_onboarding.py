"""A vendor comes to life on the onboarding page, or at once where the sandbox is set so."""

import time

import httpx
import pytest

from tests.vendors.rails.running import PLAIN, a_payee, an_attempt, fund
from vendors.rails import Rejected, Sent
from vendors.rails.sandbox import accounts, links, onboarding
from vendors.rails.sandbox.world import World

REFRESH, RETURN = "http://localhost/refresh", "http://localhost/back"


@pytest.fixture
async def waiting(client, rail):
    """Give a payee that has yet to visit the page, and its link."""
    await client.post("/_sandbox/settings", json={"auto_activate": False})
    payee = await a_payee(rail)
    return payee, await rail.onboarding_url(payee, refresh_url=REFRESH, return_url=RETURN)


async def test_a_recipient_is_ready_once_its_page_is_completed(rail, waiting):
    payee, link = waiting
    await fund(rail, 1_000)
    before = await rail.send(an_attempt(payee))
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        shown = await browser.get(link)
        still = await rail.payee_status(payee)
        done = await browser.post(link, headers={"Origin": link.rpartition("/onboard/")[0]})

    assert before == Rejected("insufficient_capabilities_for_transfer", retry="vendor")
    assert (shown.status_code, still.ready, still.reason) == (200, False, "requirements_past_due")
    assert (done.status_code, done.headers["location"]) == (303, RETURN)
    assert (await rail.payee_status(payee)).ready
    assert isinstance(await rail.send(an_attempt(payee)), Sent)


@pytest.mark.parametrize(
    ("choice", "ready", "reason"), [("leave", False, "requirements_past_due"), ("restrict", False, "requirements_past_due")]
)
async def test_a_sign_up_that_did_not_end_well_comes_back_all_the_same(rail, waiting, choice, ready, reason):
    payee, link = waiting
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        done = await browser.post(link, data={"choice": choice})

    status = await rail.payee_status(payee)
    assert (done.status_code, done.headers["location"]) == (303, RETURN)
    assert (status.ready, status.reason) == (ready, reason)


async def test_who_could_be_paid_can_be_restricted_on_the_page(client, rail):
    payee = await a_payee(rail)
    link = await rail.onboarding_url(payee, refresh_url=REFRESH, return_url=RETURN)
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        await browser.post(link, data={"choice": "restrict"})

    assert not (await rail.payee_status(payee)).ready


async def test_another_bank_account_can_be_told_of_on_the_page(client, rail):
    payee = await a_payee(rail)
    before = (await rail._client.v1.accounts.external_accounts.list_async(payee)).data[0]
    link = await rail.onboarding_url(payee, refresh_url=REFRESH, return_url=RETURN)
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        await browser.post(link, data={"choice": "bank"})

    after = (await rail._client.v1.accounts.external_accounts.list_async(payee)).data[0]
    assert before.fingerprint != after.fingerprint


@pytest.mark.parametrize("body", [b"choice=dance", b"choice[a]=b", b"choice=finish&choice=leave", b"\xff", b"choice"])
async def test_a_choice_that_is_none_ends_nothing(rail, waiting, body):
    payee, link = waiting
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        refused = await browser.post(link, content=body)
        shown = await browser.get(link)

    assert (refused.status_code, shown.status_code) == (400, 200)
    assert not (await rail.payee_status(payee)).ready


async def test_a_used_link_leads_to_a_new_one(waiting):
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        await browser.post(waiting[1])
        again = [await browser.get(waiting[1]), await browser.post(waiting[1])]

    assert [(answer.status_code, answer.headers["location"]) for answer in again] == [(303, REFRESH)] * 2


async def test_an_unknown_link_is_not_found(sandbox):
    async with httpx.AsyncClient(verify=PLAIN) as browser:
        assert (await browser.get(f"{sandbox}/onboard/link_none")).status_code == 404


def test_a_link_is_short_lived():
    now = [time.time()]
    world = World(clock=lambda: now[0], new_id=lambda prefix: f"{prefix}_1")
    account = accounts.create(world, {"configuration": {"recipient": {}}})
    flow = {"type": "account_onboarding", "account_onboarding": {"refresh_url": REFRESH}}
    token = links.create(world, {"account": account["id"], "use_case": flow})["url"].rpartition("/")[2]

    assert onboarding.visit(world, "GET", token)[0] == 200
    now[0] += links.LINK_SECONDS
    assert onboarding.visit(world, "POST", token)[:2] == (303, REFRESH)
