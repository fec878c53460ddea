"""The keys that sign blocks: Ed25519, in a file outside the database, newest first."""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import KeyFileError

_ALGORITHM = "ed25519"
_HEADING = "# Keys that sign the blocks of a ledger, newest first. Secret: whoever has them can sign. Older ones stay, to hand over."


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key; it shows nothing of itself but its public half."""

    seed: bytes = field(repr=False)
    made_at: datetime

    @property
    def public_key(self) -> bytes:
        """The half that verifies: 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, message: bytes) -> bytes:
        """Sign: 64 bytes."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of one file; the first signs, the others hand over to it."""

    keys: tuple[SigningKey, ...]

    @property
    def newest(self) -> SigningKey:
        """The key that signs."""
        return self.keys[0]

    def of(self, public_key: bytes) -> SigningKey | None:
        """Find the key whose public half this is."""
        return next((key for key in self.keys if key.public_key == public_key), None)


def create_keys(path: Path, *, at: datetime) -> SigningKeys:
    """Make a first key, in a new file that only its owner may read.

    Raises:
        KeyFileError: the file is there already, or cannot be written.

    """
    keys = SigningKeys((_make_key(at),))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from error
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeyFileError(f"{path} is there already; rotate the key to make another") from error
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        _write(file.fileno(), keys)
    return keys


def rotate_keys(path: Path, *, at: datetime) -> SigningKeys:
    """Put a new key before those of the file: the next block is signed by both, the new one and the one before.

    Raises:
        KeyFileError: the file cannot be read or written.

    """
    keys = SigningKeys((_make_key(at), *read_keys(path).keys))
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            _write(file.fileno(), keys)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise KeyFileError(f"{path} cannot be written: {error.strerror}") from error
    return keys


def read_keys(path: Path) -> SigningKeys:
    """Read the keys of a file.

    Raises:
        KeyFileError: the file cannot be read, others than its owner may read it, or a line holds no key.

    """
    try:
        with path.open(encoding="utf-8") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileError(f"{path} may be read by others than its owner; set its mode to 600")
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}") from error
    keys = tuple(_read_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#"))
    if not keys:
        raise KeyFileError(f"{path} holds no key")
    return SigningKeys(keys)


def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a signature holds."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make_key(at: datetime) -> SigningKey:
    return SigningKey(secrets.token_bytes(32), at.astimezone(UTC))


def _write(descriptor: int, keys: SigningKeys) -> None:
    lines = [_HEADING, *(f"{_ALGORITHM} {key.seed.hex()} {key.made_at.isoformat(timespec='seconds')}" for key in keys.keys)]
    os.write(descriptor, ("\n".join(lines) + "\n").encode())
    os.fsync(descriptor)


def _read_line(path: Path, number: int, line: str) -> SigningKey:
    parts: Sequence[str] = line.split()
    with suppress(ValueError):
        algorithm, seed, made_at = parts
        key = SigningKey(bytes.fromhex(seed), datetime.fromisoformat(made_at))
        if algorithm == _ALGORITHM and len(key.seed) == 32 and key.made_at.tzinfo is not None:  # noqa: PLR2004 - bytes of a key
            return key
    raise KeyFileError(f"{path}, line {number}: this is no key")
