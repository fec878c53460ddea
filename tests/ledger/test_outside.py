"""An outsider can check receipts and published heads with one file and the public key, and is not fooled."""

import json
import shutil
import subprocess
import sys
from contextlib import nullcontext
from datetime import date
from hashlib import sha256
from struct import Struct, pack
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import outside

BOOK, OTHER_BOOK, ENTRY, OTHER_ENTRY = (str(UUID(int=number)) for number in range(0xA, 0xE))
FIRST, SECOND, THIRD = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
BY_FIRST, BY_THIRD = "key 8a88e3dd7409f195", "key ed4928c628d1c2c6"
NOON_US, ORDER, PRIME = 1_792_065_600_000_000, 2**252 + 27742317777372353535851937790883648493, 2**255 - 19
# Section 7.1, tests 1, 2, 3 and 1024: a public key, a message and its signature.
RFC_8032 = """
d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b

3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
72
92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00

fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025
af82
6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a

278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e
08b8b2b733424243760fe426a4b54908632110a66c2f6591eabd3345e3e4eb98fa6e264bf09efe12ee50f8f54e9f77b1e355f6c50544e23fb1433ddf73be84d879de7c0046
dc4996d9e773f4bc9efe5738829adb26c81b37c93a1b270b20329d658675fc6ea534e0810a4432826bf58c941efb65d57a338bbd2e26640f89ffbc1a858efcb8550ee3a5e1
998bd177e93a7363c344fe6b199ee5d02e82d522c4feba15452f80288a821a579116ec6dad2b3b310da903401aa62100ab5d1a36553e06203b33890cc9b832f79ef80560cc
b9a39ce767967ed628c6ad573cb116dbefefd75499da96bd68a8a97b928a8bbc103b6621fcde2beca1231d206be6cd9ec7aff6f6c94fcd7204ed3455c68c83f4a41da4af2b
74ef5c53f1d8ac70bdcb7ed185ce81bd84359d44254d95629e9855a94a7c1958d1f8ada5d0532ed8a5aa3fb2d17ba70eb6248e594e1a2297acbbb39d502f1a8c6eb6f1ce22
b3de1a1f40cc24554119a831a9aad6079cad88425de6bde1a9187ebb6092cf67bf2b13fd65f27088d78b7e883c8759d2c4f5c65adb7553878ad575f9fad878e80a0c9ba63b
cbcc2732e69485bbc9c90bfbd62481d9089beccf80cfe2df16a2cf65bd92dd597b0707e0917af48bbb75fed413d238f5555a7a569d80c3414a8d0859dc65a46128bab27af8
7a71314f318c782b23ebfe808b82b0ce26401d2e22f04d83d1255dc51addd3b75a2b1ae0784504df543af8969be3ea7082ff7fc9888c144da2af58429ec96031dbcad3dad9
af0dcbaaaf268cb8fcffead94f3c7ca495e056a9b47acdb751fb73e666c6c655ade8297297d07ad1ba5e43f1bca32301651339e22904cc8c42f58c30c04aafdb038dda0847
dd988dcda6f3bfd15c4b4c4525004aa06eeff8ca61783aacec57fb3d1f92b0fe2fd1a85f6724517b65e614ad6808d6f6ee34dff7310fdc82aebfd904b01e1dc54b2927094b
2db68d6f903b68401adebf5a7e08d78ff4ef5d63653a65040cf9bfd4aca7984a74d37145986780fc0b16ac451649de6188a7dbdf191f64b5fc5e2ab47b57f7f7276cd419c1
7a3ca8e1b939ae49e488acba6b965610b5480109c8b17b80e1b7b750dfc7598d5d5011fd2dcc5600a32ef5b52a1ecc820e308aa342721aac0943bf6686b64b2579376504cc
c493d97e6aed3fb0f9cd71a43dd497f01f17c0e2cb3797aa2a2f256656168e6c496afc5fb93246f6b1116398a346f1a641f3b041e989f7914f90cc2c7fff357876e506b50d
334ba77c225bc307ba537152f3f1610e4eafe595f6d9d90d11faa933a15ef1369546868a7f3a45a96768d40fd9d03412c091c6315cf4fde7cb68606937380db2eaaa707b4c
4185c32eddcdd306705e4dc1ffc872eeee475a64dfac86aba41c0618983f8741c5ef68d3a101e8a3b8cac60c905c15fc910840b94c00a0b9d0
0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350aa5371b1508f9f4528ecea23c436d94b5e8fcd4f681e30a6ac00a9704a188a03
"""

