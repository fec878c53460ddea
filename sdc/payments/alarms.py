"""What a person must look at about payments."""

from sdc.journal import raise_alarm

__all__ = ["raise_alarm"]
