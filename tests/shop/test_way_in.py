"""The way in: members, staff and nobody else, bounded tries, a full shop, opening hours, and the sweep."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from paybooth.domain import facts as f
from paybooth.domain.door import Input, Mode, Output
from paybooth.domain.entry import Refusal
from paybooth.domain.staff import Role, staff_pin, token_hash
from paybooth.ports import Scan
from paybooth.shop import way_in
from paybooth.shop.settings import GateSettings

from .floor import Clock, DeskBoard, floor
from .test_gate import buy_milk, exit_floor, until

pytestmark = pytest.mark.anyio


def hire(desk):
    desk.ledger.commit_now(f.StaffAdded("Amy", Role.OPERATOR, token_hash("amy-token"), "test"), at_ms=1)


async def test_members_and_staff_come_in_and_strangers_do_not(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, board):
        hire(desk)
        entry, passes = desk.shop.exits.ways_in["exit"], desk.shop.exits.passes
        await until(lambda: board.site.coils[Output.LOCK])
        later_ms = desk.shop.clock.now_ms() + 60_000
        assert entry.on_scan(Scan("6901234567892")) is Refusal.MEMBERS_ONLY
        assert entry.on_scan(Scan(passes.member("13800138000", later_ms - 120_000))) is Refusal.MEMBERS_ONLY
        member = passes.member("13800138000", later_ms)
        assert entry.on_scan(Scan(member[:-3] + "AAA")) is Refusal.MEMBERS_ONLY
        assert board.site.coils[Output.LOCK]
        assert entry.on_scan(Scan(member)) is None
        await until(lambda: not board.site.coils[Output.LOCK])
        board.on_input(Input.EYE, True)
        assert gate.door.people.inside == 1


@pytest.mark.parametrize("shown", ["token", "pin"])
async def test_staff_come_in_by_token_or_pin_in_any_mode_and_by_name(tmp_path, shown):
    async with exit_floor(tmp_path) as (desk, gate, _):
        hire(desk)
        gate.door.set_mode(Mode.CLOSED)
        text = {"token": "amy-token", "pin": staff_pin("k" * 32, token_hash("amy-token"))}[shown]
        assert desk.shop.exits.ways_in["exit"].on_scan(Scan(text)) is None
        await until(lambda: "door.commanded" in desk.kinds())
        (entered,) = [e.fact for e in desk.ledger.journal() if e.kind == "door.commanded"]
        assert (entered.by, entered.act) == ("Amy", "enter")
        assert text not in str([e.fact for e in desk.ledger.journal()])


async def test_somebody_who_guesses_is_not_listened_to_and_gets_out_all_the_same(tmp_path):
    async with exit_floor(tmp_path) as (desk, _, board):
        hire(desk)
        entry = desk.shop.exits.ways_in["exit"]
        for guess in range(way_in.TRIES_MOST):
            assert entry.on_scan(Scan(f"{guess:08d}")) is Refusal.MEMBERS_ONLY
        assert entry.on_scan(Scan("amy-token")) is Refusal.TOO_MANY_TRIES
        board.on_input(Input.BUTTON, True)
        await until(lambda: not board.site.coils[Output.LOCK])


async def test_an_exit_pass_brings_its_owner_back_in_and_is_not_used_up(tmp_path):
    async with exit_floor(tmp_path) as (desk, _, __):
        await buy_milk(desk)
        text = desk.shop.receipts.scannable(desk.booth.visit.session.sale.receipt)
        assert desk.shop.exits.ways_in["exit"].on_scan(Scan(text)) is None
        assert desk.shop.exits.on_scan("exit", Scan(text)) is None


async def test_a_full_shop_takes_nobody_and_a_crowd_is_named_until_it_is_gone(tmp_path):
    async with exit_floor(tmp_path, limit=1) as (desk, gate, board):
        entry, incidents = desk.shop.exits.ways_in["exit"], desk.shop.exits.incidents
        member = desk.shop.exits.passes.member("13800138000", desk.shop.clock.now_ms() + 60_000)
        await desk.shop.exits.set_people("exit", 1, "Amy", "counted")
        assert entry.on_scan(Scan(member)) is Refusal.FULL
        assert incidents.live == {}
        await desk.shop.exits.set_people("exit", 2, "Amy", "counted")
        assert [i.kind for i in incidents.live.values()] == ["crowd"]
        board.on_input(Input.EYE, True)
        board.on_input(Input.EYE, False)
        board.on_input(Input.EYE, True)
        assert (gate.door.people.inside, incidents.live) == (0, {})
        assert entry.on_scan(Scan(member)) is None


class Evening(Clock):
    """The shop's clock on the wall, set by the test; the monotonic one goes on."""

    wall = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)

    def now_ms(self) -> int:
        return int(self.wall.timestamp() * 1000)


async def test_the_evening_from_open_to_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(way_in, "LOOK_S", 0.01)
    clock, board = Evening(), DeskBoard()
    gates = {GateSettings("exit", board=board.name, mode="open", hours="15:00-07:00", sweep_s=0.2): board}
    async with floor(tmp_path, clock=clock, gates=gates) as desk:  # the shop's time is 8 h ahead: 06:59
        gate, incidents = desk.shop.exits.gates["exit"], desk.shop.exits.incidents
        await until(lambda: gate.door.mode is Mode.OPEN)
        gate.door.people.inside = 1
        clock.wall = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
        await until(lambda: gate.door.mode is Mode.CLOSING)
        assert desk.shop.exits.panels["exit"].view().voice == "closing"
        board.on_input(Input.BUTTON, True)  # nobody is locked in while the shop closes
        await until(lambda: not board.site.coils[Output.LOCK])
        await until(lambda: gate.door.mode is Mode.STAFF)
        await until(lambda: [i.kind for i in incidents.live.values()] == ["inside_at_closing"])
        board.on_input(Input.EYE, True)
        assert incidents.live == {}
        clock.wall = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
        await until(lambda: gate.door.mode is Mode.OPEN)
        await asyncio.sleep(0)
        acts = [e.fact.act for e in desk.ledger.journal() if e.kind == "door.commanded"]
        assert acts == ["mode closing", "mode staff", "mode open"]


async def test_a_box_that_starts_at_night_starts_closed(tmp_path):
    clock, board = Evening(), DeskBoard()
    gates = {GateSettings("exit", board=board.name, mode="open", hours="08:00-20:00", night="closed"): board}
    async with floor(tmp_path, clock=clock, gates=gates) as desk:
        await until(lambda: desk.shop.exits.gates["exit"].door.mode is Mode.CLOSED)
