"""Who may be paid, for what, and the rails that pay; knows nothing of the application, the ledger or the policy."""

from vendors.approval import accept_tax_form, add_applicant, excluded_on, move_vendor, open_moves, set_payee, why_not_payable
from vendors.base import VendorBase
from vendors.catalog import Offered, add_offering, find_offered
from vendors.credential import add_credential
from vendors.errors import (
    ClosedMoveError,
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
from vendors.model import Credential, Offering, OrganisationType, Screening, ScreeningResult, Vendor, VendorState
from vendors.people import PersonKind, TaxClassification, TinKind, VendorEvent, VendorPerson, VendorTaxRecord
from vendors.screening import add_screening

__all__ = [
    "ClosedMoveError",
    "Credential",
    "ForgedEventError",
    "MalformedRequestError",
    "NotAtRailError",
    "Offered",
    "Offering",
    "OrganisationType",
    "PayeeRefusedError",
    "PersonKind",
    "RailAnswerError",
    "RailClosedError",
    "RailError",
    "RailMisconfiguredError",
    "RailThrottledError",
    "RailUnavailableError",
    "Screening",
    "ScreeningResult",
    "TaxClassification",
    "TinKind",
    "Vendor",
    "VendorBase",
    "VendorEvent",
    "VendorPerson",
    "VendorState",
    "VendorTaxRecord",
    "VendorsError",
    "accept_tax_form",
    "add_applicant",
    "add_credential",
    "add_offering",
    "add_screening",
    "excluded_on",
    "find_offered",
    "move_vendor",
    "open_moves",
    "set_payee",
    "why_not_payable",
]
