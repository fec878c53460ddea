"""The journal: append-only events of who did, saw or was refused what."""

from sdc.journal.alarming import raise_alarm
from sdc.journal.model import Event
from sdc.journal.recording import Fact, plain_facts, record, record_view

__all__ = ["Event", "Fact", "plain_facts", "raise_alarm", "record", "record_view"]
