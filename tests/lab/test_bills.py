"""The lab's bills: what the books give for a day, how the files look on the wire, and what the product's codecs read."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.bill import Bill, BillError, BillKind, BillStatus
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.drivers import alipay_bill, wechat_bill
from paybooth.lab.bill_files import ALIPAY_HEADER, WECHAT_HEADER, alipay_zip, wechat_text
from paybooth.lab.bills import MOST_KEPT, BillDesk, NoBill, Row, refund_id, rows_of
from paybooth.lab.faults import Faults
from paybooth.lab.models import Bank, BookOrder

WECHAT, ALIPAY = Channel.WECHAT, Channel.ALIPAY
DAY = date(2026, 11, 21)
NEXT = date(2026, 11, 22)
APPID, MCHID, PID = "wx1", "1900000109", "2088000000000001"


def ms(text: str, day: date = DAY) -> int:
    return int(datetime.fromisoformat(f"{day} {text}+08:00").timestamp() * 1000)


def paid(bank: Bank, number: str, amount: int, at_ms: int) -> BookOrder:
    order = BookOrder(number, Fen(amount), "小店, 3 件", at_ms, device="b1", store="s1")
    assert bank.charge(order, bank.fresh_code(bank.wallet("ann"), at_ms), at_ms) == "paid"
    return order


def wechat(rows: list[Row], **wrong: bool) -> bytes:
    return wechat_text(rows, DAY, lambda name: wrong.pop(name, False), appid=APPID, mchid=MCHID)


def members(rows: list[Row]) -> dict[str, list[str]]:
    with zipfile.ZipFile(io.BytesIO(alipay_zip(rows, DAY, pid=PID)), metadata_encoding="gbk") as archive:
        return {name: archive.read(name).decode("gbk").split("\r\n") for name in archive.namelist()}


# ---------------------------------------------------------------- what the books give


@pytest.mark.parametrize("channel", [WECHAT, ALIPAY])
def test_a_day_begins_and_ends_at_midnight_in_beijing(channel):
    bank = Bank(channel, random.Random(1))
    for number, at in (("A", ms("00:00:00") - 1), ("B", ms("00:00:00")), ("C", ms("23:59:59") + 999)):
        paid(bank, number, 100, at)
    paid(bank, "D", 100, ms("00:00:00", NEXT))
    assert [row.number for row in rows_of(bank, DAY)] == ["B", "C"]
    assert [row.number for row in rows_of(bank, NEXT)] == ["D"]


def test_orders_nobody_paid_are_in_no_bill():
    bank = Bank(WECHAT, random.Random(1))
    bank.charge(BookOrder("A", Fen(100), "x", ms("08:00:00")), "no such code", ms("08:00:00"))
    bank.present(BookOrder("B", Fen(100), "x", ms("08:00:00"), presented=True))
    wallet = bank.wallet("ann")
    bank.charge(BookOrder("C", Fen(100), "x", ms("08:00:00")), bank.fresh_code(wallet, 0), 0, ask=True)
    bank.undo("C", ms("08:01:00"))
    assert rows_of(bank, DAY) == []


@pytest.mark.parametrize(("channel", "fees"), [(WECHAT, [7998, -3000, -4998]), (ALIPAY, [8000, -3000, -5000])])
def test_fees_are_taken_and_given_back(channel, fees):
    bank = Bank(channel, random.Random(1))
    paid(bank, "A", 1333, ms("08:00:00"))
    bank.refund("A", "R1", Fen(500), ms("09:00:00"))
    bank.refund("A", "R2", Fen(833), ms("10:00:00"))
    assert [row.fee_mfen for row in rows_of(bank, DAY)] == fees


def test_wechat_calls_a_taken_back_payment_revoked_and_alipay_a_trade_and_a_refund():
    found = {}
    for channel in (WECHAT, ALIPAY):
        bank = Bank(channel, random.Random(1))
        paid(bank, "A", 1000, ms("08:00:00"))
        bank.refund("A", "R1", Fen(300), ms("08:10:00"))
        bank.undo("A", ms("08:20:00"))
        found[channel] = [(row.status, row.refund, row.amount - row.back) for row in rows_of(bank, DAY)]
    assert found == {
        WECHAT: [("reversed", "", 1000), ("refunded", "R1", -300)],
        ALIPAY: [("paid", "", 1000), ("refunded", "R1", -300), ("refunded", "A", -700)],
    }


def test_a_sub_merchant_sees_its_own_orders():
    bank = Bank(WECHAT, random.Random(1))
    for number, sub in (("A", "1"), ("B", "2")):
        paid(bank, number, 100, ms("08:00:00")).sub_mchid = sub
    assert [row.number for row in rows_of(bank, DAY, sub_mchid="2")] == ["B"]
    assert len(rows_of(bank, DAY)) == 2


# ---------------------------------------------------------------- how the files look

ROW = Row(
    number="A1",
    transaction="4200001",
    at_ms=ms("08:15:30"),
    opened_ms=ms("08:15:28"),
    amount=1250,
    description="小店, 3 件",
    payer="ann",
    device="b1",
    store="s1",
    fee_mfen=7500,
)


def test_wechats_file_byte_by_byte():
    content = wechat([ROW])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == [
        WECHAT_HEADER,
        (
            "`2026-11-21 08:15:30,`wx1,`1900000109,`0,`b1,`4200001,`A1,`o_ann,`MICROPAY,`SUCCESS,`OTHERS,`CNY,"
            "`12.50,`0.00,`0,`0,`0.00,`0.00,`,`,`小店  3 件,`,`0.07500,`0.60%,`12.50,`0.00,`"
        ),
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
        "`1,`12.50,`0.00,`0.00,`0.07500,`12.50,`0.00",
        "",
    ]
    assert len(WECHAT_HEADER.split(",")) == 27


def test_alipays_files_line_by_line():
    files = members([ROW])
    assert list(files) == [f"{PID}0156_20261121_业务明细.csv", f"{PID}0156_20261121_业务明细(汇总).csv"]
    detail = files[f"{PID}0156_20261121_业务明细.csv"]
    assert detail[2] == "#起始日期：[2026年11月21日 00:00:00]   终止日期：[2026年11月22日 00:00:00]"
    assert detail[4] == ALIPAY_HEADER
    assert len(detail[5].split(",")) == len(ALIPAY_HEADER.split(",")) == 25
    assert detail[5].startswith("4200001\t,A1\t,交易,小店  3 件,2026-11-21 08:15:28,2026-11-21 08:15:30,s1\t,,,b1\t,")
    assert "业务明细列表结束" in detail[6]
    assert detail[7] == "#交易合计：1笔，商家实收共12.50元，商家优惠共0.00元"


def test_alipays_file_names_are_gbk_and_do_not_say_so():
    with zipfile.ZipFile(io.BytesIO(alipay_zip([ROW], DAY, pid=PID))) as archive:
        assert not [m for m in archive.infolist() if m.flag_bits & 0x800]


def test_wechats_refund_number_is_the_one_its_api_tells():
    assert refund_id("R1") == refund_id("R1") != refund_id("R2")
    assert len(refund_id("R1")) == 28


# ---------------------------------------------------------------- what the product reads of them

amounts = st.integers(1, 10**9)
words = st.text("aZ09小店饮料龘é€😀#'\";|/=&（）", max_size=12)


@st.composite
def rows(draw, *, statuses):
    status = draw(st.sampled_from(statuses))
    amount, fee = draw(amounts), draw(st.integers(0, 10**6)) * 1000
    is_refund = status == "refunded"
    return Row(
        number=draw(st.from_regex(r"[A-Z][0-9A-Z]{5,30}", fullmatch=True)),
        transaction=str(draw(st.integers(1, 10**27))),
        at_ms=draw(st.integers(ms("00:00:00") // 1000, ms("23:59:59") // 1000)) * 1000,
        opened_ms=0,
        amount=0 if is_refund else amount,
        back=amount if is_refund else 0,
        refund=draw(st.from_regex(r"[A-Z][0-9A-Z]{0,30}", fullmatch=True)) if is_refund else "",
        status=status,
        description=draw(words),
        device=draw(words),
        store=draw(words),
        fee_mfen=-fee if is_refund else fee,
    )


def expected(row: Row):
    statuses = {"paid": BillStatus.PAID, "reversed": BillStatus.REVERSED, "refunded": BillStatus.REFUNDED}
    kind = BillKind.REFUND if row.is_refund else BillKind.PAYMENT
    amount = row.amount + row.back
    return (
        kind,
        row.number,
        row.transaction,
        row.refund,
        amount,
        statuses[row.status],
        row.at_ms,
        row.device,
        row.fee_mfen,
    )


def found(bill):
    return [
        (r.kind, r.number, r.transaction, r.refund, r.amount, r.status, r.at_ms, r.device, r.fee_mfen)
        for r in bill.rows
    ]


@given(st.lists(rows(statuses=["paid", "reversed", "refunded"]), max_size=6))
def test_whatever_wechat_writes_is_read(table):
    assert found(wechat_bill.read(wechat(table), DAY, mchid=MCHID)) == [expected(row) for row in table]


@given(st.lists(rows(statuses=["paid", "refunded"]), max_size=6))
def test_whatever_alipay_writes_is_read(table):
    content = alipay_zip(table, DAY, pid=PID)
    assert found(alipay_bill.read(content, DAY, pid=PID)) == [expected(row) for row in table]


SOME = [ROW, replace(ROW, amount=0, back=250, refund="R1", status="refunded", fee_mfen=-1000)]
FILES = {WECHAT: wechat(SOME), ALIPAY: alipay_zip([replace(SOME[0], fee_mfen=8000), SOME[1]], DAY, pid=PID)}


@pytest.mark.parametrize("channel", [WECHAT, ALIPAY])
@given(where=st.floats(0, 1, exclude_max=True), cut=st.integers(0, 9), new=st.binary(max_size=4))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(channel, where, cut, new):
    at = int(where * len(FILES[channel]))
    damaged = FILES[channel][:at] + new + FILES[channel][at + cut :]
    try:
        count = len(read(channel, damaged).rows)
    except BillError as error:
        count = len(error.faults)
    assert count > 0


@pytest.mark.parametrize("channel", [WECHAT, ALIPAY])
@given(content=st.binary(max_size=200))
def test_garbage_is_refused(channel, content):
    with pytest.raises(BillError):
        read(channel, content)


@pytest.mark.parametrize("channel", [WECHAT, ALIPAY])
def test_a_file_cut_anywhere_is_refused(channel):
    """WeChat: the last line's end alone may be missing, and the zero of its 2.50."""
    whole = FILES[channel]
    lost = {WECHAT: [b"0\r\n", b"\r\n", b"\n"], ALIPAY: []}
    assert [whole[n:] for n in range(len(whole)) if is_believed(channel, whole[:n])] == lost[channel]


