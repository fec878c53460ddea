"""Routes of programs: payers, programs, funding, staff, and the tokens of everyone who was made known."""

from sdc.programs.api import setting_up, tokens

HANDLERS = [*tokens.HANDLERS, *setting_up.HANDLERS]
