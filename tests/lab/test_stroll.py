"""The bench visitor at the exit: bag, walk, buttons and walls, with no shop behind the door."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from paybooth.domain.door import Output
from paybooth.domain.epc import decode
from paybooth.lab import front, stroll
from paybooth.lab.llrp_reader import LlrpServer
from paybooth.lab.radio import Field
from paybooth.lab.relay_board import RelayBoard
from paybooth.lab.stroll import Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(stroll, "SPEED", 40.0)
    monkeypatch.setattr(stroll, "HOLD_S", 0.02)


@asynccontextmanager
async def bench():
    reader, board, changes = LlrpServer(Field(random.Random(1))), RelayBoard(), []
    async with reader.serve(), board.serve():
        visitor = Visitor(reader, board, lambda: changes.append(1))
        try:
            yield SimpleNamespace(visitor=visitor, board=board, reader=reader, changes=changes)
        finally:
            await visitor.aclose()


async def until(met):
    async with asyncio.timeout(5):
        while not met():
            await asyncio.sleep(0.005)


async def act(world, name, **args):
    return await front.ACTS[name](world, args)


async def test_packs_have_tags_of_their_own_and_goods_by_weight_have_none():
    async with bench() as world:
        first, second = await act(world, "take", sku="P303"), await act(world, "take", sku="P303")
        assert decode(bytes.fromhex(first["epc"])).gtin14 == decode(bytes.fromhex(second["epc"])).gtin14
        assert first["epc"] != second["epc"]
        assert (await act(world, "take", sku="W00011"))["epc"] == ""
        await act(world, "put_back", epc=first["epc"])
        state = world.visitor.state()
        assert [pack["epc"] for pack in state["bag"]] == [second["epc"], ""]
        assert [pack["epc"] for pack in state["back"]] == [first["epc"]]


async def test_out_through_an_open_door_and_back_in_again():
    async with bench() as world:
        await act(world, "take", sku="P303")
        await act(world, "walk", to="out")
        assert world.visitor.state()["walker"]["to"] == "out"
        await until(lambda: world.visitor.out)
        assert (world.visitor.bag, world.board.site.openings) == ([], 1)
        await act(world, "walk", to="back")
        await until(lambda: world.visitor.bag)
        assert (world.visitor.out, world.visitor.state()["walker"]) == ([], None)
        assert len(world.changes) > 4


async def test_a_locked_leaf_waits_for_the_button_and_then_opens():
    async with bench() as world:
        site = world.board.site
        site.feed(time.monotonic())
        site.write({Output.LOCK: True}, time.monotonic())
        await act(world, "walk", to="out")
        await until(lambda: world.visitor.waits)
        assert world.visitor.state()["door"] == {"locked": True, "open": False, "why": "locked"}
        await act(world, "press")
        await until(lambda: not world.visitor.going)
        assert (site.openings, site.presses, site.pressed) == (1, 1, False)


async def test_whoever_presses_nothing_goes_back_to_the_shelves(monkeypatch):
    monkeypatch.setattr(stroll.go_out, "__kwdefaults__", {**stroll.go_out.__kwdefaults__, "patience_s": 0.1})
    async with bench() as world:
        world.board.site.watchdog_s = 60
        world.board.site.feed(time.monotonic())
        world.board.site.write({Output.LOCK: True}, time.monotonic())
        await act(world, "take", sku="P303")
        await act(world, "walk", to="out")
        await until(lambda: not world.visitor.going)
        assert (len(world.visitor.bag), world.visitor.out) == (1, [])


async def test_the_walls_do_as_they_are_told():
    async with bench() as world:
        await act(world, "fire", on=True)
        await act(world, "mains", on=False)
        await act(world, "reader", state="blind")
        state = world.visitor.state()
        assert (state["fire"], state["mains"], state["reader"], state["door"]["why"]) == (True, False, "blind", "mains")
        await act(world, "reader", state="cut")
        await act(world, "board", state="cut")
        assert (world.visitor.state()["reader"], world.visitor.state()["board"]) == ("cut", "cut")
        for name in ("reader", "board"):
            await act(world, name, state="on")
            await act(world, name, state="on")
        assert (world.visitor.state()["reader"], world.visitor.state()["board"]) == ("on", "on")
        await act(world, "help_press")
        assert world.board.site.help_pressed
        await until(lambda: not world.board.site.help_pressed)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("take", {"sku": "P999"}), ("take", {}), ("put_back", {"epc": "00"}), ("walk", {"to": "up"}), ("walk", {}),
        ("reader", {"state": "tired"}), ("board", {"state": "blind"}), ("fire", {}), ("mains", {}),
    ],
)  # fmt: skip
async def test_nonsense_is_refused(name, args):
    async with bench() as world:
        with pytest.raises((ValueError, KeyError)):
            await act(world, name, **args)


async def test_one_walk_at_a_time_and_a_bag_has_a_bottom():
    async with bench() as world:
        for _ in range(stroll.BAG_MOST):
            world.visitor.take("P303")
        with pytest.raises(ValueError, match="full"):
            world.visitor.take("P303")
        await act(world, "walk", to="out")
        with pytest.raises(ValueError, match="one walk"):
            await act(world, "walk", to="out")
        with pytest.raises(ValueError, match="on its way"):
            await act(world, "put_back")
