"""REST: sales as staff look them up. Pages by key, newest first, a bounded search each; one sale with all its facts."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import ConfigDict, Field

from paybooth.domain.refund import left
from paybooth.domain.staff import Act
from paybooth.outgoing import entry_json
from paybooth.ports_console import Outcome, SaleFound, SaleQuery
from paybooth.shop.shop import Shop

from .api import Model, SaleId
from .openapi import example
from .staff import who

Day = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-22"])]


_SALE = {
    "id": "20261122-00417",
    "number": "0417",
    "booth": "1",
    "phase": "paid",
    "total_fen": 1490,
    "opened_ms": 1795312790000,
    "paid_ms": 1795312800000,
    "receipt": "20261122-00417",
    "goods": [{"name_zh": "鲜牛奶", "name_en": "Milk", "quantity": 1}],
    "count": 1,
    "channel": "wechat",
    "attempt": "paid",
    "refunded_fen": 0,
    "paper": "printed",
    "left": True,
}


class GoodsOut(Model):
    name_zh: str
    name_en: str
    quantity: int


class SaleOut(Model):
    """A sale in a list."""

    id: str = Field(examples=["20261122-00417"])
    number: str = Field(examples=["0417"])
    booth: str
    phase: str
    total_fen: int
    opened_ms: int
    paid_ms: int | None
    receipt: str | None
    goods: list[GoodsOut] = Field(description="The first few lines")
    count: int = Field(description="Pieces in all")
    channel: str = Field(description="Of the charge that paid, or was tried last; empty without one")
    attempt: str = Field(description="State of that charge")
    refunded_fen: int
    paper: str = Field(description="State of the receipt; empty before it is paid")
    left: bool = Field(description="Its goods were seen leaving, or its exit pass was used")


class SalePage(Model):
    """Newest first. Where `searched_to` is not null there is more below it: pass it as `before`."""

    model_config = ConfigDict(json_schema_extra=example(sales=[_SALE], searched_to=None, next_before=None))
    sales: list[SaleOut]
    searched_to: str | None
    next_before: str | None = Field(description="The same as `searched_to`")


class SaleDetail(Model):
    """A sale with everything that happened to it."""

    model_config = ConfigDict(
        json_schema_extra=example(
            sale={"id": "20261122-00417", "phase": "paid", "total_fen": 1490, "lines": []},
            attempts=[{"number": "LANE012611220041701A1B2C3", "state": "paid", "amount": 1490, "code_last4": "6789"}],
            facts=[{"seq": 812, "at_ms": 1795312800000, "kind": "sale.paid", "fact": {}, "hash": "5f" * 32}],
            receipt_url="/r/20261122-00417.ABCDEFGHIJKLMNOP",
            refundable_fen=1490,
        )
    )
    sale: dict[str, Any]
    attempts: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    receipt_url: str = Field(description="Of its digital receipt; `.png` and `.pdf` after it; empty before it is paid")
    refundable_fen: int


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api", tags=["sales"], dependencies=[Depends(who(Act.SEE_MONEY))])

    @api.get("/sales")
    async def get_sales(
        before: Annotated[str | None, Query(max_length=32, pattern=r"^[0-9-]*$")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        first: Day | None = None,
        last: Day | None = None,
        booth: Annotated[str, Query(max_length=8)] = "",
        channel: Annotated[str, Query(max_length=16)] = "",
        outcome: Outcome | None = None,
        least_fen: Annotated[int | None, Query(ge=0, le=10**9)] = None,
        text: Annotated[str, Query(max_length=64)] = "",
    ) -> SalePage:
        """Sales, newest first; each page looks at a bounded number of them."""
        wanted = SaleQuery(
            first=(first or "").replace("-", ""),
            last=(last or "").replace("-", ""),
            booth=booth,
            channel=channel,
            outcome=outcome or "",
            least_fen=least_fen,
            text=text.strip(),
        )
        found = shop.ledger.find_sales(wanted, before, limit)
        return SalePage(
            sales=[_out(sale) for sale in found.sales], searched_to=found.searched_to, next_before=found.searched_to
        )

    @api.get("/sales/{sale}")
    async def get_sale(sale: SaleId) -> SaleDetail:
        """One sale: lines, attempts, and its facts in order."""
        found = shop.ledger.sale(sale)
        if found is None:
            raise HTTPException(404, f"there is no sale {sale}")
        paid = shop.ledger.attempt(found.attempt) if found.receipt and found.attempt else None
        return SaleDetail(
            sale={**msgspec.to_builtins(found), "total_fen": found.total},
            attempts=[msgspec.to_builtins(a) for a in shop.ledger.attempts_of(sale)],
            facts=[entry_json(e) for e in shop.ledger.journal_of(sale)],
            receipt_url=f"/r/{shop.receipts.token(found.receipt)}" if found.receipt else "",
            refundable_fen=left(paid, shop.ledger.refunds_of(sale)) if paid is not None else 0,
        )

    return api


def _out(found: SaleFound) -> SaleOut:
    row = found.row
    return SaleOut(
        id=row.id,
        number=row.number,
        booth=row.booth,
        phase=row.phase,
        total_fen=row.total,
        opened_ms=row.opened_ms,
        paid_ms=row.paid_ms,
        receipt=row.receipt,
        goods=[GoodsOut(name_zh=zh, name_en=en, quantity=quantity) for zh, en, quantity in found.goods],
        count=found.count,
        channel=found.channel,
        attempt=found.attempt_state,
        refunded_fen=found.refunded,
        paper=found.paper,
        left=found.left,
    )
