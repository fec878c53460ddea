"""The outbox: work that must follow a commit, written in the same transaction, done by a worker later."""

from sdc.outbox.enqueue import enqueue
from sdc.outbox.model import Job

__all__ = ["Job", "enqueue"]
