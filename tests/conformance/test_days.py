"""A whole shop-day on the true wires, then the morning after: real drivers, both gateways, their own books and bills."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone

import pytest

from paybooth.domain import refund as r
from paybooth.domain.match import Kind
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.lab.models import Bank, BookOrder
from paybooth.ledger.fsck import fsck
from paybooth.ports import BillFile
from paybooth.shop import intents as i
from paybooth.shop import statement
from paybooth.shop.days import DayNotBegunError, Result

from ..shop.floor import Floor, floor
from .pay_bench import HandClock, PayBench, pay_bench

pytestmark = pytest.mark.anyio

DAY = date(2026, 11, 21)
NEXT = DAY + timedelta(days=1)
BEIJING = timezone(timedelta(hours=8))
MILK_CODE = "6901234567892"


def at_ms(text: str, day: date = DAY) -> int:
    return int(datetime.fromisoformat(f"{day} {text}+08:00").timestamp() * 1000)


class DayClock(HandClock):
    """Its wall the test sets; its seconds pass."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class World:
    desk: Floor
    benches: dict[Channel, PayBench]
    clock: DayClock

    def bank(self, channel: Channel) -> Bank:
        return self.benches[channel].bank

    async def sell(self, channel: Channel, *codes: str) -> str:
        self.clock.now += 60_000
        await self.desk.fill_and_confirm(*(codes or (MILK_CODE,)))
        await self.desk.tap(i.Choose(channel=channel))
        await self.desk.scan(self.benches[channel].code().reveal())
        await self.desk.until(lambda v: v.phase in ("done", "declined"))
        sale = self.desk.booth.visit.session.sale.id
        await self.desk.tap(i.Finish())
        return sale

    async def declined(self, channel: Channel):
        """An attempt that ended without money; its shopper left."""
        self.benches[channel].wallet.balance = Fen(0)
        await self.desk.fill_and_confirm()
        await self.desk.tap(i.Choose(channel=channel))
        await self.desk.scan(self.benches[channel].code().reveal())
        await self.desk.until(lambda v: v.phase == "declined")
        (attempt,) = self.desk.ledger.attempts_of(self.desk.booth.visit.session.sale.id)
        await self.desk.tap(i.Abandon())
        return attempt

    async def refund(self, sale: str, amount: int, request: str) -> None:
        self.clock.now += 60_000
        wish = r.Wish("An", r.Reason.FAULTY, request, amount=Fen(amount))
        refund = await self.desk.shop.refunds.ask(sale, wish)
        await self.done(refund.number)

    async def done(self, number: str) -> None:
        async with asyncio.timeout(5):
            while self.desk.ledger.refund(number).state is not r.State.DONE:
                await asyncio.sleep(0.01)

    async def match(self, day: date = DAY):
        """Every channel's differences, as (channel, kind)."""
        outcomes = await self.desk.shop.days.match_all(day)
        assert [o.result for o in outcomes] == [Result.MATCHED, Result.MATCHED]
        return [(o.channel, d.kind) for o in outcomes for d in o.match.differences]

    def pay_late(self, number: str, channel: Channel, amount: int) -> None:
        """The bank takes money for an order that it had refused: what no shop can see coming."""
        bank, wallet = self.bank(channel), self.benches[channel].wallet
        wallet.balance = Fen(1_000_000)
        order = bank.orders.setdefault(number, BookOrder(number, Fen(amount), "late", self.clock.now))
        order.state = "waiting"
        bank._take(order, wallet, self.clock.now)  # what happens behind the counter has no public name


@asynccontextmanager
async def shop_day(folder, merchant_folder, merchant, start: str = "19:00:00") -> AsyncIterator[World]:
    clock = DayClock(at_ms(start))
    async with (
        pay_bench(Channel.WECHAT, merchant_folder, merchant, clock=clock, fee_permyriad=60) as wechat,
        pay_bench(Channel.ALIPAY, merchant_folder, merchant, clock=clock, fee_permyriad=60) as alipay,
        floor(folder, clock=clock, wechat=wechat.driver, alipay=alipay.driver) as desk,
    ):
        yield World(desk, {Channel.WECHAT: wechat, Channel.ALIPAY: alipay}, clock)


