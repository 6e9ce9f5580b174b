"""When a day is matched by itself, and when staff are called because no bill came."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from paybooth.domain import facts as f
from paybooth.domain.payment import Channel
from paybooth.ledger.ledger import Ledger
from paybooth.ports import Fault, FaultKind, LedgerFault, NoBill
from paybooth.shop import days
from paybooth.shop.days import Days

from .floor import Clock, ScriptedChannel, settings

pytestmark = pytest.mark.anyio


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+08:00").timestamp() * 1000)


class WallClock(Clock):
    """Its wall stands where the test set it; a sleep ends when the test says so."""

    def __init__(self, text: str) -> None:
        self.now = at(text)
        self.slept: list[float] = []
        self.wake = asyncio.Event()

    def now_ms(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.wake.wait()
        self.wake.clear()


class Desk:
    """Days alone, with a channel that answers as told."""

    def __init__(self, ledger: Ledger, clock: WallClock, *answers) -> None:
        self.ledger, self.clock = ledger, clock
        self.channel = ScriptedChannel(Channel.WECHAT, bills=list(answers))
        self.days = Days(ledger, {Channel.WECHAT: self.channel}, None, clock, settings(), None)

    async def through(self) -> None:
        """Let it look once more, until it sleeps again."""
        before = len(self.clock.slept)
        self.clock.wake.set()
        async with asyncio.timeout(2):
            while len(self.clock.slept) == before:
                await asyncio.sleep(0)

    def asked(self) -> list[str]:
        return [day for call, day in self.channel.calls if call == "bill"]

    def alarms(self) -> list[tuple[str, str]]:
        return [(e.fact.why, e.fact.subject) for e in self.ledger.journal() if e.kind == "staff.alarmed"]


@pytest.fixture
async def desk(anyio_backend, tmp_path):
    clock = WallClock("2026-11-22 09:00")
    with Ledger(tmp_path / "l.db", threaded=False) as ledger:
        ledger.commit_now(f.ShopStarted("0", 0), at_ms=at("2026-11-21 23:00"))
        made = Desk(ledger, clock, NoBill.NOT_YET)
        running = asyncio.create_task(made.days.run())
        await asyncio.sleep(0)
        yield made
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_days_that_were_slept_through_are_made_up_for_oldest_first(desk):
    desk.clock.now = at("2026-11-24 09:00")
    await desk.through()
    assert desk.asked() == ["2026-11-21", "2026-11-22"]  # the 23rd's bill is made later this morning
    desk.clock.now = at("2026-11-24 10:30")
    await desk.through()
    assert desk.asked()[-3:] == ["2026-11-21", "2026-11-22", "2026-11-23"]
    desk.channel.bills = [NoBill.NONE]
    await desk.through()
    count = len(desk.asked())
    await desk.through()
    assert len(desk.asked()) == count
    assert {m.day for _, m in desk.ledger.matches()} == {"2026-11-21", "2026-11-22", "2026-11-23"}


async def test_a_bill_that_does_not_come_until_evening_is_told_once(desk):
    desk.clock.now = at("2026-11-22 17:59")
    await desk.through()
    assert desk.alarms() == []
    desk.clock.now = at("2026-11-22 18:00")
    await desk.through()
    await desk.through()
    assert desk.alarms() == [("bill_not_yet", "2026-11-21 wechat")]
    desk.channel.bills = [NoBill.NONE]
    await desk.through()
    assert desk.ledger.match("2026-11-21", "wechat") is not None


async def test_it_wakes_for_the_morning_and_looks_again_every_half_hour(desk):
    desk.clock.now = at("2026-11-24 10:20")
    await desk.through()
    assert desk.clock.slept[-1] == 600
    desk.clock.now = at("2026-11-24 12:00")
    await desk.through()
    assert desk.clock.slept[-1] == days.RETRY_S


async def test_a_wallet_out_of_reach_is_asked_again_and_stops_nothing(desk, monkeypatch):
    async def bill(day):
        raise Fault(FaultKind.UNREACHABLE, "no line")

    monkeypatch.setattr(desk.channel, "bill", bill)
    desk.clock.now = at("2026-11-24 18:30")
    await desk.through()
    assert {why for why, _ in desk.alarms()} == {"bill_unreachable"}
    await desk.through()
    assert len(desk.alarms()) == 3


async def test_a_full_disk_stops_nothing(desk, monkeypatch):
    async def commit(*facts, at_ms):
        raise LedgerFault("full", "no room")

    desk.channel.bills = [NoBill.NONE]
    with monkeypatch.context() as patch:
        patch.setattr(desk.ledger, "commit", commit)
        desk.clock.now = at("2026-11-24 09:00")
        await desk.through()
    assert desk.ledger.matches() == []
    await desk.through()
    assert len(desk.ledger.matches()) == 2
