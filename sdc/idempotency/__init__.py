"""Once is once: a POST with the same key and body has one effect, and answers the same again."""

from sdc.idempotency.claiming import Call, Recheck, ReplayError, begin
from sdc.idempotency.key import KEY_PATTERN, MAX_KEY_LENGTH, IdempotencyKey, read_key
from sdc.idempotency.model import StoredCall

__all__ = ["KEY_PATTERN", "MAX_KEY_LENGTH", "Call", "IdempotencyKey", "Recheck", "ReplayError", "StoredCall", "begin", "read_key"]
