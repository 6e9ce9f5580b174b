"""REST for the day after: matches with the channels' bills, the end-of-day report, and both on paper."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from pydantic import ConfigDict, Field

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.domain.staff import Act
from paybooth.ports import LedgerFault
from paybooth.shop import statement as paper
from paybooth.shop.days import DayNotBegunError
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import answer, example
from .staff import who

Day = Annotated[date, Path(examples=["2026-11-21"])]
Language = Annotated[Literal["zh-CN", "en"] | None, Query(description="The shop's own language where left out")]
NO: dict[int | str, dict[str, Any]] = {
    401: {"description": "No staff token, or one that is not known"},
    403: {"description": "This role may not do that"},
    409: {"description": "This day has not begun"},
    503: {"description": "The ledger cannot be written; nothing was recorded"},
}

_DIFFERENCE = {
    "kind": "missing_here",
    "order": "LANE012611210041701A1B2C3",
    "refund": "",
    "sale": "",
    "ours_fen": None,
    "theirs_fen": 1490,
    "detail": "",
}
_MATCH = {
    "channel": "wechat",
    "result": "matched",
    "detail": "",
    "rows": 418,
    "matched": 417,
    "payments_fen": 825590,
    "refunds_fen": 1490,
    "fee_fen": 4953.5,
    "bill_sha256": "5f" * 32,
    "differences": [_DIFFERENCE],
    "differences_unlisted": 0,
}
_WALLET = {
    "channel": "wechat",
    "sales": 417,
    "paid_fen": 824100,
    "refunds": 1,
    "refunded_fen": 1490,
    "late_returned": 0,
    "late_returned_fen": 0,
}
_ROW = {"day": "2026-11-21", "channel": "wechat", "at_ms": 1795312800000, "rows": 418, "differences": 1}
_LINES = "巷口小店 Corner Lane  2026-11-21\nEvery fen is accounted for\n"
_SHEET = "section,channel,name,order,refund,sale,ours,theirs,detail\ntakings,wechat,417 sales,,,,8241.00,8241.00,\n"


class DifferenceOut(Model):
    """One thing on which journal, attempts and bill do not agree."""

    kind: str = Field(examples=["missing_here", "amount", "refund"])
    order: str
    refund: str
    sale: str
    ours_fen: int | None
    theirs_fen: int | None
    detail: str


class MatchOut(Model):
    """One channel's bill against the books. `result` is `matched`, or why it could not be."""

    channel: str
    result: str
    detail: str
    rows: int = 0
    matched: int = 0
    payments_fen: int = 0
    refunds_fen: int = 0
    fee_fen: float = 0.0
    bill_sha256: str = ""
    differences: list[DifferenceOut] = Field(default=[])
    differences_unlisted: int = 0


class WalletOut(Model):
    channel: str
    sales: int
    paid_fen: int
    refunds: int
    refunded_fen: int
    late_returned: int
    late_returned_fen: int


class TaxOut(Model):
    rate_permille: int
    gross_fen: int
    tax_fen: int


class DayOut(Model):
    """The end-of-day report and the match of a day. `clean`: everything was matched and nothing differs."""

    model_config = ConfigDict(
        json_schema_extra=example(
            day="2026-11-21",
            over=True,
            clean=False,
            adds_up=True,
            sales=417,
            pieces=1033,
            paid_fen=824100,
            refunded_fen=1490,
            net_fen=822610,
            listed_fen=840200,
            member_off_fen=9100,
            discounts_fen={"half": 7000},
            wallets=[_WALLET],
            taxes=[{"rate_permille": 130, "gross_fen": 822610, "tax_fen": 94637}],
            hours_fen=[0] * 8 + [51506] * 16,
            matches=[_MATCH],
        )
    )
    day: date
    over: bool = Field(description="False while the day still runs; then nothing is recorded")
    clean: bool
    adds_up: bool = Field(description="Journal and tables sum to the same")
    sales: int
    pieces: int
    paid_fen: int
    refunded_fen: int
    net_fen: int
    listed_fen: int
    member_off_fen: int
    discounts_fen: dict[str, int]
    wallets: list[WalletOut]
    taxes: list[TaxOut]
    hours_fen: list[int]
    matches: list[MatchOut]


class MatchRow(Model):
    day: date
    channel: str
    at_ms: int
    rows: int
    differences: int


