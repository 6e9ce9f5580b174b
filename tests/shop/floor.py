"""A shop on a desk: the real floor and ledger, a scripted channel, printer and scanner behind their ports."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from paybooth.domain.bill import Bill, BillRow
from paybooth.domain.document import Document
from paybooth.domain.door import Input, Output
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.passage import Zone
from paybooth.domain.payment import (
    Channel,
    NeedsUser,
    Order,
    Paid,
    RefundStatus,
    Timing,
    Undo,
    Verdict,
)
from paybooth.domain.pricing import Rule
from paybooth.lab.site import DoorSite
from paybooth.ledger.bills import BillFolder
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.marks import MarkFolder
from paybooth.ledger.pictures import PictureFolder
from paybooth.ports import (
    BillFile,
    Fault,
    FaultKind,
    Health,
    HealthState,
    NoBill,
    Notice,
    Notifier,
    Presented,
    PrintOutcome,
    PrintState,
    Scan,
    Secret,
    TagRead,
)
from paybooth.ports_machines import Hook
from paybooth.shop import intents as i
from paybooth.shop.catalogue import Catalogue
from paybooth.shop.settings import BoothSettings, GateSettings, HookSettings, RungSettings, ShopSettings, Waits
from paybooth.shop.shop import Shop

PAID = Paid("T1", 1_700_000_000_000, Fen(0))
CRISPS = Product("A", ("06901028075763",), "海盐薯片", "Crisps", Fen(650), Fen(590))
MILK = Product("B", ("06901234567892",), "鲜牛奶", "Milk", Fen(1490))
BEER = Product("C", ("06900000000007",), "啤酒", "Beer", Fen(990), min_age=18)
LATER = Product("D", ("06900000000014",), "没定价", "No price", None)
HALF = Rule("half", "nth_percent", "第二件半价", "2nd half price", frozenset({"A"}), n=2, percent=50)
QUICK = Timing((0.02, 0.04), 0.03, 0.4, 0.0, (0.02,), 0.05, 3600, 0.3)


class Clock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Chance:
    def token(self, bytes_: int) -> str:
        return secrets.token_hex(bytes_)

    def uniform(self, low: float, high: float) -> float:
        return low


@dataclass
class DeskBoard:
    """ports.Board over the truth of a door's wiring; a test moves the world and calls `look`."""

    name: str = "board:exit"
    site: DoorSite = field(default_factory=lambda: DoorSite(watchdog_s=600))
    watchdog_s: float = 600.0
    on_input: Callable[[Input, bool], None] = lambda *_: None
    broken: bool = False
    said: dict[Input, bool] = field(default_factory=dict)

    async def run(self, report: Callable[[Health], None]) -> None:
        self.look()
        report(Health(HealthState.ONLINE))
        await asyncio.Event().wait()

    def look(self) -> None:
        for which, on in self.site.inputs(time.monotonic()).items():
            if self.said.get(which) is not on:
                self.said[which] = on
                self.on_input(which, on)

    async def write(self, outputs: Mapping[Output, bool]) -> None:
        if self.broken:
            raise Fault(FaultKind.TIMEOUT, "no answer")
        self.site.write(dict(outputs), time.monotonic())

    async def feed(self) -> None:
        self.site.feed(time.monotonic())


@dataclass
class DeskReader:
    """ports.TagReader; a test says what it reads."""

    name: str = "pad:1"
    on_reads: Callable[[Sequence[TagRead]], None] = lambda _: None

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(HealthState.ONLINE))
        await asyncio.Event().wait()

    def sees(self, *epcs: bytes, zone: Zone = Zone.PAD, rssi: int = -40, times: int = 4) -> None:
        for _ in range(times):
            self.on_reads([TagRead(epc, zone, rssi, time.monotonic()) for epc in epcs])


@dataclass
class ScriptedChannel:
    """Answers from lists; the last answer repeats. Remembers every call."""

    channel: Channel
    timing: Timing = QUICK
    fee_permyriad: int = 0
    charges: list[Verdict] = field(default_factory=lambda: [PAID])
    queries: list[Verdict] = field(default_factory=lambda: [NeedsUser()])
    undos: list[Undo] = field(default_factory=lambda: [Undo.UNDONE])
    refunds: list[RefundStatus] = field(default_factory=lambda: [RefundStatus.DONE])
    bills: list[BillFile | NoBill] = field(default_factory=lambda: [NoBill.NONE])
    bill_rows: tuple[BillRow, ...] = ()
    calls: list[tuple[str, str]] = field(default_factory=list)
    hold: asyncio.Event | None = None

    def _next(self, what: str, number: str, answers: list):
        self.calls.append((what, number))
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def charge(self, order: Order, code: Secret) -> Verdict:
        answer = self._next("charge", order.number, self.charges)
        if self.hold is not None:
            await self.hold.wait()
        return answer

    async def present(self, order: Order) -> Presented | Verdict:
        self.calls.append(("present", order.number))
        return Presented("weixin://wxpay/bizpayurl?pr=abc")

    async def query(self, order: Order) -> Verdict:
        return self._next("query", order.number, self.queries)

    async def undo(self, order: Order) -> Undo:
        return self._next("undo", order.number, self.undos)

    async def refund(self, order: Order, refund_number: str, amount: Fen, reason: str) -> RefundStatus:
        return self._next("refund", refund_number, self.refunds)

    async def refund_status(self, order: Order, refund_number: str) -> RefundStatus:
        return self._next("refund", refund_number, self.refunds)

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        return Notice(body.decode(), b"success", "text/plain") if headers.get("x-good") else None

    async def bill(self, day: date) -> BillFile | NoBill:
        return self._next("bill", str(day), self.bills)

    def read_bill(self, content: bytes, day: date) -> Bill:
        return Bill(self.channel, day, self.bill_rows)

    async def probe(self) -> Health:
        return Health(HealthState.ONLINE)

    async def aclose(self) -> None:
        return

    def made(self, what: str) -> int:
        return sum(1 for call, _ in self.calls if call == what)


