"""Named reads for the console. Each looks at a bounded number of rows: it runs on the loop that serves the booths."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from paybooth.domain.facts import KINDS, Privacy
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.ports_console import ActQuery, ActRow, ActsFound, HandoverRow, SaleFound, SaleQuery, SaleRow, SalesFound

from .catalogue import COLUMNS as PRODUCT_COLUMNS
from .catalogue import product_of
from .codec import decode

_ACTS = sorted(kind for kind, fact in KINDS.items() if fact.privacy is Privacy.STAFF)

WINDOW = 20_000
"""Sales looked at for one page by what stands in their own row."""
WINDOW_DEEP = 3_000
"""The same where attempts or lines have to be looked into."""
GOODS_SHOWN = 6
RESOLVED_LOOKED_AT = 2_000

_ROW = "s.id, s.number, s.booth, s.phase, s.total, s.opened_ms, s.paid_ms, s.receipt"
_ABOUT = f"""
  (SELECT json_group_array(json_array(name_zh, name_en, quantity))
     FROM (SELECT * FROM lines WHERE sale = s.id ORDER BY id LIMIT {GOODS_SHOWN})),
  (SELECT coalesce(sum(quantity), 0) FROM lines WHERE sale = s.id),
  (SELECT json_array(channel, state) FROM attempts WHERE sale = s.id
    ORDER BY state = 'paid' DESC, opened_ms DESC LIMIT 1),
  (SELECT coalesce(sum(amount), 0) FROM refunds WHERE sale = s.id AND status IN ('open', 'done')),
  (SELECT state FROM receipts WHERE receipt = s.receipt),
  EXISTS (SELECT 1 FROM pieces WHERE sale = s.id AND sale <> '' AND state = 'left')
    OR EXISTS (SELECT 1 FROM passes WHERE sale = s.id)"""  # noqa: S608 constants
"""What a sale is about, read in the page's own statement."""
_OUTCOMES = {
    "paid": "s.phase = 'paid'",
    "live": "s.phase IN ('shopping', 'choosing', 'paying', 'parked')",
    "abandoned": "s.phase = 'abandoned'",
    "unknown": "(s.phase = 'held' OR EXISTS (SELECT 1 FROM attempts a WHERE a.sale = s.id"
    " AND a.state NOT IN ('paid', 'declined', 'reversed')))",
    "refunded": "EXISTS (SELECT 1 FROM refunds f WHERE f.sale = s.id AND f.status IN ('open', 'done'))",
    "no_paper": "EXISTS (SELECT 1 FROM receipts p WHERE p.sale = s.id AND p.state IN ('digital_only', 'unconfirmed'))",
}
_CHANNEL = "EXISTS (SELECT 1 FROM attempts a WHERE a.sale = s.id AND a.channel = :channel AND a.state <> 'declined')"
_TEXT = (
    "(s.id = :text OR s.number = :number OR s.receipt = :text"
    " OR EXISTS (SELECT 1 FROM attempts a WHERE a.sale = s.id AND :text IN (a.number, a.txn, a.code_last4))"
    " OR EXISTS (SELECT 1 FROM lines l WHERE l.sale = s.id AND (l.sku = :text OR instr(l.name_zh, :text)"
    " OR instr(lower(l.name_en), :lower))))"
)


