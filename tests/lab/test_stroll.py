"""The bench visitor at the exit: bag, walk, buttons and walls, with no shop behind the door."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from paybooth.domain.door import Input, Output
from paybooth.domain.epc import decode
from paybooth.domain.passage import Zone
from paybooth.drivers import open_device
from paybooth.lab import front, stroll
from paybooth.lab.llrp_reader import LlrpServer
from paybooth.lab.radio import PAD, Field
from paybooth.lab.relay_board import RelayBoard
from paybooth.lab.stroll import Visitor
from paybooth.shop.pad import STEADY_READS
from paybooth.shop.settings import BoothSettings

from ..shop.floor import Clock

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(stroll, "SPEED", 40.0)
    monkeypatch.setattr(stroll, "HOLD_S", 0.02)


@asynccontextmanager
async def bench():
    reader, board, changes = LlrpServer(Field(random.Random(1))), RelayBoard(), []
    pad = LlrpServer(Field(random.Random(2), antennas=PAD), {1: Zone.PAD})
    async with reader.serve(), pad.serve() as pad_port, board.serve():
        visitor = Visitor(reader, pad, board, lambda: changes.append(1))
        things = {"board": board, "reader": reader, "pad": pad, "pad_port": pad_port}
        try:
            yield SimpleNamespace(visitor=visitor, changes=changes, **things)
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


async def test_loose_goods_are_put_back_by_what_they_are():
    async with bench() as world:
        await act(world, "take", sku="W00011")
        pack = await act(world, "take", sku="P303")
        await act(world, "put_back", epc="", sku="W00011")
        state = world.visitor.state()
        assert ([each["sku"] for each in state["bag"]], state["back"][0]["sku"]) == (["P303"], "W00011")
        with pytest.raises(ValueError, match="not in the bag"):
            await act(world, "put_back", epc=pack["epc"], sku="W00011")


async def test_what_is_taken_while_the_bag_is_away_stays_in_the_shop():
    async with bench() as world:
        carried = await act(world, "take", sku="P303")
        await act(world, "walk", to="out")
        late = await act(world, "take", sku="P104")
        await until(lambda: not world.visitor.going)
        state = world.visitor.state()
        assert (state["out"], state["bag"]) == ([carried], [late])


def seen_by_pad(world):
    """Tags the pad's field holds now, and how strongly each is read in a second."""
    reads = world.pad.field.reads(0.0, 1.0)
    return {epc.hex(): [dbm for _, _, tag, dbm in reads if tag == epc] for _, _, epc, _ in reads}


@asynccontextmanager
async def box_listens(world):
    """Somebody owns the pad's reader, as the shop's box does."""
    reader = open_device("pad:1", f"llrp://127.0.0.1:{world.pad_port}?pad=1&keepalive_s=0.1", Clock())
    running = asyncio.create_task(reader.run(lambda _: None))
    try:
        yield reader
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_bag_on_the_pad_is_read_strongly_and_loose_goods_do_not_answer():
    async with bench() as world:
        packs = [await act(world, "take", sku=sku) for sku in ("P303", "P104", "W00011")]
        assert seen_by_pad(world) == {}
        await act(world, "pad", on=True)
        seen = seen_by_pad(world)
        assert sorted(seen) == sorted(pack["epc"] for pack in packs if pack["epc"])
        assert all(len(dbm) >= STEADY_READS and min(dbm) >= BoothSettings("1").pad_dbm for dbm in seen.values())
        assert world.visitor.state()["on_pad"]
        await act(world, "pad", on=False)
        assert (seen_by_pad(world), world.visitor.state()["on_pad"]) == ({}, False)


async def test_what_joins_or_leaves_a_bag_on_the_pad_joins_or_leaves_the_field():
    async with bench() as world:
        await act(world, "pad", on=True)
        first, second = await act(world, "take", sku="P303"), await act(world, "take", sku="P303")
        await act(world, "put_back", epc=first["epc"])
        assert list(seen_by_pad(world)) == [second["epc"]]
        await act(world, "pad", on=True)
        assert list(seen_by_pad(world)) == [second["epc"]]


async def test_walking_takes_the_bag_off_the_pad_first():
    async with bench() as world:
        pack = await act(world, "take", sku="P303")
        await act(world, "pad", on=True)
        await act(world, "walk", to="out")
        assert (seen_by_pad(world), world.visitor.state()["on_pad"]) == ({}, False)
        with pytest.raises(ValueError, match="on its way"):
            await act(world, "pad", on=True)
        await until(lambda: not world.visitor.going)
        assert world.visitor.state()["out"] == [pack]
        await act(world, "walk", to="back")
        await until(lambda: not world.visitor.going)
        assert seen_by_pad(world) == {}


