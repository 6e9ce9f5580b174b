"""How the wallets write a day's bill: WeChat's text and Alipay's ZIP, all columns in order, and their spoiled forms."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from .bills import BEIJING, Row, Wrong, refund_id

WECHAT_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
WECHAT_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
ALIPAY_HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
ALIPAY_TOTALS = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"
    "卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)


def never(name: str) -> bool:
    """Nothing goes wrong."""
    del name
    return False


def _yuan(fen: int) -> str:
    return str(Decimal(fen).scaleb(-2).quantize(Decimal("0.01")))


def _fee(mfen: int) -> str:
    return str(Decimal(mfen).scaleb(-5).quantize(Decimal("0.00001")))


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


# ---------------------------------------------------------------- WeChat


def wechat_text(rows: Sequence[Row], day: date, wrong: Wrong = never, *, appid: str, mchid: str) -> bytes:
    """The ALL layout: UTF-8 with a BOM, CRLF, each value behind a backtick, the summary last."""
    del day  # only the rows tell
    columns, table = WECHAT_HEADER.split(","), [_wechat_values(row, appid, mchid) for row in rows]
    if wrong("bill_missing_column"):
        gone = columns.index("订单金额")
        columns = [*columns[:gone], *columns[gone + 1 :]]
        table = [[*values[:gone], *values[gone + 1 :]] for values in table]
    off = 1 if wrong("bill_totals_off") else 0
    paid, back = sum(row.amount for row in rows), sum(row.back for row in rows)
    fee = sum(row.fee_mfen for row in rows)
    summary = [str(len(rows)), _yuan(paid), _yuan(back), "0.00", _fee(fee), _yuan(paid + off), _yuan(back)]
    lines = [",".join(columns), *map(_backticked, table), WECHAT_TOTALS, _backticked(summary)]
    text = "\r\n".join(lines) + "\r\n"
    if wrong("bill_wrong_encoding"):
        return text.encode("gb18030")
    content = b"\xef\xbb\xbf" + text.encode()
    return content[: len(content) // 2] if wrong("bill_cut") else content


def _backticked(values: Sequence[str]) -> str:
    return ",".join(f"`{value}" for value in values)


def _wechat_values(row: Row, appid: str, mchid: str) -> list[str]:
    """A refund's row states what was given back, and no order amount."""
    is_refund, back = row.is_refund, _yuan(row.back)
    state = {"paid": "SUCCESS", "reversed": "REVOKED", "refunded": "REFUND", "odd": "USERPAYING"}[row.status]
    refund = [refund_id(row.refund), row.refund] if is_refund else ["0", "0"]
    kind = ["ORIGINAL", "SUCCESS"] if is_refund else ["", ""]
    return [
        *[_time(row.at_ms), appid, mchid, row.sub_mchid or "0", row.device, row.transaction, row.number],
        *[f"o_{row.payer}", "NATIVE" if row.presented else "MICROPAY", state, "OTHERS", "CNY"],
        *[_yuan(row.amount), "0.00", *refund, back, "0.00", *kind, row.description.replace(",", " "), ""],
        *[_fee(row.fee_mfen), "0.60%", _yuan(row.amount), back, ""],
    ]


# ---------------------------------------------------------------- Alipay


