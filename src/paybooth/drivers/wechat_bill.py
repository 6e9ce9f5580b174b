"""WeChat Pay's trade bill: what the answer to our question means, and the file as rows. Pure.

Source: WeChat Pay merchant documents (trade bill, bill download), restated in docs/design/payment.md. Columns are found
by their header's text: merchants have layouts of different age.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from paybooth.domain.bill import Bill, BillError, BillKind, BillRow, BillStatus
from paybooth.domain.payment import Channel
from paybooth.ports import Fault, FaultKind, NoBill

from .bill_table import Faults, Row, exact, header, places

ORDER = ("交易时间", "商户号", "特约商户号", "微信订单号", "商户订单号", "交易状态", "订单金额", "手续费")
REFUND = ("微信退款单号", "商户退款单号", "退款状态", "申请退款金额")
"""All or none of them: the layout of paid orders alone has none."""
TOTALS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
"""What the summary states, and the column it adds up."""
COUNT = "总交易单数"
NEEDED_TOTALS = ("订单总金额", "申请退款总金额")

_REFUNDS = {
    "SUCCESS": BillStatus.REFUNDED,
    "PROCESSING": BillStatus.PENDING,
    "ABNORMAL": BillStatus.PENDING,  # stuck, not failed: a second refund would be wrong
    "CHANGE": BillStatus.PENDING,
    "FAIL": BillStatus.FAILED,
    "CLOSED": BillStatus.FAILED,
    "CLOSE": BillStatus.FAILED,
}
_BUSY = frozenset({"SYSTEM_ERROR", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED"})


# ---------------------------------------------------------------- where it is


def address(status: int, reply: Mapping[str, Any] | None) -> tuple[str, str] | NoBill:
    """URL and SHA-1 of the file, from a verified answer to tradebill. Raises Fault."""
    if reply is None:
        raise Fault(FaultKind.GARBLED, f"HTTP {status}, no JSON")
    code = str(reply.get("code", ""))[:64]
    if status == 200:
        url, digest = reply.get("download_url"), reply.get("hash_value")
        if reply.get("hash_type") != "SHA1" or not isinstance(digest, str):
            raise Fault(FaultKind.GARBLED, "the bill's hash is not a SHA1")
        if not isinstance(url, str) or not re.fullmatch(r"[!-~]{1,2048}", url) or "#" in url:
            raise Fault(FaultKind.GARBLED, "the bill's address is no URL")
        return url, digest.lower()
    if code == "STATEMENT_CREATING":
        return NoBill.NOT_YET
    if code == "NO_STATEMENT_EXIST":
        return NoBill.NONE
    if status in (401, 403):
        raise Fault(FaultKind.DENIED, f"HTTP {status} {code}")
    busy = status == 429 or status >= 500 or code in _BUSY
    raise Fault(FaultKind.BUSY if busy else FaultKind.BROKEN, f"HTTP {status} {code}")


# ---------------------------------------------------------------- the file


def read(content: bytes, day: date, *, mchid: str, sub_mchid: str = "") -> Bill:
    """The rows of a trade bill (ALL, SUCCESS or REFUND) of this merchant and day. Raises BillError."""
    lines = [(n, text) for n, text in enumerate(_decode(content).split("\n"), 1) if text.strip()]
    faults = Faults()
    if not lines or lines[0][1].startswith("`"):
        raise BillError(("the file does not begin with WeChat's header line",))
    (at, first), rest = lines[0], lines[1:]
    names = _names(first)
    has_refunds = any(name in names for name in REFUND)
    header(names, (*ORDER, *REFUND) if has_refunds else ORDER, at, faults)
    faults.stop()
    end = next((n for n, (_, text) in enumerate(rest) if not text.startswith("`")), len(rest))
    columns = places(names)
    table = [Row(line, columns, _values(text), faults) for line, text in rest[:end]]
    rows = [_row(row, day, mchid, sub_mchid, is_dated="退款申请时间" in names) for row in table]
    _check_summary(rest[end:], table, names, faults)
    faults.stop()
    return Bill(Channel.WECHAT, day, tuple(rows))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise BillError(("the file ends in the middle of a character: it is cut off",)) from error
        line = content.count(b"\n", 0, error.start) + 1
        raise BillError((f"line {line}: the text is not UTF-8; was the file saved by another program?",)) from error


def _names(line: str) -> list[str]:
    return [name.strip().lstrip("`") for name in line.split(",")]


def _values(line: str) -> list[str]:
    """Each value begins with a backtick, so a comma in a goods name does no harm."""
    return [value.strip() for value in line.removeprefix("`").split(",`")]


def _row(row: Row, day: date, mchid: str, sub_mchid: str, *, is_dated: bool) -> BillRow:
    """One movement.

    A refund's amount is 申请退款金额, which is the `amount.refund` we asked for. 退款金额 is less where the shopper had
    paid with a coupon of ours that is not given back, and 充值券退款金额 is a part of it, not on top.
    """
    state = row.text("交易状态")
    _check_merchant(row, mchid, sub_mchid)
    is_refund = state == "REFUND" or (state not in ("SUCCESS", "REVOKED") and row.text("商户退款单号") not in ("", "0"))
    # the order's amount of one taken back may stand where what was given back stands
    is_moved = state == "REVOKED" and row.is_zero("订单金额")
    said = row.text("退款状态") if state == "REFUND" else state
    return BillRow(
        line=row.line,
        kind=BillKind.REFUND if is_refund else BillKind.PAYMENT,
        number=row.name("商户订单号"),
        transaction=row.name("微信订单号"),
        refund=row.name("商户退款单号") if is_refund else "",
        amount=row.fen("申请退款金额" if is_refund or is_moved else "订单金额"),
        status=_status(state, said, is_refund=is_refund),
        said=said,
        at_ms=row.at_ms("退款申请时间" if is_refund and is_dated else "交易时间", day),
        device=row.text("设备号"),
        fee_mfen=row.mfen("手续费"),
    )


def _status(state: str, said: str, *, is_refund: bool) -> BillStatus:
    if is_refund:
        return _REFUNDS.get(said, BillStatus.OTHER) if state == "REFUND" else BillStatus.OTHER
    return {"SUCCESS": BillStatus.PAID, "REVOKED": BillStatus.REVERSED}.get(state, BillStatus.OTHER)


def _check_merchant(row: Row, mchid: str, sub_mchid: str) -> None:
    if row.text("商户号") != mchid:
        row.say(f"it is of merchant {row.text('商户号')}, not of {mchid}")
    stated = row.text("特约商户号")
    if ("" if stated == "0" else stated) != sub_mchid:
        row.say(f"it is of sub-merchant {stated or 'none'}, not of {sub_mchid or 'none'}")
    if row.text("货币种类") not in ("", "CNY"):
        row.say(f"the currency is {row.text('货币种类')}, not CNY")


def _check_summary(
    lines: Sequence[tuple[int, str]], table: Sequence[Row], names: Sequence[str], faults: Faults
) -> None:
    """The last two lines: what the totals are called, and what they are."""
    if lines and _names(lines[0][1]) == list(names):
        faults.say("the header comes a second time: two bills in one file?", lines[0][0])
        return
    if len(lines) < 2:
        faults.say("the summary at the end is missing: the file is cut off")
        return
    if len(lines) > 2:
        faults.say("something follows the summary: two bills in one file?", lines[2][0])
    (at, first), (line, second) = lines[0], lines[1]
    titles = _names(first)
    header(titles, (COUNT, *(total for total in NEEDED_TOTALS if TOTALS[total] in names)), at, faults)
    summary = Row(line, places(titles), _values(second), faults)
    if faults:  # totals over rows that do not fit say nothing new
        return
    if summary.text(COUNT) != str(len(table)):
        summary.say(f"the summary counts {summary.text(COUNT)} rows, but the file has {len(table)}")
    for total, column in TOTALS.items():
        stated = exact(summary.text(total))
        sum_ = sum((row.sum(column) for row in table), Decimal(0))
        if total in titles and stated != _as_stated(sum_, stated, column):
            summary.say(f"{total} says {summary.text(total)}, but the rows add up to {sum_}")


def _as_stated(sum_: Decimal, stated: Decimal | None, column: str) -> Decimal:
    """A total of fees may be rounded to fen; nothing else may."""
    if column != "手续费" or stated is None or stated.as_tuple().exponent != -2:
        return sum_
    return sum_.quantize(Decimal("0.01"), ROUND_HALF_UP)
