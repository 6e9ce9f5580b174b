"""Reports: walks over many days, on a thread and a connection of their own, so that no booth waits for one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import apsw
import msgspec

from paybooth.domain import report as r
from paybooth.domain.exit_facts import IncidentClaimed, ItemSeen
from paybooth.domain.staff_facts import Assisted

from .codec import decode

HOUR_MS = 3_600_000
DAY_HOURS = 24
PRODUCTS_MOST = 50
ALARMED_MOST = 50
_ITEMS = msgspec.json.Decoder(tuple[ItemSeen, ...])


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days of the shop: their instants, and the ids of sales begun in them."""

    first: date
    days: int
    zone: timezone

    @property
    def from_ms(self) -> int:
        return int(datetime(self.first.year, self.first.month, self.first.day, tzinfo=self.zone).timestamp() * 1000)

    @property
    def until_ms(self) -> int:
        return self.from_ms + self.days * DAY_HOURS * HOUR_MS

    @property
    def instants(self) -> tuple[int, int]:
        return self.from_ms, self.until_ms

    @property
    def ids(self) -> tuple[str, str]:
        """[from, until) of the ids of sales: they begin with the shop's day."""
        return f"{self.first:%Y%m%d}", f"{self.first + timedelta(self.days):%Y%m%d}"

    @property
    def before(self) -> _Stretch:
        return _Stretch(self.first - timedelta(self.days), self.days, self.zone)


def read_beside(path: Path, first: date, last: date, zone: timezone, now_ms: int) -> r.Report:
    """Of one moment, on a connection of its own. Blocks while it walks: about a second for a million lines."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        db.set_busy_timeout(5000)
        db.execute("BEGIN")
        return read(db, first, last, zone, now_ms)
    finally:
        db.close(force=True)


def read(db: apsw.Connection, first: date, last: date, zone: timezone, now_ms: int) -> r.Report:
    """The report of [first, last]; `db` is in a transaction, or is its file's only one."""
    stretch = _Stretch(first, (last - first).days + 1, zone)
    hours = _rows(
        db,
        "SELECT (paid_ms - ?1) / 3600000, count(*), sum(total) FROM sales"
        " WHERE paid_ms >= ?1 AND paid_ms < ?2 GROUP BY 1",
        stretch.instants,
    )
    matters = _matters(db, stretch)
    products, more, more_fen = _products(db, stretch)
    gates, alarmed = r.scores(matters)
    return r.Report(
        first=first.isoformat(),
        last=last.isoformat(),
        sums=_sums(db, stretch, matters, now_ms),
        before=_sums(db, stretch.before, _matters(db, stretch.before), now_ms),
        days=_days(db, stretch, hours),
        week=_week(stretch, hours),
        baskets=_baskets(db, stretch),
        products=products,
        products_more=more,
        products_more_fen=more_fen,
        wallets=_wallets(db, stretch),
        incidents=r.handled(matters, now_ms),
        gates=gates,
        alarmed=alarmed[:ALARMED_MOST],
    )


def _rows(db: apsw.Connection, sql: str, values: tuple[Any, ...]) -> list[Any]:
    return db.execute(sql, values).fetchall()


def _sums(db: apsw.Connection, stretch: _Stretch, matters: list[r.Matter], now_ms: int) -> r.Sums:
    span = stretch.instants
    ((sales, fen),) = _rows(
        db, "SELECT count(*), coalesce(sum(total), 0) FROM sales WHERE paid_ms >= ? AND paid_ms < ?", span
    )
    ((pieces,),) = _rows(
        db,
        "SELECT coalesce(sum(l.quantity), 0) FROM sales s JOIN lines l ON l.sale = s.id"
        " WHERE s.paid_ms >= ? AND s.paid_ms < ?",
        span,
    )
    ((discounts,),) = _rows(
        db,
        "SELECT coalesce(sum(d.amount), 0) FROM sales s JOIN discounts d ON d.sale = s.id"
        " WHERE s.paid_ms >= ? AND s.paid_ms < ?",
        span,
    )
    ((refunded,),) = _rows(
        db,
        "SELECT coalesce(sum(amount), 0) FROM refunds WHERE status = 'done' AND settled_ms >= ? AND settled_ms < ?",
        span,
    )
    return r.Sums(sales, fen, pieces, -discounts, refunded, _effort(db, stretch, matters, now_ms), r.loss(matters))


