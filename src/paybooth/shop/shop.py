"""The whole floor: booths, till, receipts, watch, in one TaskGroup. The till is ready before any booth opens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import structlog

from paybooth.domain import facts as f
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.ports import (
    AnchorKeeper,
    BillKeeper,
    Chance,
    Clock,
    Device,
    Health,
    HealthState,
    Ledger,
    LedgerFault,
    Notifier,
    PayChannel,
    Scan,
    Secret,
)
from paybooth.ports_console import Backup, PictureKeeper
from paybooth.ports_machines import Hook, MarkKeeper

from .anchors import Anchors
from .booth import Booth, Poke
from .catalogue import Catalogue
from .coming_prices import ComingPrices
from .days import Days
from .devices import as_printer, as_reader, as_scanner
from .exits import Exits
from .feed import Feed
from .goods import Goods
from .help import StaffHelp
from .house import House
from .in_force import InForce
from .ladder import Ladder
from .now_board import NowBoard
from .now_views import NowSnapshot
from .pad import Pad
from .plans import Plans
from .receipts import ReceiptNews, Receipts
from .refunds import Refunds
from .rooms import Rooms, SaleNumbers
from .rules import PriceRules
from .service import Service
from .settings import ShopSettings
from .stock_list import StockList
from .till import News, Till
from .views import Snapshot
from .watch import Watch
from .way_in import WayIn
from .webhooks import Webhooks
from .words import Words

log = structlog.get_logger()


class Shop:
    """Everything of a shop but its web pages."""

    def __init__(
        self,
        settings: ShopSettings,
        *,
        ledger: Ledger,
        catalogue: Catalogue,
        channels: Mapping[Channel, PayChannel],
        devices: Mapping[str, Device],
        clock: Clock,
        chance: Chance,
        key: Secret,
        version: str,
        bills: BillKeeper,
        keepers: Sequence[AnchorKeeper] = (),
        notifiers: Mapping[str, Notifier] = MappingProxyType({}),
        hooks: Mapping[str, Hook] = MappingProxyType({}),
        marks: MarkKeeper | None = None,
        house: House | None = None,
        pictures: PictureKeeper | None = None,
        last_backup: Callable[[], Backup | None] = lambda: None,
    ) -> None:
        self.house = house or House()
        self.pictures, self.last_backup = pictures, last_backup
        self.in_force = InForce(settings, ledger, clock)
        settings = self.in_force.now
        self.ledger = ledger
        self.catalogue = catalogue
        self.channels = channels
        self.clock = clock
        self.version = version
        self.key = key
        self._devices = devices
        self.watch = Watch(devices, channels, ledger, clock)
        self.anchors = Anchors(ledger, keepers, clock, settings)
        self.till = _till(settings, ledger, channels, clock)
        printers = {name: as_printer(device) for name, device in devices.items() if name.startswith("printer:")}
        self.receipts = Receipts(ledger, clock, settings, key, printers, Words("receipt"))
        self._rooms = rooms = Rooms(
            settings, ledger, self.till, self.receipts, catalogue, self.watch, clock, chance, SaleNumbers(ledger), key
        )
        self.booths = {b.id: Booth(b, rooms, Feed(clock, chance, Snapshot)) for b in settings.booths}
        self.days = Days(ledger, channels, self.till, clock, settings, bills)
        self.refunds = Refunds(ledger, self.till, clock, settings, self.booths.get)
        self.exits = Exits(
            settings, ledger=ledger, catalogue=catalogue, devices=devices, clock=clock, key=key, chance=chance
        )
        self.service = Service(self.watch, devices, channels, ledger, clock, settings)
        self.goods = Goods(catalogue, ledger, clock, self._other_goods)
        self.rules = PriceRules(catalogue, ledger, clock)
        self.coming_prices = ComingPrices(catalogue, self.goods, ledger, clock)
        self.stock_list = StockList(catalogue, self.goods, ledger, clock)
        self.plans = Plans(settings, ledger, clock)
        now = Feed(clock, chance, NowSnapshot)
        self.now = NowBoard(settings, self.booths, self.watch, self.till, ledger, clock, now, self.plans)
        self.pads = [self._pad(booth) for booth in self.booths.values() if booth.settings.pad]
        self.ladder = Ladder(settings, notifiers, self.exits.incidents, ledger, clock)
        self.webhooks = self._hooks(hooks, marks, chance)
        self.ready = asyncio.Event()
        self.closing = asyncio.Event()
        """The box goes down: whoever only listens is let go."""

    async def run(self) -> None:
        """Open the shop; cancelled to close it."""
        self._wire()
        open_attempts = len(self.ledger.open_attempts())
        await self.ledger.commit(f.ShopStarted(self.version, open_attempts), at_ms=self.clock.now_ms())
        with contextlib.suppress(LedgerFault):  # tried again as soon as the shop is open
            await self.coming_prices.take_due()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.till.run(), name="till")
            await self.till.ready.wait()
            tasks.create_task(self.receipts.run(), name="receipts")
            tasks.create_task(self.exits.run(), name="exits")
            tasks.create_task(self.ladder.run(), name="ladder")
            tasks.create_task(self.watch.run(), name="watch")
            tasks.create_task(self.anchors.run(), name="anchors")
            tasks.create_task(self.days.run(), name="days")
            tasks.create_task(self.now.run(), name="now board")
            tasks.create_task(self.service.run(), name="service")
            tasks.create_task(self.coming_prices.run(), name="coming prices")
            if self.webhooks is not None:
                tasks.create_task(self.webhooks.run(), name="webhooks")
            for pad in self.pads:
                tasks.create_task(pad.run(), name="pad")
            for booth in self.booths.values():
                tasks.create_task(booth.run(), name=f"booth {booth.settings.id}")
            log.info("shop is open", booths=len(self.booths), products=len(self.catalogue), open_attempts=open_attempts)
            self.ready.set()

    @property
    def settings(self) -> ShopSettings:
        """As they are in force."""
        return self.in_force.now

    def _work_by(self, settings: ShopSettings) -> None:
        """Settings changed: everybody who keeps some works by the new ones."""
        self._rooms.shop = self.receipts.shop = settings
        self.refunds.alone = Fen(settings.refund_alone_fen)
        self.till.present_s = settings.waits.present_s
        self.exits.work_by(settings)
        for booth in self.booths.values():
            booth.renew()

    def _wire(self) -> None:
        """Who hears whom."""
        self.in_force.on_change = self._work_by
        if self.settings.gates:
            self.receipts.pass_of = self.exits.passes.of
        self.till.on_news = self._on_money
        self.till.on_channel_fault = self._on_channel_fault
        self.receipts.on_news = self._on_receipt
        self.watch.listen(self.refresh)
        self.watch.on_health = self.exits.on_health
        self.exits.unheard = self.watch.unheard
        self.exits.excused = self.service.excused
        self.service.on_back = self.exits.on_health
        self.exits.board.watch = self.watch
        self.watch.listen(self.exits.board.refresh)
        self.exits.on_help_claimed = self._on_help_claimed
        for booth in self.booths.values():
            for name in booth.settings.scanners:
                as_scanner(self._devices[name]).on_scan = _poster(booth)
        for panel in self.exits.panels.values():
            panel.booth = self.booths.get(panel.gate.settings.booth)
            if panel.booth is not None:
                panel.booth.listen(panel.refresh)
        for gate in self.settings.gates:
            for name in gate.scanners:
                as_scanner(self._devices[name]).on_scan = _taker(self.exits, gate.id)
            for name in gate.entry:
                as_scanner(self._devices[name]).on_scan = _doorman(self.exits.ways_in[gate.id])

    def _hooks(self, hooks: Mapping[str, Hook], marks: MarkKeeper | None, chance: Chance) -> Webhooks | None:
        if not self.settings.webhooks or marks is None:
            return None
        for name in hooks:
            self.watch.expect(f"webhook:{name}")
        return Webhooks(
            self.settings,
            hooks,
            ledger=self.ledger,
            marks=marks,
            clock=self.clock,
            chance=chance,
            report=self.watch.report,
        )

    def _pad(self, booth: Booth) -> Pad:
        pad = Pad(self.exits.pieces, booth.post_input, self.clock, booth.settings.pad_dbm)
        as_reader(self._devices[booth.settings.pad]).on_reads = pad.on_reads
        return pad

    def _on_money(self, news: News) -> None:
        if news.booth in self.booths:  # a booth taken out of the configuration may have left an open attempt
            self.booths[news.booth].post_news(news)

    def _on_receipt(self, news: ReceiptNews) -> None:
        if news.booth in self.booths:
            self.booths[news.booth].post_news(news)

    def _on_help_claimed(self, booth: str) -> None:
        """Staff took the call: the shopper sees that somebody is coming."""
        if booth in self.booths:
            self.booths[booth].post_input(StaffHelp("seen"))

    def _on_channel_fault(self, channel: Channel, why: str) -> None:
        """The wallet refuses us, not the shopper: out of service until a probe says otherwise."""
        self.watch.report(f"pay:{channel}", Health(HealthState.OFFLINE, ("denied",), why))

    def refresh(self) -> None:
        """Health or prices changed: every booth shows again."""
        for booth in self.booths.values():
            booth.post_news(Poke())

    def _other_goods(self) -> None:
        """The catalogue changed: the gate asks it anew, and prices on screens may be others."""
        self.exits.pieces.refresh()
        self.refresh()

    async def aclose(self) -> None:
        for channel in self.channels.values():
            await channel.aclose()
        await self.ladder.aclose()
        if self.webhooks is not None:
            await self.webhooks.aclose()


def _till(settings: ShopSettings, ledger: Ledger, channels: Mapping[Channel, PayChannel], clock: Clock) -> Till:
    return Till(
        ledger,
        channels,
        clock,
        shop_name=settings.name_zh[:20],
        shop_code=settings.code,
        present_s=settings.waits.present_s,
        say=Words("money").in_language("zh-CN"),
    )


def _poster(booth: Booth) -> Callable[[Scan], None]:
    def post(scan: Scan) -> None:
        booth.post_input(scan)

    return post


def _doorman(way_in: WayIn) -> Callable[[Scan], None]:
    def see(scan: Scan) -> None:
        way_in.on_scan(scan)

    return see


def _taker(exits: Exits, gate: str) -> Callable[[Scan], None]:
    def take(scan: Scan) -> None:
        exits.on_scan(gate, scan)

    return take
