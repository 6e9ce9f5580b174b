"""Which piece of which product a tag is, and whether it may leave: rights kept up to date by the journal.

A right appears in the same step in which its sale becomes paid on disk; before that, goods whose charge is in flight
are held, not unpaid. What memory no longer knows the ledger does (serials sold long ago, pieces that came in).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import structlog

from paybooth.domain import exit_facts as x
from paybooth.domain import facts as f
from paybooth.domain.epc import decode
from paybooth.domain.goods import Product
from paybooth.domain.leave import Judged, Key, Rights, Sold, Standing
from paybooth.domain.payment import Event
from paybooth.domain.sale import Phase
from paybooth.ports import Clock, Entry, Ledger

from .catalogue import Catalogue

log = structlog.get_logger()

ASKED_MOST = 8192
KEEP_MS = 24 * 3_600_000
"""Rights stay in memory this long; then the ledger answers for goods with a serial."""


class Pieces:
    """One for all gates of a shop."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue, clock: Clock, leave_s: float) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._clock = clock
        self.rights = Rights(int(leave_s * 1000))
        self._listeners: list[Callable[[], None]] = []
        self._forgot_ms = clock.now_ms()
        self._asked: dict[Key, Judged | None] = {}
        """What the books said of pieces that stand here; forgotten whenever the books may say something else."""
        self.known = lru_cache(maxsize=65_536)(self._known)

    def start(self) -> None:
        """Take rights up again after a restart, then follow the journal."""
        now_ms = self._clock.now_ms()
        for sale, paid_ms, lines in self._ledger.sold_since(now_ms - KEEP_MS):
            self.rights.release(sale, lines, paid_ms)
        for live in self._ledger.live_sales():
            if live.phase in (Phase.PAYING, Phase.HELD):
                self.rights.begin_charge(live.id, sold(live.lines))
        self._ledger.listen(self._on_entries)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call when goods may have become free to leave, or not."""
        self._listeners.append(listener)

    def _known(self, epc: bytes) -> tuple[Key, Product] | None:
        """The piece of a tag; None where it is not this shop's."""
        tag = decode(epc)
        product = self._catalogue.find((tag.gtin14,)) if tag is not None else None
        return ((product.sku, tag.serial), product) if tag is not None and product is not None else None

    def refresh(self) -> None:
        """The catalogue changed."""
        self.known.cache_clear()

    # ------------------------------------------------------------ asking

    def judge(self, keys: Sequence[Key]) -> list[Judged]:
        """How pieces seen together stand. Never raises: where the books cannot be read, memory decides alone."""
        now_ms = self._clock.now_ms()
        found = self.rights.judge(keys, now_ms)
        for n, judged in enumerate(found):
            if judged.standing is Standing.UNPAID:
                found[n] = self._from_books(keys[n], now_ms) or judged
        return found

    def owned(self, key: Key) -> bool:
        """Whether this very piece is paid or was never for sale; a paid unit of its kind does not make it so."""
        return self.rights.names(key) or self._from_books(key, self._clock.now_ms()) is not None

    def _from_books(self, key: Key, now_ms: int) -> Judged | None:
        if key in self._asked:
            return self._asked[key]
        try:
            found = self._ledger.piece(*key, now_ms)
        except Exception:
            log.exception("the books could not be asked about a piece")
            return None
        if found is None or found.standing is not Standing.STAFF:  # what staff carry ends by time
            if len(self._asked) >= ASKED_MOST:
                self._asked.clear()
            self._asked[key] = found
        return found

    def leave(self, key: Key, judged: Judged) -> None:
        self.rights.use(key, judged, self._clock.now_ms())

    # ------------------------------------------------------------ following the journal

    def _on_entries(self, entries: Sequence[Entry]) -> None:
        changed = False
        for entry in entries:
            changed = self._follow(entry) or changed
        if changed:
            for listener in self._listeners:
                listener()

    def _follow(self, entry: Entry) -> bool:
        match entry.fact:
            case f.SalePaid(sale=sale):
                self.rights.release(sale, self._lines(sale), entry.at_ms)
                self._forget(entry.at_ms)
            case f.AttemptOpened(sale=sale):
                self.rights.begin_charge(sale, self._lines(sale))
            case f.AttemptSettled(sale=sale, event=event) if event != Event.PAID:
                self.rights.end_charge(sale)
            case f.SaleAbandoned(sale=sale):
                self.rights.end_charge(sale)
            case x.GoodsMoved(tags=tags, until_ms=until_ms):
                self.rights.move(tags, until_ms)
            case x.GoodsReturned(tags=tags):
                self.rights.take_back(tags)
            case x.PassageSeen():
                self._asked.clear()
                return False
            case _:
                return False
        self._asked.clear()
        return True

    def _lines(self, sale: str) -> tuple[Sold, ...]:
        found = self._ledger.sale(sale)
        return sold(found.lines) if found is not None else ()

    def _forget(self, now_ms: int) -> None:
        if now_ms - self._forgot_ms > KEEP_MS // 24:
            self._forgot_ms = now_ms
            self.rights.forget(now_ms, KEEP_MS)


def sold(lines: Iterable[f.Line]) -> tuple[Sold, ...]:
    return tuple(Sold(line.sku, line.serial, line.quantity) for line in lines)
