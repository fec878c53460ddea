"""A vendor goes to the processor's page and comes back: without a token, by addresses that open once and say nothing of it."""

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from sdc.auth.principal import Role
from sdc.jobs import drain
from sdc.marketplace.model import OnboardingLink
from tests.builders import a_house
from tests.databases import on_sqlite
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor
from vendors import RailUnavailableError, Vendor, VendorState
from vendors.rails import PayeeStatus


@pytest.fixture
async def shop(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True, public_url="https://sdc.example.org/api") as served:
        house = await a_house(served.sessions)
        vendor = await a_vendor(served.sessions, house.program, payee_id=None, payees=0, is_payable=False, rail=None)
        yield Shop(served, vendor, await served.token(Role.VENDOR, vendor.id))


class Shop:
    """A vendor at its browser."""

    def __init__(self, served, vendor, token):
        self.served, self.vendor, self.token, self.rail = served, vendor, token, served.work.rail
        self.payee = f"acct_payee:{vendor.id}"

    async def leaves(self, **headers):
        """Ask for the way to the processor's page."""
        path = f"/v1/vendors/{self.vendor.id}/onboarding"
        given = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"{len(self.rail.pages)}"} | headers
        answer = await self.served.http.post(path, json={}, headers=given)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return self.rail.pages[-1]

    async def opens(self, address):
        """Open an address in the browser, which has no token."""
        return await self.served.http.get(urlsplit(address).path.removeprefix("/api"))

    async def row(self):
        """Read what stands of the vendor."""
        async with self.served.sessions.read() as session:
            return await session.get_one(Vendor, self.vendor.id)


async def test_the_addresses_are_ours_whatever_the_request_calls_us(shop):
    pages = await shop.leaves(Host="evil.example")

    assert [page.startswith("https://sdc.example.org/api/v1/onboarding/") for page in pages] == [True, True]
    assert str(shop.vendor.id) not in "".join(pages)


async def test_who_comes_back_reads_a_plain_page_and_is_looked_at(shop):
    shop.rail.statuses[shop.payee] = PayeeStatus(shop.payee, ready=False, restricted=True)
    _, back = await shop.leaves()
    assert not (await shop.row()).is_payable
    del shop.rail.statuses[shop.payee]

    page = await shop.opens(back)
    await drain(shop.served.work)

    assert (page.status_code, page.headers["content-type"]) == (HTTPStatus.OK, "text/html; charset=utf-8")
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "You may close this page" in page.text
    assert (await shop.row()).is_payable
    assert shop.rail.descriptors == {shop.payee: "VENDOR PMT"}


async def test_a_page_that_is_too_old_is_opened_anew_once(shop):
    refresh, _ = await shop.leaves()

    anew = await shop.opens(refresh)
    again = await shop.opens(refresh)

    assert (anew.status_code, anew.headers["location"]) == (HTTPStatus.SEE_OTHER, f"https://rail.test/{shop.payee}/2")
    assert (again.status_code, len(shop.rail.pages)) == (HTTPStatus.GONE, 2)
    assert (await shop.opens(shop.rail.pages[-1][0])).status_code == HTTPStatus.SEE_OTHER


async def test_of_two_browsers_at_once_one_has_the_page_opened(shop):
    refresh, _ = await shop.leaves()

    answers = await asyncio.gather(*(shop.opens(refresh) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [HTTPStatus.SEE_OTHER, HTTPStatus.GONE]


async def test_a_page_of_an_account_that_was_closed_opens_for_a_fresh_one(shop):
    refresh, _ = await shop.leaves()
    shop.rail.statuses[shop.payee] = PayeeStatus(shop.payee, ready=False, restricted=False, closed=True)

    anew = await shop.opens(refresh)

    assert anew.headers["location"] == f"https://rail.test/{shop.payee}:2/2"
    assert ((await shop.row()).payee_id, (await shop.row()).payees) == (f"{shop.payee}:2", 2)


@on_sqlite
@pytest.mark.parametrize("page", ["refresh", "return"])
@pytest.mark.parametrize("word", ["nothing", "x" * 2_000, "%2e%2e%2f", "a'b"])
async def test_a_word_that_is_not_ours_opens_nothing(shop, page, word):
    await shop.leaves()

    answer = await shop.opens(f"/v1/onboarding/{word}/{page}")
    await drain(shop.served.work)

    assert answer.status_code in ({HTTPStatus.GONE, HTTPStatus.NOT_FOUND} if page == "refresh" else {HTTPStatus.OK, HTTPStatus.NOT_FOUND})
    assert len(shop.rail.pages) == 1
    async with shop.served.sessions.read() as session:
        (link,) = await session.scalars(select(OnboardingLink))
    assert (link.used_at, link.returned_at) == (None, None)
    assert word not in link.hash


async def test_after_some_days_the_way_back_is_over(shop):
    refresh, back = await shop.leaves()
    shop.served.clock.move(days=3)

    assert (await shop.opens(refresh)).status_code == HTTPStatus.GONE
    assert (await shop.opens(back)).status_code == HTTPStatus.OK
    async with shop.served.sessions.read() as session:
        assert (await session.scalars(select(OnboardingLink.returned_at))).one() is None


async def test_while_the_rail_is_silent_the_address_stays_good(shop):
    refresh, _ = await shop.leaves()
    shop.rail.silent = RailUnavailableError("payee_status", "no answer")
    assert (await shop.opens(refresh)).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    shop.rail.silent = None

    assert (await shop.opens(refresh)).status_code == HTTPStatus.SEE_OTHER


async def test_a_vendor_that_was_rejected_meanwhile_has_no_page_opened(shop):
    refresh, _ = await shop.leaves()
    async with shop.served.sessions.begin() as session:
        (await session.get_one(Vendor, shop.vendor.id)).state = VendorState.REJECTED

    assert (await shop.opens(refresh)).status_code == HTTPStatus.CONFLICT


async def test_only_the_hash_of_a_way_back_is_kept(shop):
    refresh, _ = await shop.leaves()
    word = urlsplit(refresh).path.split("/")[-2]

    async with shop.served.sessions.read() as session:
        (link,) = await session.scalars(select(OnboardingLink))
    assert word not in repr([link.hash, link.vendor_id])
