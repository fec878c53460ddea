"""The end of every test that decides something: each decision is made again from what it kept, and is the same to the byte."""

from sdc.audit.rejudging import rejudge_decisions
from sdc.crypto import KeyRing
from sdc.database import Sessions


async def rejudge(sessions: Sessions, keyring: KeyRing) -> None:
    """Make every decision again, from the facts it kept and by the rulebook it names."""
    async with sessions.read() as session:
        found = await rejudge_decisions(session, keyring=keyring)
    assert (found.doubts, found.unkept) == ((), 0)
