"""The exit's screen: what is not paid is paid here or put back, with nothing in the gate's way; and a booth's pad."""

from __future__ import annotations

import asyncio

import pytest

from paybooth.domain.leave import Standing
from paybooth.domain.passage import Zone
from paybooth.lab.radio import walk
from paybooth.ports import Scan
from paybooth.shop import gate_views as v
from paybooth.shop import intents as i
from paybooth.shop.panel import INTENTS_KEPT

from .floor import DeskReader
from .test_gate import CRISPS, MILK, WECHAT_CODE, carry, exit_floor, tag, until

pytestmark = pytest.mark.anyio
STANDING = walk(0.0, (-4.0, 0.0), (-0.9, 2.5), (-0.9, 1.0))


def ask(panel, action, name="a-1"):
    panel.post_input(v.GateIntent(name, panel.feed.rev, action))
    return panel.view()


async def test_what_is_not_paid_is_paid_on_the_gates_booth(tmp_path):
    async with exit_floor(tmp_path, booth="2", booth_here=True) as (desk, gate, board):
        panel, booth = desk.shop.exits.panels["exit"], desk.shop.booths["2"]
        carry(gate, tag(CRISPS, 3), legs=STANDING)
        view = panel.view()
        assert (view.phase, view.due_fen, view.pay_booth, view.voice) == ("repair", 650, "2", "repair-one")
        assert ask(panel, v.PayHere()).last_intent.ok
        await until(lambda: booth.feed.view.sale is not None)
        assert (panel.view().phase, panel.view().pay_here) == ("paying", True)
        sale = booth.visit.session.sale
        assert [(line.sku, line.serial) for line in sale.lines] == [("A", "3")]
        booth.post_input(i.Intent("p", 0, i.Pay(total_fen=650)))
        await until(lambda: booth.feed.view.phase == "choose")
        booth.post_input(Scan(WECHAT_CODE))
        await until(lambda: booth.feed.view.phase == "done")
        (judged,) = desk.shop.exits.pieces.judge([("A", "3")])
        assert (judged.standing, judged.sale) == (Standing.PAID, sale.id)
        booth.post_input(i.Intent("q", 0, i.Finish()))
        gate.passages._tracks.clear()  # the first walk was told all at once
        carry(gate, tag(CRISPS, 3), seed=2)
        await until(lambda: "passage.seen" in desk.kinds())
        assert (board.site.sirens, panel.view().phase) == (0, "thanks")


async def test_a_busy_booth_takes_nobody_from_the_gate(tmp_path):
    async with exit_floor(tmp_path, booth="1") as (desk, gate, _):
        panel = desk.shop.exits.panels["exit"]
        await desk.scan("6901234567892")
        carry(gate, tag(CRISPS, 3), legs=STANDING)
        assert panel.view().pay_booth == ""
        answer = ask(panel, v.PayHere()).last_intent
        assert (answer.ok, answer.code) == (False, "refused")
        assert [line.sku for line in desk.booth.visit.session.sale.lines] == ["B"]


async def test_goods_from_the_gate_never_get_into_a_strangers_basket(tmp_path):
    async with exit_floor(tmp_path, booth="1") as (desk, gate, _):
        panel = desk.shop.exits.panels["exit"]
        carry(gate, tag(CRISPS, 3), legs=STANDING)
        assert desk.booth.post_input(Scan("6901234567892"))  # somebody is quicker by a millisecond
        panel.booth = Free(desk.booth)
        ask(panel, v.PayHere())
        await desk.until(lambda x: x.sale is not None)
        await desk.tap(i.Touch())
        assert [line.sku for line in desk.booth.visit.session.sale.lines] == ["B"]


class Free:
    """A booth that looked free when it was asked."""

    free = True

    def __init__(self, booth):
        self.post_input, self.visit = booth.post_input, booth.visit


async def test_a_given_up_payment_is_an_open_question_again(tmp_path):
    async with exit_floor(tmp_path, booth="2") as (desk, gate, _):
        panel, booth = desk.shop.exits.panels["exit"], desk.shop.booths["2"]
        carry(gate, tag(CRISPS, 3), legs=STANDING)
        ask(panel, v.PayHere())
        await until(lambda: booth.feed.view.sale is not None)
        booth.post_input(i.Intent("p", 0, i.Abandon()))
        await until(lambda: booth.feed.view.sale is None)
        gate.passages._tracks.clear()  # the first walk was told all at once
        carry(gate, tag(CRISPS, 3), legs=STANDING, seed=2)
        assert panel.view().phase == "repair"


async def test_put_back_is_said_once_and_forgotten_when_they_are_gone(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, _):
        panel = desk.shop.exits.panels["exit"]
        assert not ask(panel, v.PutBack()).last_intent.ok
        carry(gate, tag(CRISPS, 3), legs=STANDING)
        view = ask(panel, v.PutBack(), "a-2")
        assert (view.put_back, view.voice) == (True, "put-back")
        await until(lambda: "gate.repaired" in desk.kinds())
        (repaired,) = [e.fact for e in desk.ledger.journal() if e.kind == "gate.repaired"]
        assert (repaired.how, panel.view().put_back) == ("put_back", False)


