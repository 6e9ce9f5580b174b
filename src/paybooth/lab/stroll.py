"""The bench visitor: a bag of tagged packs, the pad it may lie on, the way out past the gate, and what hangs there."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace

from paybooth.domain.epc import sgtin96
from paybooth.domain.passage import Zone

from . import radio, shelf
from .llrp_reader import LlrpServer
from .radio import Carrier, walk
from .relay_board import RelayBoard
from .site import SPRING_S

SPEED = 1.3
DOOR_M = -0.6
"""Where one stands to push the leaf."""

INSIDE_M, STREET_M = -4.0, 4.0
PATIENCE_S = 20.0
"""Whoever meets a locked leaf and presses nothing goes back to the shelves after this."""

HOLD_S = 0.4
"""How long a finger stays on a button."""

SEEN_EVERY_S = 0.1
SETTLES_S = 4.0
"""After a hand on the walls the door may move by itself this long: the watchdog lets go."""
BAG_MOST = 60

PAD_READS = 4
"""So many reads told of a pack, and whoever listens to the pad knows it."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack off the shelf; goods sold by weight carry no tag."""

    sku: str
    epc: bytes
    scanned: bool = False
    told: bool = False
    """The pad's reader told of it often enough."""

    def shown(self) -> dict[str, object]:
        return {"sku": self.sku, "epc": self.epc.hex(), "scanned": self.scanned, "told": self.told}


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
    turn: asyncio.Event | None = None,
    patience_s: float = PATIENCE_S,
) -> bool:
    """From the booths to the street; at a locked leaf `locked` is called once, then pushed again.

    False: gave up, or was told to `turn` before the leaf.
    """
    site, turn = board.site, turn or asyncio.Event()
    carrier = carrier or Carrier(epcs, ())
    to_door_s = (DOOR_M - INSIDE_M) / SPEED
    stands_s = to_door_s + patience_s + 60.0
    carrier.legs = walk(reader.now_s(), (INSIDE_M, 0.0), (DOOR_M, to_door_s), (DOOR_M, stands_s))
    reader.field.carriers.append(carrier)
    if await _happens(turn, to_door_s):
        return await _turn_back(reader, carrier)
    if not site.push(time.monotonic()):
        await locked()
        ends_s = time.monotonic() + patience_s
        while not site.push(time.monotonic()):
            if await _happens(turn, 0.02) or time.monotonic() >= ends_s:
                return await _turn_back(reader, carrier)
    site.pass_through(time.monotonic(), 1.0)
    through_s = (STREET_M - DOOR_M) / SPEED
    carrier.legs = walk(reader.now_s(), (DOOR_M, 0.0), (STREET_M, through_s))
    await asyncio.sleep(through_s)
    return True


