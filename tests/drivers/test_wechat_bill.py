"""WeChat's trade bill against files written by hand, in every layout, and broken in every way we know."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from paybooth.domain.bill import Bill, BillError, BillKind, BillRow, BillStatus
from paybooth.domain.payment import Channel
from paybooth.drivers import wechat_bill
from paybooth.ports import Fault, FaultKind, NoBill

DAY = date(2026, 11, 21)
MCHID = "1900000109"
HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
PAID = (
    "`2026-11-21 08:15:30,`wx1,`1900000109,`0,`b1,`4200001,`A1,`o_ann,`MICROPAY,`SUCCESS,`OTHERS,`CNY,"
    "`12.00,`0.50,`0,`0,`0.00,`0.00,`,`,`小店, 3 件,`,`0.07200,`0.60%,`12.50,`0.00,`"
)
BACK = (
    "`2026-11-21 23:59:59,`wx1,`1900000109,`0,`b1,`4200001,`A1,`o_ann,`MICROPAY,`REFUND,`OTHERS,`CNY,"
    "`0.00,`0.00,`5030001,`R1,`3.50,`0.50,`ORIGINAL,`PROCESSING,`小店,`,`-0.02100,`0.60%,`0.00,`4.00,`"
)
REVOKED = (
    "`2026-11-21 09:00:00,`wx1,`1900000109,`0,`b2,`4200002,`A2,`o_bo,`MICROPAY,`REVOKED,`OTHERS,`CNY,"
    "`7.00,`0.00,`0,`0,`0.00,`0.00,`,`,`小店,`,`0.00000,`0.60%,`7.00,`0.00,`"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
SUM = "`3,`19.00,`3.50,`0.50,`0.05100,`19.50,`4.00"
WHOLE = [HEADER, PAID, REVOKED, BACK, TOTALS, SUM]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-11-21 {text}+08:00").timestamp() * 1000)


ROWS = (
    BillRow(2, BillKind.PAYMENT, "A1", "4200001", "", 1250, BillStatus.PAID, "SUCCESS", ms("08:15:30"), "b1", 7200),
    BillRow(3, BillKind.PAYMENT, "A2", "4200002", "", 700, BillStatus.REVERSED, "REVOKED", ms("09:00:00"), "b2", 0),
    BillRow(
        4, BillKind.REFUND, "A1", "4200001", "R1", 400, BillStatus.PENDING, "PROCESSING", ms("23:59:59"), "b1", -2100
    ),
)


def read(lines: list[str], *, end: str = "\r\n", bom: bool = True, sub_mchid: str = "") -> Bill:
    text = end.join(lines) + end
    return wechat_bill.read((b"\xef\xbb\xbf" * bom) + text.encode(), DAY, mchid=MCHID, sub_mchid=sub_mchid)


def faults(lines: list[str], *, sub_mchid: str = "") -> tuple[str, ...]:
    with pytest.raises(BillError) as caught:
        read(lines, sub_mchid=sub_mchid)
    return caught.value.faults


def without(column: str, lines: list[str] = WHOLE) -> list[str]:
    """A layout that lacks a column."""
    at = HEADER.split(",").index(column)
    table = [",`".join(v for n, v in enumerate(line.split(",`")) if n != at) for line in lines[1:-2]]
    return [",".join(c for c in HEADER.split(",") if c != column), *table, *lines[-2:]]


# ---------------------------------------------------------------- whole


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("bom", [True, False])
def test_a_bill_is_read_with_and_without_bom_and_carriage_returns(end, bom):
    assert read(WHOLE, end=end, bom=bom) == Bill(Channel.WECHAT, DAY, ROWS)


def test_columns_are_found_by_name_wherever_they_stand():
    def turned(line: str, sep: str) -> str:
        return sep.join(reversed(line.removeprefix("`").split(sep)))

    table = ["`" + turned(line, ",`") for line in WHOLE[1:4]]
    assert read([turned(HEADER, ","), *table, TOTALS, SUM]).rows == ROWS


def test_columns_nobody_knows_do_no_harm():
    assert read([f"{HEADER},新列", *(f"{line},`x" for line in WHOLE[1:4]), TOTALS, SUM]).rows == ROWS


def test_the_layout_of_paid_orders_alone():
    gone = ["微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态", "申请退款金额"]
    at = [HEADER.split(",").index(name) for name in gone]
    values = [v for n, v in enumerate(PAID.split(",`")) if n not in at]
    header = ",".join(c for c in HEADER.split(",") if c not in gone)
    bill = read(
        [header, ",`".join(values), "总交易单数,应结订单总金额,手续费总金额,订单总金额", "`1,`12.00,`0.07,`12.50"]
    )
    assert bill.rows == ROWS[:1]


def test_the_layout_of_refunds_alone_is_of_the_day_they_were_asked_for():
    row = BACK.replace("`2026-11-21 23:59:59", "`2026-11-02 10:00:00,`2026-11-21 23:59:59,`2026-11-22 00:00:01")
    header = HEADER.replace("交易时间,", "交易时间,退款申请时间,退款成功时间,")
    bill = read([header, row, TOTALS, "`1,`0.00,`3.50,`0.50,`-0.02100,`0.00,`4.00"])
    assert [(r.amount, r.at_ms) for r in bill.rows] == [(400, ms("23:59:59"))]


def test_a_day_without_rows():
    assert read([HEADER, TOTALS, "`0,`0.00,`0.00,`0.00,`0.00,`0.00,`0.00"]).rows == ()


def test_the_bill_of_a_sub_merchant():
    lines = [line.replace("`1900000109,`0", "`1900000109,`1900000999") for line in WHOLE]
    assert read(lines, sub_mchid="1900000999").rows == ROWS


def test_a_taken_back_order_may_state_its_money_as_given_back():
    row = REVOKED.replace("`7.00,`0.00,`0,`0,`0.00", "`0.00,`0.00,`0,`0,`7.00").replace("%,`7.00,`0", "%,`0.00,`7")
    bill = read([HEADER, row, TOTALS, "`1,`0.00,`7.00,`0.00,`0.00,`0.00,`7.00"])
    assert [(r.kind, r.amount, r.status) for r in bill.rows] == [(BillKind.PAYMENT, 700, BillStatus.REVERSED)]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("SUCCESS", BillStatus.REFUNDED),
        ("PROCESSING", BillStatus.PENDING),
        ("ABNORMAL", BillStatus.PENDING),
        ("CHANGE", BillStatus.PENDING),
        ("FAIL", BillStatus.FAILED),
        ("CLOSED", BillStatus.FAILED),
        ("", BillStatus.OTHER),
        ("SOMETHING", BillStatus.OTHER),
    ],
)
def test_what_a_refund_came_to(said, status):
    row = read([HEADER, PAID, REVOKED, BACK.replace("PROCESSING", said), TOTALS, SUM]).rows[2]
    assert (row.kind, row.status, row.said) == (BillKind.REFUND, status, said)


@pytest.mark.parametrize(("row", "kind"), [(PAID, BillKind.PAYMENT), (BACK, BillKind.REFUND)])
def test_a_status_nobody_wrote_down_is_kept(row, kind):
    odd = row.replace("`SUCCESS,", "`ODD,").replace("`REFUND,", "`ODD,")
    sums = {PAID: "`1,`12.00,`0.00,`0.00,`0.07200,`12.50,`0.00", BACK: "`1,`0.00,`3.50,`0.50,`-0.02100,`0.00,`4.00"}
    read_row = read([HEADER, odd, TOTALS, sums[row]]).rows[0]
    assert (read_row.kind, read_row.status, read_row.said) == (kind, BillStatus.OTHER, "ODD")


# ---------------------------------------------------------------- broken


@pytest.mark.parametrize("column", [*wechat_bill.ORDER, *wechat_bill.REFUND])
def test_a_missing_column_is_named(column):
    assert faults(without(column)) == (f"line 1: the column {column} is missing",)


@pytest.mark.parametrize("column", ["设备号", "商品名称", "货币种类", "费率备注"])
def test_a_column_we_can_do_without_may_be_missing(column):
    assert len(read(without(column)).rows) == 3


def test_a_column_that_is_there_twice():
    lines = [f"{HEADER},订单金额", *(f"{line},`1.00" for line in WHOLE[1:4]), TOTALS, SUM]
    assert faults(lines) == ("line 1: the column 订单金额 is there twice",)


@pytest.mark.parametrize(
    ("was", "is_", "sentence"),
    [
        ("`12.50", "`12.5O", "line 2: 订单金额 is '12.5O', not an amount in yuan with at most 2 decimals"),
        ("`12.50", "`12.505", "line 2: 订单金额 is '12.505', not an amount in yuan with at most 2 decimals"),
        ("`12.50", "`1e3", "line 2: 订单金额 is '1e3', not an amount in yuan with at most 2 decimals"),
        ("`12.50", "`", "line 2: 订单金额 is '', not an amount in yuan with at most 2 decimals"),
        ("`12.50", "`-12.50", "line 2: 订单金额 is -12.50, but must be above zero"),
        ("`12.50", "`0.00", "line 2: 订单金额 is 0.00, but must be above zero"),
        ("`0.07200", "`0.072001", "line 2: 手续费 is '0.072001', not an amount in yuan with at most 5 decimals"),
        ("`A1", "`", "line 2: 商户订单号 is empty"),
        ("`4200001", "`0", "line 2: 微信订单号 is empty"),
        ("`1900000109", "`1900000110", "line 2: it is of merchant 1900000110, not of 1900000109"),
        ("`0,`b1", "`1900000999,`b1", "line 2: it is of sub-merchant 1900000999, not of none"),
        ("`CNY", "`USD", "line 2: the currency is USD, not CNY"),
        ("11-21 08:15:30", "11-20 23:59:59", "line 2: it is of 2026-11-20, not of 2026-11-21"),
        ("11-21 08:15:30", "11-22 00:00:00", "line 2: it is of 2026-11-22, not of 2026-11-21"),
        ("11-21 08:15:30", "11-21", "line 2: 交易时间 is '2026-11-21', not a time such as 2026-11-21 08:30:00"),
        ("11-21 08", "13-21 08", "line 2: 交易时间 is '2026-13-21 08:15:30', not a time such as 2026-11-21 08:30:00"),
        (",`0.60%", "", "line 2: it has 26 values, but the header names 27 columns"),
        (",`0.60%", ",`0.60%,`", "line 2: it has 28 values, but the header names 27 columns"),
        (",`0.60%", ",0.60%", "line 2: it has 26 values, but the header names 27 columns"),
    ],
)
def test_a_bad_row_is_told_with_its_line(was, is_, sentence):
    assert was in PAID
    assert faults([HEADER, PAID.replace(was, is_, 1), REVOKED, BACK, TOTALS, SUM]) == (sentence,)


@pytest.mark.parametrize(
    ("was", "is_", "sentence"),
    [
        ("`R1", "`0", "line 4: 商户退款单号 is empty"),
        ("`4.00", "`-4.00", "line 4: 申请退款金额 is -4.00, but must be above zero"),
    ],
)
def test_a_bad_refund_is_told_with_its_line(was, is_, sentence):
    assert faults([HEADER, PAID, REVOKED, BACK.replace(was, is_), TOTALS, SUM]) == (sentence,)


def test_every_fault_is_told():
    rows = [PAID.replace("`12.50", "`x").replace("`A1", "`"), REVOKED.replace("`7.00,`0.00,`0,`0", "`0"), BACK]
    assert [fault[:7] for fault in faults([HEADER, *rows, TOTALS, SUM])] == ["line 2:", "line 2:", "line 3:"]


@pytest.mark.parametrize(
    ("was", "is_", "sentence"),
    [
        ("`3,", "`4,", "line 6: the summary counts 4 rows, but the file has 3"),
        ("`19.00", "`19.01", "line 6: 应结订单总金额 says 19.01, but the rows add up to 19.00"),
        ("`3.50", "`3.40", "line 6: 退款总金额 says 3.40, but the rows add up to 3.50"),
        ("`0.50", "`0.00", "line 6: 充值券退款总金额 says 0.00, but the rows add up to 0.50"),
        ("`0.05100", "`0.05101", "line 6: 手续费总金额 says 0.05101, but the rows add up to 0.05100"),
        ("`19.50", "`19.49", "line 6: 订单总金额 says 19.49, but the rows add up to 19.50"),
        ("`19.50", "`", "line 6: 订单总金额 says , but the rows add up to 19.50"),
        ("`4.00", "`5.00", "line 6: 申请退款总金额 says 5.00, but the rows add up to 4.00"),
        (",`4.00", "", "line 6: it has 6 values, but the header names 7 columns"),
    ],
)
def test_totals_must_add_up(was, is_, sentence):
    assert faults([*WHOLE[:5], SUM.replace(was, is_)]) == (sentence,)


def test_a_total_of_fees_may_be_rounded_to_fen():
    assert read([*WHOLE[:5], SUM.replace("0.05100", "0.05")]).rows == ROWS
    assert faults([*WHOLE[:5], SUM.replace("0.05100", "0.06")])


@pytest.mark.parametrize("total", ["总交易单数", "订单总金额", "申请退款总金额"])
def test_a_missing_total_is_named(total):
    at = TOTALS.split(",").index(total)
    summary = ",`".join(v for n, v in enumerate(SUM.removeprefix("`").split(",`")) if n != at)
    titles = ",".join(t for t in TOTALS.split(",") if t != total)
    assert f"line 5: the column {total} is missing" in faults([*WHOLE[:4], titles, f"`{summary}"])


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_a_file_that_ends_too_soon_is_cut(count):
    assert faults(WHOLE[:count]) == ("the summary at the end is missing: the file is cut off",)


def test_a_file_cut_in_a_character():
    content = "\r\n".join(WHOLE).encode()
    at = content.index("小店".encode()) + 1
    with pytest.raises(BillError, match="in the middle of a character: it is cut off"):
        wechat_bill.read(content[:at], DAY, mchid=MCHID)


def test_a_file_in_another_encoding():
    with pytest.raises(BillError, match="line 1: the text is not UTF-8; was the file saved by another program"):
        wechat_bill.read("\r\n".join(WHOLE).encode("gbk"), DAY, mchid=MCHID)


@pytest.mark.parametrize("lines", [[], [""], WHOLE[1:]])
def test_a_file_without_a_header(lines):
    assert faults(lines) == ("the file does not begin with WeChat's header line",)


def test_two_bills_in_one_file():
    assert faults([*WHOLE, *WHOLE]) == ("line 7: something follows the summary: two bills in one file?",)
    assert faults([*WHOLE[:4], *WHOLE]) == ("line 5: the header comes a second time: two bills in one file?",)


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"<html>502</html>", b"PK\x03\x04" + bytes(100), b"`" * 1000])
def test_garbage_is_a_bill_error(content):
    with pytest.raises(BillError):
        wechat_bill.read(content, DAY, mchid=MCHID)


# ---------------------------------------------------------------- where it is

GOOD = {"hash_type": "SHA1", "hash_value": "AB", "download_url": "https://api.mch.weixin.qq.com/v3/file?token=1"}


def test_the_answer_names_address_and_hash():
    assert wechat_bill.address(200, GOOD) == (GOOD["download_url"], "ab")


@pytest.mark.parametrize(
    ("status", "code", "none"),
    [(400, "STATEMENT_CREATING", NoBill.NOT_YET), (400, "NO_STATEMENT_EXIST", NoBill.NONE)],
)
def test_the_answer_says_why_there_is_none(status, code, none):
    assert wechat_bill.address(status, {"code": code}) is none


@pytest.mark.parametrize(
    ("status", "reply", "kind"),
    [
        (200, None, FaultKind.GARBLED),
        (200, {**GOOD, "hash_type": "MD5"}, FaultKind.GARBLED),
        (200, {**GOOD, "hash_value": None}, FaultKind.GARBLED),
        (200, {**GOOD, "download_url": None}, FaultKind.GARBLED),
        (200, {**GOOD, "download_url": "https://a b"}, FaultKind.GARBLED),
        (200, {**GOOD, "download_url": "https://a/#b"}, FaultKind.GARBLED),
        (401, {"code": "SIGN_ERROR"}, FaultKind.DENIED),
        (403, {"code": "NO_AUTH"}, FaultKind.DENIED),
        (429, {"code": "FREQUENCY_LIMITED"}, FaultKind.BUSY),
        (500, {"code": "SYSTEM_ERROR"}, FaultKind.BUSY),
        (400, {"code": "PARAM_ERROR"}, FaultKind.BROKEN),
        (400, {}, FaultKind.BROKEN),
    ],
)
def test_any_other_answer_is_a_fault(status, reply, kind):
    with pytest.raises(Fault) as caught:
        wechat_bill.address(status, reply)
    assert caught.value.kind is kind
