"""What a vendor is told: kept, read by nobody else, mailed once where mail is set up, and again when the server did not take it."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest

from sdc.auth.principal import Role
from sdc.config import read_settings
from sdc.errors import ConfigurationError
from sdc.ids import new_id
from sdc.jobs import drain
from sdc.marketplace.contact import Contact, seal_contact
from sdc.marketplace.messages import write_message
from sdc.marketplace.messages.words import WORDS, needs
from tests.builders import KEYS, NOON, a_house, a_program, a_staff
from tests.marketplace.post_office import post_office
from tests.scripted_rail import ScriptedRail
from tests.serving import serving
from tests.shops import a_vendor
from vendors import Vendor

PAID: dict[str, str | int] = {"amount_cents": 12_345, "paid_on": "2026-10-01"}


async def a_vendor_with_mail(sessions, program, *, old=None, **contact):
    vendor = await a_vendor(sessions, program)
    async with sessions.begin() as session:
        row = await session.get_one(Vendor, vendor.id)
        row.contact_sealed = seal_contact(KEYS, row, Contact(name="Yolanda", email="yolanda@example.org", **contact))
        row.former_contact_sealed = old and seal_contact(KEYS, row, Contact(name="Yolanda", email=old))
        return row


async def tell(sessions, vendor, kind="uncashed_payment", **told):
    async with sessions.begin() as session:
        return await write_message(session, vendor, kind=kind, id=new_id(), facts=PAID, at=NOON, **told)


async def test_a_vendor_reads_what_it_is_told_in_its_language_and_nobody_elses(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        house = await a_house(served.sessions)
        vendor, other = [await a_vendor(served.sessions, house.program) for _ in range(2)]
        await tell(served.sessions, vendor)
        token, stranger = await served.token(Role.VENDOR, vendor.id), await served.token(Role.VENDOR, other.id)
        path = f"/v1/vendors/{vendor.id}/messages"

        first = (await served.http.get(path, headers={"Authorization": f"Bearer {token}", "Accept-Language": "es"})).json()["items"]
        again = (await served.get(path, token)).json()["items"]

        assert [one["subject"] for one in first] == ["Hay dinero para usted"]
        assert "$123.45" in first[0]["text"]
        assert "1 de octubre de 2026" in first[0]["text"]
        assert (first[0]["read_at"], again[0]["read_at"] is None) == (None, False)
        assert (await served.get(path, stranger)).status_code == HTTPStatus.NOT_FOUND
        assert (await served.get(path, await served.token(Role.MEMBER, house.member.id))).status_code == HTTPStatus.FORBIDDEN


async def test_messages_are_listed_the_newest_first_page_by_page_whatever_their_ids(database_url):
    async with serving(database_url, rail=ScriptedRail(), raise_faults=True) as served:
        vendor = await a_vendor(served.sessions, (await a_house(served.sessions)).program)
        token, path = await served.token(Role.VENDOR, vendor.id), f"/v1/vendors/{vendor.id}/messages"
        for day in range(5):
            async with served.sessions.begin() as session:
                at = NOON + timedelta(days=day)
                await write_message(session, vendor, kind="bank_changed", id=uuid4(), facts={"changed_on": at.date().isoformat()}, at=at)

        seen: list[str] = []
        cursor = None
        while len(seen) < 5:
            page = (await served.get(path, token, limit=2, **({"cursor": cursor} if cursor else {}))).json()
            seen += [one["facts"]["changed_on"] for one in page["items"]]
            cursor = page["next_cursor"]

        assert (seen, cursor) == ([f"2026-10-{day}" for day in range(19, 14, -1)], None)
        assert (await served.get(path, token, cursor="bm90aGluZw")).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_staff_reads_messages_in_its_programs_and_leaves_them_unread(sqlite_url):
    async with serving(sqlite_url, rail=ScriptedRail(), raise_faults=True) as served:
        house = await a_house(served.sessions)
        vendor = await a_vendor(served.sessions, house.program)
        await tell(served.sessions, vendor)
        path = f"/v1/vendors/{vendor.id}/messages"
        here = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[house.program.id])
        elsewhere = await a_staff(served.sessions, Role.DIRECTOR, program_ids=[(await a_program(served.sessions)).id])

        for _ in range(2):
            seen = await served.get(path, await served.token(Role.DIRECTOR, here.id))
            assert [one["read_at"] for one in seen.json()["items"]] == [None]
        assert (await served.get(path, await served.token(Role.DIRECTOR, elsewhere.id))).status_code == HTTPStatus.NOT_FOUND


async def test_mail_goes_once_to_the_address_of_the_moment_and_to_the_old_one_when_told(database_url):
    async with post_office() as office, serving(database_url, rail=ScriptedRail(), **mail_by(office)) as served:
        vendor = await a_vendor_with_mail(served.sessions, (await a_house(served.sessions)).program, old="old@example.org", language="es")
        await tell(served.sessions, vendor)
        await tell(served.sessions, vendor, "bank_changed", to="old")
        async with served.sessions.begin() as session:
            row = await session.get_one(Vendor, vendor.id)
            row.contact_sealed = seal_contact(KEYS, row, Contact(name="Somebody", email="thief@example.org"))

        for _ in range(2):
            await drain(served.work)

        assert sorted(office.to) == ["old@example.org", "yolanda@example.org"]
        by_name = {str(letter["To"]): letter for letter in office.letters}
        assert str(by_name["yolanda@example.org"]["Subject"]) == "Hay dinero para usted"
        assert "$123.45" in by_name["yolanda@example.org"].get_content()
        assert office.logins
        items = (await served.get(f"/v1/vendors/{vendor.id}/messages", await served.token(Role.VENDOR, vendor.id))).json()["items"]
        assert [one["mailed_at"] is not None for one in items] == [True, True]


async def test_a_letter_whose_answer_is_lost_goes_again_under_one_message_id(sqlite_url):
    async with post_office() as office, serving(sqlite_url, rail=ScriptedRail(), **mail_by(office)) as served:
        vendor = await a_vendor_with_mail(served.sessions, (await a_house(served.sessions)).program)
        office.lose_answers = 1
        await tell(served.sessions, vendor)

        await drain(served.work)
        served.clock.move(minutes=5)
        await drain(served.work)

        assert len(office.letters) == 2
        assert len({str(letter["Message-ID"]) for letter in office.letters}) == 1


async def test_an_address_refused_for_good_calls_a_person_and_is_not_tried_again(sqlite_url):
    async with post_office() as office, serving(sqlite_url, rail=ScriptedRail(), **mail_by(office)) as served:
        vendor = await a_vendor_with_mail(served.sessions, (await a_house(served.sessions)).program)
        office.refuse_recipients = [451, 550]
        await tell(served.sessions, vendor)

        for _ in range(3):
            await drain(served.work)
            served.clock.move(hours=1)

        assert (office.letters, office.refuse_recipients) == ([], [])
        items = (await served.get(f"/v1/vendors/{vendor.id}/messages", await served.token(Role.VENDOR, vendor.id))).json()["items"]
        assert [one["mailed_at"] for one in items] == [None]


async def test_without_mail_set_up_messages_are_only_read(sqlite_url):
    async with post_office() as office, serving(sqlite_url, rail=ScriptedRail()) as served:
        vendor = await a_vendor_with_mail(served.sessions, (await a_house(served.sessions)).program)
        await tell(served.sessions, vendor)

        await drain(served.work)

        assert office.letters == []


def mail_by(office) -> dict[str, Any]:
    return {"mail_url": f"smtp://sdc:s%40cret@127.0.0.1:{office.port}", "mail_from": "payments@program.example"}


@pytest.mark.parametrize("kind", WORDS)
def test_each_message_says_the_same_in_both_languages_and_stands_with_no_fact(kind):
    words = WORDS[kind]

    for language in ("en", "es"):
        subject, text = words.told({}, language)
        assert subject
        assert text
        assert not re.search(r"[{}]", subject + text)
    asked = [frozenset().union(*map(needs, words.sentences[language])) for language in ("en", "es")]
    assert asked[1] <= asked[0]


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://mail.example", ""),
        ("", "payments@program.example"),
        ("http://mail.example", "payments@program.example"),
        ("smtps://secret-user@mail.example", "payments@program.example"),
        ("smtps://u:p@mail.example", "Payments\r\nBcc: x@example.org"),
    ],
)
def test_mail_settings_that_can_not_be_are_refused_without_showing_the_secret(url, sender):
    with pytest.raises(ConfigurationError, match="SDC_MAIL") as refused:
        read_settings({"SDC_MAIL_URL": url, "SDC_MAIL_FROM": sender})

    assert "secret" not in str(refused.value)


def test_the_mail_servers_password_is_in_no_repr():
    settings = read_settings({"SDC_MAIL_URL": "smtps://u:hunter2@mail.example:465", "SDC_MAIL_FROM": "payments@program.example"})

    assert "hunter2" not in repr(settings)
