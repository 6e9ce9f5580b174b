"""REST: products changed by staff, one at a time; who changes says which version they saw (`If-Match`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Response
from pydantic import ConfigDict, Field

from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.goods import NoSuchProductError, StaleError, UnfitError, version
from paybooth.shop.shop import Shop

from .api import Model, ProductOut, product_out
from .openapi import example
from .staff import who

Sku = Annotated[str, Path(max_length=48, pattern=r"^[^/\x00-\x1f]+$", examples=["P101"])]
Editor = Annotated[Staff, Depends(who(Act.EDIT_GOODS))]
Price = Annotated[int | None, Field(ge=1, le=10_000_000)]
NO: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such product"},
    412: {"description": "Somebody changed it meanwhile; `now` is the product as it is. Nothing was changed"},
    422: {"description": "It cannot be in the catalogue like this; `detail` says why"},
    428: {"description": "`If-Match` is missing: say which version you saw"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}


class ProductIn(Model):
    """Everything that may change; number and barcodes come by import alone."""

    model_config = ConfigDict(
        json_schema_extra=example(
            name_zh="鲜牛奶",
            name_en="Milk",
            price_fen=1490,
            member_price_fen=None,
            unit_zh="盒",
            unit_en="box",
            min_age=0,
            most_per_sale=99,
            active=True,
            picture="milk",
            best_before="2099-12-31",
            reason="new price list",
        )
    )
    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field(max_length=120)
    price_fen: Price
    member_price_fen: Price
    unit_zh: str = Field(max_length=16)
    unit_en: str = Field(max_length=16)
    min_age: int = Field(ge=0, le=120)
    most_per_sale: int = Field(ge=1, le=999)
    active: bool
    picture: str | None = Field(
        None,
        pattern=r"^([a-z0-9_-]{1,40}|[0-9a-f]{32}\.webp)?$",
        description="A drawing's name, or what `POST /api/pictures` answered; as it is where it is left out",
    )
    best_before: str | None = Field(
        None, max_length=10, description="The last day it is sold, 2026-12-31; as it is where it is left out"
    )
    reason: str = Field(min_length=1, max_length=200)


class StaleProductError(HTTPException):
    """412 with the product as it is."""

    def __init__(self, stale: StaleError) -> None:
        super().__init__(412, str(stale), {"ETag": f'"{version(stale.now)}"'})
        self.now = product_out(stale.now).model_dump()


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/products", tags=["catalogue"], responses=NO)

    @api.get("/{sku}", dependencies=[Depends(who(Act.SEE_INCIDENTS))])
    async def get_product(sku: Sku, response: Response) -> ProductOut:
        """One product; its `ETag` is what a change has to send as `If-Match`."""
        found = shop.catalogue.product(sku)
        if found is None:
            raise HTTPException(404, f"the catalogue has no product {sku}")
        response.headers["ETag"] = f'"{version(found)}"'
        return product_out(found)

    @api.put("/{sku}")
    async def put_product(
        sku: Sku,
        wish: ProductIn,
        staff: Editor,
        response: Response,
        if_match: Annotated[str | None, Header(max_length=80)] = None,
    ) -> ProductOut:
        """Change a product; the next scan has it."""
        if if_match is None:
            raise HTTPException(428, "say which version of the product you saw: If-Match")
        if wish.picture and wish.picture.endswith(".webp") and not _has(shop, wish.picture):
            raise HTTPException(422, "there is no such picture; upload the photo once more. Nothing was changed")
        try:
            seen = if_match.strip().removeprefix("W/").strip('"')
            now = await shop.goods.change(sku, seen, lambda before: _edited(before, wish), staff.name, wish.reason)
        except NoSuchProductError as error:
            raise HTTPException(404, f"the catalogue has no product {sku}") from error
        except StaleError as error:
            raise StaleProductError(error) from error
        except UnfitError as error:
            raise HTTPException(422, str(error)) from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error
        response.headers["ETag"] = f'"{version(now)}"'
        return product_out(now)

    return api


def _edited(before: Product, wish: ProductIn) -> Product:
    return replace(
        before,
        name_zh=wish.name_zh.strip(),
        name_en=wish.name_en.strip(),
        price=_fen(wish.price_fen),
        member_price=_fen(wish.member_price_fen),
        unit_zh=wish.unit_zh,
        unit_en=wish.unit_en,
        min_age=wish.min_age,
        most_per_sale=wish.most_per_sale,
        active=wish.active,
        best_before=wish.best_before if "best_before" in wish.model_fields_set else before.best_before,
        picture=before.picture if wish.picture is None else wish.picture,
    )


def _has(shop: Shop, picture: str) -> bool:
    return shop.pictures is not None and shop.pictures.path(picture) is not None


def _fen(amount: int | None) -> Fen | None:
    return None if amount is None else Fen(amount)