def read(channel: Channel, content: bytes) -> Bill:
    if channel is WECHAT:
        return wechat_bill.read(content, DAY, mchid=MCHID)
    return alipay_bill.read(content, DAY, pid=PID)


def is_believed(channel: Channel, content: bytes) -> bool:
    try:
        read(channel, content)
    except BillError:
        return False
    return True


# ---------------------------------------------------------------- the counter


class Desk:
    def __init__(self, *, at_once: bool = False) -> None:
        self.now_ms = ms("10:00:00", NEXT)
        self.bank, self.faults = Bank(ALIPAY, random.Random(1)), Faults()
        self.desk = BillDesk(
            self.bank,
            self.faults,
            lambda: self.now_ms,
            lambda rows, day, _: f"{day} {[row.number for row in rows]}".encode(),
            valid_ms=30_000,
            at_once=at_once,
        )
        paid(self.bank, "A", 100, ms("08:00:00"))

    def why(self, day: str) -> str:
        with pytest.raises(NoBill) as caught:
            self.desk.make(day)
        return caught.value.why


def test_a_bill_is_had_until_its_address_expires():
    desk = Desk()
    token, content = desk.desk.make("2026-11-21")
    assert content == b"2026-11-21 ['A']"
    desk.now_ms += 30_000
    assert desk.desk.fetch(token) == content
    desk.now_ms += 1
    assert desk.desk.fetch(token) is None
    assert desk.desk.fetch("") is None


