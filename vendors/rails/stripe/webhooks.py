"""Webhooks from Stripe: verified from their raw bytes, then read as hints only.

The SDK's own check takes timestamps from the far future and fails on bytes that are not UTF-8, so all of it is done here.
"""

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from vendors.errors import ForgedEventError
from vendors.rails.values import MAX_EVENT_BYTES, About, Event

SIGNATURE_HEADER: Final = "stripe-signature"
MAX_SKEW_SECONDS: Final = 300
MAX_SIGNATURES: Final = 16
ACCOUNT_IN_ADDRESS: Final = re.compile(r"/accounts/(acct_[A-Za-z0-9]{1,100})(?:/|$)")

ABOUT: Final[Mapping[str, About]] = {
    "transfer.": "transfer",
    "topup.": "top_up",
    "payout.": "payout",
    "account.": "payee",
    "capability.": "payee",
    "person.": "payee",
    "v2.core.account": "payee",
    "balance.": "balance",
}
BANK: Final = ("external_account", "payout_method", "outbound_destination")


def parse(raw: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], live: bool, now: float) -> Event:
    """Verify size, signature (by any of the secrets), both skews and mode; return what the event hints at.

    Raises:
        ForgedEventError: it is not from Stripe, not for us, not from now or not readable.

    """
    if len(raw) > MAX_EVENT_BYTES:
        raise ForgedEventError("it is too large", kind="too_large")
    signed_at, signatures = _signature(headers)
    _check_signature(raw, signed_at, signatures, secrets)
    if abs(now - int(signed_at)) > MAX_SKEW_SECONDS:
        raise ForgedEventError("it was not signed within five minutes of now", kind="stale" if int(signed_at) < now else "future")
    event = read(_json(raw))
    if event.live is not live:
        raise ForgedEventError("it is of the other mode, live or test", kind="other_mode")
    return event


def _signature(headers: Mapping[str, str]) -> tuple[str, list[bytes]]:
    """Take `t` and every `v1` from the header; other schemes are not looked at."""
    header = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
    fields = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in fields if name == "t"]
    signatures = [value.encode() for name, _, value in fields if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= len("9999999999")):
        raise ForgedEventError("it has no time of signing")
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise ForgedEventError("it is not signed")
    return times[0], signatures


def _check_signature(raw: bytes, signed_at: str, signatures: Sequence[bytes], secrets: Sequence[str]) -> None:
    signed = signed_at.encode() + b"." + raw
    expected = [hmac.new(secret.encode(), signed, sha256).hexdigest().encode() for secret in secrets]
    if not any(hmac.compare_digest(one, given) for one in expected for given in signatures):
        raise ForgedEventError("it is signed by someone else")


def _json(raw: bytes) -> Any:  # noqa: ANN401 - whatever the sender wrote
    try:
        return json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ForgedEventError("it is not JSON in UTF-8", kind="unreadable") from error


def read(body: Any) -> Event:  # noqa: ANN401 - not looked at before this function
    """Read a snapshot event (`data.object.id`) or a thin one (`related_object.id`)."""
    try:
        thin = body["object"] == "v2.core.event"
        about = body.get("related_object") if thin else body["data"]["object"]
        object_id = (about or {}).get("id")
        account = body.get("account") or (_account_in(about) if thin else None)
        texts: tuple[Any, ...] = (body["id"], body["type"], object_id, account)
        event = Event(
            id=body["id"],
            type=body["type"],
            object_id=object_id,
            created_at=datetime.fromisoformat(body["created"]) if thin else datetime.fromtimestamp(body["created"], tz=UTC),
            live=bool(body.get("livemode", False)),
            account_id=account,
            about=_about(body["type"]),
        )
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise ForgedEventError("it is not an event", kind="unreadable") from error
    if not all(isinstance(text, str) and text for text in texts[:2]) or not all(isinstance(text, str | None) for text in texts):
        raise ForgedEventError("it is not an event", kind="unreadable")
    return event


def _about(kind: str) -> About:
    """Say what is to be read again, by the event's type."""
    if any(word in kind for word in BANK):
        return "payee_bank"
    return next((about for begin, about in ABOUT.items() if kind.startswith(begin)), "other")


def _account_in(about: Any) -> str | None:  # noqa: ANN401 - not looked at before
    """Find whose account a thin event's object is, or is a part of, by the address it gives: `/v2/core/accounts/acct_1/persons/person_1`."""
    address = (about or {}).get("url")
    found = ACCOUNT_IN_ADDRESS.search(address) if isinstance(address, str) else None
    return found[1] if found else None
