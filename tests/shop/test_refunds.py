"""Refunds and voids on a real floor: room is never given out twice, the till settles, a restart goes on."""

from __future__ import annotations

import asyncio

import pytest

from paybooth.domain import refund as r
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, RefundStatus
from paybooth.ledger.fsck import fsck
from paybooth.shop import intents as i
from paybooth.shop import till as tills
from paybooth.shop.refunds import NoSuchSaleError
from paybooth.shop.staff_acts import VoidRefusal

from .floor import MILK, ScriptedChannel, floor

pytestmark = pytest.mark.anyio
CODE = "134567890123456789"
MILK_CODE = "6901234567892"


def wish(n: int = 1, **more) -> r.Wish:
    return r.Wish(**{"by": "An", "reason": r.Reason.RETURNED, "request": f"wish-{n:04d}", **more})


async def sell(desk, *codes: str) -> str:
    await desk.fill_and_confirm(*codes)
    await desk.tap(i.Choose(channel="wechat"))
    await desk.scan(CODE)
    await desk.until(lambda v: v.phase == "done")
    return desk.booth.visit.session.sale.id


async def ended(desk, number: str) -> r.Refund:
    async with asyncio.timeout(3):
        while (refund := desk.ledger.refund(number)).state not in r.ENDED:
            await asyncio.sleep(0)
    return refund


async def test_a_refund_goes_to_the_wallet_and_its_slip_says_so(tmp_path):
    async with floor(tmp_path) as desk:
        sale = await sell(desk, MILK_CODE, MILK_CODE)
        asked = await desk.shop.refunds.ask(sale, wish(goods=(r.Back(1, 1),)))
        assert (asked.state, asked.amount, asked.by) == (r.State.OPEN, MILK.price, "An")
        done = await ended(desk, asked.number)
        assert done.state is r.State.DONE
        assert desk.wechat.made("refund") == 1
        document, language = desk.shop.receipts.by_token(desk.shop.receipts.token(asked.number))
        assert language == "zh-CN"
        assert any("已退款" in getattr(part, "text", "") for part in document)
        assert desk.shop.receipts.by_token(f"{asked.number}.AAAAAAAAAAAA") is None
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_a_hundred_at_once_never_pass_the_sale(tmp_path):
    async with floor(tmp_path) as desk:
        sale = await sell(desk)
        asks = [desk.shop.refunds.ask(sale, wish(n, amount=Fen(100))) for n in range(100)]
        answers = await asyncio.gather(*asks)
        opened = [a for a in answers if isinstance(a, r.Refund)]
        assert sum(a.amount for a in opened) == 1400  # of 14.90
        assert {a for a in answers if isinstance(a, r.Refusal)} == {r.Refusal.TOO_MUCH}
        await asyncio.gather(*(ended(desk, a.number) for a in opened))
        assert desk.ledger.takings()["refunded_fen"] == 1400


async def test_even_a_bug_above_cannot_pass_the_sale(tmp_path):
    async with floor(tmp_path) as desk:
        sale = desk.ledger.sale(await sell(desk))
        attempt = desk.ledger.attempt(sale.attempt)
        facts = r.ask(sale, attempt, [], wish(), alone=Fen(10**9), now_ms=attempt.settled_ms)
        again = r.ask(sale, attempt, [], wish(2), alone=Fen(10**9), now_ms=attempt.settled_ms)
        desk.ledger.commit_now(*facts, at_ms=1)
        renumbered = [type(x)(**{**_fields(x), "refund": "N9R9"}) for x in again]
        with pytest.raises(Exception, match="more than was paid"):
            desk.ledger.commit_now(*renumbered, at_ms=2)


def _fields(fact):
    return {name: getattr(fact, name) for name in fact.__slots__}


async def test_the_same_wish_twice_is_one_refund(tmp_path):
    async with floor(tmp_path) as desk:
        sale = await sell(desk)
        first, second = await asyncio.gather(desk.shop.refunds.ask(sale, wish()), desk.shop.refunds.ask(sale, wish()))
        assert first.number == second.number
        await ended(desk, first.number)
        assert desk.wechat.made("refund") == 1


