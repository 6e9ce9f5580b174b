"""Play one seed: a shop-day with shoppers, faults and power cuts; then quiet, in which everything must settle."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import logging
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import structlog

from paybooth import app, config
from paybooth.config import Config
from paybooth.domain.goods import Product, difference
from paybooth.domain.payment import Channel
from paybooth.lab import shelf
from paybooth.lab.keys import Merchant
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.ledger import Ledger
from paybooth.ports import LedgerFault, PayChannel
from paybooth.shop import booth as booths
from paybooth.shop.catalogue import read_csv
from paybooth.shop.shop import Shop

from . import wire
from .gate import TOML as GATE_TOML
from .gate import Doorway, Duty, Exit, SimBoard, SimDuty, SimReader
from .judges import Judges
from .loop import PowerCutError, SimLoop
from .outside import SimChance, SimChannel, SimClock, SimLedger, SimPrinter, SimScanner
from .shopper import Page, Shopper
from .staff import Staff, bills_due_s, evening_after
from .wire import Wallets
from .world import ALONE_FEN, Plan, World

SETTLE_S = 8 * 3600.0
"""Quiet after the last fault: the slowest schedule (a reverse every 300 s, WeChat's 600 s) fits many times."""

CUTS_MOST = 12
DARK_S = (3.0, 120.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One seed's end; plain values, so that it travels between processes."""

    seed: int
    wire: bool
    shoppers: int
    checkouts: int
    paid: int
    cuts: int
    steps: int
    virtual_s: float
    violations: tuple[str, ...]
    hits: Counter[str]
    kinds: Counter[str]
    digest: str


class Box:
    """The shop's computer: built by app.build whenever it has power."""

    def __init__(self, settings: Config, world: World, judges: Judges, wallets: Wallets | None, exit_: Exit) -> None:
        self._exit = exit_
        self._settings = settings
        self._wallets = wallets
        self._world = world
        self._judges = judges
        self.ledger = SimLedger(settings.data / "ledger.db", world)
        self.scanners: dict[str, SimScanner] = {}
        self.shop = self._build()
        judges.ledger, judges.shop = self.ledger, self.shop
        self.ledger.listen(judges.committed)
        world.notify = self._notify

    def _build(self) -> Shop:
        devices: dict[str, SimScanner | SimPrinter | SimBoard | SimReader] = {}
        self.board, self.reader = SimBoard("board:exit", self._exit), SimReader("reader:exit:0", self._exit)
        for name in self._settings.devices:
            if name in (self.board.name, self.reader.name):
                devices[name] = self.board if name == self.board.name else self.reader
                continue
            is_printer = name.startswith("printer")
            devices[name] = SimPrinter(name, self._world) if is_printer else SimScanner(name, self._world, self._judges)
        self.scanners = {name: d for name, d in devices.items() if isinstance(d, SimScanner)}
        clock, chance = SimClock(self._world), SimChance(self._world)
        channels: dict[Channel, PayChannel]
        if self._wallets is not None:
            channels = self._wallets.channels(self._settings, clock, chance)
        else:
            channels = {channel: SimChannel(channel, self._world, self._judges) for channel in Channel}
        outside = app.Outside(clock, chance, channels, devices, notifiers={"duty": SimDuty(self._exit)})
        return app.build(self._settings, self.ledger, outside)

    def _notify(self, channel: Channel, headers: Mapping[str, str], body: bytes) -> bool:
        """As web/server.py does it: verified, then only a nudge to ask."""
        notice = self.shop.channels[channel].read_notification(headers, body)
        if notice is None or not self.shop.ready.is_set():
            return False
        self.shop.till.notified(notice.number)
        return True

    def scanner_of(self, booth: str) -> SimScanner | None:
        names = self.shop.booths[booth].settings.scanners
        return self.scanners[names[0]] if names else None

    def drop(self) -> None:
        """No power: the disk keeps what it has, everything else is gone."""
        self._world.notify = lambda *_: False
        self.ledger.close()


@cache
def _template() -> Path:
    """A data folder with the goods on the shelves, made once per process and copied for each seed."""
    folder = Path(tempfile.mkdtemp(prefix="paybooth-sim-", dir=_memory()))
    (folder / "data").mkdir()
    (folder / "data" / "shop.key").write_text("5" * 64)
    with Ledger(folder / "data" / "ledger.db", threaded=False) as ledger:
        goods = [p for p in read_csv(shelf.csv()) if isinstance(p, Product)]
        change = difference((), goods)
        ledger.run_now(lambda c: shelves.replace_all(c, goods, change, by="sim", reason="shelf"), at_ms=1)
    return folder


@cache
def _merchant() -> Merchant:
    """The shop's keys at both wallets, made once per process: no digest depends on them."""
    return wire.make_keys(_template() / "keys")


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def _folder(plan: Plan) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="paybooth-sim-", dir=_memory()))
    try:
        shutil.copytree(_template() / "data", folder / "data")
        booths = []
        for n in range(1, plan.booths + 1):
            booths.append(f'[[booth]]\nid = "{n}"\n')
            if n != plan.booths:
                booths.append(f'printer = "escpos+tcp://127.0.0.1:{9100 + n}"\n')
            if n == 2:
                booths.append('scanners = ["scanner+tcp://127.0.0.1:4000"]\n')
        head = (
            f'data = "data"\n[shop]\ncode = "SIM"\nname_zh = "店"\nname_en = "Shop"\nlabel_layouts = ["22WWWWWEEEEEC"]\n'
            f"refund_alone_fen = {ALONE_FEN}\n"
        )
        if plan.wire:
            booths.append(wire.toml(_merchant(), _template() / "keys", certificates=plan.seed % 2 == 1))
        (folder / "shop.toml").write_text(head + "".join(booths) + GATE_TOML + shelf.PRICE_RULES, "utf-8")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Day:
    """One shop-day over as many lives of the box as the power allows."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.world = World(plan)
        self.judges = Judges(self.world)
        self._settings = config.load(folder / "shop.toml")  # once a day: reading it is most of a start
        self._wallets = Wallets(self.world, self.judges, _merchant()) if plan.wire else None
        self._queues: dict[str, list[Shopper]] = {str(n): [] for n in range(1, plan.booths + 1)}
        for n in range(plan.shoppers):
            self._queues[str(n % plan.booths + 1)].append(Shopper.draw(n, self.world))
        self.shoppers = [s for queue in self._queues.values() for s in queue]
        self._waiting = {booth: list(queue) for booth, queue in self._queues.items()}
        self._staff = Staff(self.world)
        self._exit = Exit(self.world)
        self.judges.witnesses.append(self._exit.witness)
        self.cuts = 0
        self.steps = 0
        self.failures: list[str] = []

    def run(self) -> None:
        """Live until every shopper went and everything settled; then the evening after."""
        while not self._lived(self._life):
            self.cuts += 1
            if self.cuts >= CUTS_MOST:
                self.world.rates.pop("power_cut", None)
            self.world.now_s += self.world.chance("dark").uniform(*DARK_S)
        self.world.now_s, self.world.wall_off_ms = bills_due_s(self.world), 0
        self._lived(self._evening)

    def _lived(self, life: Callable[[Box], Coroutine[Any, Any, None]]) -> bool:
        """One life of the box; False where a power cut ended it."""
        loop = SimLoop(self.world.now_s, self.world.tick)
        box = Box(self._settings, self.world, self.judges, self._wallets, self._exit)
        try:
            loop.run(life(box))
            return True
        except PowerCutError:
            return False
        finally:
            self.steps += loop.steps
            self.failures += loop.failures
            box.drop()

    async def _evening(self, box: Box) -> None:
        self.world.take_up()
        self.judges.settled(box.ledger)
        await evening_after(box.shop, self.world, self.judges)

    async def _life(self, box: Box) -> None:
        self.world.take_up()
        Duty(self._exit, box.shop, self.judges)
        floor = asyncio.create_task(box.shop.run(), name="shop")
        day = asyncio.create_task(self._serve(box), name="day")
        await asyncio.wait((floor, day), return_when=asyncio.FIRST_COMPLETED)
        if floor.done():
            day.cancel()
            if isinstance(floor.exception(), LedgerFault) and not box.shop.ready.is_set():
                self.world.tell("the start is refused for want of a disk; the supervisor starts it again")
                raise PowerCutError
            self.judges.violate("no lost task", f"the shop stopped: {floor.exception()!r}")
            return
        day.result()
        floor.cancel()
        with suppress(asyncio.CancelledError):
            await floor

    async def _serve(self, box: Box) -> None:
        await box.shop.ready.wait()
        async with asyncio.TaskGroup() as tasks:
            for booth in box.shop.booths:
                tasks.create_task(self._queue(booth, box), name=f"queue {booth}")
            tasks.create_task(self._whims_of_time(), name="clock")
            tasks.create_task(self._staff.work(box.shop, lambda: any(self._waiting.values())), name="staff")
        self.world.troubled = False
        self._right_clock()
        self.world.tell("quiet")
        ends_s = self.world.now_s + SETTLE_S
        ledger = box.ledger
        while self.world.now_s < ends_s:
            await asyncio.sleep(300)
            pending = ledger.open_attempts() or ledger.open_refunds() or ledger.unsettled_receipts()
            if not pending and all(b.visit.session.sale is None for b in box.shop.booths.values()):
                break

    async def _whims_of_time(self) -> None:
        """The wall clock is stepped by whoever sets it."""
        while any(self._waiting.values()):
            await asyncio.sleep(60)
            if self.world.strikes("clock_step"):
                self.world.wall_off_ms += self.world.chance("steps").choice((-3_600_000, -5000, 5000, 3_600_000))
                self.world.tell("the wall clock is stepped")
                if self.world.plan.wire:  # no wallet answers a box that is an hour off
                    self.world.later(300, self._right_clock)

    def _right_clock(self) -> None:
        """Somebody sets the box's clock by a true one."""
        if self.world.plan.wire:
            self.world.wall_off_ms = 0

    async def _queue(self, booth: str, box: Box) -> None:
        page = Page(box.shop.booths[booth], self.judges, self.world)
        waiting = self._waiting[booth]
        doorway = Doorway(self._exit, box.shop, box.board, box.reader, self.judges)
        while waiting:
            if self.world.strikes("page_gone"):
                page.close()
                await asyncio.sleep(self.world.chance("pages").uniform(1, 30))
                page = Page(box.shop.booths[booth], self.judges, self.world)
            shopper = waiting[0]
            await shopper.visit(page, box.scanner_of(booth), self.world, self.judges)
            waiting.pop(0)
            await doorway.leave(booth, paid=shopper.paid)
            quiet = shopper.chance.random() < 0.1  # long enough for a basket to be parked, or to be forgotten
            await asyncio.sleep(shopper.chance.uniform(95, 800) if quiet else shopper.chance.uniform(1, 20))


