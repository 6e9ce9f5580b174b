"""Alipay's trade bill against archives packed by hand, and broken in every way we know."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime

import pytest

from paybooth.domain.bill import Bill, BillError, BillKind, BillRow, BillStatus
from paybooth.domain.payment import Channel
from paybooth.drivers import alipay_bill
from paybooth.ports import Fault, FaultKind, NoBill

DAY = date(2026, 11, 21)
TITLE = [
    "#支付宝业务明细查询",
    "#账号：[20880000000000010156]",
    "#起始日期：[2026年11月21日 00:00:00]   终止日期：[2026年11月22日 00:00:00]",
    "#-----------------------------------------业务明细列表----------------------------------------",
]
HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
PAID = (
    "2026112122001\t,A1\t,交易,小店 3 件,2026-11-21 08:15:28,2026-11-21 08:15:30,s1\t,小店,,b1\t,ann***@example.com,"
    "12.50,12.00,0.00,0.00,0.00,0.50,0.50,满减,0.00,0.00,\t,0.07,0.00,"
)
BACK = (
    "2026112122001\t,A1\t,退款,小店 3 件,2026-11-21 23:59:50,2026-11-21 23:59:59,s1\t,小店,,b1\t,ann***@example.com,"
    "-4.00,-3.80,0.00,0.00,0.00,-0.20,0.00,,0.00,0.00,R1\t ,-0.02,0.00,早退"
)
END = "#-----------------------------------------业务明细列表结束------------------------------------"
SAID = [
    "#交易合计：1笔，商家实收共12.00元，商家优惠共0.50元",
    "#退款合计：1笔，商家实收退款共-3.80元，商家优惠退款共-0.20元",
    "#导出时间：[2026年11月22日 08:30:00]",
]
SUMMARY = [
    "#支付宝业务汇总查询",
    (
        "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"
        "卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
    ),
    "s1\t,小店,1,1,8.50,8.20,0.00,0.30,0.00,0.05,0.00,8.15",
    "合计\t,,1,1,8.50,8.20,0.00,0.30,0.00,0.05,0.00,8.15",
    "#-----------------------------------------业务汇总列表结束------------------------------------",
]
DETAIL = [*TITLE, HEADER, PAID, BACK, END, *SAID]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-11-21 {text}+08:00").timestamp() * 1000)


ROWS = (
    BillRow(6, BillKind.PAYMENT, "A1", "2026112122001", "", 1250, BillStatus.PAID, "交易", ms("08:15:30"), "b1", 7000),
    BillRow(
        7, BillKind.REFUND, "A1", "2026112122001", "R1", 400, BillStatus.REFUNDED, "退款", ms("23:59:59"), "b1", -2000
    ),
)


def zipped(*members: tuple[bytes, bytes]) -> bytes:
    """Names are bytes: put in as placeholders of the same length and written over, as no zip tool says GBK."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, (name, content) in enumerate(members):
            archive.writestr(chr(97 + n) * len(name), content)
    content = buffer.getvalue()
    for n, (name, _) in enumerate(members):
        content = content.replace((chr(97 + n) * len(name)).encode(), name)
    return content


def packed(
    detail: list[str], summary: list[str] | None = SUMMARY, *, encoding: str = "gbk", end: str = "\r\n"
) -> bytes:
    names = ("20880000_20261121_业务明细.csv".encode("gbk"), "20880000_20261121_业务明细(汇总).csv".encode("gbk"))
    texts = [detail] if summary is None else [detail, summary]
    return zipped(*((name, (end.join(t) + end).encode(encoding)) for name, t in zip(names, texts, strict=False)))


def read(detail: list[str], summary: list[str] | None = SUMMARY, *, pid: str = "") -> Bill:
    return alipay_bill.read(packed(detail, summary), DAY, pid=pid)


def faults(detail: list[str], summary: list[str] | None = SUMMARY) -> tuple[str, ...]:
    with pytest.raises(BillError) as caught:
        read(detail, summary)
    return caught.value.faults


def refused(content: bytes) -> str:
    with pytest.raises(BillError) as caught:
        alipay_bill.read(content, DAY)
    return str(caught.value)