def _effort(db: apsw.Connection, stretch: _Stretch, matters: list[r.Matter], now_ms: int) -> r.Effort:
    ((trips, given_up),) = _rows(
        db,
        "SELECT count(*), coalesce(sum(phase = 'abandoned'), 0) FROM sales WHERE id >= ? AND id < ? AND last_line > 0",
        stretch.ids,
    )
    at_booths = _assists(db, stretch, now_ms)
    spans = [span for matter in matters for span in matter.spans(now_ms)] + at_booths
    operator_ms = r.busy_ms(spans)
    return r.Effort(
        trips=trips,
        given_up=given_up,
        assists=len(at_booths),
        calls=sum(matter.kind == "help" for matter in matters),
        operator_ms=operator_ms,
        per_100_trips_s=r.per_100_trips_s(operator_ms, trips),
    )


def _assists(db: apsw.Connection, stretch: _Stretch, now_ms: int) -> list[r.Span]:
    """From beginning to end of each help at a booth; the next helper's beginning ends the one before."""
    rows = _rows(
        db,
        "SELECT at_ms, kind, body FROM journal WHERE seq >= ? AND seq < ? AND kind = 'staff.assisted' ORDER BY seq",
        (_row_at(db, stretch.from_ms), _row_at(db, stretch.until_ms)),
    )
    spans: list[r.Span] = []
    open_at: dict[str, tuple[int, str]] = {}
    for at_ms, kind, body in rows:
        done = decode(kind, body)
        assert isinstance(done, Assisted)
        if done.act in ("begin", "end") and done.booth in open_at:
            began_ms, by = open_at.pop(done.booth)
            spans.append(r.Span(by, began_ms, at_ms))
        if done.act == "begin":
            open_at[done.booth] = at_ms, done.by
    spans += [r.Span(by, began_ms, min(now_ms, stretch.until_ms)) for began_ms, by in open_at.values()]
    return spans


def _row_at(db: apsw.Connection, at_ms: int) -> int:
    """The first journal row not older than this, by halving: rows stand in order of time, but for clocks set back."""
    low, high = 1, 1 + _rows(db, "SELECT coalesce(max(seq), 0) FROM journal", ())[0][0]
    while low < high:
        middle = (low + high) // 2
        if _rows(db, "SELECT at_ms FROM journal WHERE seq = ?", (middle,))[0][0] < at_ms:
            low = middle + 1
        else:
            high = middle
    return low


