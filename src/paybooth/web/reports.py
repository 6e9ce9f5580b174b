"""REST: what a stretch of days was like, for the console and for a spreadsheet. One at a time: each is a long walk."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response

from paybooth.domain.report import DAYS_MOST, Report
from paybooth.domain.staff import Act
from paybooth.shop.report_sheet import as_csv
from paybooth.shop.shop import Shop

from .openapi import answer
from .staff import who

Day = Annotated[date, Query(examples=["2026-11-21"])]
NO: dict[int | str, dict[str, Any]] = {
    409: {"description": f"The days are in the wrong order, or more than {DAYS_MOST}"},
}
_EFFORT = {
    "trips": 440,
    "given_up": 21,
    "assists": 6,
    "calls": 4,
    "operator_ms": 512_000,
    "per_100_trips_s": 116.4,
}
_LOSS = {"known_fen": 550, "known": 1, "open_fen": 0, "open": 0, "saved_fen": 2980, "saved": 3}
_SUMS = {
    "sales": 417,
    "fen": 824_100,
    "pieces": 1211,
    "discounts_fen": 3120,
    "refunded_fen": 1490,
    "effort": _EFFORT,
    "loss": _LOSS,
}
_SCORE = {"what": "P104", "name_zh": "酸奶", "name_en": "Yogurt", "rang": 4, "right": 3, "false": 1}
_REPORT = {
    "first": "2026-11-21",
    "last": "2026-11-21",
    "sums": _SUMS,
    "before": _SUMS,
    "days": [{"day": "2026-11-21", "sales": 417, "fen": 824_100, "pieces": 1211, "refunded_fen": 1490}],
    "week": [[0] * 24 for _ in range(7)],
    "baskets": [{"pieces": 3, "sales": 120, "fen": 241_000}],
    "products": [{"sku": "P104", "name_zh": "酸奶", "name_en": "Yogurt", "quantity": 88, "fen": 57_200}],
    "products_more": 0,
    "products_more_fen": 0,
    "wallets": [
        {"channel": "wechat", "paid": 417, "fen": 824_100, "declined": 6, "reversed": 1, "open": 0, "paid_ms": 840}
    ],
    "incidents": [{"kind": "unpaid", "count": 4, "healed": 0, "taken_ms": 9000, "busy_ms": 240_000}],
    "gates": [{**_SCORE, "what": "exit", "name_zh": "", "name_en": ""}],
    "alarmed": [_SCORE],
}
_SHEET = "section,name,detail,count,yuan,seconds\ntakings,2026-11-21/2026-11-21,1211 pieces,417,8241.00,\n"


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/reports", tags=["money"], dependencies=[Depends(who(Act.SEE_MONEY))], responses=NO)
    one_at_a_time = asyncio.Lock()

    async def read(first: date, last: date) -> Report:
        days = (last - first).days + 1
        if not 1 <= days <= DAYS_MOST or first.year < 2000 or last.year > 2100:
            raise HTTPException(409, f"ask for 1 to {DAYS_MOST} days, the first before the last")
        async with one_at_a_time:
            return await shop.ledger.report(first, last, shop.settings.zone, shop.clock.now_ms())

    @api.get("", response_class=Response, responses=answer(_REPORT, Report))
    async def get_report(first: Day, last: Day) -> Response:
        """Takings, baskets, hours, products, wallets, interventions and loss of these days, beside as many before."""
        return Response(msgspec.json.encode(await read(first, last)), media_type="application/json")

    @api.get(".csv", response_class=Response, responses=answer(_SHEET, media="text/csv"))
    async def get_csv(first: Day, last: Day) -> Response:
        """The same for a spreadsheet."""
        name = f"{shop.settings.code}-{first}-{last}.csv"
        named = {"Content-Disposition": f'attachment; filename="{name}"'}
        text = "\ufeff" + as_csv(await read(first, last))
        return Response(text, media_type="text/csv; charset=utf-8", headers=named)

    return api