# ---------------------------------------------------------------- whole


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_bill_is_read(end):
    assert alipay_bill.read(packed(DETAIL, end=end), DAY) == Bill(Channel.ALIPAY, DAY, ROWS)


def test_the_summary_may_come_first_or_not_at_all():
    detail, summary = ("\r\n".join(text).encode("gbk") for text in (DETAIL, SUMMARY))
    content = zipped(("x(汇总).csv".encode("gbk"), summary), ("x.csv".encode("gbk"), detail))
    assert alipay_bill.read(content, DAY).rows == ROWS
    assert read(DETAIL, None).rows == ROWS


def test_columns_are_found_by_name_wherever_they_stand():
    turned = [
        ",".join(reversed(line.split(","))) for line in (HEADER.replace("（", "(").replace("）", ")"), PAID, BACK)
    ]
    assert read([*TITLE, *turned, END, *SAID]).rows == ROWS


def test_columns_nobody_knows_do_no_harm():
    assert read([*TITLE, f"{HEADER},新列", f"{PAID},x", f"{BACK},y", END, *SAID]).rows == ROWS


def test_a_fee_may_be_stated_as_what_is_taken_away():
    detail = [line.replace(",0.07,", ",-0.07,").replace(",-0.02,", ",0.02,") for line in DETAIL]
    assert read(detail, [line.replace(",0.05,", ",-0.05,") for line in SUMMARY]).rows == ROWS


def test_a_day_without_rows():
    said = ["#交易合计：0笔，商家实收共0.00元，商家优惠共0.00元", "#退款合计：0笔，商家实收退款共0.00元"]
    assert read([*TITLE, HEADER, END, *said], SUMMARY[:2]).rows == ()


def test_the_summary_may_count_payments_alone():
    assert read(DETAIL, [line.replace("8.50,8.20", "12.50,12.00").replace(",0.05,", ",0.07,") for line in SUMMARY])


def test_a_kind_nobody_wrote_down_is_kept():
    detail = [*TITLE, HEADER, PAID.replace("交易", "其他"), BACK.replace("退款", "撤销"), END]
    kinds = [(row.kind, row.status, row.said) for row in read(detail, None).rows]
    assert kinds == [
        (BillKind.PAYMENT, BillStatus.OTHER, "其他"),
        (BillKind.REFUND, BillStatus.OTHER, "撤销"),
    ]


def test_the_account_is_checked_where_we_know_it():
    assert read(DETAIL, pid="2088000000000001").rows == ROWS
    with pytest.raises(
        BillError, match="line 2: it is the bill of account 20880000000000010156, not of 2088000000000002"
    ):
        read(DETAIL, pid="2088000000000002")


# ---------------------------------------------------------------- broken rows


@pytest.mark.parametrize("column", alipay_bill.NEEDED)
def test_a_missing_column_is_named(column):
    at = HEADER.split(",").index(column)
    table = [",".join(v for n, v in enumerate(line.split(",")) if n != at) for line in (HEADER, PAID, BACK)]
    assert faults([*TITLE, *table, END, *SAID]) == (f"line 5: the column {column} is missing",)


def test_missing_columns_are_named_together():
    assert faults([*TITLE, "业务类型,备注", END])[0].startswith(
        "line 5: the columns 支付宝交易号, 商户订单号, 完成时间,"
    )


def test_a_column_that_is_there_twice():
    table = [f"{HEADER},业务类型", f"{PAID},交易", f"{BACK},退款"]
    assert faults([*TITLE, *table, END, *SAID]) == ("line 5: the column 业务类型 is there twice",)


@pytest.mark.parametrize(
    ("was", "is_", "sentence"),
    [
        ("12.50", "12.5a", "line 6: 订单金额（元） is '12.5a', not an amount in yuan with at most 2 decimals"),
        ("12.50", "-12.50", "line 6: 订单金额（元） is -12.50, but must be above zero"),
        ("A1\t", "\t", "line 6: 商户订单号 is empty"),
        ("2026112122001\t", "\t", "line 6: 支付宝交易号 is empty"),
        ("21 08:15:30", "20 08:15:30", "line 6: it is of 2026-11-20, not of 2026-11-21"),
        (
            "2026-11-21 08:15:30",
            "2026/11/21 8:15",
            "line 6: 完成时间 is '2026/11/21 8:15', not a time such as 2026-11-21",
        ),
        ("小店 3", "小店,3", "line 6: it has 26 values, but the header names 25 columns"),
        (",0.07", ",", "line 6: 服务费（元） is '', not an amount in yuan with at most 5 decimals"),
    ],
)
def test_a_bad_row_is_told_with_its_line(was, is_, sentence):
    assert was in PAID
    (fault,) = faults([*TITLE, HEADER, PAID.replace(was, is_), BACK, END, *SAID])
    assert fault.startswith(sentence)


