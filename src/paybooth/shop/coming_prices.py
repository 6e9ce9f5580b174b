"""Prices from a date on: planned by staff, in the catalogue by themselves when their time has come.

Each is carried out once: the product's change and the end of the plan are one transaction.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from paybooth.domain.goods import ComingPrice, product_fault
from paybooth.domain.money import Fen
from paybooth.domain.staff_facts import PricePlanned, PriceSettled, ProductChanged
from paybooth.ports import Clock, Ledger, LedgerFault

from .catalogue import Catalogue
from .goods import Goods, NoSuchProductError, UnfitError

log = structlog.get_logger(__name__)
PLANNED_MOST = 1_000
LOOK_S = 60.0
"""A clock that was set is noticed this soon."""
RETRY_S = 30.0
BOX = "paybooth"


class NoSuchPlanError(Exception):
    """No price of this number is planned."""


class ManyPlannedError(Exception):
    """As many as may be are planned already."""


class ComingPrices:
    """Of one shop."""

    def __init__(self, catalogue: Catalogue, goods: Goods, ledger: Ledger, clock: Clock) -> None:
        self._catalogue = catalogue
        self._goods = goods
        self._ledger = ledger
        self._clock = clock
        self._planned = {each.number: each for each in ledger.coming_prices()}
        self._last = ledger.last_coming_price()
        self._other = asyncio.Event()

    def planned(self, sku: str | None = None) -> list[ComingPrice]:
        """What is to come, soonest first; of one product or of all."""
        found = [each for each in self._planned.values() if sku in (None, each.sku)]
        return sorted(found, key=lambda each: (each.from_ms, each.number))

    async def plan(
        self, sku: str, from_ms: int, price: Fen, member_price: Fen | None, by: str, reason: str
    ) -> ComingPrice:
        """From then on it costs this. Raises NoSuchProductError, UnfitError, ManyPlannedError or LedgerFault."""
        async with self._goods.one_at_a_time:
            product = self._catalogue.product(sku)
            if product is None:
                raise NoSuchProductError(sku)
            fault = product_fault(replace(product, price=price, member_price=member_price))
            if fault is None and from_ms <= self._clock.now_ms():
                fault = "that time is over; change the price itself"
            if fault is None and any(each.from_ms == from_ms for each in self.planned(sku)):
                fault = "another price is planned for that very time; withdraw it first"
            if fault is not None:
                raise UnfitError(fault)
            if len(self._planned) >= PLANNED_MOST:
                raise ManyPlannedError
            made = ComingPrice(self._last + 1, sku, from_ms, price, member_price, by, reason)
            await self._ledger.commit(PricePlanned(made), at_ms=self._clock.now_ms())
            self._last = made.number
            self._planned[made.number] = made
        self._other.set()
        return made

    async def withdraw(self, number: int, by: str, reason: str) -> None:
        """It does not come. Raises NoSuchPlanError or LedgerFault."""
        async with self._goods.one_at_a_time:
            if number not in self._planned:
                raise NoSuchPlanError
            await self._ledger.commit(PriceSettled(number, "withdrawn", by, reason), at_ms=self._clock.now_ms())
            del self._planned[number]

    async def run(self) -> None:
        """Carry out what is due, for ever."""
        while True:
            self._other.clear()
            try:
                await self.take_due()
            except LedgerFault as error:
                log.warning("a planned price has to wait", error=str(error))
                await self._clock.sleep(RETRY_S)
                continue
            coming = self.planned()
            wait_s = min(LOOK_S, (coming[0].from_ms - self._clock.now_ms()) / 1000) if coming else None
            await self._wait(wait_s)

    async def _wait(self, seconds: float | None) -> None:
        """Until another one is planned, at most so long."""
        if seconds is None:
            await self._other.wait()
            return
        sleeping = asyncio.create_task(self._clock.sleep(max(0.0, seconds)), name="until the next price")
        heard = asyncio.create_task(self._other.wait(), name="another price")
        try:
            await asyncio.wait((sleeping, heard), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            heard.cancel()

    async def take_due(self) -> None:
        """Those whose time has come, oldest first. Raises LedgerFault where one could not be written."""
        for each in self.planned():
            if each.from_ms > self._clock.now_ms():
                return
            async with self._goods.one_at_a_time:
                if each.number in self._planned:
                    await self._take(each)

    async def _take(self, coming: ComingPrice) -> None:
        before = self._catalogue.product(coming.sku)
        after = before and replace(before, price=coming.price, member_price=coming.member_price)
        fault = "the catalogue has no such product any more" if after is None else product_fault(after)
        if before is None or after is None or fault is not None:
            settled = PriceSettled(coming.number, "unfit", BOX, fault or "")
            await self._ledger.commit(settled, at_ms=self._clock.now_ms())
        else:
            settled = PriceSettled(coming.number, "taken", coming.by, coming.reason)
            changed = ProductChanged(coming.sku, before, after, coming.by, coming.reason)
            facts = (changed, settled) if after != before else (settled,)
            await self._ledger.commit(*facts, at_ms=self._clock.now_ms())
            self._catalogue.change(after)
            self._goods.changed()
        del self._planned[coming.number]
