"""Do the same for each thing a sweep found, so that one that fails does not keep the others waiting."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog

from sdc.errors import BusyError

ThingT = TypeVar("ThingT")

_log = structlog.get_logger("sdc.worker")


async def each(
    things: Iterable[ThingT], do: Callable[[ThingT], Awaitable[bool]], *, sweep: str, subject: Callable[[ThingT], object]
) -> int:
    """Do `do` for each thing and count those it changed; one that fails is logged by its id, and the next sweep meets it again."""
    done = 0
    for thing in things:
        try:
            done += await do(thing)
        except BusyError:
            _log.warning("sweep_busy", sweep=sweep, subject_id=str(subject(thing)))
        except Exception as error:  # noqa: BLE001 - others wait behind it
            _log.error("sweep_failed", sweep=sweep, subject_id=str(subject(thing)), error=type(error).__name__)
    return done
