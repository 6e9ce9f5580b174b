"""What all booths of a shop share."""

from __future__ import annotations

from dataclasses import dataclass

from paybooth.ports import Chance, Clock, Ledger, Secret

from .catalogue import Catalogue
from .receipts import Receipts
from .settings import ShopSettings
from .till import Till
from .watch import Watch


class SaleNumbers:
    """The shop's running number: `20261122-00417` is the 417th sale of the shop's day, across booths and restarts."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._day = ""
        self._last = 0

    def next(self, day: str) -> str:
        """`day` is YYYYMMDD in shop time. Ids of one day count up without reuse."""
        if day != self._day:
            found = self._ledger.last_sale_id(f"{day}-")
            self._day, self._last = day, int(found.rpartition("-")[2]) if found else 0
        self._last += 1
        return f"{day}-{self._last:05d}"


@dataclass(slots=True)
class Rooms:
    shop: ShopSettings
    """As they are in force: looked at anew each time."""
    ledger: Ledger
    till: Till
    receipts: Receipts
    catalogue: Catalogue
    watch: Watch
    clock: Clock
    chance: Chance
    numbers: SaleNumbers
    key: Secret
    """For keyed hashes of payment codes and member numbers."""
