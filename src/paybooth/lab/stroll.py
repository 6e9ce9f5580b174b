"""The bench visitor: a bag of tagged packs, the way out past the gate, and what hangs beside the door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from paybooth.domain.epc import sgtin96
from paybooth.domain.passage import Zone

from . import shelf
from .llrp_reader import LlrpServer
from .radio import Carrier, walk
from .relay_board import RelayBoard

SPEED = 1.3
DOOR_M = -0.6
"""Where one stands to push the leaf."""

INSIDE_M, STREET_M = -4.0, 4.0
PATIENCE_S = 20.0
"""Whoever meets a locked leaf and presses nothing goes back to the shelves after this."""

HOLD_S = 0.4
"""How long a finger stays on a button."""

SEEN_EVERY_S = 0.1
BAG_MOST = 60


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack off the shelf; goods sold by weight carry no tag."""

    sku: str
    epc: bytes
    scanned: bool = False

    def shown(self) -> dict[str, object]:
        return {"sku": self.sku, "epc": self.epc.hex(), "scanned": self.scanned}


class Packs:
    """Tags of new packs: each piece its own serial."""

    def __init__(self, first: int) -> None:
        self._serial = first

    def one_more(self, sku: str, *, scanned: bool = False) -> Pack:
        """Raises KeyError where the shelf has no such goods."""
        self._serial += 1
        epc = sgtin96(shelf.barcode(sku).zfill(14), self._serial, 7) if shelf.tagged(sku) else b""
        return Pack(sku, epc, scanned)


async def go_out(
    reader: LlrpServer,
    board: RelayBoard,
    epcs: tuple[bytes, ...],
    *,
    locked: Callable[[], Awaitable[object]],
    carrier: Carrier | None = None,
    patience_s: float = PATIENCE_S,
) -> bool:
    """From the booths to the street; at a locked leaf `locked` is called once, then pushed again. False: gave up."""
    site = board.site
    carrier = carrier or Carrier(epcs, ())
    now_s = reader.now_s()
    to_door_s = (DOOR_M - INSIDE_M) / SPEED
    carrier.legs = walk(now_s, (INSIDE_M, 0.0), (DOOR_M, to_door_s), (DOOR_M, patience_s + 60.0))
    reader.field.carriers.append(carrier)
    await asyncio.sleep(to_door_s)
    if not site.push(time.monotonic()):
        await locked()
        ends_s = time.monotonic() + patience_s
        while not site.push(time.monotonic()):
            if time.monotonic() >= ends_s:
                carrier.legs = walk(reader.now_s(), (DOOR_M, 0.0), (INSIDE_M, to_door_s))
                await asyncio.sleep(to_door_s)
                return False
            await asyncio.sleep(0.02)
    site.pass_through(time.monotonic(), 1.0)
    through_s = (STREET_M - DOOR_M) / SPEED
    carrier.legs = walk(reader.now_s(), (DOOR_M, 0.0), (STREET_M, through_s))
    await asyncio.sleep(through_s)
    return True


