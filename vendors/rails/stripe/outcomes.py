"""What an answer of Stripe means for the money: the one table, by HTTP status and error code, never by message or class."""

import re
from dataclasses import dataclass
from typing import Any, Final

import stripe

from vendors.errors import NotAtRailError, PayeeRefusedError, RailAnswerError, RailClosedError, RailThrottledError, RailUnavailableError
from vendors.rails.values import Busy, Conflicting, RailDown, Rejected, Retry, Throttled, Unknown

NEEDS_FUNDING: Final = frozenset({"balance_insufficient", "insufficient_funds"})

# The payee must do something first; the payment waits for it.
NEEDS_VENDOR: Final = frozenset(
    {
        "account_restricted",
        "account_under_review",
        "capability_not_enabled",
        "insufficient_capabilities_for_transfer",
        "payouts_not_allowed",
        "transfers_not_allowed",
    }
)

WORD: Final = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
DEFAULT_RETRY_AFTER_SECONDS: Final = 1.0
MAX_RETRY_AFTER_SECONDS: Final = 300.0

Failure = Rejected | Unknown | Throttled | Busy | RailDown | Conflicting


@dataclass(frozen=True, slots=True)
class Answer:
    """What is looked at in an answer that is not a success."""

    status: int | None
    """Nothing where no answer came."""
    code: str
    kind: str
    replayed: bool
    retry_after_seconds: float
    lost: str = ""

    @property
    def says(self) -> str:
        """Return status and code: they name nobody."""
        if self.status is None:
            return f"no answer ({self.lost})"
        return f"{self.status} {self.code or self.kind or 'without a code'}"


def read(error: stripe.StripeError) -> Answer:
    """Take from an SDK error what the table looks at. Some SDK classes drop the code, so it is read from the body."""
    body: Any = error.json_body if isinstance(error.json_body, dict) else {}
    told: Any = body.get("error")
    told = told if isinstance(told, dict) else {}
    headers = {str(name).lower(): str(value) for name, value in dict(error.headers or {}).items()}
    return Answer(
        status=error.http_status,
        code=_word(told.get("code") or error.code),
        kind=_word(told.get("type")),
        replayed=headers.get("idempotent-replayed", "").lower() == "true",
        retry_after_seconds=_seconds(headers.get("retry-after", "")),
        lost=(str(error) if isinstance(error, stripe.APIConnectionError) else type(error).__name__),
    )


def of_payment(answer: Answer) -> Failure:
    """Say what a failed call that moves money means. What is in no row here may have moved the money."""
    match answer:
        case Answer(status=401 | 403):
            return RailDown(answer.says)
        case Answer(code="lock_timeout" | "idempotency_key_in_use") | Answer(status=409):
            return Busy(answer.says)
        case Answer(status=429) | Answer(status=400, code="rate_limit"):
            return Throttled(answer.retry_after_seconds)
        case Answer(status=400, kind="idempotency_error"):
            return Conflicting(answer.says)
        case Answer(status=400 | 402) | Answer(status=404, code="resource_missing"):
            return Rejected(answer.code or "refused", retry=_retry(answer.code))
        case _:
            return Unknown(answer.says, key_is_spent=answer.replayed)


def of_recovery(answer: Answer) -> Failure:
    """Say what a failed reversal means: where the balance falls short, it is the payee's, and the payee may come to have it again."""
    failure = of_payment(answer)
    return Rejected(failure.reason, retry="vendor") if isinstance(failure, Rejected) and failure.retry == "funding" else failure


def of_question(asked: str, answer: Answer) -> RailAnswerError:
    """Say what a failed call that moves no money means."""
    match answer:
        case Answer(status=404, code="resource_missing" | "not_found") | Answer(status=403 | 404, code="account_invalid"):
            return NotAtRailError(asked, answer.says)
        case Answer(status=401 | 403):
            return RailClosedError(asked, answer.says)
        case Answer(code="lock_timeout" | "idempotency_key_in_use") | Answer(status=409):
            return RailUnavailableError(asked, answer.says)
        case Answer(status=429) | Answer(status=400, code="rate_limit"):
            return RailThrottledError(asked, answer.retry_after_seconds)
        case Answer(status=400 | 402):
            return PayeeRefusedError(asked, answer.says)
        case _:
            return RailUnavailableError(asked, answer.says)


def _retry(code: str) -> Retry:
    if code in NEEDS_FUNDING:
        return "funding"
    return "vendor" if code in NEEDS_VENDOR else "never"


def _word(told: Any) -> str:  # noqa: ANN401 - whatever somebody answered
    """Take a code as Stripe makes them; anything else could be a sentence, and is no code."""
    return told if isinstance(told, str) and WORD.fullmatch(told) else ""


def _seconds(retry_after: str) -> float:
    """Read a Retry-After of seconds; a date or nonsense is the default."""
    try:
        seconds = float(retry_after)
    except ValueError:
        return DEFAULT_RETRY_AFTER_SECONDS
    return seconds if 0 < seconds <= MAX_RETRY_AFTER_SECONDS else DEFAULT_RETRY_AFTER_SECONDS