@dataclass
class DeskPrinter:
    name: str = "printer:1"
    outcome: PrintOutcome = field(default_factory=lambda: PrintOutcome(PrintState.PRINTED))
    printed: list[Document] = field(default_factory=list)

    async def run(self, report) -> None:
        report(Health(HealthState.ONLINE))
        await asyncio.Event().wait()

    async def print(self, document: Document) -> PrintOutcome:
        self.printed.append(document)
        return self.outcome


@dataclass
class Floor:
    shop: Shop
    ledger: Ledger
    wechat: ScriptedChannel
    alipay: ScriptedChannel
    printer: DeskPrinter
    _count: int = 0

    @property
    def booth(self):
        return self.shop.booths["1"]

    @property
    def view(self):
        return self.booth.feed.view

    async def until(self, wanted, seconds: float = 3.0):
        async with asyncio.timeout(seconds):
            subscriber = self.booth.feed.subscribe()
            try:
                while not wanted(self.view):
                    await subscriber.next_frames()
            finally:
                self.booth.feed.unsubscribe(subscriber)
        return self.view

    async def scan(self, text: str, symbology: str | None = None) -> None:
        before = self.booth.feed.rev
        assert self.booth.post_input(Scan(text, symbology))
        await self.until(lambda v: self.booth.feed.rev > before)

    async def tap(self, action, intent_id: str | None = None):
        self._count += 1
        intent = i.Intent(id=intent_id or f"t{self._count}", seen_rev=self.booth.feed.rev, action=action)
        before = self.booth.feed.rev
        assert self.booth.post_input(intent)
        await self.until(lambda v: self.booth.feed.rev > before and v.last_intent and v.last_intent.id == intent.id)
        return self.view.last_intent

    async def fill_and_confirm(self, *codes: str) -> None:
        for code in codes or ("6901234567892",):
            await self.scan(code)
        await self.tap(i.Pay(total_fen=self.view.sale.total_fen))

    def kinds(self) -> list[str]:
        return [e.kind for e in self.ledger.journal()]


def settings(**waits: float) -> ShopSettings:
    booths = (BoothSettings("1", scanners=(), printer="printer:1"), BoothSettings("2"))
    return ShopSettings("LANE01", "巷口小店", "Corner Lane", booths=booths, waits=Waits(**waits))


@asynccontextmanager
async def floor(
    path: Path,
    *,
    waits: dict[str, float] | None = None,
    clock: Clock | None = None,
    gates: Mapping[GateSettings, DeskBoard] = MappingProxyType({}),
    pad: DeskReader | None = None,
    rungs: Mapping[RungSettings, Notifier] = MappingProxyType({}),
    hooks: Mapping[HookSettings, Hook] = MappingProxyType({}),
    **channels: ScriptedChannel,
) -> AsyncIterator[Floor]:
    wechat = channels.get("wechat") or ScriptedChannel(Channel.WECHAT)
    alipay = channels.get("alipay") or ScriptedChannel(Channel.ALIPAY)
    printer = DeskPrinter()
    with Ledger(path / "ledger.db", threaded=False) as ledger:
        devices = [printer, *gates.values(), *([pad] if pad is not None else [])]
        plan = replace(settings(**(waits or {})), gates=tuple(gates), rungs=tuple(rungs), webhooks=tuple(hooks))
        first = replace(plan.booths[0], pad=pad.name if pad is not None else "")
        shop = Shop(
            replace(plan, booths=(first, *plan.booths[1:])),
            ledger=ledger,
            catalogue=Catalogue([CRISPS, MILK, BEER, LATER], (HALF,)),
            channels={Channel.WECHAT: wechat, Channel.ALIPAY: alipay},
            devices={device.name: device for device in devices},
            clock=clock or Clock(),
            chance=Chance(),
            key=Secret("k" * 32),
            version="test",
            bills=BillFolder(path / "bills"),
            notifiers={settings.name: notifier for settings, notifier in rungs.items()},
            hooks={settings.name: hook for settings, hook in hooks.items()},
            marks=MarkFolder(path / "webhooks"),
            pictures=PictureFolder(path / "pictures"),
        )
        running = asyncio.create_task(shop.run())
        try:
            ready = asyncio.create_task(shop.ready.wait())
            await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            desk = Floor(shop, ledger, wechat, alipay, printer)
            await desk.until(lambda v: v is not None and all(c.available for c in v.channels))
            yield desk
            assert not running.done() or running.result() is None
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
