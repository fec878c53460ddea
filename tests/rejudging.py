"""The end of every test that decides something: each decision is made again from what it kept, and is the same to the byte.

Then the whole past is run over: under the rulebook that decided it, nothing changes.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import policy
from sdc.audit.rejudging import rejudge_decisions
from sdc.cli.replaying import SOURCES
from sdc.crypto import KeyRing
from sdc.database import Sessions
from sdc.programs.model import Program
from sdc.purchases.replaying import read_pasts
from sdc.rulebooks.model import RulebookVersion
from sdc.rulebooks.reading import compiled


async def rejudge(sessions: Sessions, keyring: KeyRing) -> None:
    """Make every decision again, from the facts it kept and by the rulebook it names, and run the rulebook over the past."""
    async with sessions.read() as session:
        found = await rejudge_decisions(session, keyring=keyring)
        for name in set(await session.scalars(select(Program.rulebook))):
            versions = (await session.scalars(select(RulebookVersion.id).where(RulebookVersion.name == name))).all()
            if len(versions) == 1:
                tally = await replayed(session, name, await compiled(session, versions[0]), keyring)
                assert tally.examples == {}, tally.tables
    assert (found.doubts, found.unkept) == ((), 0)


async def replayed(session: AsyncSession, name: str, draft: policy.Rulebook, keyring: KeyRing) -> policy.Tally:
    """Run a draft over the past of all members of programs that decide by a rulebook."""
    tally = policy.Tally.nothing()
    after = None
    while True:
        after, lines = await read_pasts(session, name, after=after, at_most=3, sources=SOURCES, keyring=keyring)
        if after is None:
            return tally
        tally.add(policy.run_draft(lines, draft).tally)
