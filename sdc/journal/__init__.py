"""The journal: append-only events of who did, saw or was refused what."""

from sdc.journal.alarming import raise_alarm
from sdc.journal.model import Event
from sdc.journal.recording import record, record_view

__all__ = ["Event", "raise_alarm", "record", "record_view"]
