"""The TagReader port on the true wire: what a reader reads, loses, says wrong and forgets, as the floor must hear it."""

from __future__ import annotations

import asyncio
import math
import random
from contextlib import asynccontextmanager

import pytest

from paybooth.domain.epc import sgtin96
from paybooth.domain.passage import Zone
from paybooth.drivers import open_device
from paybooth.lab.llrp_reader import LlrpServer
from paybooth.lab.radio import PAD, Carrier, Field, Leg
from paybooth.ports import HealthState

from ..shop.floor import Clock, floor

pytestmark = pytest.mark.anyio
TEA = bytes.fromhex("30299B5554EB130000000001")
LONG = bytes.fromhex("3674257BF6B7A659B2C2BF100000000000000000000000000000")
MARK = bytes.fromhex("303400000000000000000001")


def still(*epcs, metres=0.0):
    return Carrier(epcs, (Leg(0.0, math.inf, metres, metres),))


class Heard:
    def __init__(self):
        self.reads, self.health = [], []

    def state(self):
        return self.health[-1].state if self.health else HealthState.UNKNOWN

    def reasons(self):
        return self.health[-1].reasons if self.health else ()


@asynccontextmanager
async def wired(*carriers, options="?keepalive_s=0.1", fault=""):
    lab = LlrpServer(Field(random.Random(1), read_rate=1.0, carriers=list(carriers)))
    lab.fault = fault
    async with lab.serve() as port:
        reader = open_device("reader:exit:0", f"llrp://127.0.0.1:{port}{options}", Clock())
        heard = Heard()
        reader.on_reads = heard.reads.extend
        running = asyncio.create_task(reader.run(heard.health.append))
        try:
            await until(lambda: heard.health)
            yield lab, reader, heard
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def until(met):
    async with asyncio.timeout(10):
        while not met():
            await asyncio.sleep(0.005)


async def test_tags_come_with_zone_strength_and_our_own_time():
    async with wired(still(TEA, LONG)) as (lab, _, heard):
        lab.clock_off_us = -50 * 365 * 86400 * 1_000_000
        await until(
            lambda: {(r.epc, r.zone) for r in heard.reads} >= {(e, z) for e in (TEA, LONG) for z in list(Zone)[:2]}
        )
        now_s = Clock().monotonic_s()
        assert all(-80 < read.rssi < -30 and 0 <= now_s - read.at_s < 10 for read in heard.reads)
        assert heard.state() is HealthState.ONLINE


async def test_roles_come_from_the_address():
    async with wired(still(TEA), options="?keepalive_s=0.1&inner=2&outer=1") as (lab, _, heard):
        lab.field.blind = frozenset({Zone.OUTER})  # port 2 is what the lab calls outer
        heard.reads.clear()
        await until(lambda: len(heard.reads) > 20)
        assert {read.zone for read in heard.reads[10:]} == {Zone.OUTER}


async def test_a_reader_that_reboots_is_armed_anew():
    async with wired(still(TEA)) as (lab, _, heard):
        await until(lambda: heard.reads)
        lab.reboot()
        await until(lambda: heard.state() is HealthState.OFFLINE)
        heard.reads.clear()
        await until(lambda: heard.reads and heard.state() is HealthState.ONLINE)


async def test_a_pulled_cable_is_named_and_the_reader_comes_back():
    async with wired(still(TEA)) as (lab, _, heard):
        await until(lambda: heard.reads)
        await lab.unplug()
        await until(lambda: heard.state() is HealthState.OFFLINE)
        await lab.plug()
        await until(lambda: heard.state() is HealthState.ONLINE)


async def test_a_line_that_goes_silent_without_a_word_is_dropped():
    async with wired(still(TEA)) as (lab, _, heard):
        await until(lambda: heard.reads)
        lab.fault = "silent"
        await until(lambda: heard.state() is HealthState.OFFLINE)
        assert heard.reasons() == ("timeout",)


@pytest.mark.parametrize(("fault", "why"), [("refuse", "busy"), ("error", "denied"), ("garbage", "garbled")])
async def test_what_a_reader_does_wrong_is_named(fault, why):
    async with wired(still(TEA), fault=fault) as (lab, _, heard):
        await until(lambda: why in heard.reasons())
        lab.fault = ""
        await until(lambda: heard.state() is HealthState.ONLINE and heard.reads)


async def test_nothing_read_is_told_from_blind_by_the_reference_tag():
    options = f"?keepalive_s=0.1&reference={MARK.hex()}&reference_s=0.3"
    async with wired(still(MARK), options=options) as (lab, _, heard):
        await until(lambda: heard.state() is HealthState.ONLINE)
        lab.field.blind = frozenset({Zone.OUTER})
        await until(lambda: heard.reasons() == ("blind_outer",))
        lab.field.blind = frozenset()
        await until(lambda: heard.state() is HealthState.ONLINE)
        assert heard.reads == []


async def test_an_antenna_that_came_off_is_named():
    async with wired(still(TEA)) as (lab, _, heard):
        await until(lambda: heard.reads)
        lab.lose_antenna(2)
        await until(lambda: heard.reasons() == ("antenna_2",))
        lab.lose_antenna(2, connected=True)
        await until(lambda: heard.state() is HealthState.ONLINE)


async def test_antennas_the_reader_does_not_have_are_named():
    async with wired(still(TEA), options="?keepalive_s=0.1&inner=1&outer=7") as (_, _, heard):
        await until(lambda: heard.reasons() == ("antennas_missing",))


async def test_a_flood_of_foreign_tags_passes():
    async with wired(still(TEA)) as (lab, reader, heard):
        lab.flood = 5000
        await until(lambda: reader.dropped > 0)
        lab.flood = 0
        heard.reads.clear()
        await until(lambda: any(read.epc == TEA for read in heard.reads))


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="unknown option 'ineer'"):
        open_device("reader:exit:0", "llrp://127.0.0.1?ineer=1", Clock())


async def test_a_basket_on_a_pad_is_all_lines_at_once_over_the_wire(tmp_path):
    lab = LlrpServer(Field(random.Random(1), read_rate=1.0, antennas=PAD), {1: Zone.PAD})
    async with lab.serve() as port:
        reader = open_device("pad:1", f"llrp://127.0.0.1:{port}?pad=1&keepalive_s=0.1", Clock())
        async with floor(tmp_path, pad=reader) as desk:
            crisps = [sgtin96("06901028075763", serial, 8) for serial in (1, 2)]
            milk = sgtin96("06901234567892", 3, 8)
            beside = Carrier((sgtin96("06901234567892", 4, 8),), (Leg(0.0, math.inf, 0.0, 0.0),), beside_m=2.5)
            lab.field.carriers += [Carrier((*crisps, milk), (Leg(0.0, math.inf, 0.0, 0.0),), beside_m=0.3), beside]
            view = await desk.until(lambda x: x.sale is not None, seconds=10)
            assert sorted(line.sku for line in view.sale.lines) == ["A", "A", "B"]
            assert sorted(line.serial for line in desk.booth.visit.session.sale.lines) == ["1", "2", "3"]
