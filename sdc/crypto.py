"""Text about a person at rest: AES-256-GCM, bound to its table, column and row, with a ring of keys.

A sealed value is: one version byte, eight bytes that name the key, twelve of nonce, then the ciphertext with its tag.
The newest key seals; every key of the ring opens, so that a rotation needs no downtime.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sdc.errors import ConfigurationError, SdcError

_VERSION = b"\x01"
_KEY_BYTES = 32
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_MARK = "k"


class CannotOpenError(SdcError):
    """A sealed value that no key of the ring opens here: another key, row or column, or tampered with."""


class KeyRing:
    """Seals and opens text for one table, column and row.

    Raises:
        ConfigurationError: no key, or one that is not 32 bytes of base64.

    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigurationError("SDC_SECRET_KEYS holds no key")
        secrets = [_decode(key) for key in keys]
        self._ciphers = {_key_id(secret): AESGCM(secret) for secret in secrets}
        self._markers = {_key_id(secret): hmac.digest(secret, b"sdc mark", "sha256") for secret in secrets}
        self._newest = _key_id(secrets[0])

    def __repr__(self) -> str:
        return f"KeyRing({len(self._ciphers)} keys)"

    def seal(self, text: str, column: str, row: UUID) -> bytes:
        """Seal `text` for `table.column` of `row`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, text.encode(), _bound_to(column, row))
        return _VERSION + self._newest + nonce + sealed

    def open(self, sealed: bytes, column: str, row: UUID) -> str:
        """Open what `seal` made for the same column and row.

        Raises:
            CannotOpenError: the key is unknown, or the bytes belong elsewhere or were changed.

        """
        key_id, rest = sealed[1 : 1 + _KEY_ID_BYTES], sealed[1 + _KEY_ID_BYTES :]
        cipher = self._ciphers.get(key_id)
        if sealed[:1] != _VERSION or cipher is None:
            raise CannotOpenError("a sealed value was made with a key that is not in the ring")
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _bound_to(column, row)).decode()
        except InvalidTag as error:
            raise CannotOpenError("a sealed value does not belong here, or was changed") from error

    def mark(self, text: str) -> str:
        """Mark `text` so that the same text is known again, and nobody without the key can try out what it was.

        The mark is `k:`, the name of the newest key, and the keyed hash: 62 characters.
        """
        return self._mark(self._newest, text)

    def marks(self, text: str) -> tuple[str, ...]:
        """Mark `text` with every key of the ring, the newest first: to look for what was marked before a rotation."""
        return tuple(self._mark(key_id, text) for key_id in self._markers)

    def is_mark_of(self, mark: str, text: str) -> bool:
        """Say whether a mark is of this text, made by any key of the ring."""
        kind, _, rest = mark.partition(":")
        key_id = rest.partition(":")[0]
        known = next((one for one in self._markers if one.hex() == key_id), None)
        return kind == _MARK and known is not None and hmac.compare_digest(self._mark(known, text), mark)

    def _mark(self, key_id: bytes, text: str) -> str:
        digest = base64.urlsafe_b64encode(hmac.digest(self._markers[key_id], text.encode(), "sha256")).decode().rstrip("=")
        return f"{_MARK}:{key_id.hex()}:{digest}"


def _decode(key: str) -> bytes:
    try:
        secret = base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise ConfigurationError("SDC_SECRET_KEYS holds a key that is not base64") from error
    if len(secret) != _KEY_BYTES:
        message = f"SDC_SECRET_KEYS holds a key of {len(secret)} bytes; each has {_KEY_BYTES}"
        raise ConfigurationError(message)
    return secret


def _key_id(secret: bytes) -> bytes:
    return hashlib.sha256(b"sdc key id" + secret).digest()[:_KEY_ID_BYTES]


def _bound_to(column: str, row: UUID) -> bytes:
    return f"{column}.{row}".encode()
