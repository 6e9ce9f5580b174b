"""Help at a booth from afar: what staff may change, what the shopper is told, and what stands in the journal."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import httpx2
import pytest

from paybooth.domain.payment import Channel, Doubt, Paid, Unknown
from paybooth.domain.staff_facts import Assisted
from paybooth.lab.serve import serve
from paybooth.ledger.fsck import fsck
from paybooth.shop import intents as i
from paybooth.shop.spoken import BYTES_MOST
from paybooth.web import server

from ..shop.floor import BEER, CRISPS, LATER, ScriptedChannel
from ..shop.test_spoken import sound
from .staffed import staffed
from .test_api import GENEROUS
from .test_refunds import bearer

pytestmark = pytest.mark.anyio
WHY = {"reason": "the barcode is torn"}
UNKNOWN = Unknown(Doubt.NO_ANSWER, "x")


@asynccontextmanager
async def shop(path, **more):
    async with staffed(path, **more) as (desk, client):

        async def act(what: str, who: str = "An", **body) -> httpx2.Response:
            address = f"/api/booths/1/assist/{what}"
            return await client.post(address, json={**WHY, **body}, headers=bearer(who))

        yield desk, act


@asynccontextmanager
async def screen(desk):
    """A client that is nobody, and one with the cookie of a booth's screen."""
    async with serve(server.build(desk.shop, rates=GENEROUS)) as port:
        base = f"http://127.0.0.1:{port}"
        cookies = {server.COOKIE: server.kiosk_token(desk.shop.key)}
        async with (
            httpx2.AsyncClient(base_url=base, trust_env=False) as visitor,
            httpx2.AsyncClient(base_url=base, trust_env=False, cookies=cookies) as kiosk,
        ):
            yield visitor, kiosk


def assisted(desk) -> list[Assisted]:
    return [entry.fact for entry in desk.ledger.journal() if isinstance(entry.fact, Assisted)]


async def test_a_stuck_shopper_is_helped_to_the_end(tmp_path):
    async with shop(tmp_path) as (desk, act):
        await desk.scan("6901234567892")
        await desk.tap(i.Help(on=True))
        await desk.until(lambda v: v.help is not None)
        assert (await act("begin")).status_code == 200
        assert (desk.view.helper, desk.view.staff.what, desk.view.help.state) == ("An", "here", "seen")
        assert (await act("add", sku=CRISPS.sku)).status_code == 200
        assert [line.sku for line in desk.view.sale.lines] == ["A", "B"]
        assert (desk.view.staff.what, desk.view.staff.name.en) == ("add", "Crisps")
        assert (await act("remove", line=1)).status_code == 200
        assert [line.sku for line in desk.view.sale.lines] == ["A"]
        assert desk.view.staff.name.en == "Milk"
        assert (await act("say", text="条码朝下")).status_code == 200
        assert (desk.view.staff.what, desk.view.staff.text) == ("say", "条码朝下")
        assert (await act("end")).status_code == 200
        assert (desk.view.helper, desk.view.staff, desk.view.help) == ("", None, None)
        told = [(fact.act, fact.by, fact.reason) for fact in assisted(desk)]
        assert told == [(what, "An", WHY["reason"]) for what in ("begin", "add", "remove", "say", "end")]
    report = fsck(tmp_path / "ledger.db")
    assert report.faults == []


async def test_the_helper_takes_the_call_so_that_nobody_else_is_rung(tmp_path):
    async with shop(tmp_path) as (desk, act):
        await desk.tap(i.Help(on=True))
        await asyncio.sleep(0)
        (call,) = desk.shop.exits.incidents.live.values()
        assert call.claimed_by == ""
        await act("begin")
        (call,) = desk.shop.exits.incidents.live.values()
        assert call.claimed_by == "An"