async def test_help_at_the_door_from_the_call_to_never_mind(tmp_path):
    async with exit_floor(tmp_path) as (desk, _, __):
        exits = desk.shop.exits
        panel = exits.panels["exit"]
        view = ask(panel, v.GateHelp(on=True))
        assert (view.help.state, view.voice) == ("calling", "help")
        (call,) = exits.incidents.live.values()
        await exits.incidents.claim(call.id, "Amy")
        assert panel.view().help.state == "seen"
        assert ask(panel, v.GateHelp(on=False), "a-2").help is None
        assert exits.incidents.live == {}


async def test_a_tap_counts_once_and_what_is_remembered_is_bounded(tmp_path):
    async with exit_floor(tmp_path) as (desk, _, __):
        panel = desk.shop.exits.panels["exit"]
        ask(panel, v.GateHelp(on=True))
        ask(panel, v.GateHelp(on=False), "a-2")
        assert ask(panel, v.GateHelp(on=True)).help is None  # the first tap again, late
        for n in range(3 * INTENTS_KEPT):
            ask(panel, v.GateLanguage("en"), f"b-{n}")
        assert len(panel._answers) == INTENTS_KEPT
        assert panel.view().language == "en"


async def test_a_flood_of_reads_draws_the_screen_a_few_times_only(tmp_path):
    async with exit_floor(tmp_path) as (desk, gate, _):
        panel = desk.shop.exits.panels["exit"]
        before = panel.feed.rev
        for n in range(50):
            carry(gate, tag(CRISPS, n + 3), legs=STANDING, seed=n)
        await until(lambda: panel.feed.view.phase == "repair")
        assert panel.feed.rev - before < 10


# ---------------------------------------------------------------- the pad under a console


async def test_a_basket_on_the_pad_is_all_lines_at_once(tmp_path):
    pad = DeskReader()
    async with exit_floor(tmp_path, pad=pad) as (desk, _, __):
        before = desk.booth.feed.rev
        pad.sees(tag(CRISPS, 3), tag(CRISPS, 4), tag(MILK, 5))
        view = await desk.until(lambda x: x.sale is not None)
        assert sorted(line.sku for line in view.sale.lines) == ["A", "A", "B"]
        assert desk.booth.feed.rev == before + 1
        pad.sees(tag(CRISPS, 3), times=5)
        pad.sees(tag(MILK, 6))
        view = await desk.until(lambda x: len(x.sale.lines) == 4)
        assert view.notice is None


async def test_strays_are_not_goods_and_paid_goods_start_no_new_sale(tmp_path):
    pad = DeskReader()
    async with exit_floor(tmp_path, pad=pad) as (desk, _, __):
        pad.sees(tag(CRISPS, 8), times=3)
        pad.sees(tag(CRISPS, 9), rssi=-60, times=9)
        pad.sees(tag(CRISPS, 10), zone=Zone.INNER, times=9)
        pad.sees(b"\x30" + bytes(11), tag("04006381333931", 1))
        pad.sees(tag(MILK, 5))
        view = await desk.until(lambda x: x.sale is not None)
        assert [line.sku for line in view.sale.lines] == ["B"]
        await desk.tap(i.Pay(total_fen=1490))
        await desk.scan(WECHAT_CODE)
        await desk.until(lambda x: x.phase == "done")
        await desk.tap(i.Finish())
        desk.shop.pads[0]._lying.clear()  # lifted, and laid down again
        pad.sees(tag(MILK, 5), tag(MILK, 6))
        view = await desk.until(lambda x: x.sale is not None)
        assert [line.serial for line in desk.booth.visit.session.sale.lines] == ["6"]


async def test_a_unit_that_somebody_else_paid_does_not_hide_goods_on_the_pad(tmp_path):
    pad = DeskReader()
    async with exit_floor(tmp_path, pad=pad) as (desk, _, __):
        await desk.fill_and_confirm()  # a milk by its barcode: its right is still unused
        await desk.scan(WECHAT_CODE)
        await desk.until(lambda x: x.phase == "done")
        await desk.tap(i.Finish())
        pad.sees(tag(MILK, 5))
        view = await desk.until(lambda x: x.sale is not None)
        assert [line.sku for line in view.sale.lines] == ["B"]


async def test_goods_on_the_pad_while_paying_wait_their_turn(tmp_path):
    pad = DeskReader()
    async with exit_floor(tmp_path, pad=pad) as (desk, _, __):
        desk.wechat.hold = asyncio.Event()
        await desk.fill_and_confirm()
        await desk.scan(WECHAT_CODE)
        pad.sees(tag(CRISPS, 3))
        view = await desk.until(lambda x: x.notice is not None)
        assert (view.notice.kind, len(view.sale.lines)) == ("goods_while_paying", 1)
        desk.wechat.hold.set()
        await desk.until(lambda x: x.phase == "done")
