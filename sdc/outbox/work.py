"""What a job is given to work with."""

from dataclasses import dataclass

from sdc.clock import Clock
from sdc.config import Settings
from sdc.crypto import KeyRing
from sdc.database import Sessions
from vendors.rails import Rail


@dataclass(frozen=True, slots=True)
class Work:
    """The process's own things: its sessions, clock, keys, settings and the rail that pays."""

    sessions: Sessions
    clock: Clock
    keyring: KeyRing
    settings: Settings
    rail: Rail
