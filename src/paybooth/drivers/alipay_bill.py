"""Alipay's trade bill: what the answer to our question means, and the ZIP as rows. Pure.

Source: Alipay open platform documents (bill download address), restated in docs/design/payment.md. Columns are found by
their header's text; the archive is opened in memory and never trusted with its own sizes.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from paybooth.domain.bill import Bill, BillError, BillKind, BillRow, BillStatus
from paybooth.domain.payment import Channel
from paybooth.ports import Fault, FaultKind, NoBill

from .alipay_codec import sub_code
from .bill_table import Faults, Row, exact, header, next_day_ms, places

MOST_UNPACKED = 64 << 20
"""Bytes of one file of the archive; some hundred thousand rows."""
MOST_MEMBERS = 8
SURE_HOUR = 18
"""Of the next day: a bill that is not there by then will not come."""

AMOUNT, RECEIVED, FEE, REFUND_NUMBER = "订单金额（元）", "商家实收（元）", "服务费（元）", "退款批次号/请求号"
NEEDED = ("支付宝交易号", "商户订单号", "业务类型", "完成时间", AMOUNT, RECEIVED, REFUND_NUMBER, FEE)
PAYMENTS, REFUNDS = "交易订单总笔数", "退款订单总笔数"

_END = "业务明细列表结束"
_FROM = re.compile(r"起始日期：\[(\d{4})年(\d{2})月(\d{2})日")
_ACCOUNT = re.compile(r"账号：\[(\d+)\]")
_SAID = {
    "交易": re.compile(r"交易合计：([0-9]{1,9})笔，商家实收共(-?[0-9.]+)元"),
    "退款": re.compile(r"退款合计：([0-9]{1,9})笔，商家实收退款共(-?[0-9.]+)元"),
}
"""Totals in the comments: how many, and how much."""


# ---------------------------------------------------------------- where it is


def address(reply: Mapping[str, Any], day: date, now_ms: int) -> str | NoBill:
    """URL of the file, from a proven answer. Raises Fault.

    Alipay has one word for a day without trades and for a bill that is not made yet: only the clock tells them apart.
    Bills are there by 09:00, now and then later.
    """
    code, sub = str(reply.get("code", "")), sub_code(reply).rpartition(".")[2].upper()
    if code == "10000":
        url = reply.get("bill_download_url")
        if not isinstance(url, str) or not re.fullmatch(r"[!-~]{1,2048}", url):
            raise Fault(FaultKind.GARBLED, "the bill's address is no URL")
        return url
    if sub in ("BILL_NOT_EXIST", "NO_BILL_DATA"):
        return NoBill.NOT_YET if now_ms < next_day_ms(day, SURE_HOUR) else NoBill.NONE
    said = f"{code} {reply.get('sub_code', '')}"[:80]
    if code in ("20000", "40005") or sub == "SYSTEM_ERROR":
        raise Fault(FaultKind.BUSY, said)
    is_ours = code in ("20001", "40001", "40003", "40006") or "signature" in said or "app-id" in said
    raise Fault(FaultKind.DENIED if is_ours else FaultKind.BROKEN, said)


# ---------------------------------------------------------------- the archive


def read(content: bytes, day: date, *, pid: str = "") -> Bill:
    """The rows of a day's trade bill; with `pid`, of that account alone. Raises BillError."""
    detail, summary = _unpack(content)
    lines = _lines(detail)
    faults = Faults()
    _check_comments(lines, day, pid, faults)
    table = _table(lines, faults)
    rows = [_row(row, day) for row in table]
    if not faults:  # totals over rows that do not fit say nothing new
        _check_said(lines, table, faults)
        _check_summary(summary, table, faults)
    faults.stop()
    return Bill(Channel.ALIPAY, day, tuple(rows))


def _unpack(content: bytes) -> tuple[str, str]:
    """Detail and summary; the latter empty where the archive has none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="gb18030") as archive:
            members = [m for m in archive.infolist() if m.filename.lower().endswith(".csv")]
            if len(archive.infolist()) > MOST_MEMBERS:
                raise BillError((f"the ZIP holds {len(archive.infolist())} files; a bill has two",))
            texts = {m.filename: _text(_member(archive, m), m.filename) for m in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        raise BillError(("the file is not a whole ZIP: it is cut off, or no bill at all",)) from error
    details = [text for name, text in texts.items() if "汇总" not in name]
    if len(details) != 1:
        raise BillError((f"the ZIP holds {len(details)} files of single trades; a bill has one",))
    return details[0], next((text for name, text in texts.items() if "汇总" in name), "")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """One file, never more than it may have, whatever the archive says of its size."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BillError((f"{member.filename} is packed in a way Alipay does not use",))
    with archive.open(member) as stream:
        content = stream.read(MOST_UNPACKED + 1)
    if len(content) > MOST_UNPACKED:
        raise BillError(
            (f"{member.filename} unpacks to more than {MOST_UNPACKED >> 20} MiB: that is no bill of a day",)
        )
    return content


def _text(content: bytes, name: str) -> str:
    """GBK. Chinese in UTF-8 reads as GBK too, as nonsense, so that is looked for first."""
    if not content.isascii():
        try:
            content.decode()
        except UnicodeDecodeError:
            pass
        else:
            raise BillError((f"{name} is in UTF-8, not in GBK as Alipay writes it; was it saved by another program?",))
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BillError((f"{name}, line {line}: the text is not GBK; the file is damaged or cut off",)) from error


