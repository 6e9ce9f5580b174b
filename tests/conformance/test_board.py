"""The Board port on the true wire: what a relay board does, does not do and says, as the floor must hear it."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from paybooth.domain.door import Input, Output
from paybooth.drivers import open_device
from paybooth.lab.relay_board import RelayBoard
from paybooth.ports import Fault, HealthState

from ..shop.floor import Clock

pytestmark = pytest.mark.anyio


class Heard:
    """What the floor heard of one board."""

    def __init__(self):
        self.inputs = []
        self.health = []

    def state(self):
        return self.health[-1].state if self.health else HealthState.UNKNOWN

    def reasons(self):
        return self.health[-1].reasons if self.health else ()


@asynccontextmanager
async def wired(options="?poll_ms=5&street=8"):
    lab = RelayBoard()
    async with lab.serve() as port:
        board = open_device("board:exit", f"modbus+tcp://127.0.0.1:{port}{options}", Clock())
        heard = Heard()
        board.on_input = lambda which, on: heard.inputs.append((which, on))
        running = asyncio.create_task(board.run(heard.health.append))
        try:
            await until(lambda: heard.state() is HealthState.ONLINE)
            await board.feed()
            yield lab, board, heard
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def until(met):
    async with asyncio.timeout(8):
        while not met():
            await asyncio.sleep(0.005)


async def test_every_input_is_told_before_the_board_is_online():
    async with wired() as (_, _, heard):
        assert {which for which, _ in heard.inputs[: len(Input)]} == set(Input)
        assert not any(on for _, on in heard.inputs)


async def test_an_output_returns_when_the_relay_has_it():
    async with wired() as (lab, board, _):
        await board.write({Output.LOCK: True, Output.SIREN: True})
        assert lab.site.coils[Output.LOCK]
        assert lab.site.output(Output.SIREN, time.monotonic())
        await board.write({Output.LOCK: False})
        assert not lab.site.coils[Output.LOCK]


@pytest.mark.parametrize(
    ("move", "which"),
    [
        (lambda site: site.press(time.monotonic()), Input.BUTTON),
        (lambda site: setattr(site, "fire", True), Input.FIRE),
        (lambda site: site.push(time.monotonic()), Input.DOOR),
        (lambda site: site.pass_through(time.monotonic(), 1.0), Input.EYE),
        (lambda site: setattr(site, "pedestal", True), Input.EAS),
        (lambda site: setattr(site, "tamper", True), Input.TAMPER),
        (lambda site: setattr(site, "mains", False), Input.MAINS),
        (lambda site: setattr(site, "help_pressed", True), Input.HELP),
        (lambda site: site.at_the_street(time.monotonic(), 1.0), Input.STREET),
    ],
    ids=[which.value for which in Input],
)
async def test_true_is_always_the_thing_to_react_to(move, which):
    async with wired() as (lab, _, heard):
        move(lab.site)
        await until(lambda: (which, True) in heard.inputs)


async def test_a_board_of_eight_inputs_is_not_asked_for_a_ninth():
    async with wired("?poll_ms=5") as (_, _, heard):
        assert {which for which, _ in heard.inputs} == set(Input) - {Input.STREET}


async def test_the_watchdog_drops_everything_when_nobody_feeds_it():
    async with wired() as (lab, board, _):
        lab.site.watchdog_s = 0.05
        await board.feed()
        await board.write({Output.LOCK: True})
        await until(lambda: not lab.site.locked(time.monotonic()))
        assert lab.site.why(time.monotonic()) == "watchdog"


async def test_a_pulled_cable_is_named_and_the_board_comes_back():
    async with wired() as (lab, board, heard):
        await lab.unplug()
        await until(lambda: heard.state() is HealthState.OFFLINE)
        with pytest.raises(Fault):
            await board.write({Output.SIREN: True})
        heard.inputs.clear()
        await lab.plug()
        await until(lambda: heard.state() is HealthState.ONLINE)
        assert {which for which, _ in heard.inputs} == set(Input)


async def test_a_board_that_accepts_and_never_answers_is_named():
    async with wired() as (lab, board, heard):
        lab.fault = "freeze"
        with pytest.raises(Fault) as told:
            await board.write({Output.SIREN: True})
        assert told.value.may_have_happened
        await until(lambda: heard.state() is HealthState.OFFLINE)


async def test_a_board_that_refuses_is_named():
    async with wired() as (lab, board, heard):
        lab.fault = "exception"
        with pytest.raises(Fault):
            await board.write({Output.SIREN: True})
        await until(lambda: heard.state() is HealthState.OFFLINE)


async def test_a_bouncing_button_is_named_and_still_presses():
    async with wired() as (lab, _, heard):
        lab.fault = "bounce"
        await until(lambda: "bouncing_button" in heard.reasons())
        assert (Input.BUTTON, True) in heard.inputs


async def test_another_board_behind_the_address_is_named():
    async with wired() as (lab, _, heard):
        lab.identity = (b"Somebody", b"Else", b"2")
        lab.cycle_power()
        await until(lambda: "other_board" in heard.reasons())


@pytest.mark.parametrize("options", ["?poll_ms=5&siren=-", "?poll_ms=5&fire=-&nc=door,mains,tamper"])
async def test_what_is_not_wired_is_left_out(options):
    async with wired(options) as (lab, board, heard):
        await board.write({Output.SIREN: True})
        assert lab.site.coils[Output.SIREN] is ("siren" not in options)
        assert (Input.FIRE in dict(heard.inputs)) is ("fire" not in options)


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="unknown option 'lok'"):
        open_device("board:exit", "modbus+tcp://127.0.0.1:502?lok=1", Clock())
