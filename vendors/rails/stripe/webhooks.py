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
LONGEST_HEADER: Final = 4_096
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
PARTS: Final = frozenset({"bank_account", "card", "capability", "person"})
LONGEST: Final = 120
BANK: Final = ("external_account", "payout_method", "outbound_destination")


def parse(raw: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], live: bool, now: float, ours: str | None = None) -> Event:
    """Verify size, signature (by any of the secrets), both skews, mode and account; return what the event hints at.

    Raises:
        ForgedEventError: it is not from Stripe, not for us, not from now or not readable.

    """
    if len(raw) > MAX_EVENT_BYTES:
        raise ForgedEventError("it is too large", kind="too_large")
    signed_at, signatures = _signature(headers)
    _check_signature(raw, signed_at, signatures, secrets)
    if abs(now - int(signed_at)) > MAX_SKEW_SECONDS:
        raise ForgedEventError("it was not signed within five minutes of now", kind="stale" if int(signed_at) < now else "future")
    event = read(_json(raw), ours=ours)
    if event.live is not live:
        raise ForgedEventError("it is of the other mode, live or test", kind="other_mode")
    return event


def _signature(headers: Mapping[str, str]) -> tuple[str, list[bytes]]:
    """Take `t` and every `v1` from the header; other schemes are not looked at."""
    header = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
    if len(header) > LONGEST_HEADER:
        raise ForgedEventError("it is not signed")
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
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ForgedEventError("it is not JSON in UTF-8", kind="unreadable") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says a thing twice: which of the two counts would be anyone's guess."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice")
    return read


def read(body: Any, *, ours: str | None = None) -> Event:  # noqa: ANN401 - not looked at before this function
    """Read a snapshot event (`data.object`) or a thin one (`related_object`), of our own account or of a payee's.

    Raises:
        ForgedEventError: it is not an event, or is one of a platform other than `ours`.

    """
    try:
        thin = body["object"] == "v2.core.event"
        about = (body.get("related_object") if thin else body["data"]["object"]) or {}
        named = _account_in(about) if thin else (body.get("account") or _owner(about))
        account = _account(named, body.get("context") or None, ours)
        event = Event(
            id=_plain(body["id"]),
            type=_plain(body["type"]),
            object_id=None if about.get("id") is None else _plain(about["id"]),
            created_at=_instant(body["created"]) if thin else datetime.fromtimestamp(_whole(body["created"]), tz=UTC),
            live=_truth(body.get("livemode", False)),
            account_id=account,
            about=_about(body["type"]),
        )
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise ForgedEventError("it is not an event", kind="unreadable") from error
    return event


def _account(named: Any, context: Any, ours: str | None) -> str | None:  # noqa: ANN401 - not looked at before
    """Say whose event it is: a payee's by its id, our own by nothing.

    `context` is the way from who is told to whose account it is, such as `acct_platform/acct_payee`; an event with a way
    that passes us by was meant for another platform.
    """
    account = None if named is None else _plain(named)
    way = [] if context is None else _plain(context).split("/")
    if way and account is None and (ours is None or way[-1] != ours):
        account = way[-1]
    if ours is None:
        return account
    if way and ours not in way and way[-1] != account:
        raise ForgedEventError("it is of another account", kind="other_account")
    return None if account == ours else account


def _owner(about: Mapping[str, Any]) -> str | None:
    """Find whose a bank account, a capability or a person is: the object says so itself."""
    account = about.get("account")
    return account if isinstance(account, str) and about.get("object") in PARTS else None


def _plain(text: Any) -> str:  # noqa: ANN401 - not looked at before
    """Take an id or a word as Stripe makes them."""
    if not (isinstance(text, str) and 1 <= len(text) <= LONGEST and text.isascii() and text.isprintable()):
        raise ValueError("not a plain word")
    return text


def _whole(seconds: Any) -> int:  # noqa: ANN401 - not looked at before
    if type(seconds) is not int or seconds < 0:
        raise ValueError("not a moment")
    return seconds


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("not a moment of one clock")
    return moment.astimezone(UTC)


def _truth(value: Any) -> bool:  # noqa: ANN401 - not looked at before
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _about(kind: str) -> About:
    """Say what is to be read again, by the event's type."""
    if any(word in kind for word in BANK):
        return "payee_bank"
    return next((about for begin, about in ABOUT.items() if kind.startswith(begin)), "other")


def _account_in(about: Mapping[str, Any]) -> str | None:
    """Find whose account a thin event's object is, or is a part of, by its address: `/v2/core/accounts/acct_1/persons/person_1`."""
    address = about.get("url")
    found = ACCOUNT_IN_ADDRESS.search(address) if isinstance(address, str) else None
    return found[1] if found else None