@pytest.mark.parametrize(
    ("was", "is_", "sentence"),
    [
        ("-4.00", "4.00", "line 7: 订单金额（元） is 4.00, but must be below zero"),
        ("R1\t", "\t", "line 7: 退款批次号/请求号 is empty"),
    ],
)
def test_a_bad_refund_is_told_with_its_line(was, is_, sentence):
    assert faults([*TITLE, HEADER, PAID, BACK.replace(was, is_), END, *SAID]) == (sentence,)


def test_the_bill_of_another_day_says_so_even_without_rows():
    title = [line.replace("起始日期：[2026年11月21日", "起始日期：[2026年11月20日") for line in TITLE]
    assert faults([*title, HEADER, END], None) == ("line 3: it is the bill of 2026-11-20, not of 2026-11-21",)


def test_a_list_without_end_is_cut():
    assert faults([*TITLE, HEADER, PAID]) == ("the line 业务明细列表结束 is missing: the file is cut off",)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_file_without_header_is_cut(count):
    assert faults(DETAIL[:count]) == ("the line with the columns' names is missing: the file is cut off",)


def test_two_bills_in_one_file():
    assert faults([*DETAIL[:6], *DETAIL]) == ("line 11: the header comes a second time: two bills in one file?",)
    assert "line 12: a row follows the end of the list: two bills in one file?" in faults([*DETAIL, PAID])


# ---------------------------------------------------------------- totals


@pytest.mark.parametrize(
    ("was", "is_", "sentence"),
    [
        ("交易合计：1笔", "交易合计：2笔", "line 9: 交易合计 counts 2 rows, but the file has 1"),
        ("共12.00元", "共12.01元", "line 9: 交易合计 says 12.01, but the rows add up to 12.00"),
        ("退款合计：1笔", "退款合计：0笔", "line 10: 退款合计 counts 0 rows, but the file has 1"),
        ("共-3.80元", "共-3.70元", "line 10: 退款合计 says -3.70, but the rows add up to -3.80"),
    ],
)
def test_totals_in_the_comments_must_add_up(was, is_, sentence):
    assert faults([line.replace(was, is_) for line in DETAIL]) == (sentence,)


@pytest.mark.parametrize(
    ("was", "is_", "sentence"),
    [
        (",1,1,", ",2,1,", "the summary's 交易订单总笔数 is 2, but the file has 1"),
        (",1,1,", ",1,0,", "the summary's 退款订单总笔数 is 0, but the file has 1"),
        (",8.50,", ",8.40,", "the summary's 订单金额（元） is 8.40, but the rows add up to 8.50"),
        (",8.20,", ",8.10,", "the summary's 商家实收（元） is 8.10, but the rows add up to 8.20"),
        (",0.05,", ",0.04,", "the summary's 服务费（元） is 0.04, but the rows add up to 0.05"),
    ],
)
def test_totals_of_the_summary_must_add_up(was, is_, sentence):
    assert faults(DETAIL, [line.replace(was, is_) for line in SUMMARY]) == (sentence,)
    assert faults(DETAIL, [line.replace(was, is_) for line in SUMMARY if "合计" not in line]) == (sentence,)


# ---------------------------------------------------------------- broken archives


def test_a_file_in_utf8_is_told_from_gbk():
    assert "业务明细.csv is in UTF-8, not in GBK as Alipay writes it" in refused(packed(DETAIL, encoding="utf-8"))


def test_text_that_is_neither():
    content = zipped(("明细.csv".encode("gbk"), "\n".join(DETAIL).encode("gbk") + b"\n\xff\xff\xff"))
    assert "明细.csv, line 12: the text is not GBK" in refused(content)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_cut_archive(part):
    whole = packed(DETAIL)
    assert "cut off" in refused(whole[: int(len(whole) * part)])


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"PK", b"PK\x03\x04" + bytes(200), bytes(500)])
def test_what_is_no_archive(content):
    assert "not a whole ZIP" in refused(content)


