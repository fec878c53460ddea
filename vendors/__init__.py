"""Who may be paid, for what, and the rails that pay; knows nothing of the application, the ledger or the policy."""

from vendors.errors import (
    ForgedEventError,
    MalformedRequestError,
    NotAtRailError,
    PayeeRefusedError,
    RailAnswerError,
    RailClosedError,
    RailError,
    RailMisconfiguredError,
    RailThrottledError,
    RailUnavailableError,
    VendorsError,
)

__all__ = [
    "ForgedEventError",
    "MalformedRequestError",
    "NotAtRailError",
    "PayeeRefusedError",
    "RailAnswerError",
    "RailClosedError",
    "RailError",
    "RailMisconfiguredError",
    "RailThrottledError",
    "RailUnavailableError",
    "VendorsError",
]