# A small ledger, written from the description of the formats: the type of a field, and its bytes.
TYPES = {"int2": (21, Struct(">h").pack), "int8": (20, Struct(">q").pack), "hex": (17, bytes.fromhex), "text": (17, str.encode)}
TYPES |= {"id": (2950, lambda value: UUID(value).bytes), "day": (23, lambda value: pack(">i", date.fromisoformat(value).toordinal()))}
LEAF = """version:int2 effective_on:day entry_id:id number:int2 transfer_count:int2 book_id:id subject:id recorded_at_us:int8
    debit_id:id credit_id:id amount_cents:int8 reverses:id asked_on:day kind:text tag:text"""
BLOCK = """version:int2 book_id:id number:int8 previous:hex leaf_count:int8 root:hex event_count:int8 events_root:hex trial_hash:hex
    sealed_at_us:int8 public_key:hex"""


def a_record(form, content):
    columns = []
    for name, (number, write) in ((name, TYPES[kind]) for name, kind in (field.split(":") for field in form.split())):
        data = None if content[name] is None else write(content[name])
        columns.append(pack(">Ii", number, -1) if data is None else pack(">Ii", number, len(data)) + data)
    return pack(">i", len(columns)) + b"".join(columns)


def a_tree(leaves):
    """Give the root of a tree, and the path of each leaf to it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest(), [[]] * len(leaves)
    size = max(1 << bit for bit in range(9) if 1 << bit < len(leaves))
    (left, left_paths), (right, right_paths) = a_tree(leaves[:size]), a_tree(leaves[size:])
    return sha256(b"\x01" + left + right).digest(), [*([*path, right] for path in left_paths), *([*path, left] for path in right_paths)]


def hex_of(key):
    return None if key is None else key.public_key().public_bytes_raw().hex()


def sign(head, key, counter_key=None):
    """Hash a head again and sign it again, whatever it holds."""
    head = head | {"public_key": hex_of(key)}
    head["hash"] = sha256(b"\x02" + a_record(BLOCK, head | {"version": 1})).hexdigest()
    message = b"ledger.head.1" + bytes.fromhex(head["hash"])
    by = {"signature": key, "counter_signature": counter_key}
    return head | {name: None if one is None else one.sign(message).hex() for name, one in by.items()}


def a_chain(*keys, leaves=(), book=BOOK):
    """Seal one block a key, each with the same leaves; a block that changes the key is signed by the key before as well."""
    chain, previous, before = [], "00" * 32, None
    for number, key in enumerate(keys, 1):
        head = {"form": "ledger-head-1", "book_id": book, "number": number, "previous": previous, "sealed_at_us": NOON_US + number}
        head |= {"leaf_count": len(leaves), "root": a_tree(leaves)[0].hex(), "event_count": 2, "events_root": "ee" * 32}
        chain.append(sign(head | {"trial_hash": "dd" * 32 if number == 1 else None}, key, before if key and key != before else None))
        previous, before = chain[-1]["hash"], key
    return chain


def a_receipt(*keys, block=1, count=2, book=BOOK):
    """Give a receipt for a block of a chain, and the chain."""
    transfer = {"effective_on": "2026-10-15", "entry_id": ENTRY, "transfer_count": count, "book_id": book, "subject": OTHER_ENTRY}
    transfer |= {"recorded_at_us": NOON_US, "debit_id": str(UUID(int=8)), "credit_id": str(UUID(int=9)), "amount_cents": 4_000}
    transfer |= {"reverses": OTHER_ENTRY, "asked_on": None, "kind": "purchase", "tag": "Yoga é"}
    transfers = [transfer | {"number": number} for number in range(1, count + 1)]
    hashes = [sha256(b"\x00" + a_record(LEAF, one | {"version": 2})).digest() for one in transfers]
    leaves = [b"\x07" * 32, *hashes, b"\x08" * 32, b"\x09" * 32]
    chain, paths = a_chain(*(keys or (FIRST,)), leaves=leaves), a_tree(leaves)[1]
    placed = [one | {"index": at, "path": [node.hex() for node in paths[at]]} for at, one in enumerate(transfers, 1)]
    return {"form": "ledger-receipt-1", "head": chain[block - 1], "transfers": placed}, chain


def lines(heads):
    return "".join(json.dumps(head) + "\n" for head in heads)


@pytest.fixture
def ask(tmp_path, capsys):
    """Ask about a receipt or about heads: the answer is the exit code and what is said."""

    def asked(what, *, heads=None, key=FIRST):
        command = "heads" if isinstance(what, list) else "receipt"
        (tmp_path / command).write_text(lines(what) if command == "heads" else json.dumps(what))
        (tmp_path / "published").write_text(lines(heads or []))
        options = [] if heads is None else ["--heads", str(tmp_path / "published")]
        code = outside.main([command, str(tmp_path / command), *options, "--key", hex_of(key)])
        said = capsys.readouterr()
        assert (bool(said.out), said.err.count("\n")) == ((False, 1) if code == 2 else (True, 0))
        return code, said.out + said.err

    return asked


@pytest.mark.parametrize("vector", RFC_8032.strip().split("\n\n"), ids=["empty", "1 byte", "2 bytes", "1023 bytes"])
def test_the_signatures_of_rfc_8032_hold(vector):
    key, *message, signature = map(bytes.fromhex, vector.split("\n"))

    assert outside.verify_signature(key, b"".join(message), signature)


@settings(max_examples=60)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=200), st.data())
def test_the_verdict_on_a_signature_is_that_of_another_library(seed, message, data):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    parts = [private.public_key().public_bytes_raw(), message, private.sign(message)]
    flipped = data.draw(st.sampled_from([None, 0, 1, 2]))
    if flipped is not None:
        bit = data.draw(st.integers(0, 8 * len(parts[flipped]) - 1))
        parts[flipped] = (int.from_bytes(parts[flipped], "big") ^ 1 << bit).to_bytes(len(parts[flipped]), "big")

    with nullcontext() if flipped is None else pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(parts[0]).verify(parts[2], parts[1])
    assert outside.verify_signature(*parts) == (flipped is None)


def test_a_signature_has_one_form_and_one_length():
    key, signature = FIRST.public_key().public_bytes_raw(), FIRST.sign(b"content")
    scalar = int.from_bytes(signature[32:], "little")
    wrong = [signature[:32] + (scalar + ORDER).to_bytes(32, "little"), b"", signature[:32], signature[:63], signature + b"\x00"]

    assert outside.verify_signature(key, b"content", signature)
    assert [one for one in wrong if outside.verify_signature(key, b"content", one)] == []
    assert [one for one in (b"", key[:31], key + b"\x00") if outside.verify_signature(one, b"content", signature)] == []


NO_KEYS = [1, PRIME - 1, 0, int("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)]  # of order 1, 2, 4 and 8
NO_KEYS += [2, PRIME, PRIME + 1, PRIME + 3, 1 | 1 << 255, (PRIME - 1) | 1 << 255, 2**256 - 1]


@pytest.mark.parametrize("number", NO_KEYS, ids=hex)
def test_a_key_that_signs_anything_or_is_no_point_or_not_in_its_only_form_is_refused(number, capsys):
    key = number.to_bytes(32, "little")

    assert outside.decode_key(key) is None
    assert not outside.verify_signature(key, b"content", (1).to_bytes(32, "little") + bytes(32))
    assert outside.main(["heads", "any", "--key", key.hex()]) == 2
    assert capsys.readouterr().err == "--key is not an Ed25519 public key\n"


def test_every_leaf_of_every_small_tree_leads_to_its_root_from_its_place_only():
    for count in range(1, 20):
        leaves = [sha256(bytes([number])).digest() for number in range(count)]
        root, paths = a_tree(leaves)
        for index, (leaf, path) in enumerate(zip(leaves, paths, strict=True)):
            assert [at for at in range(-1, count + 2) if outside.root_above(leaf, at, count, path) == root] == [index]
            assert outside.root_above(leaf, index, count, [*path, leaf]) is None
            assert outside.root_above(leaf, index, count, path[:-1]) is None or not path


def test_a_receipt_proves_the_transfers_of_an_entry_whatever_is_published_of_other_books(ask):
    receipt, chain = a_receipt()
    proved = f"entry {ENTRY}: 2 transfers stand in block 1 of book {BOOK}, sealed 2026-10-15T12:00:00.000001Z, signed by {BY_FIRST}"
    other = a_chain(THIRD, THIRD, book=OTHER_BOOK)[1] | {"hash": "01" * 32}

    assert ask(receipt) == (0, f"{proved}\n")
    assert ask(receipt, heads=[other, *chain]) == (0, f"{proved}; it is one of the published blocks that {BY_FIRST} vouches for\n")


def test_a_receipt_may_be_of_one_transfer_or_in_any_order(ask):
    single, _ = a_receipt(count=1)
    several, _ = a_receipt(count=3)
    several["transfers"] = [dict(reversed(one.items())) for one in reversed(several["transfers"])]

    assert ask(single)[1].startswith(f"entry {ENTRY}: 1 transfer stands in block 1 of book")
    assert ask(several)[1].startswith(f"entry {ENTRY}: 3 transfers stand in block 1 of book")


CHANGES = {"effective_on": "2026-10-16", "entry_id": OTHER_ENTRY, "number": 3, "transfer_count": 3, "book_id": OTHER_BOOK, "subject": ENTRY}
CHANGES |= {"recorded_at_us": 1, "debit_id": ENTRY, "credit_id": ENTRY, "amount_cents": 4_001, "reverses": None, "asked_on": "2026-10-15"}
CHANGES |= {"kind": "purchasE", "tag": "Yoga e", "index": 3, "path": ["00" * 32] * 3}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_transfer_is_found_and_named(ask, name, place):
    receipt, chain = a_receipt()
    assert CHANGES.keys() == receipt["transfers"][place].keys()

    receipt["transfers"][place][name] = CHANGES[name]

    for code, said in (ask(receipt), ask(receipt, heads=chain)):
        assert (code, said.partition(", entry ")[0]) == (1, f"book {BOOK}, block 1")
        assert ", transfer " in said


HEAD_CHANGES = dict.fromkeys(("previous", "root", "events_root", "trial_hash", "hash"), "01" * 32) | {"public_key": hex_of(SECOND)}
HEAD_CHANGES |= dict.fromkeys(("signature", "counter_signature"), "01" * 64) | dict.fromkeys(("leaf_count", "event_count"), 6)
HEAD_CHANGES |= {"book_id": OTHER_BOOK, "number": 2, "sealed_at_us": 1}


@pytest.mark.parametrize("name", HEAD_CHANGES)
def test_a_changed_head_is_found_and_named(ask, name):
    receipt, chain = a_receipt()
    assert HEAD_CHANGES.keys() == chain[0].keys() - {"form"}

    receipt["head"] = chain[0] | {name: HEAD_CHANGES[name]}

    for code, said in (ask(receipt, heads=chain), ask([receipt["head"]])):
        assert (code, said.partition(": ")[0]) == (1, f"book {receipt['head']['book_id']}, block {receipt['head']['number']}")
    assert ask(receipt)[0] == (0 if name == "counter_signature" else 1)  # whose it must be, only the block before tells


@pytest.mark.parametrize("numbers", [[], [1], [2], [1, 1], [1, 2, 2]])
def test_a_receipt_must_hold_each_transfer_of_its_entry_once_and_of_its_book_only(ask, numbers):
    receipt, _ = a_receipt()
    code, said = ask(receipt | {"transfers": [receipt["transfers"][number - 1] for number in numbers]})

    assert (code, said[: len(f"book {BOOK}, block 1")]) == (1, f"book {BOOK}, block 1")
    assert ask(a_receipt(book=OTHER_BOOK)[0])[0] == 1


def test_a_block_that_the_published_heads_do_not_know_proves_nothing(ask):
    receipt, chain = a_receipt(FIRST, FIRST, FIRST, block=3)

    for heads in (chain[:0], chain[:2], a_chain(FIRST, FIRST, FIRST), a_chain(FIRST, book=OTHER_BOOK)):
        assert ask(receipt, heads=heads) == (1, f"book {BOOK}, block 3: the published heads do not know this block\n")


def test_heads_of_several_books_stand_and_may_repeat(ask):
    one, other = a_chain(FIRST, FIRST, None, None), a_chain(None, FIRST, FIRST, book=OTHER_BOOK)[1:]

    code, said = ask([one[0], other[0], one[1], one[0], other[1], other[1], *one[2:]])

    stand = f"book {BOOK}: blocks 1 to 4 stand, the last sealed 2026-10-15T12:00:00.000004Z; {BY_FIRST} vouches for them up to block 2"
    rest = f"book {OTHER_BOOK}: blocks 2 to 3 stand, the last sealed 2026-10-15T12:00:00.000003Z; {BY_FIRST} vouches for them up to block 3"
    stand += "; blocks 3 to 4 are not yet signed"
    assert (code, said) == (0, f"{stand}\n{rest}; the blocks before 2 are not in these heads\n")


@pytest.mark.parametrize("key", [FIRST, SECOND, THIRD], ids=["first", "second", "third"])
def test_any_key_of_the_chain_vouches_for_all_of_it_when_keys_change_hands(ask, key):
    keys = (FIRST, FIRST, SECOND, SECOND, THIRD)

    for block in range(1, 6):
        receipt, chain = a_receipt(*keys, block=block)
        assert ask(receipt, heads=chain, key=key)[0] == 0
        assert ask(receipt, key=key)[0] == (0 if keys[block - 1] == key else 1)
    assert f"; {'key ' + hex_of(key)[:16]} vouches for them up to block 5\n" in ask(chain, key=key)[1]


def test_the_first_key_introduces_the_next_though_its_own_blocks_are_archived(ask):
    chain = a_chain(FIRST, SECOND, SECOND)[1:]

    assert ask(chain, key=FIRST)[0] == ask(chain, key=SECOND)[0] == 0
    assert ask(chain, key=THIRD) == (1, f"book {BOOK}: no block is signed by {BY_THIRD}, or by one that it introduced\n")


def test_an_unsigned_block_is_covered_by_a_signed_one_above_it_only(ask):
    covered, chain = a_receipt(None, FIRST, None, block=1)
    tail, _ = a_receipt(None, FIRST, None, block=3)

    assert ask(covered, heads=chain)[0] == ask(a_chain(FIRST, None, SECOND), key=SECOND)[0] == 0
    assert ask(tail, heads=chain) == (1, f"book {BOOK}, block 3: it is not yet signed, nor is a block above it\n")
    assert ask(covered)[1].startswith(f"book {BOOK}, block 1: it is signed by no key")
    assert ask(a_chain(None, None)) == (1, f"book {BOOK}: no block is signed by {BY_FIRST}, or by one that it introduced\n")


def a_pair(second, key=FIRST, counter_key=None):
    """Give two blocks, of which the second is changed and signed again."""
    chain = a_chain(FIRST, FIRST)
    return [chain[0], sign(chain[1] | second, key, counter_key)]


CROOKED = {
    "nobody hands the key over": (a_pair({}, SECOND), 2),
    "a stranger hands the key over": (a_pair({}, SECOND, THIRD), 2),
    "the new key hands itself over": (a_pair({}, SECOND, SECOND), 2),
    "a key is handed over to itself": (a_pair({}, FIRST, FIRST), 2),
    "the first block is handed over": ([sign(a_chain(FIRST)[0], SECOND, FIRST)], 1),
    "a stranger signs after an unsigned block": ([*a_chain(FIRST, None), sign(a_chain(FIRST, None, THIRD)[2], THIRD)], 3),
    "a fork": ([*a_chain(FIRST, FIRST, FIRST), a_pair({"sealed_at_us": 1})[1]], 2),
    "a fork by another key": ([*a_chain(FIRST, FIRST), a_pair({}, SECOND, FIRST)[1]], 2),
    "a repeat without its counter-signature": ([*a_chain(FIRST, SECOND), a_pair({}, SECOND)[1]], 2),
    "a key without a signature": ([a_chain(FIRST)[0] | {"signature": None}], 1),
    "a signature without a key": ([sign(a_chain(FIRST)[0], None) | {"signature": a_chain(FIRST)[0]["signature"]}], 1),
    "a gap": (a_pair({"number": 3}), 3),
    "no order": (a_chain(FIRST, FIRST)[::-1], 1),
    "another block before": (a_pair({"previous": "01" * 32}), 2),
    "a block before the first": ([sign(a_chain(FIRST)[0] | {"previous": "01" * 32}, FIRST)], 1),
}


@pytest.mark.parametrize("name", CROOKED)
def test_crooked_heads_are_found_and_named(ask, name):
    code, said = ask(CROOKED[name][0])

    assert (code, said.partition(": ")[0]) == (1, f"book {BOOK}, block {CROOKED[name][1]}")
    assert ask(CROOKED[name][0], key=SECOND)[0] == 1


JUNK: list[object] = [None, True, -1, 0, 1.0, 2**15, 2**63, 10**4_299, [], ["x"], {}, "", "x", "\ud800", "\x1b[0m"]
JUNK += ["AB" * 32, "0" * 63, "2026-13-01"]


def places(value):
    """Give every place in a JSON value: what holds it, and the step there."""
    for step in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, step
        yield from places(value[step])


def test_no_junk_in_any_place_of_a_receipt_is_believed_or_breaks_the_check(ask):
    receipt, _ = a_receipt()
    for holder, step in list(places(receipt)):
        kept = holder[step]
        for holder[step] in JUNK:
            assert (ask(receipt)[0] == 0) == (json.dumps(holder[step]) == json.dumps(kept)), (step, holder[step])
        if isinstance(holder, dict):
            del holder[step]
            assert ask(receipt)[0] == 2, step
        holder[step] = kept


GARBAGE = dict.fromkeys(["", "\xff", "[" * 100_000, "1" * 5_000, json.dumps(a_chain(FIRST)[0])[:-9]], "is not JSON")
GARBAGE |= dict.fromkeys(["NaN", "[]"], "is not a JSON object") | {"{}": "has no field ", '{"form": 1, "form": 1}': "has a field twice"}
GARBAGE |= {json.dumps(a_chain(FIRST)[0] | {"\x1b": 1}): r"has an unknown field \x1b"}


@pytest.mark.parametrize("content", GARBAGE, ids=lambda content: content[:9])
def test_what_is_no_receipt_and_no_head_is_refused_in_one_sentence(tmp_path, capsys, content):
    (tmp_path / "file").write_bytes(content.encode("latin-1") + b"\n")

    for command in ("receipt", "heads"):
        assert outside.main([command, str(tmp_path / "file"), "--key", hex_of(FIRST)]) == 2
        assert GARBAGE[content] in capsys.readouterr().err


def test_a_refusal_says_where_it_is_wrong(ask):
    receipt, _ = a_receipt()
    receipt["transfers"][1]["number"] = True

    assert ask(receipt)[1].endswith("receipt transfers 2 number is not an integer from 1 to 32767\n")
    assert "line 2, root is not 64 lowercase hexadecimal digits\n" in ask([receipt["head"], receipt["head"] | {"root": "AB" * 32}])[1]
    assert ask([]) == (1, "there are no heads, so nothing is proved\n")


WRONG = ["", "receipt", "receipt file", "heads file --key", "heads file --key 00 more", "heads file --key xx", "receipt file --lock 00"]
WRONG += ["heads file --key {0} --heads file", "heads missing --key {0}", "receipt . --key {0}", "receipt file --key {0} --heads ."]
COMMANDS = dict.fromkeys(WRONG, (2, False, 1)) | dict.fromkeys(["receipt file --key {1}", "heads heads --key {1}"], (1, True, 0))
COMMANDS |= dict.fromkeys(["receipt file --key {0}", "receipt file --heads heads --key={0}", "heads heads --key {0}"], (0, True, 0))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_file_alone_is_enough_and_answers_every_command_by_its_exit_code(tmp_path, command):
    receipt, chain = a_receipt()
    shutil.copy(outside.__file__, tmp_path / "alone.py")
    (tmp_path / "file").write_text(json.dumps(receipt))
    (tmp_path / "heads").write_text(lines(chain))

    words = command.format(hex_of(FIRST), hex_of(SECOND)).split()
    done = subprocess.run([sys.executable, "-I", "-S", "alone.py", *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, bool(done.stdout), done.stderr.count("\n")) == COMMANDS[command]
