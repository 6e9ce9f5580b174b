"""REST: prices from a date on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import ConfigDict, Field

from paybooth.domain.goods import ComingPrice
from paybooth.domain.money import Fen
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.coming_prices import ManyPlannedError, NoSuchPlanError
from paybooth.shop.goods import NoSuchProductError, UnfitError
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import RefusedError, who

Editor = Annotated[Staff, Depends(who(Act.EDIT_GOODS))]
Price = Annotated[int, Field(ge=1, le=10_000_000)]
NO: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such product, or no such plan"},
    409: {"description": "As many prices as may be are planned already; nothing was changed"},
    422: {"description": "The price cannot be like this, or that time is over; nothing was changed"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}
_ROW = {"number": 4, "sku": "P101", "name_zh": "海盐薯片 70 g", "name_en": "Sea salt crisps 70 g"}
_PRICE = {"price_fen": 690, "member_price_fen": None, "reason": "new price list"}


class ComingIn(Model):
    """What it costs from then on."""

    model_config = ConfigDict(json_schema_extra=example(**_PRICE, at="2099-12-01T00:00"))
    at: datetime = Field(description="Time of the shop, without a zone")
    price_fen: Price
    member_price_fen: Price | None = None
    reason: str = Field(min_length=1, max_length=200)


class ComingOut(Model):
    """A planned price."""

    model_config = ConfigDict(json_schema_extra=example(**_ROW, **_PRICE, at_ms=4099564800000, by="Amy"))
    number: int
    sku: str
    name_zh: str
    name_en: str
    at_ms: int
    price_fen: int
    member_price_fen: int | None
    by: str
    reason: str


class ComingList(Model):
    """Soonest first."""

    model_config = ConfigDict(
        json_schema_extra=example(coming=[{**_ROW, **_PRICE, "at_ms": 4099564800000, "by": "Amy"}])
    )
    coming: list[ComingOut]


class WithdrawIn(Model):
    model_config = ConfigDict(json_schema_extra=example(reason="the supplier thought better of it"))
    reason: str = Field(min_length=1, max_length=200)


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(tags=["catalogue"], responses=NO)
    prices = shop.coming_prices

    @api.get("/api/prices/coming", dependencies=[Depends(who(Act.SEE_INCIDENTS))])
    async def get_coming(sku: Annotated[str | None, Query(max_length=48)] = None) -> ComingList:
        """Planned prices, of one product or of all."""
        return ComingList(coming=[_out(shop, each) for each in prices.planned(sku)])

    @api.post("/api/products/{sku}/coming", status_code=201)
    async def plan(
        sku: Annotated[str, Path(max_length=48, pattern=r"^[^/\x00-\x1f]+$", examples=["P101"])],
        wish: ComingIn,
        staff: Editor,
    ) -> ComingOut:
        """Plan a price; it is in the catalogue by itself when its time has come."""
        try:
            at = wish.at if wish.at.tzinfo else wish.at.replace(tzinfo=shop.settings.zone)
            from_ms = int(at.timestamp() * 1000)
        except (OverflowError, ValueError) as error:
            raise RefusedError(422, "that time is out of all bounds; nothing was changed", "price_unfit") from error
        member = None if wish.member_price_fen is None else Fen(wish.member_price_fen)
        try:
            made = await prices.plan(sku, from_ms, Fen(wish.price_fen), member, staff.name, wish.reason)
        except NoSuchProductError as error:
            raise HTTPException(404, f"the catalogue has no product {sku}") from error
        except UnfitError as error:
            raise RefusedError(422, f"{error}; nothing was changed", "price_unfit") from error
        except ManyPlannedError as error:
            raise RefusedError(
                409, "too many prices are planned already; nothing was changed", "prices_full"
            ) from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error
        return _out(shop, made)

    @api.post("/api/prices/coming/{plan}/withdraw", status_code=204)
    async def withdraw(
        plan: Annotated[int, Path(ge=1, le=2**53, examples=[4])], wish: WithdrawIn, staff: Editor
    ) -> None:
        """It does not come."""
        try:
            await prices.withdraw(plan, staff.name, wish.reason)
        except NoSuchPlanError as error:
            raise HTTPException(404, f"no price {plan} is planned; it may be in the catalogue already") from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error

    return api


def _out(shop: Shop, coming: ComingPrice) -> ComingOut:
    product = shop.catalogue.product(coming.sku)
    return ComingOut(
        number=coming.number,
        sku=coming.sku,
        name_zh=product.name_zh if product else "",
        name_en=product.name_en if product else "",
        at_ms=coming.from_ms,
        price_fen=coming.price,
        member_price_fen=coming.member_price,
        by=coming.by,
        reason=coming.reason,
    )
