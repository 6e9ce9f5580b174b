"""A report as one CSV sheet for spreadsheets: names in English, for machines. UTF-8, CRLF (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from paybooth.domain.money import Fen, yuan
from paybooth.domain.report import AlarmScore, Report, Sums

from .statement import cell

HEADER = ("section", "name", "detail", "count", "yuan", "seconds")
Row = tuple[object, ...]


def as_csv(report: Report) -> str:
    """Every table of the report, one under the other."""
    out = io.StringIO(newline="")
    pen = csv.writer(out)
    pen.writerow(HEADER)
    for row in _rows(report):
        pen.writerow([cell(each) if isinstance(each, str) else each for each in row])
    return out.getvalue()


def _yuan(fen: int) -> str:
    return yuan(Fen(fen))


def _rows(report: Report) -> Iterator[Row]:
    yield from _figures(f"{report.first}/{report.last}", report.sums)
    yield from _figures("before", report.before)
    for day in report.days:
        yield "day", day.day, f"{day.pieces} pieces", day.sales, _yuan(day.fen), ""
        if day.refunded_fen:
            yield "day refunded", day.day, "", "", _yuan(day.refunded_fen), ""
    for weekday, hours in enumerate(report.week, 1):
        for hour, fen in enumerate(hours):
            if fen:
                yield "hour", f"weekday {weekday}", f"{hour:02}:00", "", _yuan(fen), ""
    for basket in report.baskets:
        yield "basket", f"{basket.pieces} pieces", "", basket.sales, _yuan(basket.fen), ""
    for product in report.products:
        yield "product", product.sku, product.name_zh, product.quantity, _yuan(product.fen), ""
    if report.products_more:
        yield "product", "others", f"{report.products_more} products", "", _yuan(report.products_more_fen), ""
    for wallet in report.wallets:
        yield "wallet", wallet.channel, "paid", wallet.paid, _yuan(wallet.fen), wallet.paid_ms / 1000
        for state in ("declined", "reversed", "open"):
            yield "wallet", wallet.channel, state, getattr(wallet, state), "", ""
    for kind in report.incidents:
        yield "incident", kind.kind, f"{kind.healed} healed", kind.count, "", kind.busy_ms / 1000
    yield from _alarms("alarms by gate", report.gates)
    yield from _alarms("alarms by product", report.alarmed)


def _figures(name: str, sums: Sums) -> Iterator[Row]:
    effort, loss = sums.effort, sums.loss
    yield "takings", name, f"{sums.pieces} pieces", sums.sales, _yuan(sums.fen), ""
    yield "discounts", name, "", "", _yuan(sums.discounts_fen), ""
    yield "refunded", name, "", "", _yuan(sums.refunded_fen), ""
    yield "baskets begun", name, f"{effort.given_up} given up", effort.trips, "", ""
    yield "helped from afar", name, f"{effort.calls} calls", effort.assists, "", ""
    yield "operator time", name, "", "", "", effort.operator_ms / 1000
    if effort.per_100_trips_s is not None:
        yield "operator time per 100 trips", name, "", "", "", effort.per_100_trips_s
    yield "loss known", name, "theft", loss.known, _yuan(loss.known_fen), ""
    yield "loss open", name, "no verdict", loss.open, _yuan(loss.open_fen), ""
    yield "loss averted", name, "paid or put back", loss.saved, _yuan(loss.saved_fen), ""


def _alarms(section: str, scores: tuple[AlarmScore, ...]) -> Iterator[Row]:
    for score in scores:
        yield section, score.what, f"{score.right} right, {score.false} false", score.rang, "", ""
