"""The tour's way out, over true LLRP and Modbus wires: with paid goods, unpaid ones, both, none; with nothing alive.

The judge is the door's own truth (did the leaf open, did the siren sound) against what the person carried.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from paybooth.domain.door import Input, Output

from . import radio
from .stroll import Packs, go_out
from .world import World

ALARM_S = 3.0
"""From clear of the gate to the siren, at most; the walk itself goes on meanwhile."""

Ask = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(slots=True)
class Tally:
    """What the tour saw at the exit; keys of its last line."""

    exits_paid: int = 0
    exits_empty: int = 0
    pad_lines: int = 0
    alarms_expected: int = 0
    alarms_raised: int = 0
    false_alarms: int = 0
    missed: int = 0
    button_presses: int = 0
    doors_opened: int = 0
    max_open_ms: float = 0.0


@dataclass(slots=True)
class Walks:
    """People who leave the demo shop."""

    world: World
    get: Ask
    ask: Ask
    tally: Tally = field(default_factory=Tally)
    _packs: Packs = field(default_factory=lambda: Packs(1000))

    def piece(self, sku: str) -> bytes:
        """The tag of one more piece of a product."""
        return self._packs.one_more(sku).epc

    @contextmanager
    def on_pad(self, pieces: Sequence[bytes]) -> Iterator[None]:
        """A basket lies on the booth's pad for as long as the context lasts."""
        basket = radio.shelf(pieces, metres=0.0, beside_m=radio.PAD_M)
        self.world.pad.field.carriers.append(basket)
        try:
            yield
        finally:
            self.world.pad.field.carriers.remove(basket)

    # ------------------------------------------------------------ stories

    async def paid(self, *pieces: bytes) -> None:
        """With goods that were paid a moment ago: silence, and the door opens."""
        alarms = await self._walk(pieces, expected=0)
        assert not alarms, f"paid goods rang: {alarms}"
        self.tally.exits_paid += 1

    async def unpaid(self, stolen: str, *paid: str) -> None:
        """With one piece too many: light and siren, and staff see its name. The door is not locked."""
        alarms = await self._walk([self.piece(sku) for sku in (stolen, *paid)], expected=1)
        assert [item["sku"] for alarm in alarms for item in alarm["items"]] == [stolen], f"named: {alarms}"
        page = await self.get(f"incidents/{alarms[0]['id']}")
        assert page["evidence"]["reads"], "an alarm without its reads"
        await self.ask("Amy", f"incidents/{alarms[0]['id']}/claim", take_over=False)
        await self.ask("Amy", f"incidents/{alarms[0]['id']}/resolve", verdict="put_back", note="")
        await self.ask("Amy", "gates/exit/silence", reason="seen")

    async def empty(self) -> None:
        """With nothing: the button, and out."""
        await self._press()
        self.tally.exits_empty += 1

    async def nothing_alive(self) -> None:
        """The software is killed: the button opens; and soon the watchdog lets everybody out without it."""
        site = self.world.board.site
        await self._until(lambda: site.locked(time.monotonic()), 40, "the door never locked")
        await self.world.cut_power()
        await self._press()
        await self._until(lambda: site.why(time.monotonic()) == "watchdog", 40, "the watchdog never dropped")
        assert site.push(time.monotonic()), "locked in with a dead box"
        await self.world.start_shop()

    async def fire_and_power(self) -> None:
        """Fire, then no mains: the door is open, and the box knows why."""
        site = self.world.board.site
        await self._until(lambda: site.locked(time.monotonic()), 40, "the door never locked")
        for name, begin, end in (("fire", True, False), ("mains", False, True)):
            setattr(site, name, begin)
            assert site.push(time.monotonic()), f"locked in: {name}"
            await self._until_gate(lambda door: door["door"] in ("released_fire", "released_fault"), name)
            setattr(site, name, end)
            await asyncio.sleep(0.2)
            if name == "fire":
                await self.ask("Bo", "gates/exit/fire-reset", reason="tour")

    # ------------------------------------------------------------ bodies

    async def _walk(self, epcs: Sequence[bytes], *, expected: int) -> list[dict[str, Any]]:
        """Out through the gate; the new incidents about unpaid goods."""
        site, reader = self.world.board.site, self.world.reader
        before = {each["id"] for each in await self._unpaid()}
        sirens, presses = site.sirens, self.tally.button_presses
        assert await go_out(reader, self.world.board, tuple(epcs), locked=self._press), "nobody got out"
        self.tally.doors_opened += self.tally.button_presses == presses  # a press counts its own opening
        self.tally.alarms_expected += expected
        if expected:
            await self._until(lambda: site.sirens > sirens, ALARM_S, "")
        rang = site.sirens > sirens
        self.tally.alarms_raised += rang
        self.tally.false_alarms += rang and not expected
        self.tally.missed += bool(expected) and not rang
        assert rang == bool(expected), "the siren was silent" if expected else "the siren sounded"
        return [each for each in await self._unpaid() if each["id"] not in before]

    async def _unpaid(self) -> list[dict[str, Any]]:
        return [each for each in (await self.get("incidents"))["incidents"] if each["kind"] == "unpaid"]

    async def _press(self) -> None:
        """Press, push, out; how long the box took to follow is measured where it lives."""
        site = self.world.board.site
        began_s = time.monotonic()
        site.press(began_s)
        self.tally.button_presses += 1
        assert site.push(time.monotonic()), f"pressed, and locked all the same: {site.why(time.monotonic())}"
        self.tally.doors_opened += 1
        if self.world.power == "on":
            await self._until(lambda: not site.coils[Output.LOCK], 2, "the box did not follow the button")
            self.tally.max_open_ms = max(self.tally.max_open_ms, (time.monotonic() - began_s) * 1000)
        await asyncio.sleep(0.3)
        site.let_go()
        assert not site.inputs(time.monotonic())[Input.BUTTON]

    async def _until_gate(self, wanted: Callable[[dict[str, Any]], bool], what: str) -> None:
        async with asyncio.timeout(10):
            while not wanted(found := await self.get("gates/exit")):
                assert found, what
                await asyncio.sleep(0.1)

    async def _until(self, met: Callable[[], bool], seconds: float, what: str) -> None:
        """Raises AssertionError with `what`; an empty one is for whoever looks by itself."""
        ends_s = time.monotonic() + seconds
        while not met():
            if time.monotonic() >= ends_s:
                assert not what, what
                return
            await asyncio.sleep(0.005)