async def test_two_people_never_help_at_one_booth(tmp_path):
    async with shop(tmp_path) as (desk, act):
        first, second = await asyncio.gather(act("begin", "An"), act("begin", "Bo"))
        assert sorted((first.status_code, second.status_code)) == [200, 409]
        winner, loser = ("An", "Bo") if first.status_code == 200 else ("Bo", "An")
        assert desk.view.helper == winner
        refused = await act("say", loser, text="hello")
        assert (refused.status_code, refused.json()["why"]) == (409, "taken")
        assert (await act("begin", loser, take_over=True)).status_code == 200
        assert desk.view.helper == loser
        assert (await act("say", winner, text="hello")).json()["why"] == "taken"


async def test_a_spoken_message_is_heard_at_its_booth_alone_and_kept_nowhere(tmp_path):
    async with shop(tmp_path) as (desk, act), screen(desk) as (visitor, kiosk):

        async def speak(content, who="An", **asked):
            params = {**WHY, **asked}
            return await visitor.post("/api/booths/1/assist/speak", content=content, params=params, headers=bearer(who))

        await act("begin")
        assert (await speak(sound(1.2), text="barcode down")).status_code == 200
        note = desk.view.staff
        assert (note.what, note.by, note.text, note.heard) == ("speak", "An", "barcode down", False)
        where = f"/api/booths/1/voice/{note.voice}"
        heard = await kiosk.get(where)
        assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/wav")
        assert (heard.content, heard.headers["cache-control"]) == (sound(1.2), "no-store")
        for address in (where + "0", where.replace("booths/1", "booths/9"), "/api/booths/1/voice/x"):
            assert (await kiosk.get(address)).status_code == 404
        for asks in ({}, bearer("An")):
            assert (await visitor.get(where, headers=asks)).status_code == 401
        # the booth says when it was heard: of this message, and as no sign of life of the shopper
        active = desk.booth.visit.session.active_s
        await desk.tap(i.Heard("another"))
        assert not desk.view.staff.heard
        await desk.tap(i.Heard(note.voice))
        assert desk.view.staff.heard
        assert desk.booth.visit.session.active_s == active
        await act("end")
        assert (await kiosk.get(where)).status_code == 404
        (told,) = [fact for fact in assisted(desk) if fact.act == "speak"]
        assert (told.by, told.reason, told.detail) == ("An", WHY["reason"], "1.2 s barcode down")
    assert not any(sound(1.2)[100:200] in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


async def test_what_no_booth_can_play_is_refused_and_nothing_is_said(tmp_path):
    async with shop(tmp_path) as (desk, act), screen(desk) as (visitor, _):
        await act("begin")
        before = desk.view.staff

        async def speak(content, who="An", booth="1"):
            address = f"/api/booths/{booth}/assist/speak"
            return await visitor.post(address, content=content, params=WHY, headers=bearer(who))

        refused = await speak(sound(1, rate=8000))
        assert (refused.status_code, refused.json()["why"]) == (422, "spoken")
        assert (await speak(b"x" * (BYTES_MOST + 1))).status_code == 413
        assert (await speak(sound(30))).status_code == 200
        assert (await speak(sound(1), booth="9")).status_code == 404
        assert (await speak(sound(1), who="Di")).status_code == 403
        assert (await speak(sound(1), who="Bo")).json()["why"] == "taken"
        assert before.what == "here"
        assert [fact.detail for fact in assisted(desk) if fact.act == "speak"] == ["30.0 s"]


async def test_goods_without_a_price_get_one_and_only_those(tmp_path):
    async with shop(tmp_path) as (desk, act):
        assert (await act("add", sku=LATER.sku)).json()["why"] == "price_missing"
        assert (await act("add", sku=LATER.sku, price_fen=250)).status_code == 200
        assert (await act("add", sku=CRISPS.sku, price_fen=1)).json()["why"] == "has_price"
        assert (await act("add", sku="nothing")).json()["why"] == "no_product"
        assert (await act("unlisted", name="手写标签的糖", price_fen=300)).status_code == 200
        assert (await act("unlisted", name="另一袋糖", price_fen=300)).status_code == 200
        names = {(line.name.zh, line.amount_fen) for line in desk.view.sale.lines}
        assert names == {("没定价", 250), ("手写标签的糖", 300), ("另一袋糖", 300)}
        assert desk.view.staff.what == "price"
        await desk.tap(i.Pay(total_fen=850))
        await desk.scan("134567890123456789")
        await desk.until(lambda v: v.phase == "done")
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_age_is_checked_by_a_person(tmp_path):
    async with shop(tmp_path) as (desk, act):
        await desk.scan("6900000000007")
        assert desk.view.notice.kind == "age_restricted"
        assert (await act("add", sku=BEER.sku)).json()["why"] == "age_restricted"
        assert (await act("add", sku=BEER.sku, of_age=True)).status_code == 200
        assert (desk.view.staff.what, desk.view.notice) == ("approve_age", None)
        assert [line.sku for line in desk.view.sale.lines] == ["C"]


async def test_a_basket_that_was_confirmed_is_opened_again_for_a_change(tmp_path):
    async with shop(tmp_path) as (desk, act):
        await desk.fill_and_confirm()
        assert desk.view.phase == "choose"
        assert (await act("count", line=1, quantity=3)).status_code == 200
        assert (desk.view.phase, desk.view.sale.total_fen) == ("shopping", 3 * 1490)


async def test_nothing_of_a_basket_changes_while_money_may_be_on_its_way(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, charges=[UNKNOWN], queries=[UNKNOWN])
    async with shop(tmp_path, wechat=wechat) as (desk, act):
        await desk.fill_and_confirm()
        await desk.scan("134567890123456789")
        await desk.until(lambda v: v.phase == "checking")
        for what, body in (("add", {"sku": "A"}), ("remove", {"line": 1}), ("unlisted", {"name": "x", "price_fen": 5})):
            assert (await act(what, **body)).json()["why"] == "wrong_phase"
        assert [line.sku for line in desk.view.sale.lines] == ["B"]
        wechat.queries = [Paid("T1", 1_700_000_000_000, desk.view.sale.total_fen)]
        assert (await act("ask-wallet")).status_code == 200
        await desk.until(lambda v: v.phase == "done")
        assert wechat.made("charge") == 1


async def test_a_receipt_is_printed_again_as_a_copy(tmp_path):
    async with shop(tmp_path) as (desk, act):
        assert (await act("reprint")).json()["why"] == "not_paid"
        await desk.fill_and_confirm()
        await desk.scan("134567890123456789")
        await desk.until(lambda v: v.phase == "done" and v.receipt.paper == "printed")
        assert (await act("reprint")).status_code == 200
        async with asyncio.timeout(2):
            while len(desk.printer.printed) < 2:
                await asyncio.sleep(0)
        first, copy = desk.printer.printed
        assert (copy[0].text, copy[1:]) == ("副本", first)


@pytest.mark.parametrize("who", ["Cy", "Di", "Ed"])
async def test_who_may_not_help_changes_nothing(tmp_path, who):
    async with shop(tmp_path) as (desk, act):
        for what, body in (("begin", {}), ("add", {"sku": "A"}), ("say", {"text": "x"})):
            assert (await act(what, who, **body)).status_code == 403
        assert (desk.view.helper, assisted(desk)) == ("", [])


async def test_an_act_without_a_reason_is_none(tmp_path):
    async with shop(tmp_path) as (desk, act):
        assert (await act("begin", reason="")).status_code == 422
        assert desk.view.helper == ""


async def test_help_ends_with_the_visit(tmp_path):
    async with shop(tmp_path) as (desk, act):
        await desk.scan("6901234567892")
        await act("begin")
        await desk.tap(i.Abandon())
        assert (desk.view.phase, desk.view.helper) == ("attract", "")
