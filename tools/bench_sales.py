"""Five-line sales through the real shop in this process: 32 booths, the threaded ledger, a wallet that pays at once.

No sockets and no signatures: what is left is the shop's own work. `Desk` also makes the genuine sale that
`bench restart` multiplies.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import structlog

from paybooth.app import SystemChance, SystemClock
from paybooth.domain.bill import Bill
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Order, Paid, RefundStatus, Timing, Undo, Verdict
from paybooth.ledger.bills import BillFolder
from paybooth.ledger.ledger import Ledger
from paybooth.ports import BillFile, Entry, Health, HealthState, NoBill, Notice, Presented, Scan, Secret
from paybooth.shop import intents as i
from paybooth.shop.booth import Booth
from paybooth.shop.catalogue import Catalogue, read_csv
from paybooth.shop.settings import BoothSettings, ShopSettings
from paybooth.shop.shop import Shop
from paybooth.shop.views import BoothView
from paybooth.terminal import configure_logs

from .bench_box import ean, goods_csv

BOOTHS = 32
LINES = 5


class PaysAtOnce:
    """A pay channel without a wire: every charge is paid. See ports.PayChannel."""

    channel = Channel.WECHAT
    timing = Timing((5.0,), 5.0, 60.0, 15.0, (5.0,), 5.0, 3600.0, 300.0)

    async def charge(self, order: Order, code: Secret) -> Verdict:
        del code
        return Paid(f"T{order.number}", order.opened_at_ms, order.amount)

    async def query(self, order: Order) -> Verdict:
        return Paid(f"T{order.number}", order.opened_at_ms, order.amount)

    async def present(self, order: Order) -> Presented | Verdict:
        return Presented(f"weixin://wxpay/bizpayurl?pr={order.number}")

    async def undo(self, order: Order) -> Undo:
        del order
        return Undo.STILL_PAID

    async def refund(self, order: Order, refund_number: str, amount: Fen, reason: str) -> RefundStatus:
        del order, refund_number, amount, reason
        return RefundStatus.DONE

    async def refund_status(self, order: Order, refund_number: str) -> RefundStatus:
        del order, refund_number
        return RefundStatus.DONE

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        del headers, body
        return None

    fee_permyriad = 0

    async def bill(self, day: date) -> BillFile | NoBill:
        del day
        return NoBill.NONE

    def read_bill(self, content: bytes, day: date) -> Bill:
        del content
        return Bill(self.channel, day, ())

    async def probe(self) -> Health:
        return Health(HealthState.ONLINE)

    async def aclose(self) -> None:
        return


class Desk:
    """Shoppers at the booths of a running shop."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._codes = itertools.count(13 * 10**16)
        self._taps = itertools.count()
        self._receipts: dict[str, asyncio.Event] = {}
        shop.ledger.listen(self._on_entries)

    def _on_entries(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.kind == "receipt.settled":
                self._receipt(entry.fact.sale).set()  # type: ignore[attr-defined]  # a receipt has its sale

    def _receipt(self, sale: str) -> asyncio.Event:
        return self._receipts.setdefault(sale, asyncio.Event())

    async def sales(self, booth: Booth, count: int) -> None:
        """This many sales at one booth: five goods, confirm, choose, the phone's code, paid, the receipt settled."""
        page = booth.feed.subscribe()
        assert page is not None

        async def act(message: Scan | i.Action, done: Callable[[BoothView], bool]) -> BoothView:
            tap = message if isinstance(message, Scan) else i.Intent(f"t{next(self._taps)}", booth.feed.rev, message)
            assert booth.post_input(tap)
            while booth.feed.view is None or not done(booth.feed.view):
                await page.next_frames()
            return booth.feed.view

        first = int(booth.settings.id) * 100
        for n in range(count):
            for line in range(LINES):
                code = ean(first + (n * LINES + line) % 50)
                view = await act(Scan(code), lambda v, w=line + 1: v.sale is not None and len(v.sale.lines) == w)  # type: ignore[misc]  # no inference of w
            assert view.sale is not None
            await act(i.Pay(view.sale.total_fen), lambda v: v.phase == "choose")
            await act(i.Choose("wechat"), lambda v: v.phase == "align")
            await act(Scan(str(next(self._codes))), lambda v: v.phase == "done")
            sale = booth.visit.session.sale
            assert sale is not None
            await self._receipt(sale.id).wait()
            del self._receipts[sale.id]
            await act(i.Finish(), lambda v: v.phase == "attract")
        booth.feed.unsubscribe(page)


@asynccontextmanager
async def desk(path: Path) -> AsyncIterator[Desk]:
    """A shop as app.build makes one, its log rendered but kept nowhere, its wallet a scripted one."""
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115, ASYNC230 the null device, closed below
    with contextlib.redirect_stderr(nowhere):
        configure_logs()
    goods = [p for p in read_csv(goods_csv(10_000)) if isinstance(p, Product)]
    booths = tuple(BoothSettings(str(n)) for n in range(1, BOOTHS + 1))
    with nowhere, Ledger(path) as ledger:
        shop = Shop(
            ShopSettings("BENCH", "店", "Shop", booths=booths),
            ledger=ledger,
            catalogue=Catalogue(goods),
            channels={Channel.WECHAT: PaysAtOnce()},
            devices={},
            clock=SystemClock(),
            chance=SystemChance(),
            key=Secret("k" * 32),
            version="bench",
            bills=BillFolder(path.parent / "bills"),
        )
        gc.collect()
        gc.freeze()
        running = asyncio.create_task(shop.run())
        try:
            await shop.ready.wait()
            yield Desk(shop)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            gc.unfreeze()
            structlog.reset_defaults()


async def rounds(folder: Path, *, each: int, times: int) -> list[tuple[float, float]]:
    """(sales per second, ms of this process's CPU per sale) of each round with all booths; the first is a warm-up."""
    found = []
    async with desk(folder / "sales.db") as shoppers:
        booths = shoppers.shop.booths.values()
        for _ in range(times + 1):
            began, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(shoppers.sales(booth, each) for booth in booths))
            took, used = time.perf_counter() - began, time.process_time() - cpu
            found.append((BOOTHS * each / took, used / (BOOTHS * each) * 1000))
    return found[1:]
