"""What the worker does for vendors: look again at a payee, mail what vendors are told, and look everybody up on exclusion lists."""

import asyncio

from sqlalchemy import select, update

from sdc import journal
from sdc.marketplace.contact import open_contact
from sdc.marketplace.messages.mailing import MailServer, UndeliverableError, send_letter, write_letter
from sdc.marketplace.messages.words import WORDS
from sdc.marketplace.model import VendorMessage
from sdc.marketplace.onboarding import LOOK_AGAIN_AFTER, refresh_payee
from sdc.marketplace.screening.aging import find_aged_lists, tell_of_aged_lists
from sdc.marketplace.screening.running import go_on, look_up, running_run
from sdc.outbox import enqueue
from sdc.outbox.relay import Leased
from sdc.outbox.work import Work
from vendors import Vendor

PARTS_AT_ONCE = 10
"""Parts of a run that one sweep does before the worker's other work has its turn."""


async def look_at_payee(work: Work, job: Leased) -> None:
    """Ask the rail whether a vendor can be paid by now; a while later again, for as long as it says no (an event may be lost)."""
    at = work.clock.now()
    if await refresh_payee(work.sessions, work.rail, job.subject_id, at=at, cooling_off=work.settings.cooling_off):
        return
    looks_left = int(job.data.get("looks_left", 0)) - 1
    if looks_left > 0:
        async with work.sessions.begin() as session:
            enqueue(session, "look_at_payee", job.subject_id, at=at + LOOK_AGAIN_AFTER, data={"looks_left": looks_left})


async def describe_payouts(work: Work, job: Leased) -> None:
    """Tell the rail what the vendor's bank statement is to show: the neutral words of the settings.

    Raises:
        RailAnswerError: the rail did not take them; the outbox tries again.

    """
    words = work.settings.statement_descriptor
    async with work.sessions.read() as session:
        vendor = await session.get_one(Vendor, job.subject_id)
    if vendor.payee_id is None:
        return
    await work.rail.describe_payouts(vendor.payee_id, words, key=f"describe:{vendor.payee_id}:{words}")
    async with work.sessions.begin() as session:
        journal.record(session, "vendor.payouts_described", subject=vendor.id, by=None, at=work.clock.now(), words=words)


async def mail_vendor_message(work: Work, job: Leased) -> None:
    """Mail a message to a vendor where mail is set up, and note it; what the server does not take now is tried again by the outbox.

    When the server took the letter and its answer was lost, the letter goes twice, under one Message-ID. An address that is
    refused for good calls a person, and the message stays to be read over the API.
    """
    settings = work.settings
    if not settings.mail_url:
        return
    async with work.sessions.begin() as session:
        message = await session.scalar(select(VendorMessage).where(VendorMessage.id == job.subject_id).with_for_update())
        if message is None or message.mailed_at is not None or message.to_sealed is None:
            return
        message.tries += 1
        vendor = await session.get_one(Vendor, message.vendor_id)
    contact = open_contact(work.keyring, vendor, message.to_sealed)
    subject, text = WORDS[message.kind].told(message.facts, contact.language)
    letter = write_letter(id=message.id, sender=settings.mail_from, to=contact.email, subject=subject, text=text, at=work.clock.now())
    is_refused = False
    try:
        await asyncio.to_thread(send_letter, MailServer.of(settings.mail_url), letter)
    except UndeliverableError:
        is_refused = True
    at = work.clock.now()
    async with work.sessions.begin() as session:
        if is_refused:
            journal.raise_alarm(session, "mail_refused", subject=vendor.id, at=at, message=message.id)
            return
        await session.execute(update(VendorMessage).where(VendorMessage.id == message.id).values(mailed_at=at))
        journal.record(session, "vendor.message_mailed", subject=vendor.id, by=None, at=at, message=message.id, message_kind=message.kind)


async def screen_vendor(work: Work, job: Leased) -> None:
    """Look up a vendor who applied or changed, and its people, on every list that is in force."""
    await look_up(work.sessions, [job.subject_id], work.keyring, at=work.clock.now())


async def screening_sweep(work: Work) -> int:
    """Go on with the run over all vendors that is on, and call a person once for each list that nobody has renewed; answers how many."""
    async with work.sessions.read() as session:
        run_id = await running_run(session)
        aged = await find_aged_lists(session, on=work.clock.now().date())
    done = len(aged)
    if aged:
        async with work.sessions.begin() as session:
            await tell_of_aged_lists(session, aged, at=work.clock.now())
    for _ in range(PARTS_AT_ONCE if run_id is not None else 0):
        assert run_id is not None, "there is a run"
        part = await go_on(work.sessions, run_id, work.keyring, at=work.clock.now())
        if not part:
            break
        done += part
    return done