@dataclass(slots=True)
class Visitor:
    """What the bench's visitor carries and does. `changed` is called while something moves."""

    reader: LlrpServer
    board: RelayBoard
    changed: Callable[[], None]
    bag: list[Pack] = field(default_factory=list)
    back: list[Pack] = field(default_factory=list)
    """On the shelf for returned goods."""
    out: list[Pack] = field(default_factory=list)
    """Left the shop."""
    waits: bool = False
    """Stands before a locked leaf."""
    going: str = ""
    _packs: Packs = field(default_factory=lambda: Packs(500_000))
    _carrier: Carrier | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    # ------------------------------------------------------------ hands

    def take(self, sku: str, *, scanned: bool = False) -> Pack:
        """A pack into the bag. Raises KeyError, or ValueError when the bag is full."""
        if len(self.bag) >= BAG_MOST:
            raise ValueError("the bag is full")
        pack = self._packs.one_more(sku, scanned=scanned)
        self.bag.append(pack)
        self.changed()
        return pack

    def put_back(self, epc: str) -> None:
        """Out of the bag onto the shelf for returned goods; without a tag named, the newest. Raises ValueError."""
        found = next((pack for pack in reversed(self.bag) if pack.epc.hex() == epc or not epc), None)
        if found is None or self.going:
            raise ValueError("that is not in the bag, or the bag is on its way")
        self.bag.remove(found)
        self.back = [*self.back, found][-BAG_MOST:]
        self.changed()

    def press(self) -> None:
        """The exit button."""
        self.board.site.press(time.monotonic())
        self._spawn(self._let_go())

    def press_help(self) -> None:
        self.board.site.help_pressed = True
        self._spawn(self._let_go())

    async def _let_go(self) -> None:
        self.changed()
        await asyncio.sleep(HOLD_S)
        self.board.site.let_go()
        self.board.site.help_pressed = False
        self.changed()

    # ------------------------------------------------------------ feet

    def walk(self, to: str) -> None:
        """`out` with the bag, or `back` in with what left last. Raises ValueError."""
        if to not in ("out", "back"):
            raise ValueError("to is out or back")
        if self.going:
            raise ValueError("one walk at a time")
        self.going = to
        self._spawn(self._walk_out() if to == "out" else self._walk_back())
        self._spawn(self._be_seen())

    async def _walk_out(self) -> None:
        self._carrier = Carrier(tuple(pack.epc for pack in self.bag if pack.epc), ())
        try:
            if await go_out(self.reader, self.board, (), locked=self._stand, carrier=self._carrier):
                self.out, self.bag = list(self.bag), []
        finally:
            self._arrive()

    async def _walk_back(self) -> None:
        """Somebody holds the door: back to the shelves with what left last."""
        seconds = (STREET_M - INSIDE_M) / SPEED
        legs = walk(self.reader.now_s(), (STREET_M, 0.0), (INSIDE_M, seconds))
        self._carrier = Carrier(tuple(pack.epc for pack in self.out if pack.epc), legs)
        self.reader.field.carriers.append(self._carrier)
        try:
            await asyncio.sleep(seconds)
            self.bag, self.out = [*self.bag, *self.out][:BAG_MOST], []
        finally:
            self._arrive()

    async def _stand(self) -> None:
        self.waits = True
        self.changed()

    def _arrive(self) -> None:
        self.going, self.waits, self._carrier = "", False, None
        self.changed()

    async def _be_seen(self) -> None:
        while self.going:
            self.changed()
            await asyncio.sleep(SEEN_EVERY_S)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """The bench closes: nobody goes on walking."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ------------------------------------------------------------ the walls

    def fire(self, *, on: bool) -> None:
        self.board.site.fire = on
        self.changed()

    def mains(self, *, on: bool) -> None:
        self.board.site.mains = on
        self.changed()

    async def set_reader(self, state: str) -> None:
        """on, blind (antennas covered) or cut (cable pulled). Raises ValueError."""
        if state not in ("on", "blind", "cut"):
            raise ValueError("state is on, blind or cut")
        self.reader.field.blind = frozenset({Zone.INNER, Zone.OUTER}) if state == "blind" else frozenset()
        await (self.reader.unplug() if state == "cut" else self.reader.plug())
        self.changed()

    async def set_board(self, state: str) -> None:
        """On or cut. Raises ValueError."""
        if state not in ("on", "cut"):
            raise ValueError("state is on or cut")
        await (self.board.unplug() if state == "cut" else self.board.plug())
        self.changed()

    def state(self) -> dict[str, object]:
        """The exit as a visitor sees it."""
        site, now_s = self.board.site, time.monotonic()
        metres = self._carrier.at(self.reader.now_s()) if self._carrier is not None else None
        on = {output.value: site.output(output, now_s) for output in site.coils}
        why = site.why(now_s)
        return {
            "door": {"locked": why == "locked", "open": site.is_open(now_s), "why": why},
            "siren": on.pop("siren"),
            "lamps": {name: on[name] for name in ("red", "amber", "green", "call")},
            "mains": site.mains,
            "fire": site.fire,
            "board": "on" if self.board.plugged else "cut",
            "reader": "cut" if not self.reader.plugged else "blind" if self.reader.field.blind else "on",
            "button": site.pressed,
            "bag": [pack.shown() for pack in self.bag],
            "back": [pack.shown() for pack in self.back],
            "out": [pack.shown() for pack in self.out],
            "walker": {"to": self.going, "y": metres, "waits": self.waits} if self.going else None,
            "presses": site.presses,
            "opened": site.openings,
        }