async def test_above_the_limit_a_second_person_agrees_before_anything_leaves(tmp_path):
    async with floor(tmp_path) as desk:
        sale = await sell(desk, *[MILK_CODE] * 4)
        asked = await desk.shop.refunds.ask(sale, wish())
        assert (asked.state, desk.wechat.made("refund")) == (r.State.ASKED, 0)
        assert await desk.shop.refunds.approve(asked.number, "An") is r.Refusal.SECOND_PERSON
        approved = await desk.shop.refunds.approve(asked.number, "Bo")
        assert approved.approved_by == "Bo"
        assert (await ended(desk, asked.number)).state is r.State.DONE
        assert await desk.shop.refunds.approve(asked.number, "Bo") is r.Refusal.NOT_WAITING
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_a_withdrawn_one_gives_its_room_back(tmp_path):
    async with floor(tmp_path) as desk:
        sale = await sell(desk, *[MILK_CODE] * 4)
        asked = await desk.shop.refunds.ask(sale, wish())
        gone = await desk.shop.refunds.withdraw(asked.number, "Bo", "no")
        assert gone.state is r.State.WITHDRAWN
        again = await desk.shop.refunds.ask(sale, wish(2))
        assert again.amount == 4 * MILK.price
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_no_clear_answer_is_asked_again_with_the_same_number(tmp_path, monkeypatch):
    monkeypatch.setattr(tills, "REFUND_WAITS_S", (0.0,))
    unclear = [RefundStatus.UNKNOWN, RefundStatus.PENDING, RefundStatus.UNKNOWN, RefundStatus.DONE]
    async with floor(tmp_path, wechat=ScriptedChannel(Channel.WECHAT, refunds=unclear)) as desk:
        sale = await sell(desk)
        asked = await desk.shop.refunds.ask(sale, wish())
        assert (await ended(desk, asked.number)).state is r.State.DONE
        assert {number for call, number in desk.wechat.calls if call == "refund"} == {asked.number}
        assert desk.wechat.made("refund") == 4


async def test_a_refused_one_calls_staff_and_says_that_no_money_went_back(tmp_path):
    async with floor(tmp_path, wechat=ScriptedChannel(Channel.WECHAT, refunds=[RefundStatus.REFUSED])) as desk:
        sale = await sell(desk)
        asked = await desk.shop.refunds.ask(sale, wish())
        assert (await ended(desk, asked.number)).state is r.State.REFUSED
        assert desk.kinds()[-1] == "staff.alarmed"
        document, _ = desk.shop.receipts.by_token(desk.shop.receipts.token(asked.number))
        assert any("没有退" in getattr(part, "text", "") for part in document)


async def test_a_restart_goes_on_with_an_open_refund(tmp_path):
    never = ScriptedChannel(Channel.WECHAT, refunds=[RefundStatus.UNKNOWN])
    async with floor(tmp_path, wechat=never) as desk:
        sale = await sell(desk)
        number = (await desk.shop.refunds.ask(sale, wish())).number
    async with floor(tmp_path) as desk:
        assert (await ended(desk, number)).state is r.State.DONE


async def test_an_unknown_sale_is_said(tmp_path):
    async with floor(tmp_path) as desk:
        with pytest.raises(NoSuchSaleError):
            await desk.shop.refunds.ask("20260101-00001", wish())
        with pytest.raises(NoSuchSaleError):
            await desk.shop.refunds.approve("N1R1", "Bo")


# ---------------------------------------------------------------- voids


async def void(desk, sale: str, reason: r.Reason = r.Reason.WRONG_PRICE, note: str = ""):
    return await desk.shop.refunds.void(sale, "An", reason, note)


async def test_staff_void_a_basket_and_the_shopper_is_told(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.scan(MILK_CODE)
        sale = desk.booth.visit.session.sale.id
        assert await void(desk, sale) is None
        view = await desk.until(lambda v: v.sale is None)
        assert view.notice.kind == "voided"
        assert desk.kinds()[-2:] == ["sale.voided", "sale.abandoned"]
        assert await void(desk, sale) is VoidRefusal.ENDED
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_a_basket_whose_charge_is_open_is_not_voided(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, hold=asyncio.Event())
    async with floor(tmp_path, wechat=wechat) as desk:
        await desk.fill_and_confirm()
        await desk.tap(i.Choose(channel="wechat"))
        await desk.scan(CODE)
        sale = desk.booth.visit.session.sale.id
        assert await void(desk, sale) is VoidRefusal.CHARGING
        wechat.hold.set()
        await desk.until(lambda v: v.phase == "done")
        assert await void(desk, sale) is VoidRefusal.PAID


async def test_a_parked_basket_is_voided_too(tmp_path):
    async with floor(tmp_path, waits={"idle_s": 0.05, "idle_ring_s": 0.05}) as desk:
        await desk.scan(MILK_CODE)
        sale = desk.booth.visit.session.sale.id
        await desk.until(lambda v: v.sale is None)
        assert await void(desk, sale) is None
        assert desk.ledger.live_sales() == []


async def test_other_needs_a_note(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.scan(MILK_CODE)
        assert await void(desk, desk.booth.visit.session.sale.id, r.Reason.OTHER) is VoidRefusal.NOTE_MISSING
