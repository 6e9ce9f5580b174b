"""The ledger's promises: on disk before acknowledged, all or nothing, a chain nobody can bend, a fold that agrees."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import apsw
import pytest

from paybooth.domain import facts as f
from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode, State
from paybooth.ledger import ledger as module
from paybooth.ledger.codec import chain, decode, encode
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger, TooOldSqliteError
from paybooth.ledger.migrate import NewerSchemaError, migrations, schema
from paybooth.ports import LedgerFault

GOLDEN = Path(__file__).parent / "golden"
MILK = Product("B", ("06901234567892",), "牛奶", "Milk", Fen(1490))
TERMS = s.Terms((), datetime(2026, 11, 22, 12, 0))


def play(ledger: Ledger, number: int, *, pay: bool = True, at_ms: int = 1000) -> str:
    """One whole sale, fact by fact."""
    sale_id = f"20261122-{number:05d}"
    opened = s.open_sale(sale_id, f"{number:04d}", "1", "zh-CN")
    ledger.commit_now(opened, at_ms=at_ms)
    sale = s.begin(opened)
    commands: list[s.Command] = [s.AddPiece(MILK, GoodsCode(("x",)))] * 2
    commands += [
        s.Confirm(Fen(2980)),
        s.OpenAttempt(f"N{number}", Channel.WECHAT, Mode.CODE, f"h{number}", "1234", at_ms),
    ]
    for command in commands:
        decision = s.decide(sale, command, TERMS)
        assert not isinstance(decision, s.Refusal)
        ledger.commit_now(*decision, at_ms=at_ms)
        for happened in decision:
            sale = s.apply(sale, happened)
    if pay:
        paid = f.AttemptSettled(f"N{number}", sale_id, "paid", "T1", at_ms, Fen(2980))
        ledger.commit_now(paid, f.SalePaid(sale_id, f"N{number}", Fen(2980), sale_id), at_ms=at_ms)
    return sale_id


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.db", threaded=False) as made:
        yield made


def test_tables_and_fold_agree_after_a_sale(ledger):
    sale_id = play(ledger, 1)
    report = fsck(ledger.path)
    assert report.ok, report.faults
    sale = ledger.sale(sale_id)
    assert (sale.phase, sale.total, sale.attempt) == (s.Phase.PAID, 2980, "N1")
    assert ledger.takings()["paid_fen"] == 2980
    assert ledger.attempt("N1").state is State.PAID


def test_a_failed_commit_leaves_nothing(ledger):
    play(ledger, 1)
    before = ledger.head
    with pytest.raises(LedgerFault):
        ledger.commit_now(s.open_sale("20261122-00002", "0002", "1", "en"), f.SaleReopened("no-such-sale"), at_ms=1)
    assert ledger.head == before
    assert ledger.sale("20261122-00002") is None
    play(ledger, 2)
    assert fsck(ledger.path).ok


def test_a_second_open_attempt_is_impossible_even_for_a_bug(ledger):
    sale_id = play(ledger, 1, pay=False)
    second = f.AttemptOpened("N9", sale_id, "1", "alipay", "code", Fen(2980), "h9", "9999", 1)
    with pytest.raises(LedgerFault):
        ledger.commit_now(second, at_ms=1)
    assert [a.number for a in ledger.attempts_of(sale_id)] == ["N1"]


def test_a_sale_is_paid_by_one_attempt_with_its_amount(ledger):
    sale_id = play(ledger, 1, pay=False)
    with pytest.raises(LedgerFault):
        ledger.commit_now(f.SalePaid(sale_id, "N1", Fen(1), sale_id), at_ms=1)
    assert ledger.sale(sale_id).phase is s.Phase.PAYING


def test_a_code_is_remembered_by_its_hash_only(ledger):
    play(ledger, 1)
    assert ledger.code_used("h1")
    assert not ledger.code_used("h2")


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), '1490', '1') AS BLOB) WHERE seq = 2",
        "UPDATE journal SET at_ms = 5 WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 3",
        "UPDATE journal SET hash = zeroblob(32) WHERE seq = 7",
        "UPDATE sales SET total = 1, phase = 'abandoned'",
        "UPDATE lines SET amount = 1",
        "UPDATE attempts SET state = 'declined'",
        "UPDATE attempts SET amount = 1",
        "DELETE FROM receipts",
        "CREATE TABLE extra (x)",
    ],
)
def test_fsck_notices_every_tampering(tmp_path, tamper):
    path = tmp_path / "ledger.db"
    with Ledger(path, threaded=False) as ledger:
        play(ledger, 1)
    db = apsw.Connection(str(path))
    db.execute("DROP TRIGGER journal_no_update")
    db.execute("DROP TRIGGER journal_no_delete")
    db.execute(tamper)
    fresh = dict(migrations())[1]
    for trigger in ("journal_no_update", "journal_no_delete"):
        (line,) = [x for x in fresh.splitlines() if f"CREATE TRIGGER {trigger}" in x]
        db.execute(line)
    db.close()
    assert not fsck(path).ok


def test_the_journal_refuses_to_be_changed(ledger):
    play(ledger, 1)
    for sql in ("UPDATE journal SET at_ms = 1", "DELETE FROM journal"):
        with pytest.raises(apsw.ConstraintError):
            ledger._writer.execute(sql)


def test_facts_survive_their_bytes():
    for kind, cls in f.KINDS.items():
        if cls is f.SaleOpened:
            fact = f.SaleOpened("s", "0001", "1", "zh-CN")
            assert decode(kind, encode(fact)) == fact


def test_the_chain_covers_every_field():
    base = (b"p" * 32, 1, 2, "k", b"body")
    changed = [(b"q" * 32, 1, 2, "k", b"body"), (b"p" * 32, 2, 2, "k", b"body"), (b"p" * 32, 1, 3, "k", b"body")]
    changed += [(b"p" * 32, 1, 2, "l", b"body"), (b"p" * 32, 1, 2, "k", b"bodz")]
    assert len({chain(*x) for x in (base, *changed)}) == 6


@pytest.mark.anyio
async def test_group_commit_keeps_order_and_refuses_only_the_culprit(tmp_path):
    with Ledger(tmp_path / "l.db") as ledger:
        good = [ledger.commit(s.open_sale(f"20261122-{n:05d}", f"{n:04d}", "1", "en"), at_ms=n) for n in range(1, 40)]
        bad = ledger.commit(f.SaleReopened("nobody"), at_ms=1)
        results = await asyncio.gather(*good[:20], bad, *good[20:], return_exceptions=True)
        assert [isinstance(r, LedgerFault) for r in results].count(True) == 1
        assert [e.seq for e in ledger.journal()] == list(range(1, 40))
    assert fsck(tmp_path / "l.db").ok


@pytest.mark.anyio
async def test_listeners_hear_after_the_disk(tmp_path):
    with Ledger(tmp_path / "l.db") as ledger:
        heard = []

        def listener(entries):
            heard.extend((e.seq, ledger.sale(e.fact.sale) is not None) for e in entries)

        end = ledger.listen(listener)
        await ledger.commit(s.open_sale("20261122-00001", "0001", "1", "en"), at_ms=1)
        end()
        await ledger.commit(s.open_sale("20261122-00002", "0002", "1", "en"), at_ms=1)
        assert heard == [(1, True)]


@pytest.mark.anyio
async def test_a_closed_ledger_says_so(tmp_path):
    ledger = Ledger(tmp_path / "l.db")
    ledger.close()
    with pytest.raises(LedgerFault) as caught:
        await ledger.commit(s.open_sale("x", "1", "1", "en"), at_ms=1)
    assert caught.value.reason == "closed"


def test_a_full_disk_refuses_cleanly_and_recovers(tmp_path):
    with Ledger(tmp_path / "l.db", threaded=False) as ledger:
        play(ledger, 1)
        (pages,) = ledger._writer.execute("PRAGMA page_count").fetchone()
        ledger._writer.execute(f"PRAGMA max_page_count = {pages}")
        refused = 0
        for number in range(2, 200):
            try:
                play(ledger, number)
            except LedgerFault as fault:
                assert fault.reason == "full"
                refused += 1
                break
        assert refused
        ledger._writer.execute("PRAGMA max_page_count = 1000000")
        play(ledger, 500)
    assert fsck(tmp_path / "l.db").ok


def test_a_read_only_folder_is_said_at_once(tmp_path):
    with pytest.raises(LedgerFault) as caught:
        Ledger(tmp_path / "no" / "such" / "folder.db", threaded=False)
    assert caught.value.reason == "readonly"


def test_a_second_writer_is_refused_while_the_first_lives(tmp_path):
    with Ledger(tmp_path / "l.db", threaded=False) as first:
        with pytest.raises(LedgerFault) as caught:
            Ledger(tmp_path / "l.db", threaded=False)
        assert caught.value.reason == "busy"
        play(first, 1)
    with Ledger(tmp_path / "l.db", threaded=False) as second:
        play(second, 2)


def test_an_old_sqlite_is_refused(monkeypatch):
    monkeypatch.setattr(module.apsw, "sqlite_lib_version", lambda: "3.40.1")
    with pytest.raises(TooOldSqliteError, match=r"3\.51\.3"):
        module.sqlite_version()


def test_a_newer_schema_is_refused(tmp_path):
    db = apsw.Connection(str(tmp_path / "l.db"))
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(NewerSchemaError):
        Ledger(tmp_path / "l.db", threaded=False)


def test_settings_that_lose_nothing(ledger):
    def pragma(name):
        return ledger._writer.execute(f"PRAGMA {name}").fetchone()[0]

    assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)


def test_golden_databases_migrate_to_the_fresh_schema(tmp_path):
    found = sorted(GOLDEN.glob("*.sql"))
    assert found, "each release leaves a golden database"
    with Ledger(tmp_path / "fresh.db", threaded=False) as fresh:
        wanted = schema(fresh._writer)
    for dump in found:
        path = tmp_path / f"{dump.stem}.db"
        db = apsw.Connection(str(path))
        db.execute(dump.read_text("utf-8"))
        db.close()
        with Ledger(path, threaded=False) as migrated:
            assert schema(migrated._writer) == wanted
            assert migrated.takings()["paid_fen"] == 2980
        assert fsck(path).ok, fsck(path).faults


CHILD = """
    import asyncio, sys
    from pathlib import Path
    from paybooth.domain import sale as s
    from paybooth.ledger.ledger import Ledger

    async def main():
        ledger = Ledger(Path(sys.argv[1]))
        n = 0
        async def one(k):
            await ledger.commit(s.open_sale(f"20261122-{k:05d}", f"{k:04d}", "1", "en"), at_ms=k)
            print(k, flush=True)
        while True:
            await asyncio.gather(*(one(n + i) for i in range(8)))
            n += 8
    asyncio.run(main())
"""


@pytest.mark.parametrize("said", [1, 57, 300])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path, said):
    path = tmp_path / "l.db"
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(path)]
    acknowledged = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            acknowledged.add(int(line))
            if len(acknowledged) >= said:
                os.kill(child.pid, signal.SIGKILL)
                break
        acknowledged |= {int(line) for line in child.stdout.read().split() if line.isdigit()}
    report = fsck(path)
    assert report.ok, report.faults
    with Ledger(path, threaded=False) as ledger:
        there = {int(e.fact.number) for e in ledger.journal(limit=100_000)}
    assert acknowledged <= there
