"""What a payee's bank statement may show for our payouts: words that say money came, and nothing of why.

A list of forbidden words could never be whole: the name of a program or a county tells as much as a word about health.
So only neutral words are allowed.
"""

from typing import Final

from vendors.errors import MalformedRequestError

DESCRIPTOR: Final = "VENDOR PMT"
MAX_DESCRIPTOR_LENGTH: Final = 10
"""US banks cut it there without a word."""

NEUTRAL_WORDS: Final = frozenset(
    {
        *("ACCOUNT", "ACCT", "ACH", "AP", "BILL", "BILLS", "CREDIT", "DEPOSIT", "INV", "INVOICE", "NET", "ORDER", "PAID", "PAY", "PAYABLE"),
        *("PAYMENT", "PAYMENTS", "PAYOUT", "PAYOUTS", "PMT", "PMTS", "PO", "PYMT", "REF", "REMIT", "SALE", "SALES", "SELLER", "SETTLE"),
        *("SUPPLIER", "SUPPLY", "TRADE", "TRANSFER", "VEND", "VENDOR", "VENDORS", "VNDR"),
    }
)


def check_descriptor(descriptor: str) -> None:
    """Hold a statement descriptor to plain neutral words and numbers.

    Raises:
        MalformedRequestError: it is empty or longer than ten characters; it has other than ASCII letters, digits and single spaces;
            it has no letter, or a word that is not in `NEUTRAL_WORDS`.

    """
    words = descriptor.split(" ")
    if not 1 <= len(descriptor) <= MAX_DESCRIPTOR_LENGTH:
        raise MalformedRequestError("descriptor", f"is not 1 to {MAX_DESCRIPTOR_LENGTH} characters")
    if not all(word.isascii() and word.isalnum() for word in words):
        raise MalformedRequestError("descriptor", "is not ASCII letters, digits and single spaces")
    spoken = [word for word in words if not word.isdigit()]
    if not spoken or any(word.upper() not in NEUTRAL_WORDS for word in spoken):
        raise MalformedRequestError("descriptor", "has a word that is not neutral, such as VENDOR, SUPPLIER, INVOICE, PAYMENT or PMT")
