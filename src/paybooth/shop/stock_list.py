"""The whole catalogue as one file, beside a running shop: looked at first, then taken, all of it or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from paybooth.domain.goods import Difference, Product, difference
from paybooth.ports import Clock, Ledger

from .catalogue import Catalogue, LineFault, read_csv
from .goods import Goods

BYTES_MOST = 8 * 1024 * 1024
"""Of a file: about 80,000 products. Longer ones go by `paybooth catalogue import`, with the shop stopped."""
REMOVED_FREELY = 0.2
"""A list that lacks more than this part of the products has to say so: it may be half a file."""


class FaultyError(Exception):
    """The file has faults; nothing was changed."""

    def __init__(self, faults: tuple[LineFault, ...]) -> None:
        super().__init__(f"{len(faults)} lines have faults; nothing was changed")
        self.faults = faults


class OtherGoodsError(Exception):
    """Somebody changed goods since the list was looked at; nothing was changed."""


class ManyRemovedError(Exception):
    """The list lacks so many products that it may be half a file; nothing was changed."""

    def __init__(self, removed: int, of: int) -> None:
        super().__init__(f"the list lacks {removed} of {of} products; nothing was changed")


@dataclass(frozen=True, slots=True)
class Look:
    """What taking a file would do to the catalogue of this version."""

    version: str
    products: tuple[Product, ...]
    faults: tuple[LineFault, ...]
    difference: Difference


class StockList:
    """Of one shop. One file at a time, and never while one product is changed."""

    def __init__(self, catalogue: Catalogue, goods: Goods, ledger: Ledger, clock: Clock) -> None:
        self._catalogue = catalogue
        self._goods = goods
        self._ledger = ledger
        self._clock = clock
        self._begun_ms = clock.now_ms()

    @property
    def version(self) -> str:
        """Another one with every change of any product, and with every start."""
        return f"{self._begun_ms:x}.{self._catalogue.version}"

    async def look(self, text: str) -> Look:
        """Read a file and compare, off the loop that serves the booths."""
        version, now = self.version, tuple(self._catalogue)
        return await asyncio.to_thread(_look, version, text, now)

    async def take(self, text: str, seen: str, by: str, reason: str, *, remove: bool) -> Look:
        """Make the file the catalogue; running baskets keep their prices, the next scan has the new ones.

        Raises FaultyError, OtherGoodsError, ManyRemovedError or LedgerFault with nothing changed.
        """
        async with self._goods.one_at_a_time:
            found = await self.look(text)
            if found.faults:
                raise FaultyError(found.faults)
            if seen != found.version:
                raise OtherGoodsError
            of, removed = len(tuple(self._catalogue)), len(found.difference.removed)
            if removed > of * REMOVED_FREELY and not remove:
                raise ManyRemovedError(removed, of)
            await self._ledger.replace_catalogue(
                found.products, found.difference, by=by, reason=reason, at_ms=self._clock.now_ms()
            )
            self._catalogue.replace(found.products)
            self._goods.changed()
            return found


def _look(version: str, text: str, now: tuple[Product, ...]) -> Look:
    products: list[Product] = []
    faults: list[LineFault] = []
    for each in read_csv(text):
        if isinstance(each, Product):
            products.append(each)
        else:
            faults.append(each)
    if not products and not faults:
        faults.append(LineFault(1, "the file has no products"))
    return Look(version, tuple(products), tuple(faults), difference(now, products))
