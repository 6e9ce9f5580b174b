"""What may leave the shop: rights made by sales and staff, used up by passages. No clock: callers say the time.

Goods sold by their own serial (RFID pad, 2D code) are exact. Goods sold by a plain barcode release one unit of that
product, whichever piece it is. Both are used up when a piece passes the gate. Goods that once left paid, or came in
through the gate, are their owner's: they never ring again until staff take them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Key = tuple[str, str]
"""sku and serial of one piece."""


class Standing(StrEnum):
    """What the gate thinks of one tag."""

    PAID = "paid"
    HELD = "held"  # its charge is in flight: no siren, the shopper is told why to wait
    STALE = "stale"  # paid, but so long ago that a person should look; no siren
    SOLD_BEFORE = "sold_before"
    BROUGHT_IN = "brought_in"
    STAFF = "staff"
    FOREIGN = "foreign"  # not this shop's goods: never looked at again
    UNPAID = "unpaid"


CLEAR = frozenset(set(Standing) - {Standing.HELD, Standing.STALE, Standing.UNPAID})
"""Nothing is asked of who carries these."""


@dataclass(frozen=True, slots=True)
class Judged:
    standing: Standing
    sale: str = ""


@dataclass(slots=True)
class _Units:
    """What one sale released of one product."""

    sale: str
    left: int
    paid_ms: int


@dataclass(frozen=True, slots=True)
class Sold:
    """One line of a sale, as far as the gate cares. With a serial, `quantity` is 1."""

    sku: str
    serial: str | None
    quantity: int


UNPAID, FOREIGN = Judged(Standing.UNPAID), Judged(Standing.FOREIGN)


@dataclass(slots=True)
class Rights:
    """Rights in memory. `leave_ms`: how long after paying goods leave without a question."""

    leave_ms: int
    _exact: dict[Key, tuple[str, int]] = field(default_factory=dict)
    _units: dict[str, list[_Units]] = field(default_factory=dict)
    _in_flight: dict[str, tuple[Sold, ...]] = field(default_factory=dict)
    _staff: dict[Key, int] = field(default_factory=dict)
    _owned: dict[Key, tuple[Judged, int]] = field(default_factory=dict)

    # ------------------------------------------------------------ making

    def release(self, sale: str, lines: Iterable[Sold], paid_ms: int) -> None:
        """A sale was paid: its goods may leave."""
        self._in_flight.pop(sale, None)
        for line in lines:
            if line.serial is not None:
                self._exact[line.sku, line.serial] = sale, paid_ms
            elif line.quantity > 0:
                self._units.setdefault(line.sku, []).append(_Units(sale, line.quantity, paid_ms))

    def begin_charge(self, sale: str, lines: Sequence[Sold]) -> None:
        """Money for these goods is on its way."""
        self._in_flight[sale] = tuple(lines)

    def end_charge(self, sale: str) -> None:
        """That charge came to nothing."""
        self._in_flight.pop(sale, None)

    def move(self, keys: Iterable[Key], until_ms: int) -> None:
        """Staff carry these out."""
        self._staff.update(dict.fromkeys(keys, until_ms))

    def take_back(self, keys: Iterable[Key]) -> None:
        """Back on the shelf: whatever was paid for these pieces counts no more."""
        for key in keys:
            self._exact.pop(key, None)
            self._staff.pop(key, None)
            self._owned.pop(key, None)

    def forget(self, now_ms: int, keep_ms: int) -> None:
        """Drop what is older than `keep_ms`; the ledger still knows which serials were sold."""
        self._exact = {k: v for k, v in self._exact.items() if now_ms - v[1] <= keep_ms}
        self._staff = {k: until for k, until in self._staff.items() if until >= now_ms}
        self._owned = {k: v for k, v in self._owned.items() if now_ms - v[1] <= keep_ms}
        kept = {
            sku: [u for u in units if u.left and now_ms - u.paid_ms <= keep_ms] for sku, units in self._units.items()
        }
        self._units = {sku: units for sku, units in kept.items() if units}

    # ------------------------------------------------------------ asking

    def judge(self, keys: Sequence[Key], now_ms: int) -> list[Judged]:
        """How pieces seen together stand, in their order: each unit of a product serves one of them."""
        spent: dict[tuple[str, str], int] = {}
        return [self._judge(key, now_ms, spent) for key in keys]

    def names(self, key: Key) -> bool:
        """Whether something is known of this very piece, not only of its kind."""
        return key in self._exact or key in self._owned or key in self._staff

    def _judge(self, key: Key, now_ms: int, spent: dict[tuple[str, str], int]) -> Judged:
        until_ms = self._staff.get(key)
        if until_ms is not None and until_ms >= now_ms:
            return Judged(Standing.STAFF)
        exact = self._exact.get(key)
        if exact is not None:
            return Judged(self._age(exact[1], now_ms), exact[0])
        owned = self._owned.get(key)
        if owned is not None:
            return owned[0]
        for wanted in (Standing.PAID, Standing.STALE):
            for units in self._units.get(key[0], ()):
                used = spent.get(("paid" + units.sale, key[0]), 0)
                if units.left > used and self._age(units.paid_ms, now_ms) is wanted:
                    spent["paid" + units.sale, key[0]] = used + 1
                    return Judged(wanted, units.sale)
        return self._judge_in_flight(key, spent)

    def _judge_in_flight(self, key: Key, spent: dict[tuple[str, str], int]) -> Judged:
        for sale, lines in self._in_flight.items():
            for line in lines:
                if line.sku != key[0]:
                    continue
                if line.serial == key[1]:
                    return Judged(Standing.HELD, sale)
                used = spent.get((sale, key[0]), 0)
                if line.serial is None and line.quantity > used:
                    spent[sale, key[0]] = used + 1
                    return Judged(Standing.HELD, sale)
        return UNPAID

    def _age(self, paid_ms: int, now_ms: int) -> Standing:
        # a clock set back must not make goods unpaid
        return Standing.PAID if now_ms - paid_ms <= self.leave_ms else Standing.STALE

    # ------------------------------------------------------------ using up

    def use(self, key: Key, judged: Judged, now_ms: int) -> None:
        """A piece passed the gate on that judgement: the right is spent, the piece is its owner's."""
        if judged.standing not in (Standing.PAID, Standing.STALE, Standing.HELD):
            return
        if self._exact.pop(key, None) is None:
            for units in self._units.get(key[0], ()):
                if units.sale == judged.sale and units.left:
                    units.left -= 1
                    break
        self._owned[key] = Judged(Standing.SOLD_BEFORE, judged.sale), now_ms

    def bring_in(self, key: Key, now_ms: int) -> None:
        """A piece came in through the gate, so it may leave again."""
        self._owned.setdefault(key, (Judged(Standing.BROUGHT_IN), now_ms))
