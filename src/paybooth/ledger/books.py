"""Named reads: rows to domain values. Runs on the loop's own read-only connection, microseconds each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from paybooth.domain import refund as r
from paybooth.domain.facts import DayMatched, DiscountEntry, Line, RefundLine
from paybooth.domain.money import Fen
from paybooth.domain.payment import Attempt, Channel, Mode, State
from paybooth.domain.sale import Phase, Sale
from paybooth.domain.staff import Role, Staff
from paybooth.ports import Entry, ReceiptRow

from .books_console import ConsoleBooks
from .books_exit import ExitBooks
from .books_house import HouseBooks
from .codec import decode
from .rows import LINE_COLUMNS

_SALE = (
    "SELECT id, number, booth, phase, language, member, member_tail, attempt, attempts, receipt, last_line FROM sales"
)
_LINES = f"SELECT {', '.join(LINE_COLUMNS)} FROM lines WHERE sale = ? ORDER BY id"  # noqa: S608 constants
_ATTEMPT = (
    "SELECT number, sale, booth, channel, mode, amount, code_last4, state, opened_ms, settled_ms, txn, payer_paid,"
    " reason, code, paid_at_ms FROM attempts"
)
_REFUND = (
    "SELECT number, attempt, sale, amount, reason, status, opened_ms, settled_ms, asked_by, approved_by, note, request"
    " FROM refunds"
)
_ENTRY = "SELECT seq, at_ms, kind, body, hash FROM journal"


class Books(ExitBooks, ConsoleBooks, HouseBooks):
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

    def refund(self, number: str) -> r.Refund | None:
        return next(self._refunds("number = ?", (number,)), None)

    def refund_of_request(self, request: str) -> r.Refund | None:
        """The refund a wish became; None where it was never taken."""
        return next(self._refunds("request = ? AND request <> ''", (request,)), None)

    def refunds_of(self, sale: str) -> list[r.Refund]:
        """All refunds of a sale, oldest first."""
        return list(self._refunds("sale = ? ORDER BY opened_ms, number", (sale,)))

    def open_refunds(self) -> list[r.Refund]:
        """Refunds that the till has to carry out."""
        return list(self._refunds("status = 'open' ORDER BY number", ()))

    def refunds(self, state: r.State | None = None, limit: int = 200) -> list[r.Refund]:
        """Refunds newest first, of one state or of all."""
        return list(self._refunds("?1 IS NULL OR status = ?1 ORDER BY opened_ms DESC, number LIMIT ?2", (state, limit)))

    def _refunds(self, where: str, bindings: tuple[Any, ...]) -> Iterator[r.Refund]:
        found: list[tuple[Any, ...]] = self.reader.execute(f"{_REFUND} WHERE {where}", bindings).fetchall()
        for row in found:
            lines = self.reader.execute(
                "SELECT line, quantity, amount FROM refund_lines WHERE refund = ? ORDER BY line", (row[0],)
            )
            number, attempt, sale, amount, reason, state, opened, settled, by, approved, note, request = row
            yield r.Refund(
                number, attempt, sale, amount, reason, r.State(state), opened, settled, by, approved, note, request,
                tuple(RefundLine(*values) for values in lines),
            )  # fmt: skip

    def match(self, day: str, channel: str) -> tuple[int, DayMatched] | None:
        """(when, what) of the last comparison of a day."""
        sql = "SELECT at_ms, body FROM matches WHERE day = ? AND channel = ?"
        row = self.reader.execute(sql, (day, channel)).fetchone()
        return (int(row[0]), _match(row[1])) if row else None

    def matches(self, limit: int = 400) -> list[tuple[int, DayMatched]]:
        """The last comparison of each day and channel, newest day first."""
        found = self.reader.execute("SELECT at_ms, body FROM matches ORDER BY day DESC, channel LIMIT ?", (limit,))
        return [(at_ms, _match(body)) for at_ms, body in found]

    def paid_between(self, from_ms: int, until_ms: int) -> list[str]:
        """Sales that became paid in [from, until), in order."""
        rows = self.reader.execute(
            "SELECT id FROM sales WHERE paid_ms >= ? AND paid_ms < ? ORDER BY paid_ms, id", (from_ms, until_ms)
        )
        return [str(sale) for (sale,) in rows]

    def paid_attempts(self, channel: str, from_ms: int, until_ms: int) -> list[Attempt]:
        """What paid the sales that became paid in [from, until) by this channel."""
        where = "channel = ? AND number IN (SELECT attempt FROM sales WHERE paid_ms >= ? AND paid_ms < ?)"
        return [_attempt(row) for row in self.reader.execute(f"{_ATTEMPT} WHERE {where}", (channel, from_ms, until_ms))]

    def refunds_between(self, from_ms: int, until_ms: int) -> list[r.Refund]:
        """Refunds opened in [from, until), in order."""
        return list(self._refunds("opened_ms >= ? AND opened_ms < ? ORDER BY opened_ms, number", (from_ms, until_ms)))

    def refunds_settled(self, from_ms: int, until_ms: int) -> list[r.Refund]:
        """Refunds that were done in [from, until), in order."""
        where = "status = 'done' AND settled_ms >= ? AND settled_ms < ? ORDER BY settled_ms, number"
        return list(self._refunds(where, (from_ms, until_ms)))

    def sums_between(self, from_ms: int, until_ms: int) -> tuple[int, Fen, Fen]:
        """(sales, fen paid, fen refunded) in [from, until), summed by SQL."""
        bounds = (from_ms, until_ms)
        count, paid = self.reader.execute(
            "SELECT count(*), coalesce(sum(total), 0) FROM sales WHERE paid_ms >= ? AND paid_ms < ?", bounds
        ).fetchone() or (0, 0)
        (refunded,) = self.reader.execute(
            "SELECT coalesce(sum(amount), 0) FROM refunds WHERE status = 'done' AND settled_ms >= ? AND settled_ms < ?",
            bounds,
        ).fetchone() or (0,)
        return int(count), Fen(int(paid)), Fen(int(refunded))

    def staff_by_token(self, token_hash: str) -> Staff | None:
        """Who holds the token of this hash."""
        row = self.reader.execute("SELECT name, role FROM staff WHERE token_hash = ?", (token_hash,)).fetchone()
        return Staff(row[0], Role(row[1])) if row else None

    def staff(self) -> list[Staff]:
        return [Staff(n, Role(role)) for n, role in self.reader.execute("SELECT name, role FROM staff ORDER BY name")]

    def staff_hashes(self) -> list[tuple[Staff, str]]:
        """Everybody who works here, with the hash of their token."""
        rows = self.reader.execute("SELECT name, role, token_hash FROM staff ORDER BY name")
        return [(Staff(name, Role(role)), hashed) for name, role, hashed in rows]

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


def _match(body: bytes) -> DayMatched:
    found = decode(DayMatched.kind, body)
    assert isinstance(found, DayMatched)
    return found


def _attempt(row: tuple[Any, ...]) -> Attempt:
    number, sale, booth, channel, mode, amount, last4, state, opened, settled, txn, payer, reason, code, paid_at = row
    return Attempt(
        number, sale, booth, Channel(channel), Mode(mode), amount, last4, State(state), opened, settled, txn, payer,
        reason, code, paid_at,
    )  # fmt: skip
