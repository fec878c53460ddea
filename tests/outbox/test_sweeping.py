"""A sweep goes on past what fails, and counts what it changed."""

from sdc.errors import BusyError
from sdc.outbox.sweeping import each


async def test_one_that_fails_does_not_keep_the_others_waiting():
    seen = []

    async def do(thing):
        seen.append(thing)
        if thing == "busy":
            raise BusyError("somebody holds it")
        if thing == "broken":
            raise LookupError(thing)
        return thing == "due"

    done = await each(["busy", "broken", "due", "not due"], do, sweep="test", subject=str)

    assert (done, seen) == (1, ["busy", "broken", "due", "not due"])
