"""Routes of moves between lines and of savings."""

from sdc.changes.api import moves, savings

HANDLERS = [*moves.HANDLERS, *savings.HANDLERS]
