"""A disk that fills up or breaks at the n-th write or sync, for every n of a sale's life, and of the first start."""

from __future__ import annotations

import random

import apsw
import pytest

from paybooth.ledger.codec import GENESIS, chain, encode
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.migrate import NewerSchemaError
from paybooth.ports import LedgerFault

from .cuts import Bench, scratch
from .day import Basket, Pen
from .disk import Ack, Disk, Tape, recorded

TROUBLES = {
    "full at a write": ("write", apsw.FullError, "full"),
    "broken at a write": ("write", apsw.IOError, "broken"),
    "broken at a sync": ("sync", apsw.IOError, "broken"),
    "suddenly read-only": ("write", apsw.ReadOnlyError, "readonly"),
}


class Trouble:
    """Fails the n-th change of a kind; `stays` until `end` is called."""

    def __init__(self, kind, error, nth, *, stays=False):
        self.kind, self.error, self.stays = kind, error, stays
        self.left, self.struck, self.on = nth, 0, True

    def __call__(self, kind, name):
        if not self.on or kind != self.kind:
            return
        self.left -= 1
        if self.left < 0 and (self.stays or self.struck == 0):
            self.struck += 1
            raise self.error(f"planted at {name}")

    def end(self):
        self.on = False


class Stubborn(Pen):
    """A pen that sees a refusal, checks that nothing of it stands, waits for the fault to pass, and writes again."""

    def __init__(self, ledger, tape, trouble):
        super().__init__(ledger, tape)
        self.trouble = trouble
        self.refused = []

    def __call__(self, *facts):
        before = self.ledger.head
        try:
            super().__call__(*facts)
        except LedgerFault as fault:
            self.refused.append(fault.reason)
            assert (self.ledger.head, self.ledger.journal_head()) == (before, before[0])
            self.wait(facts)
            super().__call__(*facts)
        assert self.ledger.journal_head() == before[0] + len(facts)

    def wait(self, facts):
        if self.trouble.stays:
            with pytest.raises(LedgerFault):
                self.ledger.commit_now(*facts, at_ms=self.at_ms)
        self.trouble.end()


@pytest.fixture
def home():
    with scratch() as folder:
        yield folder


def opened(path):
    ledger = Ledger(path, threaded=False)
    ledger._writer.execute("PRAGMA wal_autocheckpoint = 10")
    return ledger


def sell(pen):
    """One sale from open to paper: eight commits, two of them with several facts."""
    basket = Basket(pen, 1).fill(1, 1)
    basket.paid(basket.charge()).receipt()


@pytest.mark.parametrize("stays", [False, True], ids=["once", "until it is mended"])
@pytest.mark.parametrize("what", TROUBLES)
def test_every_place_of_a_sale(home, what, stays):
    kind, error, reason = TROUBLES[what]
    refusals, nth, reached = [], 0, True
    while reached:
        path = home / f"{nth}.db"
        trouble = Trouble(kind, error, nth, stays=stays)
        trouble.end()
        tape = Tape()
        with recorded(tape, trouble), opened(path) as ledger:
            trouble.on = True
            pen = Stubborn(ledger, tape, trouble)
            sell(pen)
            trouble.end()
            refusals += pen.refused
            assert ledger.takings()["sales"] == 1
        report = fsck(path)
        assert report.ok, (nth, report.faults)
        reached, nth = trouble.struck > 0, nth + 1
    assert set(refusals) == {reason}
    # the rest struck while a checkpoint copied what was already committed and synced: no commit is refused for that
    assert len(refusals) >= nth // 2 and nth > 8


# a VFS in Python has nowhere to raise to when SQLite cleans up after itself; the disk of a box only returns a code
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("what", TROUBLES)
def test_every_place_of_the_first_start(home, what):
    kind, error, reason = TROUBLES[what]
    refused, nth, reached = [], 0, True
    while reached:
        path = home / f"{nth}.db"
        trouble = Trouble(kind, error, nth)
        with recorded(Tape(), trouble):
            try:
                Ledger(path, threaded=False).close()
            except LedgerFault as fault:
                refused.append(fault.reason)
        with Ledger(path, threaded=False) as ledger:
            sell(Pen(ledger, Tape()))
        assert fsck(path).ok
        reached, nth = trouble.struck > 0, nth + 1
    assert set(refused) == {reason}


def refused_head(head, facts, at_ms):
    """Where the journal would end had the refused commit been written."""
    seq, digest = head
    for happened in facts:
        seq += 1
        digest = chain(digest, seq, at_ms, happened.kind, encode(happened))
    return seq, digest


class Mourning(Stubborn):
    """Remembers where a refused commit would have ended: the file may be found there, never in between."""

    def wait(self, facts):
        seq, digest = refused_head(self.ledger.head, facts, self.at_ms)
        self.ghost = {seq: digest}
        super().wait(facts)


def test_a_failed_sync_then_a_power_cut(home):
    """The kernel drops the pages of a failed sync; the shop writes on, and then the plug is pulled."""
    bench, nth, reached, looked = Bench(home), 0, True, 0
    while reached:
        trouble, tape = Trouble("sync", apsw.IOError, nth), Tape(heads={0: GENESIS})
        trouble.end()
        path = home / "day.db"
        for old in home.glob("day.db*"):
            old.unlink()
        with recorded(tape, trouble), opened(path) as ledger:
            trouble.on = True
            pen = Mourning(ledger, tape, trouble)
            pen.ghost = {}
            sell(pen)
            trouble.end()
        struck = next((at for at, op in enumerate(tape.ops) if type(op).__name__ == "Lost"), len(tape.ops))
        rng = random.Random(nth)
        for _ in range(4):
            disk = Disk(tape)
            for op in tape.ops[: min(len(tape.ops), struck + rng.randint(0, 60))]:
                disk.play(op)
            files = {name.replace("day.db", "ledger.db"): data for name, data in disk.crash(rng).items()}
            # a refused commit may come back whole after a crash: written, not synced, never said to be done
            verdicts = [bench.judge(files, disk.acked, {**tape.heads, **extra}) for extra in ({}, pen.ghost)]
            assert "good" in [verdict for verdict, _ in verdicts], (nth, verdicts)
            looked += 1
        reached, nth = trouble.struck > 0, nth + 1
    assert looked > 50
    assert any(isinstance(op, Ack) for op in tape.ops)


def test_a_ledger_from_a_newer_version_is_left_as_it_is(home):
    path = home / "l.db"
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE future (x); PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(NewerSchemaError, match="schema 99"):
        Ledger(path, threaded=False)
    with pytest.raises(NewerSchemaError, match="update Paybooth"):
        fsck(path)
    assert path.read_bytes() == before
    assert sorted(p.name for p in home.iterdir()) == ["l.db", "l.db.lock"]


def test_a_ledger_that_cannot_be_opened_says_so(home):
    def closed(kind, name):
        if kind == "open":
            raise apsw.CantOpenError("planted")

    with recorded(Tape(), closed):
        with pytest.raises(LedgerFault) as caught:
            Ledger(home / "l.db", threaded=False)
    assert caught.value.reason == "readonly"
    Ledger(home / "l.db", threaded=False).close()
