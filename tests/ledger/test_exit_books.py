"""The books of the exit: what became of a piece, one use per pass, and tampering that fsck names."""

import pytest

from paybooth.domain import exit_facts as x
from paybooth.domain.leave import Sold, Standing
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger, connect
from paybooth.ports import LedgerFault

from .test_ledger import play


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "l.db", threaded=False) as found:
        yield found


def left(sku, serial, standing="paid", sale=""):
    return x.PassageSeen("exit", "out", (x.TagSeen(sku, serial, standing, sale),), 0)


def test_a_piece_that_left_paid_is_its_owners_until_it_is_taken_back(ledger):
    sale = play(ledger, 1)
    ledger.commit_now(left("B", "7", "paid", sale), at_ms=2000)
    assert ledger.piece("B", "7", 3000).standing is Standing.SOLD_BEFORE
    ledger.commit_now(x.GoodsReturned((("B", "7"),), "Amy", "returned"), at_ms=4000)
    assert ledger.piece("B", "7", 5000) is None


def test_a_piece_taken_unpaid_stays_unpaid_and_one_that_came_in_may_go(ledger):
    ledger.commit_now(left("B", "8", "unpaid"), at_ms=2000)
    ledger.commit_now(x.PassageSeen("exit", "in", (x.TagSeen("B", "9", "unpaid", ""),), 0), at_ms=2000)
    assert ledger.piece("B", "8", 3000) is None
    assert ledger.piece("B", "9", 3000).standing is Standing.BROUGHT_IN


def test_after_a_restart_only_what_has_not_left_may_leave(ledger):
    sale = play(ledger, 1)  # two pieces of B, by barcode
    assert ledger.sold_since(0) == [(sale, 1000, [Sold("B", None, 2)])]
    ledger.commit_now(left("B", "7", "paid", sale), at_ms=2000)
    assert ledger.sold_since(0) == [(sale, 1000, [Sold("B", None, 1)])]


def test_a_pass_is_used_once_even_where_memory_forgot(ledger):
    sale = play(ledger, 1)
    ledger.commit_now(x.PassUsed(sale, "exit"), at_ms=2000)
    assert ledger.pass_used(sale)
    with pytest.raises(LedgerFault) as told:
        ledger.commit_now(x.PassUsed(sale, "exit"), at_ms=2001)
    assert told.value.reason == "refused"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE pieces SET state = 'left'",
        "DELETE FROM pieces",
        "INSERT INTO pieces (sku, serial, state, sale, at_ms) VALUES ('Z', '1', 'left', '', 1)",
        "UPDATE incidents SET verdict = 'theft'",
        "UPDATE incidents SET claimed_by = 'Eve'",
        "DELETE FROM passes",
        "UPDATE gates SET mode = 'closed'",
    ],
)
def test_tampering_is_found(ledger, tmp_path, tampering):
    sale = play(ledger, 1)
    ledger.commit_now(left("B", "8", "unpaid"), x.PassUsed(sale, "exit"), at_ms=2000)
    ledger.commit_now(x.DoorCommanded("exit", "mode delivery", "Amy", "milk"), at_ms=2000)
    ledger.commit_now(x.IncidentOpened(1, "fire", "critical", "exit", "", (), None), at_ms=2000)
    ledger.commit_now(x.IncidentResolved(1, "Amy", "test", ""), at_ms=2100)
    ledger.close()
    assert fsck(tmp_path / "l.db").ok
    db = connect(tmp_path / "l.db")
    db.execute(tampering)
    db.close()
    assert not fsck(tmp_path / "l.db").ok