class MatchList(Model):
    model_config = ConfigDict(json_schema_extra=example(matches=[_ROW]))
    matches: list[MatchRow]


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/days", tags=["money"], responses=NO)
    reads = [Depends(who(Act.SEE_MONEY))]

    @api.get("", dependencies=reads)
    async def get_days(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> MatchList:
        """What was matched, newest day first."""
        rows = [
            MatchRow(
                day=date.fromisoformat(match.day),
                channel=match.channel,
                at_ms=at_ms,
                rows=match.rows,
                differences=len(match.differences) + match.more,
            )
            for at_ms, match in shop.ledger.matches(limit)
        ]
        return MatchList(matches=rows)

    @api.get("/{day}.csv", dependencies=reads, response_class=Response, responses=answer(_SHEET, media="text/csv"))
    async def get_csv(day: Day) -> Response:
        """Report and differences for a spreadsheet."""
        text = paper.as_csv(await shop.days.statement(day))
        named = {"Content-Disposition": f'attachment; filename="{shop.settings.code}-{day}.csv"'}
        return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=named)

    @api.get(
        "/{day}.pdf",
        dependencies=reads,
        response_class=Response,
        responses=answer("%PDF-1.7 …", media="application/pdf"),
    )
    async def get_pdf(day: Day, language: Language = None) -> Response:
        """Report and differences on one page."""
        found = await shop.days.statement(day)
        # drawing takes a tenth of a second: not on the loop that serves the booths
        page = await asyncio.to_thread(paper.as_pdf, found, language or shop.settings.language)
        return Response(page, media_type="application/pdf")

    @api.get("/{day}.txt", dependencies=reads, response_class=Response, responses=answer(_LINES, media="text/plain"))
    async def get_text(day: Day, language: Language = None) -> Response:
        """Report and differences as lines."""
        told = paper.lines(await shop.days.statement(day), language or shop.settings.language)
        return Response("\n".join(told) + "\n", media_type="text/plain; charset=utf-8")

    @api.get("/{day}", dependencies=reads)
    async def get_day(day: Day) -> DayOut:
        """The end-of-day report and the recorded match."""
        return day_out(await shop.days.statement(day))

    @api.post("/{day}/match", dependencies=[Depends(who(Act.MATCH))])
    async def post_match(day: Day) -> DayOut:
        """Fetch the bills of a day and match them now. A day that is not over is matched but not recorded."""
        try:
            await shop.days.match_all(day)
        except DayNotBegunError as error:
            raise HTTPException(409, str(error)) from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was recorded") from error
        return day_out(await shop.days.statement(day))

    return api


def day_out(statement: paper.Statement) -> DayOut:
    """The whole day as JSON."""
    report = statement.report
    wallets = [(channel, statement.wallet(channel)) for channel in statement.channels]
    return DayOut(
        day=report.day,
        over=statement.over,
        clean=statement.is_clean,
        adds_up=report.adds_up,
        sales=report.sales,
        pieces=report.pieces,
        paid_fen=report.paid,
        refunded_fen=report.refunded,
        net_fen=report.paid - report.refunded,
        listed_fen=report.listed,
        member_off_fen=report.member_off,
        discounts_fen={rule: int(amount) for rule, amount in sorted(report.discounts.items())},
        wallets=[
            WalletOut(
                channel=channel,
                sales=w.sales,
                paid_fen=w.paid,
                refunds=w.refunds,
                refunded_fen=w.refunded,
                late_returned=w.late,
                late_returned_fen=w.late_returned,
            )
            for channel, w in wallets
        ],
        taxes=[
            TaxOut(rate_permille=rate, gross_fen=report.taxed[rate], tax_fen=report.tax(rate))
            for rate in sorted(report.taxed)
        ],
        hours_fen=[report.hours[hour] for hour in range(24)],
        matches=[_match_out(statement, channel) for channel in statement.channels],
    )


def _match_out(statement: paper.Statement, channel: Channel) -> MatchOut:
    match = statement.matches.get(channel)
    if match is None:
        result, detail = statement.why.get(channel, ("not_matched", ""))
        return MatchOut(channel=channel, result=result, detail=detail)
    return MatchOut(
        channel=channel,
        result="matched",
        detail="",
        rows=match.rows,
        matched=match.matched,
        payments_fen=match.payments_fen,
        refunds_fen=match.refunds_fen,
        fee_fen=match.fee_mfen / 1000,
        bill_sha256=match.bill,
        differences=[
            DifferenceOut(
                kind=d.kind,
                order=d.number,
                refund=d.refund,
                sale=d.sale,
                ours_fen=_plain(d.ours),
                theirs_fen=_plain(d.theirs),
                detail=d.detail,
            )
            for d in match.differences
        ],
        differences_unlisted=match.more,
    )


def _plain(amount: Fen | None) -> int | None:
    return None if amount is None else int(amount)