async def test_a_pack_is_told_once_somebody_listens_to_the_pad():
    async with bench() as world:
        world.pad.field.read_rate = 1.0
        await act(world, "take", sku="P303")
        await act(world, "take", sku="W00011")
        await act(world, "pad", on=True)
        assert [pack.told for pack in world.visitor.bag] == [False, False]
        async with box_listens(world):
            await until(lambda: world.visitor.bag[0].told)
        await act(world, "pad", on=False)
        shown = [(pack["scanned"], pack["told"]) for pack in world.visitor.state()["bag"]]
        assert shown == [(False, True), (False, False)]


async def test_a_bag_that_lies_on_the_pad_keeps_nothing_running():
    async with bench() as world:
        await act(world, "take", sku="P303")
        await act(world, "pad", on=True)
        assert not world.visitor._tasks
        world.changes.clear()
        await act(world, "pad", on=True)
        assert world.changes == []


async def test_two_walks_out_and_all_of_it_comes_back():
    async with bench() as world:
        for sku in ("P303", "P104"):
            await act(world, "take", sku=sku)
            await act(world, "walk", to="out")
            await until(lambda: not world.visitor.going)
        assert [pack.sku for pack in world.visitor.out] == ["P303", "P104"]
        await act(world, "walk", to="back")
        await until(lambda: not world.visitor.going)
        assert ([pack.sku for pack in world.visitor.bag], world.visitor.out) == (["P303", "P104"], [])


async def test_whoever_turns_before_the_leaf_keeps_the_bag():
    async with bench() as world:
        world.board.site.watchdog_s = 60
        world.board.site.feed(time.monotonic())
        world.board.site.write({Output.LOCK: True}, time.monotonic())
        await act(world, "take", sku="P303")
        await act(world, "walk", to="out")
        await until(lambda: world.visitor.waits)
        await act(world, "walk", to="back")
        assert world.visitor.state()["walker"]["to"] == "back"
        await until(lambda: not world.visitor.going)
        assert (len(world.visitor.bag), world.visitor.out, world.board.site.openings) == (1, [], 0)
        await act(world, "walk", to="out")
        await until(lambda: world.visitor.waits)
        await act(world, "press")
        await until(lambda: world.visitor.out)


async def test_the_way_in_opens_the_leaf_and_breaks_the_beam():
    async with bench() as world:
        site = world.board.site
        site.watchdog_s = 60
        site.feed(time.monotonic())
        site.write({Output.LOCK: True}, time.monotonic())
        await act(world, "walk", to="back")
        await until(lambda: not world.visitor.going)
        assert (site.presses, site.openings, site.pressed) == (1, 1, False)
        assert site.inputs(time.monotonic())[Input.EYE]


async def test_the_button_opens_the_leaf_for_whoever_carries_nothing():
    async with bench() as world:
        site = world.board.site
        site.watchdog_s = 60
        site.feed(time.monotonic())
        site.write({Output.LOCK: True}, time.monotonic())
        await act(world, "press")
        door = world.visitor.state()["door"]
        assert door == {"locked": False, "open": True, "why": "button"}


async def test_nothing_runs_once_the_door_has_settled(monkeypatch):
    monkeypatch.setattr(stroll, "SETTLES_S", 0.05)
    async with bench() as world:
        world.visitor.stir(0.05)
        await act(world, "walk", to="out")
        await until(lambda: not world.visitor._tasks)
        assert len(world.changes) < 20


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
        ("pad", {}), ("pad", {"on": "yes"}), ("pad", {"on": 1}),
        ("fire", {"on": "no"}), ("mains", {"on": 0}), ("take", {"sku": 7}), ("take", {"sku": ""}), ("scan", {}),
        ("scan", {"code": "690", "sku": "P999"}), ("reader", {"state": None}), ("put_back", {"epc": 3}),
    ],
)  # fmt: skip
async def test_nonsense_is_refused(name, args):
    async with bench() as world:
        before = world.visitor.state()
        with pytest.raises((ValueError, KeyError, front.BadRequest)) as refused:
            await act(world, name, **args)
        assert " " in str(refused.value)
        assert world.visitor.state() == before


async def test_a_full_bag_stops_the_scan_before_the_scanner_sees_it():
    async with bench() as world:
        seen = []
        world.scanner = SimpleNamespace(scan=lambda code, aim: seen.append(code) or True)
        await act(world, "scan", code="6901888001011", sku="P101")
        assert [(pack.sku, pack.scanned) for pack in world.visitor.bag] == [("P101", True)]
        for _ in range(stroll.BAG_MOST - 1):
            world.visitor.take("P303")
        with pytest.raises(ValueError, match="full"):
            await act(world, "scan", code="6901888001011", sku="P101")
        assert seen == ["6901888001011"]


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
