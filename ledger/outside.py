"""Check a receipt, or the published heads of a ledger, with nothing but Python 3.11 and the public key.

    python outside.py receipt RECEIPT.json --key HEX [--heads HEADS.jsonl]
    python outside.py heads HEADS.jsonl --key HEX

It ends with 0 and says what is proved, with 1 and says what does not hold and where, or with 2 when the input cannot be
understood. A receipt proves that a signed block holds the transfers. That everybody else was given the same block is
proved by heads that were published, not by heads that came with the receipt.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from getopt import GetoptError, getopt
from hashlib import sha256, sha512
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_args
from uuid import UUID

HEAD_MESSAGE: Final = b"ledger.head.1"  # stands before the hash of a block when it is signed
_T = TypeVar("_T")


class MalformedError(ValueError):
    """The input cannot be understood."""


class NotProvedError(Exception):
    """The input is understood, and does not hold."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a field is read from JSON, or refused by a ValueError, and what it is in a record; without a type it is not hashed."""

    read: Callable[[Any], Any]
    type_id: int = 0
    write: Callable[[Any], bytes] = bytes


def _integer(type_id: int, size: int, least: int, most: int) -> Kind:
    def read_integer(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise MalformedError(f"is not an integer from {least} to {most}")
        return value

    return Kind(read_integer, type_id, lambda value: value.to_bytes(size, "big", signed=True))


def _text(pattern: str, name: str, make: Callable[[str], object] = str) -> Callable[[object], Any]:
    def read_text(value: object) -> object:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise MalformedError(f"is not {name}")
        return make(value)

    return read_text


def _list(read_one: Callable[[object], object]) -> Kind:
    def read_list(value: object) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise MalformedError("is not a list")
        return tuple(_within(f"{position}", read_one, one) for position, one in enumerate(value, 1))

    return Kind(read_list)


def _within(where: str, reading: Callable[[Any], _T], value: object) -> _T:
    try:
        return reading(value)
    except ValueError as error:
        raise MalformedError(f"{where} {error}") from error


_VERSION: Final = _integer(21, 2, 1, 2**15 - 1)
_POSITIVE: Final = _integer(20, 8, 1, 2**63 - 1)
_COUNT: Final = _integer(20, 8, 0, 2**63 - 1)
_INSTANT: Final = _integer(20, 8, -62_135_596_800_000_000, 253_402_300_799_999_999)  # from year 1 to year 9999
_DAY: Final = Kind(_text("[0-9-]{10}", "a date, YYYY-MM-DD", date.fromisoformat), 23, lambda day: day.toordinal().to_bytes(4, "big"))
_ID: Final = Kind(_text("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a UUID in lowercase", UUID), 2950, lambda value: value.bytes)
_TEXT: Final = Kind(_text("[^\ud800-\udfff]*", "text"), 17, str.encode)
_DIGEST: Final = Kind(_text("[0-9a-f]{64}", "64 lowercase hexadecimal digits", bytes.fromhex), 17)
_SIGNATURE: Final = Kind(_text("[0-9a-f]{128}", "128 lowercase hexadecimal digits", bytes.fromhex))


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer as a receipt states it, with its place among the leaves of the block."""

    effective_on: Annotated[date, _DAY]
    entry_id: Annotated[UUID, _ID]
    number: Annotated[int, _VERSION]
    transfer_count: Annotated[int, _VERSION]
    book_id: Annotated[UUID, _ID]
    subject: Annotated[UUID, _ID]
    recorded_at_us: Annotated[int, _INSTANT]
    debit_id: Annotated[UUID, _ID]
    credit_id: Annotated[UUID, _ID]
    amount_cents: Annotated[int, _POSITIVE]
    reverses: Annotated[UUID | None, _ID]
    asked_on: Annotated[date | None, _DAY]
    kind: Annotated[str, _TEXT]
    tag: Annotated[str, _TEXT]
    index: Annotated[int, Kind(_COUNT.read)]
    path: Annotated[tuple[bytes, ...], _list(_DIGEST.read)]


@dataclass(frozen=True, slots=True)
class Head:
    """A block without its leaves, as it is published."""

    form: Annotated[str, Kind(_text("ledger-head-1", "ledger-head-1"))]
    book_id: Annotated[UUID, _ID]
    number: Annotated[int, _POSITIVE]
    previous: Annotated[bytes, _DIGEST]
    leaf_count: Annotated[int, _COUNT]
    root: Annotated[bytes, _DIGEST]
    event_count: Annotated[int, _COUNT]
    events_root: Annotated[bytes, _DIGEST]
    trial_hash: Annotated[bytes | None, _DIGEST]
    sealed_at_us: Annotated[int, _INSTANT]
    public_key: Annotated[bytes | None, _DIGEST]
    hash: Annotated[bytes, Kind(_DIGEST.read)]
    signature: Annotated[bytes | None, _SIGNATURE]
    counter_signature: Annotated[bytes | None, _SIGNATURE]

    def failure(self, what: str, *where: str) -> NotProvedError:
        """Say what does not hold, and where."""
        return NotProvedError(f"{', '.join((f'book {self.book_id}', f'block {self.number}', *where))}: {what}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The transfers of one entry, and the head of the block that holds them."""

    form: Annotated[str, Kind(_text("ledger-receipt-1", "ledger-receipt-1"))]
    head: Annotated[Head, Kind(lambda value: read(Head, value))]
    transfers: Annotated[tuple[Transfer, ...], _list(lambda value: read(Transfer, value))]


def transfer_leaf(transfer: Transfer) -> bytes:
    """Hash a transfer, as a leaf in the sense of RFC 6962."""
    return sha256(b"\x00" + record(2, transfer)).digest()


def block_hash(head: Head) -> bytes:
    """Hash a block: all but its hash and its signatures."""
    return sha256(b"\x02" + record(1, head)).digest()


def record(version: int, value: Transfer | Head) -> bytes:
    """Write the version and the hashed fields as PostgreSQL writes a record: their count, then type, length and bytes of each."""
    columns = [(_VERSION, version), *[(kind, getattr(value, name)) for name, (_, kind) in _declared(value).items() if kind.type_id]]
    written = [len(columns).to_bytes(4, "big")]
    for kind, one in columns:
        data = b"" if one is None else kind.write(one)
        written += kind.type_id.to_bytes(4, "big"), (-1 if one is None else len(data)).to_bytes(4, "big", signed=True), data
    return b"".join(written)


def _declared(described: Any) -> dict[str, tuple[Any, Kind]]:  # noqa: ANN401 - a class above, or a value of one
    return {one.name: get_args(one.type) for one in fields(described)}


def check_receipt(receipt: Receipt, key: bytes, heads: Iterable[Head] | None = None) -> str:
    """Say what a receipt proves to whoever trusts `key`; `heads` are what the ledger has published, of any books."""
    head, count = receipt.head, len(receipt.transfers)
    check_head(head)
    check_transfers(head, receipt.transfers)
    proved = f"entry {receipt.transfers[0].entry_id}: {count} transfer{' stands' if count == 1 else 's stand'} in block {head.number}"
    proved += f" of book {head.book_id}, sealed {_instant(head)}, signed by {_name(head.public_key)}"
    if heads is None:
        if head.public_key != key:
            raise head.failure(f"it is signed by {_name(head.public_key)}: whether {_name(key)} vouches for it, only published heads tell")
        return proved
    chain = check_chain(one for one in heads if one.book_id == head.book_id)
    if head not in chain:
        raise head.failure("the published heads do not know this block")
    if head.number > check_trust(chain, key):
        raise head.failure("it is not yet signed, nor is a block above it")
    return f"{proved}; it is one of the published blocks that {_name(key)} vouches for"


def check_heads(heads: Iterable[Head], key: bytes) -> list[str]:
    """Say, for each book, what its heads prove to whoever trusts `key`."""
    published, said = list(heads), []
    for book_id in dict.fromkeys(one.book_id for one in published):
        chain = check_chain(one for one in published if one.book_id == book_id)
        first, last, signed = chain[0].number, chain[-1].number, check_trust(chain, key)
        said.append(f"book {book_id}: blocks {first} to {last} stand, the last sealed {_instant(chain[-1])}")
        said[-1] += f"; {_name(key)} vouches for them up to block {signed}"
        said[-1] += f"; blocks {signed + 1} to {last} are not yet signed" if signed < last else ""
        said[-1] += f"; the blocks before {first} are not in these heads" if first > 1 else ""
    if not said:
        raise NotProvedError("there are no heads, so nothing is proved")
    return said


def check_head(head: Head) -> None:
    """Find that the hash is that of the content, and the signature, if there is one, by the key that the head names."""
    if block_hash(head) != head.hash:
        raise head.failure("its hash is not that of its content")
    if head.public_key is None and (head.signature or head.counter_signature):
        raise head.failure("it is signed, but names no key")
    if head.public_key is not None and not verify_signature(head.public_key, HEAD_MESSAGE + head.hash, head.signature or b""):
        raise head.failure(f"it is not signed by {_name(head.public_key)}, which it names")


def check_transfers(head: Head, transfers: Sequence[Transfer]) -> None:
    """Find that `transfers` are all those of one entry, and each a leaf under the root of `head`."""
    if not transfers:
        raise head.failure("the receipt holds no transfer")
    entry_id, count = transfers[0].entry_id, transfers[0].transfer_count
    for number, one in enumerate(sorted(transfers, key=lambda transfer: transfer.number), 1):
        where = f"entry {one.entry_id}", f"transfer {one.number}"
        if (one.book_id, one.entry_id, one.number, one.transfer_count) != (head.book_id, entry_id, number, count):
            raise head.failure(f"transfer {number} of {count} of entry {entry_id} of this book is expected in its place", *where)
        if root_above(transfer_leaf(one), one.index, head.leaf_count, one.path) != head.root:
            raise head.failure("its path does not lead to the root of the block", *where)
    if len(transfers) != count:
        raise head.failure(f"the receipt holds {len(transfers)} of its {count} transfers", f"entry {entry_id}")


def root_above(leaf: bytes, index: int, leaf_count: int, path: Sequence[bytes]) -> bytes | None:
    """Climb from a leaf to the root of its tree (RFC 6962, 2.1); None if the path is not as long as it must be."""
    if not 0 <= index < leaf_count or (leaf_count == 1) == bool(path):
        return None
    if leaf_count == 1:
        return leaf
    left = 1 << (leaf_count - 1).bit_length() - 1  # the leaves of the left branch: the largest power of two below their count
    node = root_above(leaf, index % left, left if index < left else leaf_count - left, path[:-1])
    return node and sha256(b"\x01" + (node + path[-1] if index < left else path[-1] + node)).digest()


def check_chain(heads: Iterable[Head]) -> list[Head]:
    """Find that the heads of one book follow one another; give each once, as the same head may be published twice."""
    chain: list[Head] = []
    for head in heads:
        check_head(head)
        place = head.number - chain[0].number if chain else 0
        if 0 <= place < len(chain):
            if head != chain[place]:
                raise head.failure("a fork: there are two different heads of this number")
            continue
        if place != len(chain):
            raise head.failure(f"block {chain[-1].number + 1} is expected in its place: there is a gap, or no order")
        if head.previous != (chain[-1].hash if chain else bytes(32) if head.number == 1 else head.previous):
            raise head.failure("its previous is not the hash of the block before")
        chain.append(head)
    return chain


def check_trust(chain: Sequence[Head], key: bytes) -> int:
    """Find that a chain hangs on `key`; give the last block signed by a trusted key, which covers all below by their hashes."""
    vouched_to, signer, is_trusted = 0, b"", False
    for place, head in enumerate(chain):
        if head.public_key is None:
            continue
        by = signer or (key if chain[0].number > 1 else b"")  # the key before may be archived: then only the trusted one is known
        is_introduced = by != head.public_key and verify_signature(by, HEAD_MESSAGE + head.hash, head.counter_signature or b"")
        if head.counter_signature and not is_introduced and (signer or chain[0].number == 1):
            raise head.failure("it is counter-signed, but not by another key that signed before it")
        if signer not in {b"", head.public_key} and not is_introduced and chain[place - 1].public_key:
            raise head.failure("it changes the key, but the key of the block before has not counter-signed it")
        is_trusted = head.public_key == key or ((is_introduced or head.public_key == signer) and (is_trusted or not signer))
        vouched_to, signer = head.number if is_trusted else vouched_to, head.public_key
    if not vouched_to:
        raise NotProvedError(f"book {chain[0].book_id}: no block is signed by {_name(key)}, or by one that it introduced")
    for head in chain[vouched_to - chain[0].number + 1 :]:
        if head.public_key:
            raise head.failure(f"it is signed by {_name(head.public_key)}, which no trusted key introduced")
    return vouched_to


def _name(key: bytes | None) -> str:
    return f"key {key.hex()[:16]}" if key else "no key"


def _instant(head: Head) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=head.sealed_at_us)).isoformat().replace("+00:00", "Z")