class ConsoleBooks:
    """Reads over one connection; a part of `Books`."""

    reader: apsw.Connection

    def sales(self, before: str | None = None, limit: int = 50) -> list[SaleRow]:
        """Sales newest first, keyset-paged by id."""
        rows = self.reader.execute(
            f"SELECT {_ROW} FROM sales s WHERE ?1 IS NULL OR s.id < ?1 ORDER BY s.id DESC LIMIT ?2",  # noqa: S608 constants
            (before, limit),
        )
        return [SaleRow(*row) for row in rows]

    def find_sales(self, wanted: SaleQuery, before: str | None, limit: int) -> SalesFound:
        """A page of sales newest first, out of a bounded window below `before`."""
        where, values, deep = _where(wanted)
        top, bottom = _bounds(wanted, before)
        window = WINDOW_DEEP if deep else WINDOW
        if not where:
            window = limit
        within = "SELECT * FROM sales WHERE id < :top AND id >= :bottom ORDER BY id DESC LIMIT :window"
        sql = f"SELECT {_ROW}, {_ABOUT} FROM ({within}) s WHERE {' AND '.join(where) or 'true'}"  # noqa: S608 constants
        bindings: dict[str, Any] = {**values, "top": top, "bottom": bottom, "window": window, "limit": limit}
        rows: list[tuple[Any, ...]] = self.reader.execute(f"{sql} ORDER BY s.id DESC LIMIT :limit", bindings).fetchall()
        found = tuple(_found(row) for row in rows)
        searched_to = found[-1].row.id if len(found) == limit else self._window_end(top, bottom, window)
        return SalesFound(found, searched_to)

    def _window_end(self, top: str, bottom: str, window: int) -> str | None:
        """The oldest sale of a window that is full; None where it reached the end."""
        row = self.reader.execute(
            "SELECT id FROM sales WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT 1 OFFSET ?", (top, bottom, window - 1)
        ).fetchone()
        return str(row[0]) if row else None

    def find_acts(self, wanted: ActQuery, before: int | None, limit: int) -> ActsFound:
        """Facts that name a member of staff, newest first, out of a bounded window of the journal."""
        top = before if before is not None else 2**62
        kinds = ", ".join(f"'{kind}'" for kind in _ACTS)
        rows: list[tuple[Any, ...]] = self.reader.execute(
            f"SELECT seq, at_ms, kind, body FROM (SELECT * FROM journal WHERE seq < :top ORDER BY seq DESC"  # noqa: S608 constants
            f" LIMIT :window) WHERE kind IN ({kinds})"
            " AND (:by = '' OR instr(body, :by)) AND (:text = '' OR instr(body, :text)) ORDER BY seq DESC LIMIT :limit",
            {
                "top": top,
                "window": WINDOW,
                "by": f'"{wanted.by}"' if wanted.by else "",
                "text": wanted.text,
                "limit": limit,
            },
        ).fetchall()
        acts = tuple(ActRow(seq, at_ms, kind, decode(kind, body)) for seq, at_ms, kind, body in rows)
        if len(acts) == limit:
            return ActsFound(acts, acts[-1].seq)
        end = self.reader.execute(
            "SELECT seq FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?", (top, WINDOW - 1)
        ).fetchone()
        return ActsFound(acts, int(end[0]) if end else None)

    def find_products(self, text: str, after: str, limit: int) -> list[Product]:
        """Products by number; `text` is a part of number, barcode or name."""
        where = "sku > :after"
        if text:
            where += (
                " AND (sku = :text OR instr(name_zh, :text) OR instr(lower(name_en), :lower)"
                " OR sku IN (SELECT sku FROM codes WHERE code IN (:text, :gtin)))"
            )
        rows: list[tuple[Any, ...]] = self.reader.execute(
            f"SELECT {PRODUCT_COLUMNS} FROM products WHERE {where} ORDER BY sku LIMIT :limit",  # noqa: S608 constants
            {"after": after, "text": text, "lower": text.lower(), "gtin": text.zfill(14), "limit": limit},
        ).fetchall()
        return [product_of(row, self._codes(row[0])) for row in rows]

    def _codes(self, sku: str) -> tuple[str, ...]:
        rows = self.reader.execute("SELECT code FROM codes WHERE sku = ? ORDER BY code", (sku,))
        return tuple(str(code) for (code,) in rows)

    def takings_by_hour(self, from_ms: int, until_ms: int) -> list[tuple[int, str, int, Fen]]:
        """(hours since `from_ms`, channel, sales, fen) of what was paid in [from, until)."""
        rows: list[tuple[Any, ...]] = self.reader.execute(
            "SELECT (s.paid_ms - ?1) / 3600000, a.channel, count(*), sum(s.total) FROM sales s"
            " JOIN attempts a ON a.number = s.attempt WHERE s.paid_ms >= ?1 AND s.paid_ms < ?2 GROUP BY 1, 2",
            (from_ms, until_ms),
        ).fetchall()
        return [(int(hour), str(channel), int(count), Fen(int(fen))) for hour, channel, count, fen in rows]

    def incidents_resolved_since(self, at_ms: int) -> int:
        """How many of the newest were resolved since."""
        count: tuple[Any, ...] = self.reader.execute(
            "SELECT count(*) FROM (SELECT resolved_ms FROM incidents ORDER BY id DESC LIMIT ?) WHERE resolved_ms >= ?",
            (RESOLVED_LOOKED_AT, at_ms),
        ).fetchone() or (0,)
        return int(count[0])

    def last_handover(self) -> HandoverRow | None:
        row: tuple[Any, ...] | None = self.reader.execute(
            "SELECT id, at_ms, by, text, incidents, taken_by, taken_ms FROM handovers ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        number, at_ms, by, text, incidents, taken_by, taken_ms = row
        return HandoverRow(number, at_ms, by, text, tuple(msgspec.json.decode(incidents)), taken_by, taken_ms)


def _found(row: tuple[Any, ...]) -> SaleFound:
    *own, goods, count, tried, refunded, paper, left = row
    channel, state = msgspec.json.decode(tried) if tried else ("", "")
    shown = tuple((zh, en, quantity) for zh, en, quantity in msgspec.json.decode(goods))
    return SaleFound(SaleRow(*own), shown, count, channel, state, Fen(refunded), paper or "", bool(left))


def _bounds(wanted: SaleQuery, before: str | None) -> tuple[str, str]:
    """[bottom, top) of the ids: they begin with the shop's day."""
    top = f"{wanted.last}~" if wanted.last else "~"
    return min(top, before) if before else top, wanted.first


def _where(wanted: SaleQuery) -> tuple[list[str], dict[str, Any], bool]:
    """The conditions, their values, and whether other tables have to be looked into."""
    where: list[str] = []
    values: dict[str, Any] = {}
    deep = False
    if wanted.booth:
        where.append("s.booth = :booth")
        values["booth"] = wanted.booth
    if wanted.least_fen is not None:
        where.append("s.total >= :least")
        values["least"] = wanted.least_fen
    if wanted.outcome:
        where.append(_OUTCOMES[wanted.outcome])
        deep = wanted.outcome in ("unknown", "refunded", "no_paper")
    if wanted.channel:
        where.append(_CHANNEL)
        values["channel"] = wanted.channel
        deep = True
    if wanted.text:
        where.append(_TEXT)
        values |= {"text": wanted.text, "number": wanted.text.zfill(4), "lower": wanted.text.lower()}
        deep = True
    return where, values, deep
