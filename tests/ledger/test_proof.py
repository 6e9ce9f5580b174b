"""The proof of one sale: anyone can check it with SHA-256, and whoever touches it is found."""

from __future__ import annotations

import copy
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paybooth.domain.anchor import Anchor
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.proof import check_proof, find_sale, sale_proof
from tests.power.day import live
from tests.power.disk import Tape

SALE = "20261122-00006"
TEXT = f"Corner Lane\n{SALE}\n"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    path = tmp_path_factory.mktemp("proof") / "ledger.db"
    live(path, Tape(), starts=1)
    with Ledger(path, threaded=False) as made:
        yield made


@pytest.fixture(scope="module")
def proofs(ledger):
    def through_json(whole):
        return json.loads(json.dumps(sale_proof(ledger.reader, SALE, TEXT, whole=whole)))

    return {whole: through_json(whole) for whole in (False, True)}


@pytest.mark.parametrize("word", [SALE, "0006", "LANE00061", "TLANE00061"])
def test_a_sale_is_found_by_any_of_its_names(ledger, word):
    assert find_sale(ledger.reader, word) == SALE


def test_an_unknown_name_finds_nothing(ledger):
    assert find_sale(ledger.reader, "nobody") is None


def test_a_proof_holds_every_fact_of_its_sale(ledger, proofs):
    entries = list(ledger.journal_of(SALE))
    assert [(row["seq"], row["kind"], row["hash"]) for row in proofs[False]["rows"]] == [
        (e.seq, e.kind, e.hash.hex()) for e in entries
    ]
    assert [(a["state"], a["code"], a["transaction"]) for a in proofs[False]["attempts"]] == [
        ("declined", "NOTENOUGH", ""),
        ("paid", "", "TLANE00061"),
    ]


def test_the_hashes_are_plain_sha_256_as_the_file_says(proofs):
    for row in proofs[True]["chain"]:
        text = f"{row['seq']}|{row['at_ms']}|{row['kind']}|{row['body']}".encode()
        assert hashlib.sha256(bytes.fromhex(row["prev_hash"]) + text).hexdigest() == row["hash"]


def test_a_good_proof_checks(proofs):
    alone, whole = check_proof(proofs[False]), check_proof(proofs[True])
    assert (alone.faults, alone.sale, alone.reaches_head) == ((), SALE, False)
    assert (whole.faults, whole.sale, whole.reaches_head) == ((), SALE, True)


def test_an_anchor_is_met_or_contradicts(proofs):
    head = proofs[True]["head"]
    good, bad = Anchor("LANE01", "2026-11-22", head["seq"], head["hash"]), Anchor("LANE01", "x", head["seq"], "00" * 32)
    assert check_proof(proofs[True], [good]).anchors == 1
    assert check_proof(proofs[True], [bad]).faults


def changed(found, path, value):
    other = copy.deepcopy(found)
    place = other
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return other


TOUCHES = [
    (["sale", "total_fen"], 1),
    (["sale", "phase"], "abandoned"),
    (["attempts", 1, "transaction"], "T-other"),
    (["attempts", 0, "code"], "OK"),
    (["attempts"], []),
    (["receipt"], None),
    (["receipt", "receipt"], "20261122-00008"),
    (["receipt", "text"], "another shop"),
    (["rows", 2, "at_ms"], 5),
    (["rows", 2, "prev_hash"], "00" * 32),
    (["rows", 2, "body"], "{}"),
    (["rows"], []),
    (["format"], "other"),
    (["head"], None),
]


@pytest.mark.parametrize(("path", "value"), TOUCHES)
@pytest.mark.parametrize("whole", [False, True])
def test_whoever_touches_a_proof_is_found(proofs, whole, path, value):
    assert check_proof(changed(proofs[whole], path, value)).faults


def test_a_chain_with_a_row_missing_or_cut_is_found(proofs):
    links = proofs[True]["chain"]
    assert check_proof(changed(proofs[True], ["chain"], links[:5] + links[6:])).faults
    assert check_proof(changed(proofs[True], ["chain"], links[:-1])).faults


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_nonsense_is_no_proof_and_no_crash(nonsense):
    assert check_proof(nonsense).faults