@pytest.fixture
async def world(anyio_backend, tmp_path, merchant_folder, merchant) -> AsyncIterator[World]:
    """Two sales by each wallet, one of each partly refunded; it is eleven in the morning after."""
    async with shop_day(tmp_path, merchant_folder, merchant) as made:
        for channel in Channel:
            await made.sell(channel)
            sale = await made.sell(channel, MILK_CODE, MILK_CODE)
            await made.refund(sale, 1490, f"refund-{channel}")
        made.clock.now = at_ms("11:00:00", NEXT)
        yield made
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_a_clean_day_prints_an_empty_list_and_adds_up(world: World) -> None:
    assert await world.match() == []
    day = await world.desk.shop.days.statement(DAY)
    assert (day.is_clean, day.report.adds_up, day.report.sales) == (True, True, 4)
    assert (day.report.paid, day.report.refunded) == (6 * 1490, 2 * 1490)
    kept = sum(world.bank(c).charged() - world.bank(c).given_back() for c in Channel)
    assert day.report.paid - day.report.refunded == kept
    assert [m.payments_fen - m.refunds_fen for m in day.matches.values()] == [2 * 1490, 2 * 1490]
    text = "\n".join(statement.lines(day))
    assert "Every fen is accounted for" in text
    assert text.endswith("Differences\n  None.")
    assert "difference," not in statement.as_csv(day)
    assert statement.as_pdf(day, "zh-CN").startswith(b"%PDF")
    assert not [e for e in world.desk.ledger.journal() if e.kind == "staff.alarmed"]


async def test_again_it_says_the_same_and_records_the_newest(world: World) -> None:
    assert await world.match() == await world.match() == []
    kinds = world.desk.kinds()
    assert kinds.count("day.matched") == 4
    assert len(world.desk.ledger.matches()) == 2


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        ("bill_row_missing", {Kind.MISSING_THERE}),
        ("bill_row_extra", {Kind.MISSING_HERE}),
        ("bill_amount_off", {Kind.AMOUNT}),
        ("bill_row_twice", {Kind.DUPLICATE}),
        ("bill_fee_off", {Kind.FEE}),
        ("bill_refund_missing", {Kind.REFUND}),
        ("bill_status_off", {Kind.STATUS, Kind.REVERSED}),
    ],
)
@pytest.mark.parametrize("channel", list(Channel), ids=str)
async def test_what_the_wallet_tells_otherwise_is_named_and_staff_called_once(world, fault, kinds, channel):
    world.benches[channel].arm(fault)
    found = await world.match()
    assert found
    assert {c for c, _ in found} == {channel}
    assert {kind for _, kind in found} <= kinds
    (alarm,) = [e.fact for e in world.desk.ledger.journal() if e.kind == "staff.alarmed"]
    assert (alarm.why, alarm.subject) == ("day_differs", f"{DAY} {channel}")
    world.benches[channel].arm(fault)
    await world.match()
    assert world.desk.kinds().count("staff.alarmed") == 1
    assert await world.match() == []


@pytest.mark.parametrize(
    "fault", ["bill_missing_column", "bill_wrong_encoding", "bill_other_day", "bill_cut", "bill_totals_off"]
)
@pytest.mark.parametrize("channel", list(Channel), ids=str)
async def test_a_bad_bill_is_said_and_nothing_is_recorded(world, fault, channel):
    world.benches[channel].arm(fault)
    outcome = await world.desk.shop.days.match(DAY, channel)
    assert (outcome.result, outcome.match) == (Result.UNREADABLE, None)
    assert outcome.detail
    assert "day.matched" not in world.desk.kinds()


async def test_late_money_is_found_in_the_bill_and_goes_back_by_rule(tmp_path, merchant_folder, merchant):
    async with shop_day(tmp_path, merchant_folder, merchant) as world:
        for channel in Channel:
            attempt = await world.declined(channel)
            world.pay_late(attempt.number, channel, attempt.amount)
        world.clock.now = at_ms("11:00:00", NEXT)
        assert await world.match() == []  # asked about, and on its way back
        for refund in world.desk.ledger.refunds():
            await world.done(refund.number)
        assert [world.bank(c).charged() - world.bank(c).given_back() for c in Channel] == [0, 0]
        assert await world.match() == []
        world.clock.now = at_ms("11:00:00", NEXT + timedelta(days=1))
        assert await world.match(NEXT) == []
        report = (await world.desk.shop.days.statement(NEXT)).report
        assert (report.adds_up, report.paid, report.refunded) == (True, 0, 0)
        assert [w.late_returned for w in report.channels.values()] == [1490, 1490]
    assert fsck(tmp_path / "ledger.db").faults == []


async def test_late_money_of_the_next_day_is_not_looked_for_in_the_bill_of_the_no(tmp_path, merchant_folder, merchant):
    async with shop_day(tmp_path, merchant_folder, merchant) as world:
        attempt = await world.declined(Channel.WECHAT)
        world.clock.now = at_ms("09:00:00", NEXT)
        world.pay_late(attempt.number, Channel.WECHAT, attempt.amount)
        assert await world.desk.shop.till.check_late(attempt.number)
        await world.done(f"{attempt.number}R1")
        world.clock.now = at_ms("18:30:00", NEXT)
        assert await world.match() == []
        world.clock.now = at_ms("18:30:00", NEXT + timedelta(days=1))
        assert await world.match(NEXT) == []


