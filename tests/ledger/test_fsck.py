"""Whoever alters, removes, swaps or cuts journal rows is found, and the row is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paybooth.domain import facts as f
from paybooth.domain.anchor import Anchor, read_anchor
from paybooth.domain.money import Fen
from paybooth.ledger.codec import chain
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.migrate import migrations
from tests.power.day import Basket, Pen, live
from tests.power.disk import Tape

STRAY = (
    "INSERT INTO sales (id, number, booth, phase, language, opened_ms, changed_ms)"
    " VALUES ('x', '1', '1', 'paid', 'en', 1, 1)"
)
TRIGGERS = ("journal_no_update", "journal_no_delete")
MANY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "ledger.db"
    live(path, Tape(), starts=4)
    report = fsck(path)
    assert (report.ok, report.facts >= 200) == (True, True)
    return path


class Copy:
    """A copy of the ledger whose guards are off."""

    def __init__(self, whole: Path, folder: Path) -> None:
        self.path = folder / "ledger.db"
        shutil.copyfile(whole, self.path)
        self.db = apsw.Connection(str(self.path))
        for trigger in TRIGGERS:
            self.db.execute(f"DROP TRIGGER {trigger}")

    def rows(self):
        return self.db.execute("SELECT seq, at_ms, kind, sale, body, hash FROM journal ORDER BY seq").fetchall()

    def put(self, seq, at_ms, kind, sale, body, digest):
        self.db.execute(
            "UPDATE journal SET at_ms = ?, kind = ?, sale = ?, body = ?, hash = ? WHERE seq = ?",
            (at_ms, kind, sale, body, digest, seq),
        )

    def done(self, anchors=()):
        for trigger in TRIGGERS:
            (line,) = [x for x in migrations()[0][1].splitlines() if f"CREATE TRIGGER {trigger}" in x]
            self.db.execute(line)
        self.db.close()
        return fsck(self.path, anchors)


@pytest.fixture
def copies(whole, tmp_path):
    return lambda: Copy(whole, tmp_path)


def named(row):
    seq, _, kind, sale, *_ = row
    return f"journal {seq} {kind}" + (f" of sale {sale}" if sale else "")


def anchor_of(row, day="2026-11-22"):
    return Anchor("LANE01", day, row[0], row[5].hex())


@MANY
@given(data=st.data())
def test_an_altered_row_is_named(copies, data):
    copy = copies()
    rows = copy.rows()
    row = data.draw(st.sampled_from(rows))
    seq, at_ms, kind, sale, body, digest = row
    place = data.draw(st.integers(0, len(body) - 1))
    other = {
        "body": (at_ms, kind, sale, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], digest),
        "time": (at_ms + 1, kind, sale, body, digest),
        "kind": (at_ms, "help.called" if kind != "help.called" else "help.seen", sale, body, digest),
        "sale": (at_ms, kind, "20991231-00001", body, digest),
        "hash": (at_ms, kind, sale, body, bytes([digest[0] ^ 1]) + digest[1:]),
    }
    changed = other[data.draw(st.sampled_from(sorted(other)))]
    copy.put(seq, *changed)
    report = copy.done()
    wanted = named((seq, changed[0], changed[1], changed[2]))
    assert any(fault.startswith(f"{wanted}: altered") for fault in report.faults), report.faults


@MANY
@given(data=st.data())
def test_a_row_altered_with_a_fresh_hash_is_named_with_its_follower(copies, data):
    copy = copies()
    rows = copy.rows()
    at = data.draw(st.integers(1, len(rows) - 2))
    seq, at_ms, kind, sale, body, _ = rows[at]
    copy.put(seq, at_ms + 5, kind, sale, body, chain(rows[at - 1][5], seq, at_ms + 5, kind, body))
    report = copy.done()
    wanted = f"{named(rows[at + 1])}: altered, it does not follow on {named(rows[at])}"
    assert any(fault.startswith(wanted) for fault in report.faults), report.faults


@MANY
@given(data=st.data())
def test_removed_rows_are_numbered(copies, data):
    copy = copies()
    rows = copy.rows()
    first = data.draw(st.integers(1, len(rows) - 3))
    last = data.draw(st.integers(first, min(first + 5, len(rows) - 1)))
    copy.db.execute("DELETE FROM journal WHERE seq BETWEEN ? AND ?", (first, last))
    report = copy.done()
    gone = f"journal {first}: removed" if first == last else f"journal {first} to {last}: removed"
    assert any(fault.startswith(gone) for fault in report.faults), report.faults


@MANY
@given(data=st.data())
def test_swapped_rows_are_both_named(copies, data):
    copy = copies()
    rows = copy.rows()
    one, two = sorted(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True)))
    copy.put(rows[one][0], *rows[two][1:])
    copy.put(rows[two][0], *rows[one][1:])
    report = copy.done()
    for seq, row in ((rows[one][0], rows[two]), (rows[two][0], rows[one])):
        wanted = named((seq, *row[1:]))
        assert any(fault.startswith(f"{wanted}: altered") for fault in report.faults), report.faults


@MANY
@given(data=st.data())
def test_a_cut_off_end_is_found_by_the_anchor(copies, data):
    copy = copies()
    rows = copy.rows()
    last = data.draw(st.integers(1, len(rows) - 1))
    copy.db.execute("DELETE FROM journal WHERE seq > ?", (last,))
    report = copy.done([anchor_of(rows[last // 2]), anchor_of(rows[-1], "2026-11-23")])
    wanted = f"anchor of 2026-11-23: journal {len(rows)} is gone, the journal ends at {last}: cut off"
    assert wanted in report.faults
    assert report.anchors == 1


@MANY
@given(data=st.data())
def test_a_tail_rewritten_whole_is_found_by_the_anchor(copies, data):
    copy = copies()
    rows = copy.rows()
    at = data.draw(st.integers(1, len(rows) - 1))
    anchored = data.draw(st.integers(at, len(rows) - 1))
    previous = rows[at - 1][5]
    for seq, at_ms, kind, sale, body, _ in rows[at:]:
        previous = chain(previous, seq, at_ms + 60_000, kind, body)
        copy.put(seq, at_ms + 60_000, kind, sale, body, previous)
    report = copy.done([anchor_of(rows[at - 1]), anchor_of(rows[anchored], "2026-11-23")])
    (fault,) = report.faults
    assert fault.startswith(f"anchor of 2026-11-23: journal {anchored + 1} is not the row that was anchored")
    assert f"from journal {at} to" in fault or f"from journal {at + 1} to" in fault
    assert report.anchors == 1


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE sales SET total = total + 1 WHERE id = '20261122-00002'", "sale 20261122-00002"),
        ("UPDATE lines SET amount = amount + 1 WHERE sale = '20261122-00004'", "sale 20261122-00004"),
        ("UPDATE refunds SET status = 'open'", "refund LANE"),
        ("UPDATE refunds SET note = 'other' WHERE asked_by = 'An'", "refund LANE"),
        ("UPDATE refunds SET approved_by = 'An' WHERE approved_by = 'Bo'", "refund LANE"),
        ("UPDATE refund_lines SET quantity = 2", "refund LANE"),
        ("UPDATE refunds SET amount = amount + 100000 WHERE asked_by = 'An'", "more was given back than it took"),
        ("UPDATE staff SET role = 'owner'", "staff An"),
        ("INSERT INTO staff VALUES ('Zed', 'owner', 'z')", "staff Zed"),
        ("UPDATE matches SET body = CAST(replace(body, 'fee', 'eef') AS BLOB)", "match 2026-09-20 wechat"),
        ("DELETE FROM matches", "match 2026-09-20 wechat"),
        ("DELETE FROM discounts", "sale 20261122-0000"),
        ("UPDATE attempts SET state = 'reversed' WHERE state = 'declined'", "attempt LANE"),
        ("UPDATE receipts SET state = 'due'", "receipt 2026"),
        ("UPDATE products SET price = 1 WHERE sku = 'P001'", "catalogue"),
        (STRAY, "sales x: only in the table"),
    ],
)
def test_tables_that_tell_another_story(copies, sql, says):
    copy = copies()
    copy.db.execute(sql)
    report = copy.done()
    assert any(says in fault for fault in report.faults), report.faults


def test_money_that_came_after_a_final_no_goes_back_and_is_no_fault(tmp_path):
    with Ledger(tmp_path / "l.db", threaded=False) as ledger:
        pen = Pen(ledger, Tape())
        basket = Basket(pen, 1).fill(1)
        number, sale = basket.charge(), basket.sale.id
        basket.declined(number)
        pen(f.RefundOpened(f"{number}R1", number, sale, Fen(307), "late_success"))
        pen(f.RefundSettled(f"{number}R1", number, sale, "done"))
    assert fsck(tmp_path / "l.db").faults == []


def test_many_faults_are_counted_not_listed(copies):
    copy = copies()
    copy.db.execute("UPDATE journal SET at_ms = at_ms + 1")
    report = copy.done()
    assert any("more of this sort" in fault for fault in report.faults)
    assert len(report.faults) < 60


def test_a_file_that_is_no_database_is_a_finding(tmp_path, whole):
    path = tmp_path / "l.db"
    data = bytearray(whole.read_bytes())
    data[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    path.write_bytes(data)
    assert not fsck(path).ok


def test_progress_is_told(copies):
    heard = []
    fsck(copies().path, progress=lambda done, total: heard.append((done, total)))
    assert heard[-1][0] == heard[-1][1] > 200


def test_an_anchor_survives_its_line():
    anchor = Anchor("LANE01", "2026-11-22", 7, "ab" * 32)
    assert read_anchor(anchor.line()) == anchor
    for bad in ("", "{}", "[]", "null", '{"shop": 1}', anchor.line().replace("abab", "zz"), anchor.line()[:-9]):
        assert read_anchor(bad) is None