def alipay_zip(rows: Sequence[Row], day: date, wrong: Wrong = never, *, pid: str) -> bytes:
    """Two GBK texts in a ZIP whose file names are GBK too."""
    if not rows and wrong("bill_other_day"):  # a day without rows: then the dates above the list are what is wrong
        day -= timedelta(days=1)
    elif rows:
        day = datetime.fromtimestamp(rows[0].at_ms / 1000, BEIJING).date()
    columns, table = ALIPAY_HEADER.split(","), [_alipay_values(row) for row in rows]
    if wrong("bill_missing_column"):
        gone = columns.index("订单金额（元）")
        columns = [*columns[:gone], *columns[gone + 1 :]]
        table = [[*values[:gone], *values[gone + 1 :]] for values in table]
    off = 1 if wrong("bill_totals_off") else 0
    detail = [
        *_comments("业务明细查询", pid, day),
        f"#{'-' * 41}业务明细列表{'-' * 40}",
        ",".join(columns),
        *(",".join(values) for values in table),
        f"#{'-' * 41}业务明细列表结束{'-' * 36}",
        *_alipay_said(rows, off),
        f"#导出时间：[{day + timedelta(days=1):%Y年%m月%d日} 08:30:00]",
    ]
    summary = [*_comments("业务汇总查询", pid, day), *_alipay_summary(rows)]
    encoding = "utf-8" if wrong("bill_wrong_encoding") else "gb18030"
    stem = f"{pid}0156_{day:%Y%m%d}_业务明细"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in ((f"{stem}.csv", detail), (f"{stem}(汇总).csv", summary)):
            archive.writestr(_GbkName(name, day), ("\r\n".join(lines) + "\r\n").encode(encoding))
    content = buffer.getvalue()
    return content[: len(content) // 2] if wrong("bill_cut") else content


class _GbkName(zipfile.ZipInfo):
    """A member whose name is written in GBK without saying so, as Alipay's tools do."""

    def __init__(self, name: str, day: date) -> None:
        super().__init__(name, (day.year, day.month, day.day, 8, 30, 0))
        self.compress_type = zipfile.ZIP_DEFLATED

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 zipfile's own name
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


def _comments(title: str, pid: str, day: date) -> list[str]:
    end = day + timedelta(days=1)
    return [
        f"#支付宝{title}",
        f"#账号：[{pid}0156]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{end:%Y年%m月%d日} 00:00:00]",
    ]


def _alipay_values(row: Row) -> list[str]:
    """Amounts of a refund are negative; identifiers carry a tab, so that spreadsheets leave them alone."""
    kind = {"paid": "交易", "reversed": "交易", "refunded": "退款", "odd": "其他"}[row.status]
    amount, fee = _yuan(row.amount - row.back), _yuan(row.fee_mfen // 1000)
    nothing = "0.00"
    return [
        *[f"{row.transaction}\t", f"{row.number}\t", kind, row.description.replace(",", " ")],
        *[_time(row.at_ms if row.is_refund else row.opened_ms), _time(row.at_ms), f"{row.store}\t", "", ""],
        *[f"{row.device}\t", f"{row.payer[:3]}***@example.com\t", amount, amount, *[nothing] * 5, "", nothing, nothing],
        *[f"{row.refund}\t", fee, nothing, ""],
    ]


def _alipay_said(rows: Sequence[Row], off: int) -> list[str]:
    paid = [row.amount for row in rows if row.status == "paid"]
    back = [row.back for row in rows if row.status == "refunded"]
    return [
        f"#交易合计：{len(paid)}笔，商家实收共{_yuan(sum(paid) + off)}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{_yuan(-sum(back))}元，商家优惠退款共0.00元",
    ]


def _alipay_summary(rows: Sequence[Row]) -> list[str]:
    """One line per shop, then one for all."""
    lines = []
    for store in [*sorted({row.store for row in rows}), None]:
        some = [row for row in rows if store is None or row.store == store]
        paid, back = (sum(row.status == status for row in some) for status in ("paid", "refunded"))
        amount = sum(row.amount - row.back for row in some)
        fee = sum(row.fee_mfen for row in some) // 1000
        name = "合计" if store is None else store
        sums = [_yuan(amount), _yuan(amount), "0.00", "0.00", "0.00", _yuan(fee), "0.00", _yuan(amount - fee)]
        lines.append(",".join([f"{name}\t", "", str(paid), str(back), *sums]))
    head = f"#{'-' * 41}业务汇总列表{'-' * 40}"
    return [head, ALIPAY_TOTALS, *lines, f"#{'-' * 41}业务汇总列表结束{'-' * 36}"]