async def test_a_payment_at_midnight_is_found_in_the_bill_it_fell_into(tmp_path, merchant_folder, merchant):
    async with shop_day(tmp_path, merchant_folder, merchant, "23:58:30") as world:
        await world.sell(Channel.WECHAT)  # 23:59:30
        await world.sell(Channel.WECHAT)  # 00:00:30 of the next day
        world.clock.now = at_ms("18:30:00", NEXT)  # of a day without payments Alipay says so in the evening
        assert await world.match() == []
        world.clock.now = at_ms("18:30:00", NEXT + timedelta(days=1))
        assert await world.match(NEXT) == []
        assert [(m.day, m.rows) for _, m in world.desk.ledger.matches() if m.channel == "wechat"] == [
            (str(NEXT), 1),
            (str(DAY), 1),
        ]


async def test_a_sale_of_midnight_that_no_bill_knows_is_missing_there(tmp_path, merchant_folder, merchant):
    async with shop_day(tmp_path, merchant_folder, merchant, "23:58:50") as world:
        sale = await world.sell(Channel.WECHAT)
        (attempt,) = world.desk.ledger.attempts_of(sale)
        del world.bank(Channel.WECHAT).orders[attempt.number]
        world.clock.now = at_ms("18:30:00", NEXT)
        assert await world.match() == []  # it may yet stand in tomorrow's
        world.clock.now = at_ms("18:30:00", NEXT + timedelta(days=1))
        assert await world.match(NEXT) == [(Channel.WECHAT, Kind.MISSING_THERE)]


async def test_a_refund_that_fell_into_the_next_bill_settles_its_day_by_itself(world: World) -> None:
    """The box's clock was behind: it wrote the refund down before midnight, the wallet after."""
    for channel in Channel:
        (order,) = [o for o in world.bank(channel).orders.values() if o.refunds]
        (name,) = order.refunded_ms
        order.refunded_ms[name] = at_ms("00:20:00", NEXT)
    assert await world.match() == [(Channel.WECHAT, Kind.REFUND), (Channel.ALIPAY, Kind.REFUND)]
    world.clock.now = at_ms("11:00:00", NEXT + timedelta(days=1))
    assert await world.match(NEXT) == []
    days = world.desk.shop.days
    assert days._worth_another_look() == [(DAY, Channel.WECHAT), (DAY, Channel.ALIPAY)]
    assert await world.match() == []
    assert days._worth_another_look() == []


async def test_the_future_has_no_bill_and_today_is_not_recorded(world: World) -> None:
    with pytest.raises(DayNotBegunError, match="2026-11-23 has not begun"):
        await world.desk.shop.days.match_all(NEXT + timedelta(days=1))
    outcomes = await world.desk.shop.days.match_all(NEXT)
    assert {o.result for o in outcomes} == {Result.NOT_YET}
    assert "day.matched" not in world.desk.kinds()


async def test_other_shops_on_the_same_account_are_not_ours(world: World) -> None:
    for bench in world.benches.values():
        strange = BookOrder("OTHER1261121000010100000A", Fen(100), "x", world.clock.now, state="paid", device="1")
        strange.paid_ms, strange.transaction = at_ms("20:00:00"), "T-other"
        bench.bank.orders[strange.number] = strange
    assert await world.match() == [(Channel.WECHAT, Kind.MISSING_HERE), (Channel.ALIPAY, Kind.MISSING_HERE)]
    days = world.desk.shop.days
    days._settings = replace(days._settings, shared_accounts=True)
    assert await world.match() == []


async def test_a_bill_at_hand_is_matched_without_the_wire(world: World) -> None:
    file = await world.benches[Channel.WECHAT].driver.bill(DAY)
    assert isinstance(file, BillFile)
    outcomes = await world.desk.shop.days.match_all(DAY, {Channel.WECHAT: file})
    assert [(o.channel, o.match.differences) for o in outcomes] == [(Channel.WECHAT, ())]


async def test_the_next_morning_it_runs_by_itself(tmp_path, merchant_folder, merchant):
    clock = DayClock(at_ms("19:00:00"))
    async with pay_bench(Channel.WECHAT, merchant_folder, merchant, clock=clock) as wechat:
        async with floor(tmp_path, clock=clock, wechat=wechat.driver) as desk:
            await World(desk, {Channel.WECHAT: wechat}, clock).sell(Channel.WECHAT)
        clock.now = at_ms("10:31:00", NEXT)
        async with floor(tmp_path, clock=clock, wechat=wechat.driver) as desk:
            async with asyncio.timeout(5):
                while (found := desk.ledger.match(str(DAY), "wechat")) is None:
                    await asyncio.sleep(0.01)
            assert (found[1].rows, found[1].differences) == (1, ())
