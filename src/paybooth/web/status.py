"""How the shop is, on one page without script: booths, devices, open charges, last sales. The console comes later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from paybooth.domain.incident import Severity
from paybooth.domain.money import Fen, yuan
from paybooth.ports import HealthState
from paybooth.shop.shop import Shop

REFRESH_S = 5


def page(shop: Shop) -> str:
    """The whole page; it loads itself anew every few seconds."""
    body = f"<h1>{escape(shop.settings.name_zh)} <small>{escape(shop.settings.name_en)}</small></h1>"
    body += f'<p class="say">{escape(sentence(shop))}</p>' + _devices(shop) + _booths(shop)
    body += _sales(shop) + _days(shop)
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="{REFRESH_S}"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(shop.settings.name_zh)}</title>"
        f'<link rel="stylesheet" href="/ui/receipt/status.css"><main>{body}</main></html>'
    )


def sentence(shop: Shop) -> str:
    """One line that says whether the shop is well."""
    troubled = [s.device for s in shop.watch.table.values() if s.health.state is HealthState.OFFLINE]
    silent = [s.device for s in shop.watch.table.values() if s.health.state is HealthState.UNKNOWN]
    if troubled:
        return f"要看一下：{'、'.join(troubled)} 不在线 · needs a look: {', '.join(troubled)} offline"
    differing = _differing(shop)
    if differing:
        return f"要看一下：{differing} 的账单有对不上的 · needs a look: the bills of {differing} differ"
    if shop.till.in_flight:
        return f"有 {shop.till.in_flight} 笔付款正在核对 · {shop.till.in_flight} charges being settled"
    if silent:
        return f"还没有回答：{'、'.join(silent)} · not heard from yet: {', '.join(silent)}"
    return "店里一切正常 · All is well"


def is_well(shop: Shop) -> bool:
    """Nothing needs a look: every device answers, no bill differs, nothing critical waits for staff."""
    silent = (HealthState.OFFLINE, HealthState.UNKNOWN)
    dead = any(status.health.state in silent for status in shop.watch.table.values())
    critical = any(found.severity is Severity.CRITICAL for found in shop.exits.incidents.live.values())
    return not dead and not critical and not _differing(shop)


def _differing(shop: Shop) -> str:
    """The newest matched day, where it differs."""
    newest = [match for _, match in shop.ledger.matches(limit=len(shop.channels))]
    return next((match.day for match in newest if match.differences), "")


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return f'<section><h2>{title}</h2><p class="empty">—</p></section>'
    heads = "".join(f"<th>{h}</th>" for h in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<section><h2>{title}</h2><table><tr>{heads}</tr>{body}</table></section>"


def _clock(shop: Shop, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, shop.settings.zone).strftime("%m-%d %H:%M:%S")


def _devices(shop: Shop) -> str:
    rows = [
        (
            escape(s.device),
            f'<b class="{s.health.state.value}">{s.health.state.value}</b>',
            escape(", ".join(s.health.reasons)),
            _clock(shop, s.since_ms),
        )
        for s in shop.watch.table.values()
    ]
    return _table("设备 · Devices", ("", "", "", "自 · since"), rows)


def _booths(shop: Shop) -> str:
    rows = []
    for booth in shop.booths.values():
        view = booth.feed.view
        total = f"¥{yuan(Fen(view.sale.total_fen))}" if view and view.sale else ""
        called = "找店员 · calls for help" if view and view.help else ""
        rows.append((escape(booth.settings.id), view.phase if view else "", total, called))
    return _table("结账台 · Booths", ("", "", "", ""), rows)


def _days(shop: Shop) -> str:
    """The last matches with the wallets' bills."""
    rows = []
    for at_ms, match in shop.ledger.matches(limit=14):
        count = len(match.differences) + match.more
        verdict = f'<b class="offline">{count}</b>' if count else '<b class="online">0</b>'
        rows.append((escape(match.day), escape(match.channel), str(match.rows), verdict, _clock(shop, at_ms)))
    return _table("对账 · Bills matched", ("日期 · day", "", "行 · rows", "差异 · differ", "自 · at"), rows)


def _sales(shop: Shop) -> str:
    rows = [
        (escape(row.number), row.phase, f"¥{yuan(row.total)}", _clock(shop, row.paid_ms or row.opened_ms))
        for row in shop.ledger.sales(limit=20)
    ]
    return _table("最近的单 · Last sales", ("单号", "", "", ""), rows)