def _lines(text: str) -> list[tuple[int, str]]:
    return [(n, line.strip()) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def _cells(line: str) -> list[str]:
    """Values carry tabs and spaces at their end, and brackets come in two widths."""
    return [cell.strip() for cell in line.split(",")]


def _names(line: str) -> list[str]:
    return [name.replace("(", "（").replace(")", "）") for name in _cells(line)]


# ---------------------------------------------------------------- the detail


def _check_comments(lines: Sequence[tuple[int, str]], day: date, pid: str, faults: Faults) -> None:
    """Whose bill the comments say it is, and of which day."""
    for at, line in lines:
        if not line.startswith("#"):
            return
        start, account = _FROM.search(line), _ACCOUNT.search(line)
        if start and "-".join(start.groups()) != str(day):
            faults.say(f"it is the bill of {'-'.join(start.groups())}, not of {day}", at)
        if account and not account[1].startswith(pid):
            faults.say(f"it is the bill of account {account[1]}, not of {pid}", at)


def _table(lines: Sequence[tuple[int, str]], faults: Faults) -> list[Row]:
    """The rows between header and end mark. Raises BillError where there are no columns to read by."""
    first = next((n for n, (_, line) in enumerate(lines) if not line.startswith("#")), None)
    if first is None:
        raise BillError(("the line with the columns' names is missing: the file is cut off",))
    names = _names(lines[first][1])
    header(names, NEEDED, lines[first][0], faults)
    faults.stop()
    columns, rows, end = places(names), [], 0
    for at, line in lines[first + 1 :]:
        if line.startswith("#"):
            end = at if _END in line else end
        elif end:
            faults.say("a row follows the end of the list: two bills in one file?", at)
        elif line == lines[first][1]:
            faults.say("the header comes a second time: two bills in one file?", at)
        else:
            rows.append(Row(at, columns, _cells(line), faults))
    if not end:
        faults.say(f"the line {_END} is missing: the file is cut off")
    return rows


def _row(row: Row, day: date) -> BillRow:
    """One movement. Whatever sign Alipay gives its fee, a refund gives it back."""
    said = row.text("业务类型")
    is_refund = said == "退款" or (said != "交易" and row.text(AMOUNT).startswith("-"))
    fee = abs(row.mfen(FEE))
    status = {"交易": BillStatus.PAID, "退款": BillStatus.REFUNDED}.get(said, BillStatus.OTHER)
    return BillRow(
        line=row.line,
        kind=BillKind.REFUND if is_refund else BillKind.PAYMENT,
        number=row.name("商户订单号"),
        transaction=row.name("支付宝交易号"),
        refund=row.name(REFUND_NUMBER) if is_refund else "",
        amount=row.fen(AMOUNT, sign=-1 if is_refund else 1),
        status=status,
        said=said,
        at_ms=row.at_ms("完成时间", day),
        device=row.text("终端号"),
        fee_mfen=-fee if is_refund else fee,
    )


# ---------------------------------------------------------------- the totals


def _sum(table: Sequence[Row], column: str, kind: str = "") -> Decimal:
    return sum((row.sum(column) for row in table if not kind or row.text("业务类型") == kind), Decimal(0))


def _check_said(lines: Sequence[tuple[int, str]], table: Sequence[Row], faults: Faults) -> None:
    """The totals in the comments below the list."""
    kinds = {kind: [row for row in table if row.text("业务类型") == kind] for kind in _SAID}
    totals = {kind: (len(rows), _sum(rows, RECEIVED)) for kind, rows in kinds.items()}
    for at, line in lines:
        for kind, (count, total) in totals.items():
            said = _SAID[kind].search(line) if line.startswith("#") else None
            if said and int(said[1]) != count:
                faults.say(f"{kind}合计 counts {said[1]} rows, but the file has {count}", at)
            if said and abs(exact(said[2]) or Decimal(0)) != abs(total):
                faults.say(f"{kind}合计 says {said[2]}, but the rows add up to {total}", at)


def _check_summary(text: str, table: Sequence[Row], faults: Faults) -> None:
    """The second file: one line per shop and one for all of them. Amounts may be with refunds or without."""
    lines = [(at, line) for at, line in _lines(text) if not line.startswith("#")]
    if len(lines) < 2 or PAYMENTS not in lines[0][1]:
        return
    names = _names(lines[0][1])
    columns = places(names)
    rows = [Row(at, columns, _cells(line), faults) for at, line in lines[1:]]
    whole = [row for row in rows if row.text(names[0]) == "合计"] or rows
    for title, kind in ((PAYMENTS, "交易"), (REFUNDS, "退款")):
        stated, count = _sum(whole, title), sum(row.text("业务类型") == kind for row in table)
        if title in names and stated != count:
            faults.say(f"the summary's {title} is {stated}, but the file has {count}")
    for title in (AMOUNT, RECEIVED, FEE):
        stated, both = _sum(whole, title), (_sum(table, title), _sum(table, title, "交易"))
        if title in names and stated not in both:
            faults.say(f"the summary's {title} is {stated}, but the rows add up to {both[0]}")
