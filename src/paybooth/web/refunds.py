"""REST for staff: refunds, with a second person above the limit, and voids. Every act has a name and a reason."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import ConfigDict, Field

from paybooth.domain import refund as r
from paybooth.domain.money import Fen
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.refunds import NoSuchSaleError
from paybooth.shop.shop import Shop
from paybooth.shop.staff_acts import VoidRefusal

from .api import BoothId, Model, SaleId
from .openapi import example
from .staff import who

RefundNumber = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{6,40}R\d{1,2}$", examples=["LANE012611220041701A1B2C3R1"])]
Refunder = Annotated[Staff, Depends(who(Act.REFUND))]
Approver = Annotated[Staff, Depends(who(Act.APPROVE_REFUND))]
Voider = Annotated[Staff, Depends(who(Act.VOID))]

VOID_S = 10.0
"""A booth answers within a commit; longer means it hangs."""

WHY: dict[r.Refusal | VoidRefusal, str] = {
    r.Refusal.NOT_PAID: "this sale was not paid, so there is nothing to give back; void it instead",
    r.Refusal.NOTHING_LEFT: "everything of this sale was given back already",
    r.Refusal.TOO_MUCH: "that is more than is left of this sale",
    r.Refusal.BAD_AMOUNT: "the amount must be above 0 and, with goods, equal to theirs",
    r.Refusal.NO_SUCH_LINE: "this sale has no such line, or it is named twice",
    r.Refusal.NOT_SO_MANY: "more pieces than were bought, or than are left",
    r.Refusal.NOTE_MISSING: "the reason “other” needs a note",
    r.Refusal.TOO_MANY_REFUNDS: "the wallets take at most 50 refunds of one payment",
    r.Refusal.TOO_LATE: "the wallets take refunds for a year after the payment",
    r.Refusal.NOT_WAITING: "this refund does not wait for anybody any more",
    r.Refusal.SECOND_PERSON: "somebody else than who asked has to agree",
    VoidRefusal.PAID: "this sale is paid: give the money back by a refund",
    VoidRefusal.CHARGING: "a charge of this sale has no final word yet; wait until it has",
    VoidRefusal.ENDED: "this sale is over already",
    VoidRefusal.NOTE_MISSING: "the reason “other” needs a note",
    VoidRefusal.BUSY: "its booth does not answer; try again",
}
NO: dict[int | str, dict[str, Any]] = {
    401: {"description": "No staff token, or one that is not known"},
    403: {"description": "This role may not do that"},
    404: {"description": "No such sale or refund in this shop"},
    409: {"description": "Refused; `detail` says why and nothing was changed"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}

_REFUND = {
    "number": "LANE012611220041701A1B2C3R1",
    "sale": "20261122-00417",
    "attempt": "LANE012611220041701A1B2C3",
    "amount_fen": 490,
    "state": "open",
    "reason": "returned",
    "note": "",
    "by": "Amy",
    "approved_by": "",
    "opened_ms": 1795312860000,
    "settled_ms": None,
    "goods": [{"line": 2, "quantity": 1, "amount_fen": 490}],
    "slip": "/r/LANE012611220041701A1B2C3R1.DKVVI5GG7TCZ",
}


class BackIn(Model):
    """Pieces of a line that come back."""

    line: int = Field(ge=1, le=10_000)
    quantity: int = Field(ge=1, le=10_000)


class RefundIn(Model):
    """Goods, or an amount, or neither: then all that is left."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Your own number: the same again is one refund")
    reason: r.Reason
    note: str = Field(default="", max_length=r.NOTE_MOST)
    amount_fen: int | None = Field(default=None, ge=1, le=10**9)
    goods: list[BackIn] = Field(default=[], max_length=200)


class BackOut(Model):
    line: int
    quantity: int
    amount_fen: int


class RefundOut(Model):
    """A refund as it stands. `asked`: a second person has to agree; `open`: the wallet has not given its final word."""

    model_config = ConfigDict(json_schema_extra=example(**_REFUND))
    number: str
    sale: str
    attempt: str
    amount_fen: int
    state: r.State
    reason: str
    note: str
    by: str = Field(description="Empty where the shop returned the money by rule")
    approved_by: str
    opened_ms: int
    settled_ms: int | None
    goods: list[BackOut]
    slip: str = Field(description="Address of its slip")


class RefundList(Model):
    model_config = ConfigDict(json_schema_extra=example(refunds=[_REFUND]))
    refunds: list[RefundOut]


class NoteIn(Model):
    note: str = Field(default="", max_length=r.NOTE_MOST)


class VoidIn(Model):
    reason: r.Reason
    note: str = Field(default="", max_length=r.NOTE_MOST)


