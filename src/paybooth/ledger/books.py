"""Named reads: rows to domain values. Runs on the loop's own read-only connection, microseconds each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from paybooth.domain.facts import DiscountEntry, Line
from paybooth.domain.payment import Attempt, Channel, Mode, Refund, State
from paybooth.domain.sale import Phase, Sale
from paybooth.ports import Entry, ReceiptRow, SaleRow

from .codec import decode
from .rows import LINE_COLUMNS

_SALE = (
    "SELECT id, number, booth, phase, language, member, member_tail, attempt, attempts, receipt, last_line FROM sales"
)
_LINES = f"SELECT {', '.join(LINE_COLUMNS)} FROM lines WHERE sale = ? ORDER BY id"  # noqa: S608 constants
_ATTEMPT = (
    "SELECT number, sale, booth, channel, mode, amount, code_last4, state, opened_ms, settled_ms, txn, payer_paid,"
    " reason, code FROM attempts"
)
_ENTRY = "SELECT seq, at_ms, kind, body, hash FROM journal"


class Books:
    """Reads over one connection."""

    def __init__(self, reader: apsw.Connection) -> None:
        self.reader = reader

    def sale(self, sale_id: str) -> Sale | None:
        """The sale as it stands, lines and discounts included."""
        row = self.reader.execute(f"{_SALE} WHERE id = ?", (sale_id,)).fetchone()
        return self._sale(row) if row else None

    def live_sales(self, booth: str | None = None) -> list[Sale]:
        """Sales that are not ended, of one booth or of all, oldest first."""
        where = "phase NOT IN ('paid', 'abandoned') AND (?1 IS NULL OR booth = ?1) ORDER BY opened_ms, id"
        return [self._sale(row) for row in self.reader.execute(f"{_SALE} WHERE {where}", (booth,)).fetchall()]

    def _sale(self, row: tuple[Any, ...]) -> Sale:
        lines = self.reader.execute(_LINES, (row[0],))
        found = tuple(Line(*values) for values in lines)
        entries = self.reader.execute(
            "SELECT line, rule, label_zh, label_en, amount FROM discounts WHERE sale = ? ORDER BY line", (row[0],)
        )
        sale_id, number, booth, phase, language, member, tail, attempt, attempts, receipt, last_line = row
        return Sale(
            sale_id, number, booth, Phase(phase), language, found, tuple(DiscountEntry(*values) for values in entries),
            member, tail, attempt, attempts, receipt, last_line,
        )  # fmt: skip

    def changed_ms(self, sale_id: str) -> int:
        """When a sale changed last."""
        row = self.reader.execute("SELECT changed_ms FROM sales WHERE id = ?", (sale_id,)).fetchone()
        assert row is not None, sale_id
        return int(row[0])

    def attempt(self, number: str) -> Attempt | None:
        row = self.reader.execute(f"{_ATTEMPT} WHERE number = ?", (number,)).fetchone()
        return _attempt(row) if row else None

    def attempts_of(self, sale_id: str) -> list[Attempt]:
        rows = self.reader.execute(f"{_ATTEMPT} WHERE sale = ? ORDER BY opened_ms, number", (sale_id,))
        return [_attempt(row) for row in rows]

    def open_attempts(self) -> list[Attempt]:
        """Attempts without a final word, oldest first: what the till takes up again at start."""
        where = "state NOT IN ('paid', 'declined', 'reversed') ORDER BY opened_ms, number"
        return [_attempt(row) for row in self.reader.execute(f"{_ATTEMPT} WHERE {where}")]

    def code_used(self, code_hash: str) -> bool:
        """Whether this payment code was charged before; a code is one attempt."""
        found = self.reader.execute("SELECT 1 FROM attempts WHERE code_hash = ? LIMIT 1", (code_hash,))
        return found.fetchone() is not None

    def has_refund(self, number: str) -> bool:
        """Whether this refund was ever opened."""
        return self.reader.execute("SELECT 1 FROM refunds WHERE number = ?", (number,)).fetchone() is not None

    def open_refunds(self) -> list[Refund]:
        rows = self.reader.execute(
            "SELECT number, attempt, sale, amount, reason, status FROM refunds WHERE status = 'open' ORDER BY number"
        )
        return [Refund(*row) for row in rows]

    def receipt(self, receipt: str) -> ReceiptRow | None:
        """One receipt by its number."""
        sql = (
            "SELECT r.receipt, r.sale, r.state, r.reason, s.paid_ms FROM receipts r JOIN sales s ON s.id = r.sale"
            " WHERE r.receipt = ?"
        )
        row = self.reader.execute(sql, (receipt,)).fetchone()
        return ReceiptRow(*row) if row else None

    def unsettled_receipts(self) -> list[ReceiptRow]:
        """Receipts that never got their end: due or printing when the box stopped."""
        rows = self.reader.execute(
            "SELECT r.receipt, r.sale, r.state, r.reason, s.paid_ms FROM receipts r JOIN sales s ON s.id = r.sale"
            " WHERE r.settled_ms IS NULL ORDER BY r.receipt"
        )
        return [ReceiptRow(*row) for row in rows]

    def last_sale_id(self, prefix: str) -> str | None:
        """The greatest sale id with this prefix (a shop day)."""
        found = self.reader.execute("SELECT max(id) FROM sales WHERE id >= ? AND id < ?", (prefix, prefix + "~"))
        return (found.fetchone() or (None,))[0]

    def sales(self, before: str | None = None, limit: int = 50) -> list[SaleRow]:
        """Sales newest first, keyset-paged by id."""
        rows = self.reader.execute(
            "SELECT id, number, booth, phase, total, opened_ms, paid_ms, receipt FROM sales"
            " WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
            (before, limit),
        )
        return [SaleRow(*row) for row in rows]

    def journal_head(self) -> int:
        """Number of the newest journal row; 0 where there is none."""
        row = self.reader.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
        return int(row[0]) if row else 0

    def journal(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Journal rows after a number, oldest first."""
        found = self.reader.execute(f"{_ENTRY} WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
        return [Entry(seq, at, kind, decode(kind, body), digest) for seq, at, kind, body, digest in found]

    def journal_of(self, sale: str) -> Iterator[Entry]:
        """All facts of one sale, oldest first."""
        found = self.reader.execute(f"{_ENTRY} WHERE sale = ? ORDER BY seq", (sale,))
        return (Entry(seq, at, kind, decode(kind, body), digest) for seq, at, kind, body, digest in found)

    def takings(self) -> dict[str, int]:
        """Sums over all time: fen and counts, attempts and receipts by state."""
        paid_count, paid_fen = self.reader.execute(
            "SELECT count(*), coalesce(sum(total), 0) FROM sales WHERE phase = 'paid'"
        ).fetchone() or (0, 0)
        attempts = self._counts("SELECT state, count(*) FROM attempts GROUP BY state")
        receipts = self._counts("SELECT state, count(*) FROM receipts GROUP BY state")
        (refunded,) = self.reader.execute(
            "SELECT coalesce(sum(amount), 0) FROM refunds WHERE status = 'done'"
        ).fetchone() or (0,)
        return {
            "sales": paid_count,
            "paid_fen": paid_fen,
            "refunded_fen": refunded,
            "attempts": sum(attempts.values()),
            **{f"attempts_{state}": count for state, count in sorted(attempts.items())},
            **{f"receipts_{state}": count for state, count in sorted(receipts.items())},
        }

    def _counts(self, sql: str) -> dict[str, int]:
        return {str(name): int(count) for name, count in self.reader.execute(sql)}


def _attempt(row: tuple[Any, ...]) -> Attempt:
    number, sale, booth, channel, mode, amount, last4, state, opened, settled, txn, payer, reason, code = row
    return Attempt(
        number, sale, booth, Channel(channel), Mode(mode), amount, last4, State(state), opened, settled, txn, payer,
        reason, code,
    )  # fmt: skip