def _days(db: apsw.Connection, stretch: _Stretch, hours: list[Any]) -> tuple[r.DaySums, ...]:
    counts, sums = [0] * stretch.days, [0] * stretch.days
    for hour, count, fen in hours:
        counts[hour // DAY_HOURS] += count
        sums[hour // DAY_HOURS] += fen
    pieces = dict(
        _rows(
            db,
            "SELECT (s.paid_ms - ?1) / 86400000, sum(l.quantity) FROM sales s JOIN lines l ON l.sale = s.id"
            " WHERE s.paid_ms >= ?1 AND s.paid_ms < ?2 GROUP BY 1",
            stretch.instants,
        )
    )
    refunded = dict(
        _rows(
            db,
            "SELECT (settled_ms - ?1) / 86400000, sum(amount) FROM refunds"
            " WHERE status = 'done' AND settled_ms >= ?1 AND settled_ms < ?2 GROUP BY 1",
            stretch.instants,
        )
    )
    return tuple(
        r.DaySums((stretch.first + timedelta(n)).isoformat(), counts[n], sums[n], pieces.get(n, 0), refunded.get(n, 0))
        for n in range(stretch.days)
    )


def _week(stretch: _Stretch, hours: list[Any]) -> tuple[tuple[int, ...], ...]:
    week = [[0] * DAY_HOURS for _ in range(7)]
    for hour, _, fen in hours:
        day = stretch.first + timedelta(hour // DAY_HOURS)
        week[day.weekday()][hour % DAY_HOURS] += fen
    return tuple(map(tuple, week))


def _baskets(db: apsw.Connection, stretch: _Stretch) -> tuple[r.BasketSums, ...]:
    rows = _rows(
        db,
        "SELECT min(pieces, ?3), count(*), sum(total) FROM (SELECT s.total,"
        " (SELECT coalesce(sum(quantity), 0) FROM lines WHERE sale = s.id) AS pieces FROM sales s"
        " WHERE s.paid_ms >= ?1 AND s.paid_ms < ?2) GROUP BY 1 ORDER BY 1",
        (*stretch.instants, r.PIECES_MOST),
    )
    return tuple(r.BasketSums(*row) for row in rows)


def _products(db: apsw.Connection, stretch: _Stretch) -> tuple[tuple[r.ProductSums, ...], int, int]:
    """The most sold, and how many others there are with what they brought."""
    rows = _rows(
        db,
        "SELECT l.sku, max(l.name_zh), max(l.name_en), sum(l.quantity), sum(l.amount + coalesce(d.amount, 0))"
        " FROM sales s JOIN lines l ON l.sale = s.id LEFT JOIN discounts d ON d.sale = l.sale AND d.line = l.id"
        " WHERE s.paid_ms >= ? AND s.paid_ms < ? GROUP BY l.sku ORDER BY 5 DESC, 1",
        stretch.instants,
    )
    others = rows[PRODUCTS_MOST:]
    return tuple(r.ProductSums(*row) for row in rows[:PRODUCTS_MOST]), len(others), sum(row[4] for row in others)


def _wallets(db: apsw.Connection, stretch: _Stretch) -> tuple[r.WalletSums, ...]:
    """Attempts of sales begun in these days."""
    rows = _rows(
        db,
        "SELECT a.channel, sum(a.state = 'paid'), coalesce(sum(CASE a.state WHEN 'paid' THEN a.amount END), 0),"
        " sum(a.state = 'declined'), sum(a.state = 'reversed'),"
        " sum(a.state NOT IN ('paid', 'declined', 'reversed')),"
        " coalesce(cast(avg(CASE a.state WHEN 'paid' THEN a.settled_ms - a.opened_ms END) AS INTEGER), 0)"
        " FROM sales s JOIN attempts a ON a.sale = s.id WHERE s.id >= ? AND s.id < ? GROUP BY 1 ORDER BY 3 DESC, 1",
        stretch.ids,
    )
    return tuple(r.WalletSums(*row) for row in rows)


def _matters(db: apsw.Connection, stretch: _Stretch) -> list[r.Matter]:
    claims: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for number, at_ms, kind, body in _rows(
        db,
        "SELECT p.incident, p.at_ms, p.kind, p.body FROM incidents i JOIN incident_steps p ON p.incident = i.id"
        " WHERE i.opened_ms >= ? AND i.opened_ms < ? AND p.kind = 'incident.claimed' ORDER BY p.incident, p.n",
        stretch.instants,
    ):
        claimed = decode(kind, body)
        assert isinstance(claimed, IncidentClaimed)
        claims[number].append((at_ms, claimed.by))
    return [
        r.Matter(kind, place, opened_ms, tuple(claims[number]), by, over_ms, verdict, _goods(items))
        for number, kind, place, opened_ms, by, over_ms, verdict, items in _rows(
            db,
            "SELECT id, kind, place, opened_ms, resolved_by, resolved_ms, verdict, items FROM incidents"
            " WHERE opened_ms >= ? AND opened_ms < ? ORDER BY id",
            stretch.instants,
        )
    ]


def _goods(items: bytes) -> tuple[r.Goods, ...]:
    return tuple(
        r.Goods(item.sku, item.name_zh, item.name_en, (item.price or 0) * item.count) for item in _ITEMS.decode(items)
    )
