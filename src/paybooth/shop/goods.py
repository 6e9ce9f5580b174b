"""Staff change what the catalogue says of a product: its names, prices, limits. One at a time, on disk first.

Who changes says what they saw: where somebody was quicker, nothing is changed and they see what it is now.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import astuple

from paybooth.domain.goods import Product, product_fault
from paybooth.domain.staff_facts import ProductChanged
from paybooth.ports import Clock, Ledger

from .catalogue import Catalogue


class NoSuchProductError(Exception):
    """The catalogue has no product of this number."""


class StaleError(Exception):
    """Somebody changed it since; `now` is what it is."""

    def __init__(self, now: Product) -> None:
        super().__init__("somebody changed this product meanwhile; nothing was changed by you")
        self.now = now


class UnfitError(Exception):
    """It cannot be in the catalogue like this; the text says why."""


def version(product: Product) -> str:
    """Another one with every change."""
    return hashlib.sha256(repr(astuple(product)).encode()).hexdigest()[:16]


class Goods:
    """The catalogue as staff change it."""

    def __init__(self, catalogue: Catalogue, ledger: Ledger, clock: Clock, changed: Callable[[], None]) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self.changed = changed
        """Called when prices on screens may be others."""
        self.one_at_a_time = asyncio.Lock()

    async def change(self, sku: str, seen: str, edit: Callable[[Product], Product], by: str, reason: str) -> Product:
        """What it is now. Raises NoSuchProductError, StaleError, UnfitError or LedgerFault with nothing changed."""
        async with self.one_at_a_time:
            before = self._catalogue.product(sku)
            if before is None:
                raise NoSuchProductError(sku)
            if seen != version(before):
                raise StaleError(before)
            after = edit(before)
            fault = product_fault(after)
            if fault is not None:
                raise UnfitError(fault)
            if after != before:
                happened = ProductChanged(sku, before, after, by, reason)
                await self._ledger.commit(happened, at_ms=self._clock.now_ms())
                self._catalogue.change(after)
                self.changed()
            return after
