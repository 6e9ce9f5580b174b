"""A gate on the real floor: paid goods go in silence, unpaid ones ring and are named, and every press opens."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager

import pytest

from paybooth.domain.door import Input, Mode, Output
from paybooth.domain.epc import sgtin96
from paybooth.domain.incident import Refusal, State
from paybooth.domain.passage import Zone
from paybooth.domain.replay import judge_again
from paybooth.lab.radio import Carrier, Field, out, walk
from paybooth.lab.site import DoorSite
from paybooth.ports import Health, HealthState, LedgerFault, Scan, TagRead
from paybooth.shop import exits as exits_of_a_shop
from paybooth.shop.settings import GateSettings

from .floor import DeskBoard, floor

pytestmark = pytest.mark.anyio
WECHAT_CODE = "134567890123456789"
MILK, CRISPS = "06901234567892", "06901028075763"


@asynccontextmanager
async def exit_floor(path, pad=None, **more):
    board = DeskBoard()
    settings = GateSettings("exit", board=board.name, pulse_s=0.2, siren_s=0.5, **more)
    async with floor(path, gates={settings: board}, pad=pad) as desk:
        gate = desk.shop.exits.gates["exit"]
        await until(lambda: gate.door.known and not gate.door.released_by())
        yield desk, gate, board


async def until(met):
    async with asyncio.timeout(5):
        while not met():
            await asyncio.sleep(0.005)


def tag(gtin, serial):
    return sgtin96(gtin, serial, 8)


def carry(gate, *epcs, legs=None, seed=1):
    """A whole walk in one go: reads in order of time, ending now."""
    legs = legs or out(0.0)
    field = Field(random.Random(seed), read_rate=1.0, carriers=[Carrier(epcs, legs)])
    began_s = time.monotonic() - legs[-1].to_s
    for at_s, zone, epc, rssi in field.reads(0.0, legs[-1].to_s):
        gate.on_reads([TagRead(epc, zone, rssi, began_s + at_s)])


async def buy_milk(desk):
    await desk.fill_and_confirm()
    await desk.scan(WECHAT_CODE)
    await desk.until(lambda v: v.phase == "done")


async def test_paid_goods_leave_in_silence(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        await buy_milk(desk)
        carry(gate, tag(MILK, 1))
        await until(lambda: "passage.seen" in desk.kinds())
        assert board.site.sirens == 0
        assert desk.shop.exits.incidents.live == {}
        assert "door.opened" in desk.kinds()


async def test_an_unpaid_piece_rings_and_is_named_and_the_second_of_one_paid_too(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        await buy_milk(desk)
        carry(gate, tag(MILK, 1), tag(MILK, 2), tag(CRISPS, 3))
        await until(lambda: "gate.alarmed" in desk.kinds())
        (found,) = desk.shop.exits.incidents.live.values()
        assert {item.sku: item.count for item in found.items} == {"A": 1, "B": 1}
        assert found.evidence.tags[0].standing == "unpaid"
        assert [again.same for again in judge_again(found.evidence)] == [True]
        assert {read.zone for read in found.evidence.reads} == {Zone.INNER, Zone.OUTER}
        assert board.site.sirens == 1
        assert not board.site.coils[Output.LOCK]  # theft is never answered with a lock


async def test_the_same_goods_do_not_ring_twice(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        carry(gate, tag(CRISPS, 3))
        await until(lambda: board.site.sirens == 1)
        gate.silence()
        gate.passages._tracks.clear()
        carry(gate, tag(CRISPS, 3), seed=2)
        await until(lambda: desk.kinds().count("gate.alarmed") == 2)
        assert board.site.sirens == 1


async def test_a_full_disk_does_not_silence_the_gate(tmp_path, monkeypatch):
    async with exit_floor(tmp_path) as (desk, gate, board):
        good = desk.ledger.commit

        async def full(*facts, at_ms):
            raise LedgerFault("full", "disk")

        monkeypatch.setattr(desk.ledger, "commit", full)
        carry(gate, tag(CRISPS, 3))
        await until(lambda: board.site.sirens == 1)
        assert [i.kind for i in desk.shop.exits.incidents.live.values()] == ["unpaid"]
        monkeypatch.setattr(desk.ledger, "commit", good)
        await until(lambda: "gate.alarmed" in desk.kinds())


async def test_unpaid_goods_at_the_gate_are_offered_and_may_go_back(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        there = walk(0.0, (-4.0, 0.0), (-0.9, 2.5), (-0.9, 1.0))
        carry(gate, tag(CRISPS, 3), legs=there)
        await until(lambda: "gate.offered" in desk.kinds())
        assert [near.key for near in gate.unpaid()] == [("A", "3")]
        await until(lambda: "gate.repaired" in desk.kinds())
        assert board.site.sirens == 0


async def test_every_press_opens_with_the_board_mute_and_with_the_disk_full(tmp_path, monkeypatch):
    async with exit_floor(tmp_path) as (desk, gate, board):
        await until(lambda: board.site.locked(time.monotonic()))
        board.broken = True
        monkeypatch.setattr(desk.ledger, "commit", None)
        for _ in range(20):
            board.site.press(time.monotonic())
            assert board.site.push(time.monotonic())
            board.site.let_go()


def test_a_thousand_presses_with_everything_else_broken_are_a_thousand_openings():
    """The worst that software can do is to keep its relays on for ever; the button stands before them in the wiring."""
    chance = random.Random(7)
    site = DoorSite(watchdog_s=1e9, timer_s=1.0)
    site.feed(0.0)
    opened, now_s = 0, 0.0
    for _ in range(1000):
        now_s += 10.0
        site.write(dict.fromkeys(Output, True), now_s)
        site.fire = site.tamper = site.pedestal = False
        site.board_on = chance.random() < 0.9
        site.mains = chance.random() < 0.9
        site.tamper, site.pedestal, site.help_pressed = (chance.random() < 0.2 for _ in range(3))
        assert site.push(now_s) is not site.locked(now_s)
        now_s += 5.0  # it fell shut
        site.press(now_s)
        opened += site.push(now_s)
        site.let_go()
    assert (opened, site.presses) == (1000, 1000)


async def test_a_press_is_told_to_the_box_and_its_relay_follows(tmp_path):
    async with exit_floor(tmp_path, button_s=0.2) as (desk, gate, board):
        board.on_input(Input.BUTTON, True)
        await until(lambda: not board.site.coils[Output.LOCK])
        await until(lambda: "button.pressed" in desk.kinds())
        (pressed,) = [e.fact for e in desk.ledger.journal() if e.kind == "button.pressed"]
        assert 0 <= pressed.took_ms < 1000
        await until(lambda: board.site.coils[Output.LOCK])


async def test_fire_releases_until_staff_reset_it(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        board.site.fire = True
        board.look()
        await until(lambda: not board.site.coils[Output.LOCK])
        assert not await desk.shop.exits.reset_fire("exit", "Amy", "looked")
        board.site.fire = False
        board.look()
        assert gate.door.fire
        assert await desk.shop.exits.reset_fire("exit", "Amy", "false alarm")
        await until(lambda: board.site.coils[Output.LOCK])


async def test_a_pass_opens_once(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        await buy_milk(desk)
        row = desk.ledger.sales()[0]
        text = desk.shop.exits.passes.of(row.id, row.paid_ms)
        forged = text[:-4] + ("AAAA" if not text.endswith("AAAA") else "BBBB")
        answers = [desk.shop.exits.on_scan("exit", Scan(each)) for each in (forged, "x", text, text)]
        assert answers == ["forged", "malformed", None, "used"]
        await until(lambda: not board.site.coils[Output.LOCK])


async def test_two_people_never_own_one_incident(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, _):
        carry(gate, tag(CRISPS, 3))
        (number,) = desk.shop.exits.incidents.live
        incidents = desk.shop.exits.incidents
        found = await asyncio.gather(*(incidents.claim(number, name) for name in ("Amy", "Bo", "Cy")))
        assert found.count(Refusal.CLAIMED) == 2
        await incidents.resolve(number, found[0].claimed_by, "put_back", "")
        assert incidents.live == {}
        assert desk.ledger.incident(number).state is State.RESOLVED


async def test_in_delivery_the_door_is_free_and_nothing_rings(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        await desk.shop.exits.set_mode("exit", Mode.DELIVERY, "Amy", "milk")
        await until(lambda: not board.site.coils[Output.LOCK])
        carry(gate, tag(CRISPS, 3))
        await until(lambda: "passage.seen" in desk.kinds())
        assert board.site.sirens == 0


async def test_a_verdict_does_not_heal_a_dead_device_it_is_named_again(tmp_path, monkeypatch):
    monkeypatch.setattr(exits_of_a_shop, "STILL_S", 0.02)
    monkeypatch.setattr(exits_of_a_shop, "SILENT_S", 0.0)
    async with floor(tmp_path) as desk:
        exits = desk.shop.exits
        exits.on_health("reader:exit:0", Health(HealthState.OFFLINE, ("no_keepalive",)))
        exits.on_health("printer:1", Health(HealthState.OFFLINE, ("refused",)))
        for number, found in list(exits.incidents.live.items()):
            await exits.incidents.claim(number, "Amy")
            await exits.incidents.resolve(number, "Amy", "repaired", "plugged in")
            if found.place == "printer:1":
                exits.on_health("printer:1", Health(HealthState.ONLINE))
        await until(lambda: exits.incidents.live)
        await asyncio.sleep(0.1)
        assert [(i.place, i.detail, i.times) for i in exits.incidents.live.values()] == [
            ("reader:exit:0", "no_keepalive", 1)
        ]


async def test_a_dead_device_is_named_and_heals_when_it_answers_again(tmp_path):
    async with floor(tmp_path) as desk:
        exits = desk.shop.exits
        exits.on_health("printer:1", Health(HealthState.OFFLINE, ("refused",)))
        exits.on_health("printer:1", Health(HealthState.OFFLINE, ("timeout",)))
        assert [(i.place, i.detail, i.times) for i in exits.incidents.live.values()] == [("printer:1", "timeout", 2)]
        exits.on_health("printer:1", Health(HealthState.DEGRADED, ("paper_near_end",)))
        assert exits.incidents.live == {}
        exits.on_health("reader:exit:0", Health(HealthState.DEGRADED, ("blind_outer",)))
        assert [i.detail for i in exits.incidents.live.values()] == ["blind_outer"]