Point = tuple[int, int, int, int]  # X, Y, Z and T, with x = X/Z, y = Y/Z and xy = T/Z
_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D2: Final = -2 * 121665 * pow(121666, -1, _P) % _P  # twice d
_X: Final = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Y: Final = 4 * pow(5, -1, _P) % _P


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is one of `message`; a key of small order, whose signatures anybody can make, has none."""
    key, scalar = decode_key(public_key), int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or scalar >= _L:  # noqa: PLR2004 - the length of a signature
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public_key + message).digest(), "little") % _L
    base, minus = (_X, _Y, 1, _X * _Y % _P), (-key[0], key[1], 1, -key[3])
    neutral = total = (0, 1, 1, 0)
    steps = neutral, base, minus, _add(base, minus)
    for bit in range(252, -1, -1):  # scalar times base minus challenge times key, both at once
        total = _add(_add(total, total), steps[(scalar >> bit & 1) + 2 * (challenge >> bit & 1)])
    x, y = (coordinate * pow(total[2], -1, _P) % _P for coordinate in total[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def decode_key(public_key: bytes) -> Point | None:
    """Decode a public key (RFC 8032, 5.1.3); None if it is no point, not in its only right form, or of small order."""
    number = int.from_bytes(public_key, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if len(public_key) != 32 or y >= _P:  # noqa: PLR2004 - the length of a key
        return None
    square = (y * y - 1) * 2 * pow(_D2 * y * y + 2, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if x * x % _P == square else x * pow(2, (_P - 1) // 4, _P) % _P
    if x * x % _P != square or (not x and sign):
        return None
    x = x if x & 1 == sign else _P - x
    point = eighth = (x, y, 1, x * y % _P)
    for _ in range(3):
        eighth = _add(eighth, eighth)
    return point if eighth[0] else None


def _add(one: Point, two: Point) -> Point:
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % _P, (one[1] + one[0]) * (two[1] + two[0]) % _P
    c, d = one[3] * two[3] % _P * _D2 % _P, 2 * one[2] * two[2] % _P
    return (b - a) * (d - c) % _P, (d + c) * (b + a) % _P, (d - c) * (d + c) % _P, (b - a) * (b + a) % _P


def read(kind: type[_T], value: object) -> _T:
    """Read an object of JSON, given by its pairs, whose fields are exactly those that the class declares."""
    if not isinstance(value, tuple):
        raise MalformedError("is not a JSON object")
    found, declared = dict(value), _declared(kind)
    if len(found) != len(value):
        raise MalformedError("has a field twice")
    for name in sorted(declared.keys() ^ found.keys()):
        raise MalformedError(f"has no field {name}" if name in declared else f"has an unknown field {name[:40]}")
    made: dict[str, Any] = {}
    for name, (annotation, how) in declared.items():
        is_null = found[name] is None and type(None) in get_args(annotation)
        made[name] = None if is_null else _within(name, how.read, found[name])
    return kind(**made)


def read_json(content: bytes) -> object:
    """Read JSON in UTF-8; an object becomes a tuple of its pairs, so that a field that it has twice is seen."""
    try:
        return json.loads(content.decode(), object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"is not JSON: {error}") from error


def read_receipt(path: str) -> Receipt:
    """Read a file that holds one receipt."""
    return _within(path, lambda content: read(Receipt, read_json(content)), Path(path).read_bytes())


def read_heads(path: str) -> Iterator[Head]:
    """Read a file of heads, one a line."""
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            yield _within(f"{path}, line {number},", lambda content: read(Head, read_json(content)), line)


def check(arguments: Sequence[str]) -> list[str]:
    """Check what the command line names, and say what is proved."""
    words, (options, rest) = arguments[:2], getopt(list(arguments[2:]), "", ["key=", "heads="])
    given = dict(options)
    if rest or "--key" not in given or words[0] not in ({"receipt"} if "--heads" in given else {"receipt", "heads"}):
        raise MalformedError("say: receipt RECEIPT.json --key HEX [--heads HEADS.jsonl], or: heads HEADS.jsonl --key HEX")
    key: bytes = _within("--key", _DIGEST.read, given["--key"])
    if decode_key(key) is None:
        raise MalformedError("--key is not an Ed25519 public key")
    if words[0] == "heads":
        return check_heads(read_heads(words[1]), key)
    return [check_receipt(read_receipt(words[1]), key, read_heads(given["--heads"]) if "--heads" in given else None)]


def main(arguments: Sequence[str]) -> int:
    """Check, say what came of it, and return the exit code."""
    stream, code = sys.stdout, 0
    try:
        said = check(arguments)
    except NotProvedError as error:
        said, code = [str(error)], 1
    except (MalformedError, GetoptError) as error:
        said, code, stream = [str(error)], 2, sys.stderr
    except OSError as error:
        said, code, stream = [f"{error.filename or 'a file'} cannot be read: {error.strerror}"], 2, sys.stderr
    for line in said:
        stream.write("".join(one if " " <= one <= "~" else ascii(one)[1:-1] for one in line) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
