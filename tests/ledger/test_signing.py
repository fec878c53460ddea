"""The file of signing keys: only its owner reads it, it loses no key, and nothing that is printed shows one."""

import os
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ledger
from tests.ledger.books import NOON

SEED = bytes(range(32))
LINE = f"ed25519 {SEED.hex()} 2026-10-15T12:00:00+00:00"


def a_file(tmp_path, *lines, mode=0o600):
    """Write a file of keys by hand."""
    path = tmp_path / "keys"
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(mode)
    return path


def mode_of(path):
    """Say who may do what with a file."""
    return oct(path.stat().st_mode & 0o777)


def test_a_first_key_lies_in_a_file_that_only_its_owner_may_read(tmp_path):
    path = tmp_path / "new" / "folder" / "keys"
    before = os.umask(0)
    try:
        made = ledger.create_keys(path, at=NOON)
    finally:
        os.umask(before)

    assert mode_of(path) == "0o600"
    assert ledger.read_keys(path) == made
    assert len(made.keys) == 1
    assert (len(made.newest.seed), made.newest.made_at) == (32, NOON)


def test_two_keys_are_never_the_same(tmp_path):
    made = [ledger.create_keys(tmp_path / name, at=NOON).newest.public_key for name in "abc"]

    assert len(set(made)) == 3


def test_a_key_signs_as_the_algorithm_says(tmp_path):
    key = ledger.read_keys(a_file(tmp_path, LINE)).newest
    private = Ed25519PrivateKey.from_private_bytes(SEED)

    assert key.public_key == private.public_key().public_bytes_raw()
    assert key.sign(b"message") == private.sign(b"message")
    assert ledger.is_signed_by(key.public_key, key.sign(b"message"), b"message")


@pytest.mark.parametrize("wrong", ["message", "signature", "key", "short key", "short signature"])
def test_a_signature_holds_for_its_key_and_message_only(tmp_path, wrong):
    key, other = ledger.read_keys(a_file(tmp_path, LINE)).newest, ledger.create_keys(tmp_path / "other", at=NOON).newest
    said = {"key": key.public_key, "signature": key.sign(b"message"), "message": b"message"}
    said |= {
        "message": {"message": b"massage"},
        "signature": {"signature": other.sign(b"message")},
        "key": {"key": other.public_key},
        "short key": {"key": key.public_key[:31]},
        "short signature": {"signature": b""},
    }[wrong]

    assert not ledger.is_signed_by(said["key"], said["signature"], said["message"])


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    path = tmp_path / "keys"
    made = ledger.create_keys(path, at=NOON)

    with pytest.raises(ledger.KeyFileError, match="there already"):
        ledger.create_keys(path, at=NOON)

    assert ledger.read_keys(path) == made


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()

    for path in (tmp_path / "file" / "keys", tmp_path / ("x" * 300)):
        with pytest.raises(ledger.KeyFileError, match="cannot be written"):
            ledger.create_keys(path, at=NOON)


def test_a_rotation_puts_a_new_key_first_and_keeps_those_before(tmp_path):
    path = tmp_path / "keys"
    first = ledger.create_keys(path, at=NOON)
    second = ledger.rotate_keys(path, at=NOON + timedelta(days=1))

    third = ledger.rotate_keys(path, at=datetime.fromisoformat("2026-10-17T08:00:00-04:00"))

    assert ledger.read_keys(path) == third
    assert third.keys[1:] == second.keys
    assert second.keys[1:] == first.keys
    assert [key.made_at for key in third.keys] == [NOON + timedelta(days=number) for number in (2, 1, 0)]
    assert [third.of(key.public_key) for key in third.keys] == list(third.keys)
    assert first.of(third.newest.public_key) is None
    assert (mode_of(path), [one.name for one in tmp_path.iterdir()]) == ("0o600", ["keys"])


def test_a_rotation_of_nothing_makes_nothing(tmp_path):
    with pytest.raises(ledger.KeyFileError, match="cannot be read"):
        ledger.rotate_keys(tmp_path / "keys", at=NOON)
    with pytest.raises(ledger.KeyFileError, match="holds no key"):
        ledger.rotate_keys(a_file(tmp_path, "# nothing"), at=NOON)

    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601, 0o644], ids=oct)
def test_a_file_that_others_may_touch_is_refused(tmp_path, mode):
    path = a_file(tmp_path, LINE, mode=mode)

    for act in (ledger.read_keys, lambda path: ledger.rotate_keys(path, at=NOON)):
        with pytest.raises(ledger.KeyFileError, match="others than its owner"):
            act(path)

    assert path.read_text() == f"{LINE}\n"


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700], ids=oct)
def test_a_file_of_its_owners_is_read(tmp_path, mode):
    assert ledger.read_keys(a_file(tmp_path, LINE, mode=mode)).newest.seed == SEED


def test_a_file_that_is_not_there_is_told(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ledger.KeyFileError, match="cannot be read"):
            ledger.read_keys(path)


@pytest.mark.parametrize("lines", [[], [""], ["# only", "", "   "]], ids=["empty", "a blank line", "remarks"])
def test_a_file_without_a_key_is_told(tmp_path, lines):
    with pytest.raises(ledger.KeyFileError, match="holds no key"):
        ledger.read_keys(a_file(tmp_path, *lines))


@pytest.mark.parametrize(
    "line",
    [
        "garbage",
        SEED.hex(),
        f"ed25519 {SEED.hex()}",
        f"{LINE} more",
        LINE.replace("ed25519", "rsa"),
        LINE.replace(SEED.hex(), SEED.hex()[2:]),
        LINE.replace(SEED.hex(), SEED.hex() + "00"),
        LINE.replace(SEED.hex(), "x" * 64),
        LINE.replace("+00:00", ""),
        LINE.replace("2026", "year"),
    ],
)
def test_a_line_that_is_no_key_is_named_by_its_number_and_not_shown(tmp_path, line):
    with pytest.raises(ledger.KeyFileError, match="line 3: this is no key") as refused:
        ledger.read_keys(a_file(tmp_path, "# first", LINE, line))

    assert line not in str(refused.value)
    assert SEED.hex()[:16] not in str(refused.value)
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)


def test_what_is_not_text_is_told_and_not_shown(tmp_path):
    path = a_file(tmp_path)
    path.write_bytes(b"ed25519 \xff\xfe")

    with pytest.raises(ledger.KeyFileError, match="it is not text"):
        ledger.read_keys(path)


def test_remarks_and_blank_lines_are_passed_over(tmp_path):
    keys = ledger.read_keys(a_file(tmp_path, "# one", "", LINE, "# two"))

    assert [key.seed for key in keys.keys] == [SEED]


def test_what_is_printed_shows_no_key(tmp_path):
    keys = ledger.rotate_keys(a_file(tmp_path, LINE), at=NOON)

    for shown in (repr(keys), str(keys), repr(keys.keys), f"{keys.newest}", repr(keys.keys[1])):
        assert "seed" not in shown
        assert [key for key in keys.keys if key.seed.hex() in shown or repr(key.seed) in shown] == []
