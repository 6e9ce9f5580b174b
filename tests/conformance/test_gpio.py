"""The Board port on the box's own pins, as far as pretended pins can show it: the logic, not the metal."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager

import pytest

from paybooth.domain.door import Input, Output
from paybooth.drivers import gpio, open_device
from paybooth.drivers.wire import parse
from paybooth.ports import Fault, HealthState

from ..shop.floor import Clock

pytestmark = pytest.mark.anyio
PINS = "lock=17&siren=27&button=5&door=6&fire=13&watchdog=22&poll_ms=1"


LOOPS = {6, 13}
"""Contacts that rest closed, to ground."""


class Pins:
    """gpio.Chip: levels as on the metal; `shut` are the contacts that are closed now."""

    def __init__(self):
        self.shut = set(LOOPS)
        self.flags, self.levels = {}, {}
        self.stiff, self.gone, self.closed = set(), False, False

    def claim_input(self, pin, flags):
        assert flags == gpio.PULLS["up"]
        self.flags[pin] = flags

    def claim_output(self, pin, flags):
        self.flags[pin] = flags
        self.levels[pin] = flags == gpio.ACTIVES["low"]

    def read(self, pin):
        if self.gone:
            raise OSError("the chip is gone")
        low_is_on = self.flags[pin] == gpio.ACTIVES["low"]
        return self.levels[pin] is not low_is_on if pin in self.levels else pin not in self.shut

    def write(self, pin, *, on):
        if pin not in self.stiff:
            self.levels[pin] = on is not (self.flags[pin] == gpio.ACTIVES["low"])

    def close(self):
        self.closed = True


class Box:
    """A box with a chip, and what the floor heard of it."""

    def __init__(self):
        self.chips = []
        self.inputs, self.health = [], []

    def open(self, number):
        if number != 0:
            raise OSError(f"no chip {number}")
        self.chips.append(Pins())
        return self.chips[-1]

    @property
    def pins(self):
        return self.chips[-1]

    def state(self):
        return self.health[-1].state if self.health else HealthState.UNKNOWN


@asynccontextmanager
async def wired(options=PINS):
    box = Box()
    board = gpio.GpioBoard("board:exit", parse(f"gpio:///dev/gpiochip0?{options}"), Clock(), box.open)
    board.on_input = lambda which, on: box.inputs.append((which, on))
    running = asyncio.create_task(board.run(box.health.append))
    try:
        await until(lambda: box.state() is HealthState.ONLINE)
        yield box, board
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(met):
    async with asyncio.timeout(8):
        while not met():
            await asyncio.sleep(0.002)


async def test_what_is_wired_is_told_first_and_nothing_else():
    async with wired() as (box, _):
        assert box.inputs[:3] == [(Input.BUTTON, False), (Input.FIRE, False), (Input.DOOR, False)]


async def test_true_is_the_thing_to_react_to_for_both_kinds_of_contact():
    async with wired() as (box, _):
        box.pins.shut.add(5)
        await until(lambda: (Input.BUTTON, True) in box.inputs)
        box.pins.shut.remove(13)
        await until(lambda: (Input.FIRE, True) in box.inputs)


@pytest.mark.parametrize(("active", "at_rest"), [("high", False), ("low", True)])
async def test_outputs_rest_released_and_follow(active, at_rest):
    async with wired(f"{PINS}&active={active}") as (box, board):
        assert (box.pins.levels[17], box.pins.levels[27]) == (at_rest, at_rest)
        await board.write({Output.LOCK: True, Output.RED: True})
        assert (box.pins.levels[17], box.pins.levels[27]) == (not at_rest, at_rest)


async def test_feeding_moves_the_watchdogs_pin_each_time():
    async with wired() as (box, board):
        seen = []
        for _ in range(4):
            await board.feed()
            seen.append(box.pins.levels[22])
        assert seen == [True, False, True, False]


async def test_a_pin_that_does_not_follow_is_a_fault():
    async with wired() as (box, board):
        box.pins.stiff.add(17)
        with pytest.raises(Fault, match="pin 17 does not follow"):
            await board.write({Output.LOCK: True})


async def test_a_bouncing_button_is_named_and_still_presses():
    async with wired() as (box, _):
        box.inputs.clear()
        for _ in range(60):
            box.pins.shut ^= {5}
            await asyncio.sleep(0.003)
        await until(lambda: box.health[-1].reasons == ("bouncing_button",))
        assert 1 <= box.inputs.count((Input.BUTTON, True)) < 20


async def test_pins_that_fail_are_claimed_again(monkeypatch):
    monkeypatch.setattr(gpio, "FIRST_WAIT_S", 0.05)
    async with wired() as (box, board):
        first = box.pins
        first.gone = True
        await until(lambda: box.state() is HealthState.OFFLINE)
        with pytest.raises(Fault, match="no pins"):
            await board.write({Output.LOCK: True})
        await until(lambda: box.state() is HealthState.ONLINE)
        assert (len(box.chips), first.closed) == (2, True)


async def test_a_box_without_that_chip_is_offline_with_the_kernels_reason():
    box = Box()
    board = gpio.GpioBoard("board:exit", parse("gpio:///dev/gpiochip7?lock=17"), Clock(), box.open)
    running = asyncio.create_task(board.run(box.health.append))
    await until(lambda: box.state() is HealthState.OFFLINE)
    assert box.health[-1].detail == "no chip 7"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("gpio:///dev/ttyS0?lock=17", "needs a chip"),
        ("gpio:///dev/gpiochip0?lok=17", "unknown option 'lok'"),
        ("gpio:///dev/gpiochip0?lock=17&siren=17", "one pin stands twice"),
        ("gpio:///dev/gpiochip0?pull=sideways", "pull is one of up, down, none"),
    ],
)
def test_a_wrong_address_is_refused(url, why):
    with pytest.raises(ValueError, match=why):
        gpio.GpioBoard("board:exit", parse(url), Clock(), Box().open)


def test_without_the_extra_it_says_what_to_install():
    with pytest.raises(ValueError, match=re.escape("pip install 'paybooth[gpio]'")):
        open_device("board:exit", "gpio:///dev/gpiochip0?lock=17", Clock())