@contextmanager
def _uncollected() -> Iterator[None]:
    """A seed makes less garbage than looking for it again and again costs."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _unlogged() -> Iterator[None]:
    """What goes wrong here goes wrong on purpose; whoever comes after has their log again."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def _undrawn(data: str) -> str:
    """Stands in for the drawing of a QR code, a sixth of a seed's time: shoppers here look at the order, not at it."""
    return f"<svg>{len(data)}</svg>"


def simulate(plan: Plan) -> tuple[Outcome, World]:
    """Play a plan. The world is returned for its story."""
    with _folder(plan) as folder, _uncollected(), _unlogged(), patch.object(booths, "qr_svg", _undrawn):
        day = Day(plan, folder)
        day.run()
        day.judges.at_the_end(folder / "data" / "ledger.db", day.failures)
        digest = _digest(folder, day.world)
    world, judges = day.world, day.judges
    outcome = Outcome(
        plan.seed,
        plan.wire,
        len(day.shoppers),
        sum(s.tried_to_pay for s in day.shoppers),
        sum(s.paid for s in day.shoppers),
        day.cuts,
        day.steps,
        world.now_s,
        tuple(judges.violations),
        world.hits,
        judges.kinds,
        digest,
    )
    return outcome, world


def _digest(folder: Path, world: World) -> str:
    """The journal's head, the bank's movements and the paper: the same seed gives the same."""
    total = hashlib.sha256()
    with Ledger(folder / "data" / "ledger.db", threaded=False) as ledger:
        total.update(repr(ledger.head).encode())
    for bank in world.banks.values():
        total.update(repr(bank.movements).encode())
    total.update(repr(world.sheets).encode())
    return total.hexdigest()[:16]