class VoidOut(Model):
    model_config = ConfigDict(json_schema_extra=example(sale="20261122-00418", voided=True))
    sale: str
    voided: bool = True


class PrintOut(Model):
    """What became of the paper; `printed` alone is proven."""

    model_config = ConfigDict(json_schema_extra=example(state="printed", reasons=[]))
    state: str
    reasons: list[str]


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api", tags=["money"], responses=NO)

    def out(refund: r.Refund | r.Refusal) -> RefundOut:
        if isinstance(refund, r.Refusal):
            raise HTTPException(409, WHY[refund])
        return RefundOut(
            number=refund.number,
            sale=refund.sale,
            attempt=refund.attempt,
            amount_fen=refund.amount,
            state=refund.state,
            reason=refund.reason,
            note=refund.note,
            by=refund.by,
            approved_by=refund.approved_by,
            opened_ms=refund.opened_ms,
            settled_ms=refund.settled_ms,
            goods=[BackOut(line=b.line, quantity=b.quantity, amount_fen=b.amount) for b in refund.lines],
            slip=shop.receipts.url(refund.number),
        )

    @api.post("/sales/{sale}/refunds", status_code=201)
    async def post_refund(sale: SaleId, wish: RefundIn, staff: Refunder) -> RefundOut:
        """Give money of a paid sale back. Above the shop's limit it waits for a second person (`state` is `asked`)."""
        amount = None if wish.amount_fen is None else Fen(wish.amount_fen)
        goods = tuple(r.Back(b.line, b.quantity) for b in wish.goods)
        asked = r.Wish(staff.name, wish.reason, wish.id, wish.note, amount, goods)
        try:
            return out(await shop.refunds.ask(sale, asked))
        except (NoSuchSaleError, LedgerFault) as error:
            _cannot(error)

    @api.get("/refunds", dependencies=[Depends(who(Act.SEE_MONEY))])
    async def get_refunds(state: r.State | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> RefundList:
        """Refunds, newest first."""
        return RefundList(refunds=[out(refund) for refund in shop.ledger.refunds(state, limit)])

    @api.get("/refunds/{number}", dependencies=[Depends(who(Act.SEE_MONEY))])
    async def get_refund(number: RefundNumber) -> RefundOut:
        """One refund as it stands."""
        return out(known(number))

    def known(number: str) -> r.Refund:
        refund = shop.ledger.refund(number)
        if refund is None:
            raise HTTPException(404, f"there is no refund {number}")
        return refund

    @api.post("/refunds/{number}/approve")
    async def post_approve(number: RefundNumber, staff: Approver) -> RefundOut:
        """The second person agrees; the money goes."""
        try:
            return out(await shop.refunds.approve(number, staff.name))
        except (NoSuchSaleError, LedgerFault) as error:
            _cannot(error)

    @api.post("/refunds/{number}/withdraw")
    async def post_withdraw(number: RefundNumber, why: NoteIn, staff: Refunder) -> RefundOut:
        """End one that still waits for a second person."""
        try:
            return out(await shop.refunds.withdraw(number, staff.name, why.note))
        except (NoSuchSaleError, LedgerFault) as error:
            _cannot(error)

    @api.post("/refunds/{number}/print/{booth}", dependencies=[Depends(who(Act.REFUND))])
    async def post_print(number: RefundNumber, booth: BoothId) -> PrintOut:
        """Print its slip at a booth."""
        if not shop.receipts.has_printer(booth):
            raise HTTPException(409, f"booth {booth} has no printer; the slip's address works without")
        outcome = await shop.receipts.print_refund(known(number), booth)
        return PrintOut(state=outcome.state, reasons=list(outcome.reasons))

    @api.post("/sales/{sale}/void")
    async def post_void(sale: SaleId, why: VoidIn, staff: Voider) -> VoidOut:
        """End a sale that was not paid."""
        try:
            async with asyncio.timeout(VOID_S):
                refusal = await shop.refunds.void(sale, staff.name, why.reason, why.note)
        except (NoSuchSaleError, LedgerFault) as error:
            _cannot(error)
        except TimeoutError as error:
            raise HTTPException(409, WHY[VoidRefusal.BUSY]) from error
        if refusal is not None:
            raise HTTPException(409, WHY[refusal])
        return VoidOut(sale=sale)

    return api


def _cannot(error: NoSuchSaleError | LedgerFault) -> NoReturn:
    if isinstance(error, NoSuchSaleError):
        raise HTTPException(404, f"this shop knows no {error}") from error
    raise HTTPException(503, "the ledger cannot be written now; nothing was changed, no money moved") from error