async def come_in(reader: LlrpServer, board: RelayBoard, carrier: Carrier) -> None:
    """From the street to the booths; where the leaf is locked, somebody inside presses the exit button."""
    site = board.site
    to_door_s = (STREET_M - DOOR_M) / SPEED
    carrier.legs = walk(reader.now_s(), (STREET_M, 0.0), (DOOR_M, to_door_s), (DOOR_M, to_door_s + 60.0))
    reader.field.carriers.append(carrier)
    await asyncio.sleep(to_door_s)
    if not site.push(time.monotonic()):
        site.press(time.monotonic())
        await asyncio.sleep(HOLD_S)
        site.let_go()
        site.push(time.monotonic())
    site.pass_through(time.monotonic(), 1.0)
    inside_s = (DOOR_M - INSIDE_M) / SPEED
    carrier.legs = walk(reader.now_s(), (DOOR_M, 0.0), (INSIDE_M, inside_s))
    await asyncio.sleep(inside_s)


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    """Whether it happens within this time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _turn_back(reader: LlrpServer, carrier: Carrier) -> bool:
    """From wherever one stands to the booths; False, for whoever wanted out."""
    now_s = reader.now_s()
    metres = carrier.at(now_s)
    metres = DOOR_M if metres is None else metres
    seconds = (metres - INSIDE_M) / SPEED
    carrier.legs = walk(now_s, (metres, 0.0), (INSIDE_M, seconds))
    await asyncio.sleep(seconds)
    return False


@dataclass(slots=True)
class Visitor:
    """What the bench's visitor carries and does. `changed` is called while something moves."""

    reader: LlrpServer
    pad: LlrpServer
    board: RelayBoard
    changed: Callable[[], None]
    bag: list[Pack] = field(default_factory=list)
    back: list[Pack] = field(default_factory=list)
    """On the shelf for returned goods."""
    out: list[Pack] = field(default_factory=list)
    """Left the shop."""
    lies: bool = False
    """The bag lies on the pad."""
    waits: bool = False
    """Stands before a locked leaf."""
    going: str = ""
    _packs: Packs = field(default_factory=lambda: Packs(500_000))
    _carrier: Carrier | None = None
    _spot: Carrier = field(default_factory=lambda: radio.shelf((), metres=0.0, beside_m=radio.PAD_M))
    """What lies on the pad."""
    _told: Counter[bytes] = field(default_factory=Counter)
    _turn: asyncio.Event = field(default_factory=asyncio.Event)
    _watched_until_s: float = 0.0
    _watches: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pad.field.carriers.append(self._spot)
        self.pad.on_told = self._on_told

    # ------------------------------------------------------------ hands

    def can_take(self, sku: str) -> None:
        """Raises KeyError where the shelf has no such goods, or ValueError when the bag is full."""
        shelf.tagged(sku)
        if len(self.bag) >= BAG_MOST:
            raise ValueError("the bag is full")

    def take(self, sku: str, *, scanned: bool = False) -> Pack:
        """A pack into the bag; while the bag is on its way, it waits at the booth. Raises as `can_take`."""
        self.can_take(sku)
        pack = self._packs.one_more(sku, scanned=scanned)
        self.bag.append(pack)
        self._rest()
        self.changed()
        return pack

    def put_back(self, epc: str = "", sku: str = "") -> None:
        """The newest of the bag with this tag and of these goods (empty: any), onto the shelf for returned goods.

        Raises ValueError.
        """
        if self.going:
            raise ValueError("the bag is on its way")
        fits = [pack for pack in self.bag if epc in ("", pack.epc.hex()) and sku in ("", pack.sku)]
        if not fits:
            raise ValueError("that is not in the bag")
        at = next(n for n, pack in enumerate(self.bag) if pack is fits[-1])
        self.back = [*self.back, self.bag.pop(at)][-BAG_MOST:]
        self._rest()
        self.changed()

    def lay(self, *, on: bool) -> None:
        """The bag onto the pad, or off it. Raises ValueError while the bag is on its way."""
        if self.going:
            raise ValueError("the bag is on its way")
        if on != self.lies:
            self.lies = on
            self._rest()
            self.changed()

    def _rest(self) -> None:
        """The pad sees what is in the bag, for as long as it lies there."""
        self._spot.epcs = tuple(pack.epc for pack in self.bag if pack.epc) if self.lies else ()
        self._told = Counter({epc: n for epc, n in self._told.items() if epc in self._spot.epcs})

    def _on_told(self, epcs: Iterable[bytes]) -> None:
        self._told.update(epc for epc in epcs if epc in self._spot.epcs)
        bag = [replace(pack, told=pack.told or self._told[pack.epc] >= PAD_READS) for pack in self.bag]
        if bag != self.bag:
            self.bag = bag
            self.changed()

    def press(self) -> None:
        """The exit button, and a hand on the leaf."""
        site = self.board.site
        site.press(time.monotonic())
        site.push(time.monotonic())
        self._spawn(self._let_go())
        self.stir(site.timer_s + SPRING_S)

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
        """`out` with the bag, or `back`: in with what left, or round again before the leaf. Raises ValueError.

        Whoever goes takes the bag off the pad first.
        """
        if to not in ("out", "back"):
            raise ValueError("to is out or back")
        if self.going == "out" and to == "back" and self._before_the_leaf():
            self.going, self.waits = "back", False
            self._turn.set()
            return
        if self.going:
            raise ValueError("one walk at a time")
        self.lay(on=False)
        self.going = to
        self._turn.clear()
        carried = list(self.bag) if to == "out" else self.out[: BAG_MOST - len(self.bag)]
        self._carrier = Carrier(tuple(pack.epc for pack in carried if pack.epc), ())
        self._spawn((self._walk_out if to == "out" else self._walk_back)(self._carrier, carried))
        self.stir(SETTLES_S)

    def _before_the_leaf(self) -> bool:
        metres = self._carrier.at(self.reader.now_s()) if self._carrier is not None else None
        return metres is not None and metres <= DOOR_M

    async def _walk_out(self, carrier: Carrier, carried: list[Pack]) -> None:
        try:
            if await go_out(self.reader, self.board, (), locked=self._stand, carrier=carrier, turn=self._turn):
                self.out = [*self.out, *carried][-BAG_MOST:]
                self.bag = self.bag[len(carried) :]
        finally:
            self._arrive()

    async def _walk_back(self, carrier: Carrier, carried: list[Pack]) -> None:
        """With all that left and that the bag still holds."""
        try:
            await come_in(self.reader, self.board, carrier)
            self.bag, self.out = [*self.bag, *carried], self.out[len(carried) :]
        finally:
            self._arrive()

    async def _stand(self) -> None:
        self.waits = True
        self.changed()

    def _arrive(self) -> None:
        self.going, self.waits, self._carrier = "", False, None
        self.stir(SETTLES_S)
        self.changed()

    # ------------------------------------------------------------ eyes

    def stir(self, seconds: float) -> None:
        """For so long, and while somebody walks, whatever moves by itself is told; then nothing runs."""
        self._watched_until_s = max(self._watched_until_s, time.monotonic() + seconds)
        if not self._watches:
            self._watches = True
            self._spawn(self._watch())

    async def _watch(self) -> None:
        seen: dict[str, object] = {}
        try:
            while self.going or time.monotonic() < self._watched_until_s:
                now = self.state()
                if now != seen:
                    seen = now
                    self.changed()
                await asyncio.sleep(SEEN_EVERY_S)
        finally:
            self._watches = False

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
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
        self.stir(SETTLES_S)
        self.changed()

    def mains(self, *, on: bool) -> None:
        self.board.site.mains = on
        self.stir(SETTLES_S)
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
        self.stir(SETTLES_S)
        self.changed()

    def state(self) -> dict[str, object]:
        """The exit as a visitor sees it."""
        site, now_s = self.board.site, time.monotonic()
        metres = self._carrier.at(self.reader.now_s()) if self._carrier is not None else None
        metres = None if metres is None else round(metres, 2)
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
            "on_pad": self.lies,
            "bag": [pack.shown() for pack in self.bag],
            "back": [pack.shown() for pack in self.back],
            "out": [pack.shown() for pack in self.out],
            "walker": {"to": self.going, "y": metres, "waits": self.waits} if self.going else None,
            "presses": site.presses,
            "opened": site.openings,
        }
