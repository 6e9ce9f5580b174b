"""A channel's daily bill: the real driver fetches and reads what the gateway made of the bank's own books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from paybooth.domain.bill import Bill, BillError, BillKind, BillStatus
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode, Order, RefundStatus, Undo
from paybooth.drivers.pay_http import PayHttp
from paybooth.lab.faults import REPLY
from paybooth.lab.keys import Merchant
from paybooth.lab.serve import drip, serve
from paybooth.lab.world import _Both
from paybooth.ports import BillFile, Fault, FaultKind, NoBill, Presented

from .pay_bench import READ_S, PayBench, pay_bench
from .test_pay_replies import troubled

pytestmark = pytest.mark.anyio

DAY = date(2026, 11, 21)
NEXT = DAY + timedelta(days=1)
BEIJING = timezone(timedelta(hours=8))
WECHAT, ALIPAY = Channel.WECHAT, Channel.ALIPAY


def at_ms(text: str, day: date = DAY) -> int:
    return int(datetime.fromisoformat(f"{day} {text}+08:00").timestamp() * 1000)


@dataclass
class Day:
    """A day that is over: what happened on it, and what its bill must say."""

    bench: PayBench
    expected: list[tuple[Any, ...]] = field(default_factory=list)

    async def pay(self, amount: int, mode: Mode = Mode.CODE) -> Order:
        bench = self.bench
        bench.later(60)
        order = bench.order(amount, mode)
        if mode is Mode.CODE:
            await bench.driver.charge(order, bench.code())
        else:
            shown = await bench.driver.present(order)
            assert isinstance(shown, Presented)
            bench.later(7)
            assert bench.bank.pay_presented(shown.url, bench.wallet, bench.clock.now)
        return order

    async def refund(self, order: Order, number: str, amount: int) -> None:
        self.bench.later(30)
        assert await self.bench.driver.refund(order, number, Fen(amount), "bruised") is RefundStatus.DONE

    async def undo(self, order: Order) -> None:
        self.bench.later(20)
        assert await self.bench.driver.undo(order) is Undo.UNDONE

    def expect(self, order: Order, status: BillStatus, amount: int, refund: str = "", *, fee: bool = True) -> None:
        """A row as of now."""
        kind = BillKind.REFUND if refund else BillKind.PAYMENT
        exact = amount * 6 if fee else 0
        if self.bench.kind is ALIPAY:
            exact = (exact + 500) // 1000 * 1000
        transaction = self.bench.bank.orders[order.number].transaction
        now = self.bench.clock.now
        signed = -exact if refund else exact
        self.expected.append((kind, order.number, transaction, refund, amount, status, now, "b1", signed))

    async def bill(self, day: date = DAY) -> Bill:
        file = await self.bench.driver.bill(day)
        assert isinstance(file, BillFile)
        return self.bench.driver.read_bill(file.content, day)


def said(bill: Bill) -> list[tuple[Any, ...]]:
    return [
        (r.kind, r.number, r.transaction, r.refund, r.amount, r.status, r.at_ms, r.device, r.fee_mfen)
        for r in bill.rows
    ]


async def lived(bench: PayBench) -> Day:
    """Paid, refunded in part and in full, taken back, presented, declined, never paid; the morning after."""
    bench.clock.now = at_ms("09:00:00")
    day = Day(bench)
    day.expect(await day.pay(1250), BillStatus.PAID, 1250)
    part = await day.pay(3333)
    day.expect(part, BillStatus.PAID, 3333)
    await day.refund(part, "R1", 1111)
    day.expect(part, BillStatus.REFUNDED, 1111, "R1")
    whole = await day.pay(980)
    day.expect(whole, BillStatus.PAID, 980)
    await day.refund(whole, "R2", 980)
    day.expect(whole, BillStatus.REFUNDED, 980, "R2")
    back = await day.pay(700)
    # WeChat lets it stand as REVOKED; Alipay states a trade and a refund by the order's own number
    status = BillStatus.REVERSED if bench.kind is WECHAT else BillStatus.PAID
    day.expect(back, status, 700, fee=bench.kind is ALIPAY)
    await day.undo(back)
    day.expect(back, BillStatus.REFUNDED, 700, back.number)
    day.expected = [row for row in day.expected if bench.kind is ALIPAY or row[3] != back.number]
    day.expect(await day.pay(1990, Mode.PRESENTED), BillStatus.PAID, 1990)
    bench.arm("no_money")
    await day.pay(4400)
    bench.arm("password_abandoned")
    await day.undo(await day.pay(5500))
    late = await day.pay(610)
    day.expect(late, BillStatus.PAID, 610)
    bench.clock.now = at_ms("00:00:00", NEXT)
    await day.refund(late, "R3", 610)
    bench.clock.now = at_ms("11:00:00", NEXT)
    return day


@pytest.fixture
async def day(bench: PayBench) -> AsyncIterator[Day]:
    yield await lived(bench)


# ---------------------------------------------------------------- what a bill says


async def test_a_day_gives_exactly_its_rows(day: Day) -> None:
    bill = await day.bill()
    assert (bill.channel, bill.day) == (day.bench.kind, DAY)
    assert said(bill) == day.expected
    assert len({row.line for row in bill.rows}) == len(bill.rows)


async def test_the_next_day_has_what_happened_then(day: Day) -> None:
    day.bench.later(24 * 3600)
    bill = await day.bill(NEXT)
    assert [(row.refund, row.amount, row.status) for row in bill.rows] == [("R3", 610, BillStatus.REFUNDED)]


async def test_the_file_is_kept_under_a_name_of_channel_and_day(day: Day) -> None:
    names = {WECHAT: "wechat-2026-11-21.csv", ALIPAY: "alipay-2026-11-21.zip"}
    file = await day.bench.driver.bill(DAY)
    assert isinstance(file, BillFile)
    assert file.name == names[day.bench.kind]


async def test_a_charge_taken_back_after_the_bill_was_made_is_in_the_bill_of_its_day(
    merchant_folder: Path, merchant: Merchant
) -> None:
    """WeChat: seven days long."""
    async with pay_bench(WECHAT, merchant_folder, merchant) as bench:
        bench.clock.now = at_ms("20:00:00")
        order = await Day(bench).pay(700)
        bench.clock.now = at_ms("12:00:00", NEXT)
        await Day(bench).undo(order)
        bench.clock.now = at_ms("12:00:00", NEXT + timedelta(days=1))
        bills = [await Day(bench).bill(day) for day in (DAY, NEXT)]
        assert [[row.status for row in bill.rows] for bill in bills] == [[BillStatus.PAID], [BillStatus.REVERSED]]


async def test_a_service_provider_gets_its_merchants_bill(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(WECHAT, merchant_folder, merchant, sub_mchid="1900000999") as bench:
        day = await lived(bench)
        assert said(await day.bill()) == day.expected
        bench.bank.orders[day.expected[0][1]].sub_mchid = "1900000888"
        assert said(await day.bill()) == day.expected[1:]
        file = await bench.driver.bill(DAY)
        assert isinstance(file, BillFile)
        async with pay_bench(WECHAT, merchant_folder, merchant, sub_mchid="1900000777") as other:
            with pytest.raises(BillError, match="sub-merchant 1900000999, not of 1900000777"):
                other.driver.read_bill(file.content, DAY)


async def test_alipay_refuses_the_bill_of_another_account(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(ALIPAY, merchant_folder, merchant, pid=merchant.pid) as bench:
        day = await lived(bench)
        assert said(await day.bill()) == day.expected
        file = await bench.driver.bill(DAY)
        assert isinstance(file, BillFile)
    async with pay_bench(ALIPAY, merchant_folder, merchant, pid="2088999999999999") as other:
        with pytest.raises(BillError, match="not of 2088999999999999"):
            other.driver.read_bill(file.content, DAY)


# ---------------------------------------------------------------- when there is none


async def test_a_bill_before_ten_is_not_yet_there(day: Day) -> None:
    day.bench.clock.now = at_ms("09:59:59", NEXT)
    assert await day.bench.driver.bill(DAY) is NoBill.NOT_YET
    assert await day.bench.driver.bill(NEXT) is NoBill.NOT_YET
    day.bench.later(1)
    assert isinstance(await day.bench.driver.bill(DAY), BillFile)


async def test_a_bill_that_is_late_is_not_yet_there(day: Day) -> None:
    day.bench.arm("bill_not_ready")
    assert await day.bench.driver.bill(DAY) is NoBill.NOT_YET
    assert isinstance(await day.bench.driver.bill(DAY), BillFile)


async def test_a_day_without_anything_has_none(day: Day) -> None:
    assert await day.bench.driver.bill(DAY - timedelta(days=1)) is NoBill.NONE


async def test_alipay_says_the_same_of_a_late_bill_and_of_none_so_only_the_evening_is_sure(
    merchant_folder: Path, merchant: Merchant
) -> None:
    async with pay_bench(ALIPAY, merchant_folder, merchant) as bench:
        bench.clock.now = at_ms("17:59:59", NEXT)
        assert await bench.driver.bill(DAY) is NoBill.NOT_YET
        bench.later(1)
        assert await bench.driver.bill(DAY) is NoBill.NONE


async def test_a_day_to_come_is_refused(day: Day) -> None:
    with pytest.raises(Fault) as caught:
        await day.bench.driver.bill(NEXT + timedelta(days=1))
    assert caught.value.kind is FaultKind.BROKEN


@pytest.mark.parametrize("kind", list(Channel))
async def test_bills_at_once_hold_the_running_day(kind: Channel, merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(kind, merchant_folder, merchant, bills_at_once=True) as bench:
        bench.clock.now = at_ms("09:00:00")
        day = Day(bench)
        assert (await day.bill()).rows == ()
        day.expect(await day.pay(1250), BillStatus.PAID, 1250)
        assert said(await day.bill()) == day.expected


# ---------------------------------------------------------------- the menu


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("bill_missing_column", "the column 订单金额.* is missing"),
        ("bill_wrong_encoding", "saved by another program"),
        ("bill_other_day", "2026-11-20, not of 2026-11-21"),
        ("bill_cut", "cut off"),
        ("bill_totals_off", "add up to"),
    ],
)
async def test_a_bill_that_does_not_hold_together_is_not_believed(day: Day, fault: str, sentence: str) -> None:
    day.bench.arm(fault)
    with pytest.raises(BillError, match=sentence):
        await day.bill()
    assert said(await day.bill()) == day.expected


def changed(row: tuple[Any, ...], at: int, value: object) -> tuple[Any, ...]:
    return (*row[:at], value, *row[at + 1 :])


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("bill_row_missing", lambda rows: rows[1:]),
        ("bill_row_twice", lambda rows: [rows[0], *rows]),
        ("bill_amount_off", lambda rows: [changed(rows[0], 4, rows[0][4] + 100), *rows[1:]]),
        ("bill_status_off", lambda rows: [changed(rows[0], 5, BillStatus.OTHER), *rows[1:]]),
        ("bill_fee_off", lambda rows: [changed(rows[0], 8, rows[0][8] + 50_000), *rows[1:]]),
        ("bill_refund_missing", lambda rows: [row for row in rows if row[3] != "R1"]),
        (
            "bill_row_extra",
            lambda rows: [rows[0], changed(changed(rows[0], 1, "SOMEBODYELSES01"), 2, "4299999999"), *rows[1:]],
        ),
    ],
)
async def test_a_bill_that_differs_from_what_happened_is_read_as_it_says(day: Day, fault: str, change: Any) -> None:
    day.bench.arm(fault)
    assert said(await day.bill()) == change(day.expected)
    assert day.bench.faults.hits[fault] == 1


async def test_what_an_odd_status_says_is_kept(day: Day) -> None:
    day.bench.arm("bill_status_off")
    words = {WECHAT: "USERPAYING", ALIPAY: "其他"}
    assert (await day.bill()).rows[0].said == words[day.bench.kind]


async def test_wechats_hash_is_checked(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(WECHAT, merchant_folder, merchant) as bench:
        day = await lived(bench)
        bench.arm("bill_hash_off")
        with pytest.raises(Fault, match="hash") as caught:
            await day.bill()
        assert caught.value.kind is FaultKind.GARBLED


@pytest.mark.parametrize("fault", sorted(REPLY - {"wrong_amount", "wrong_number"}))
async def test_a_bad_reply_is_a_fault_and_asking_again_helps(day: Day, fault: str) -> None:
    with troubled(day.bench, fault, "bill"), pytest.raises(Fault):
        await day.bench.driver.bill(DAY)
    assert said(await day.bill()) == day.expected


# ---------------------------------------------------------------- the download


async def test_our_signature_goes_to_wechats_hosts_alone(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(WECHAT, merchant_folder, merchant) as bench, serve(bench.gateway.app) as port:
        day = await lived(bench)
        asked = bench.gateway.requests
        ours = bench.driver._hosts[0]
        for foreign in (f"http://127.0.0.1:{port}", f"{ours}.example", f"{ours}@127.0.0.1:{port}", "file://"):
            bench.gateway.bill_host = foreign
            with pytest.raises(Fault, match="not of WeChat's hosts") as caught:
                await bench.driver.bill(DAY)
            assert caught.value.kind is FaultKind.GARBLED
        assert bench.gateway.requests == asked + 4
        bench.driver._hosts.append(f"http://127.0.0.1:{port}")
        bench.gateway.bill_host = f"http://127.0.0.1:{port}"
        assert said(await day.bill()) == day.expected


async def test_wechats_other_host_has_bills_too(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(WECHAT, merchant_folder, merchant) as bench:
        day = await lived(bench)
        bench.driver._hosts.insert(0, "http://127.0.0.1:9")
        assert said(await day.bill()) == day.expected


async def test_wechats_file_is_not_had_without_a_signature(merchant_folder: Path, merchant: Merchant) -> None:
    async with pay_bench(WECHAT, merchant_folder, merchant) as bench:
        day = await lived(bench)
        token, _ = bench.gateway._bills.make(str(DAY))
        url = f"{bench.driver._hosts[0]}/v3/billdownload/file?token={token}"
        with pytest.raises(Fault, match="HTTP 401"):
            await bench.driver._http.download(url, headers={})
        assert said(await day.bill()) == day.expected


async def test_one_address_for_both_wallets_finds_both_files(merchant_folder: Path, merchant: Merchant) -> None:
    """As in the demo, where they share a port."""
    async with (
        pay_bench(WECHAT, merchant_folder, merchant) as wechat,
        pay_bench(ALIPAY, merchant_folder, merchant) as alipay,
        serve(_Both(wechat.gateway, alipay.gateway)) as port,
    ):
        url = f"http://127.0.0.1:{port}"
        wechat.driver._hosts, alipay.driver._url = [url], f"{url}/gateway.do"
        for bench in (wechat, alipay):
            day = await lived(bench)
            assert said(await day.bill()) == day.expected


async def test_alipays_address_is_asked_over_tls(
    merchant_folder: Path, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pay_bench(ALIPAY, merchant_folder, merchant) as bench:
        await lived(bench)
        asked: list[str] = []

        async def download(url: str, *, headers: dict[str, str]) -> bytes:
            asked.append(url.partition("?")[0])
            return b"PK"

        monkeypatch.setattr(bench.driver._http, "download", download)
        for host in ("http://bills.example", "https://bills.example"):
            bench.gateway.bill_host = host
            assert await bench.driver.bill(DAY) == BillFile(f"alipay-{DAY}.zip", b"PK")
        assert asked == ["https://bills.example/downloadBillFile.resource"] * 2
        bench.gateway.bill_host = "ftp://bills.example"
        with pytest.raises(Fault, match="not https"):
            await bench.driver.bill(DAY)
        assert len(asked) == 2


async def test_an_address_that_expired_is_a_fault(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, real = day.bench, day.bench.driver._http.download

    async def slow(url: str, *, headers: dict[str, str]) -> bytes:
        bench.later(301)
        return await real(url, headers=headers)

    with monkeypatch.context() as patch:
        patch.setattr(bench.driver._http, "download", slow)
        with pytest.raises(Fault) as caught:
            await bench.driver.bill(DAY)
        assert caught.value.kind is FaultKind.GARBLED
    assert said(await day.bill()) == day.expected


async def test_a_file_without_end_is_given_up(day: Day) -> None:
    day.bench.driver._http._longest_file = 200
    with pytest.raises(Fault, match="too long"):
        await day.bench.driver.bill(DAY)


async def test_a_file_that_drips_for_ever_is_given_up(merchant_folder: Path) -> None:
    closing = asyncio.Event()

    async def endless(_: object) -> Any:
        return drip(closing)

    http = PayHttp(ca=merchant_folder / "wallet_cert.pem", read_s=READ_S)
    http._file_s = 0.2
    async with serve(Starlette(routes=[Route("/file", endless)])) as port:
        with pytest.raises(Fault) as caught:
            await http.download(f"http://127.0.0.1:{port}/file", headers={})
        closing.set()
        await http.aclose()
    assert caught.value.kind is FaultKind.TIMEOUT


async def test_a_file_may_be_longer_than_a_reply(merchant_folder: Path) -> None:
    async def long(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a" * (2 << 20)})

    http = PayHttp(ca=merchant_folder / "wallet_cert.pem", read_s=READ_S)
    async with serve(long) as port:
        assert len(await http.download(f"http://127.0.0.1:{port}/", headers={})) == 2 << 20
        await http.aclose()
