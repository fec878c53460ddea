"""What a vendor is told: kept with the vendor, read over the API, mailed where mail is set up."""

from sdc.marketplace.messages.writing import write_message

__all__ = ["write_message"]