def test_files_nobody_fetches_do_not_pile_up():
    desk = Desk()
    tokens = [desk.desk.make("2026-11-21")[0] for _ in range(MOST_KEPT + 1)]
    assert [desk.desk.fetch(token) is None for token in tokens] == [True, *[False] * MOST_KEPT]


@pytest.mark.parametrize("day", ["", "2026-11", "20261121", "2026-11-31", "2026-W47-6", "yesterday!"])
def test_a_malformed_day_is_refused(day):
    assert Desk().why(day) == "malformed"


def test_why_there_is_none():
    desk = Desk()
    assert (desk.why("2026-11-23"), desk.why("2026-11-22"), desk.why("2026-11-20")) == ("future", "making", "nothing")
    desk.now_ms -= 1
    assert desk.why("2026-11-21") == "making"


def test_at_once_every_day_but_those_to_come_has_a_bill():
    desk = Desk(at_once=True)
    assert [desk.desk.make(day)[1] for day in ("2026-11-20", "2026-11-21", "2026-11-22")] == [
        b"2026-11-20 []",
        b"2026-11-21 ['A']",
        b"2026-11-22 []",
    ]
    assert desk.why("2026-11-23") == "future"


@pytest.mark.parametrize("name", ["bill_row_missing", "bill_refund_missing", "bill_row_twice"])
def test_a_fault_without_a_row_to_strike_waits_for_one(name):
    desk = Desk(at_once=True)
    desk.faults.arm(ALIPAY, name)
    desk.desk.make("2026-11-22")
    assert not desk.faults.hits