@pytest.mark.parametrize("at", range(0, 900, 37))
def test_a_damaged_byte_is_a_bill_error_or_changes_nothing_we_read(at):
    content = bytearray(packed(DETAIL))
    content[at] ^= 0x55
    try:
        rows = alipay_bill.read(bytes(content), DAY).rows
    except BillError:
        rows = ROWS
    assert rows == ROWS


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(alipay_bill, "MOST_UNPACKED", 1 << 20)
    assert "unpacks to more than 1 MiB" in refused(zipped((b"bill.csv", bytes(4 << 20))))


def test_a_bomb_that_lies_of_its_size_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(alipay_bill, "MOST_UNPACKED", 1 << 20)
    size = 4 << 20
    content = zipped((b"bill.csv", bytes(size))).replace(struct.pack("<I", size), struct.pack("<I", 100))
    assert "ZIP" in refused(content)


def test_an_archive_of_many_files():
    assert "holds 9 files" in refused(zipped(*((f"bill{n}.csv".encode(), b"x") for n in range(9))))


@pytest.mark.parametrize("names", [[], ["a.txt"], ["汇总.csv"], ["a.csv", "b.csv"]])
def test_an_archive_without_one_list(names):
    text = "\n".join(DETAIL).encode("gbk")
    assert "a bill has one" in refused(zipped(*((name.encode("gbk"), text) for name in names)))


def test_a_goods_name_is_no_end_mark():
    assert read([*TITLE, HEADER, PAID.replace("小店 3 件", "业务明细列表结束"), BACK, END, *SAID]).rows == ROWS


def test_an_archive_packed_in_another_way():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("bill.csv", "x")
    assert "packed in a way Alipay does not use" in refused(buffer.getvalue())


def test_an_encrypted_archive():
    content = bytearray(zipped((b"bill.csv", b"x")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "not a whole ZIP" in refused(bytes(content))


# ---------------------------------------------------------------- where it is

EVENING = int(datetime.fromisoformat("2026-11-22 18:00:00+08:00").timestamp() * 1000)


def test_the_answer_names_the_address():
    reply = {"code": "10000", "bill_download_url": "https://bills.example/x?fileId=1"}
    assert alipay_bill.address(reply, DAY, 0) == "https://bills.example/x?fileId=1"


@pytest.mark.parametrize("sub", ["isp.bill_not_exist", "BILL_NOT_EXIST", "ACQ.BILL_NOT_EXIST", "NO_BILL_DATA"])
def test_no_bill_is_not_yet_until_the_evening(sub):
    reply = {"code": "40004", "sub_code": sub}
    assert alipay_bill.address(reply, DAY, EVENING - 1) is NoBill.NOT_YET
    assert alipay_bill.address(reply, DAY, EVENING) is NoBill.NONE


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"code": "10000"}, FaultKind.GARBLED),
        ({"code": "10000", "bill_download_url": "https://a b"}, FaultKind.GARBLED),
        ({"code": "20000", "sub_code": "isp.unknow-error"}, FaultKind.BUSY),
        ({"code": "40005", "sub_code": "isv.app-call-limited"}, FaultKind.BUSY),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, FaultKind.BUSY),
        ({"code": "40006", "sub_code": "isv.insufficient-isv-permissions"}, FaultKind.DENIED),
        ({"code": "40002", "sub_code": "isv.invalid-signature"}, FaultKind.DENIED),
        ({"code": "40002", "sub_code": "isv.invalid-app-id"}, FaultKind.DENIED),
        ({"code": "40002", "sub_code": "isv.invalid-parameter"}, FaultKind.BROKEN),
        ({"code": "40004", "sub_code": "ILLEGAL"}, FaultKind.BROKEN),
        ({}, FaultKind.BROKEN),
    ],
)
def test_any_other_answer_is_a_fault(reply, kind):
    with pytest.raises(Fault) as caught:
        alipay_bill.address(reply, DAY, EVENING)
    assert caught.value.kind is kind
