"""REST: the whole catalogue as one CSV file; looked at first, then taken."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from paybooth.domain.staff import Act, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.catalogue import write_csv
from paybooth.shop.shop import Shop
from paybooth.shop.stock_list import BYTES_MOST, FaultyError, Look, ManyRemovedError, OtherGoodsError

from .api import Model
from .openapi import answer, example
from .staff import RefusedError, who

LISTED_MOST = 200
Editor = Annotated[Staff, Depends(who(Act.EDIT_GOODS))]
NO: dict[int | str, dict[str, Any]] = {
    409: {"description": "The list lacks many products: say `remove=true` if that is meant. Nothing was changed"},
    412: {"description": "Somebody changed goods since the list was looked at; look again. Nothing was changed"},
    413: {"description": f"The file is longer than {BYTES_MOST // 1024 // 1024} MiB"},
    422: {"description": "The file has faults, or is not UTF-8; nothing was changed"},
    428: {"description": "`If-Match` is missing: say which version of the catalogue you looked at"},
    503: {"description": "The ledger cannot be written; nothing was changed"},
}
_SHEET = "sku,barcodes,name_zh,name_en,price\nB,6901234567892,鲜牛奶,Milk,14.90\n"
BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}, "example": _SHEET}}}}


class FieldOut(Model):
    name: str
    was: str
    now: str


class ChangedOut(Model):
    sku: str
    name_zh: str
    name_en: str
    fields: list[FieldOut]


class NamedOut(Model):
    sku: str
    name_zh: str
    name_en: str
    price_fen: int | None


class FaultOut(Model):
    line: int
    what: str


class LookOut(Model):
    """What a file would do. Lists name the first 200; the counts are of all."""

    model_config = ConfigDict(
        json_schema_extra=example(
            version="19a0c1b2.7",
            products=150,
            added_count=0,
            changed_count=1,
            removed_count=0,
            fault_count=0,
            priced_count=1,
            added=[],
            changed=[
                {
                    "sku": "B",
                    "name_zh": "鲜牛奶",
                    "name_en": "Milk",
                    "fields": [{"name": "price", "was": "14.90", "now": "15.90"}],
                }
            ],
            removed=[],
            faults=[],
        )
    )
    version: str = Field(description="Of the catalogue it was compared with; goes into `If-Match`")
    products: int
    added_count: int
    changed_count: int
    removed_count: int
    fault_count: int
    priced_count: int = Field(description="How many products get another price")
    added: list[NamedOut]
    changed: list[ChangedOut] = Field(description="Other prices first")
    removed: list[NamedOut]
    faults: list[FaultOut]


def routes(shop: Shop) -> APIRouter:
    """The router over one shop."""
    api = APIRouter(prefix="/api/catalogue", tags=["catalogue"], responses=NO)
    stock = shop.stock_list

    @api.get(
        ".csv",
        response_class=Response,
        responses=answer(_SHEET, media="text/csv"),
        dependencies=[Depends(who(Act.SEE_INCIDENTS))],
    )
    async def get_csv() -> Response:
        """All products, as an import takes them."""
        named = {"Content-Disposition": f'attachment; filename="{shop.settings.code}-catalogue.csv"'}
        text = "".join(write_csv(shop.catalogue))
        return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=named)

    @api.post("/preview", openapi_extra=BODY, dependencies=[Depends(who(Act.EDIT_GOODS))])
    async def preview(request: Request) -> LookOut:
        """What taking this file would do; nothing is changed."""
        return _out(shop, await stock.look(await _text(request)))

    @api.post("/import", openapi_extra=BODY)
    async def take(
        request: Request,
        staff: Editor,
        reason: Annotated[str, Query(min_length=1, max_length=200)],
        remove: Annotated[bool, Query(description="Products that the file lacks are meant to go")] = False,
        if_match: Annotated[str | None, Header(max_length=80)] = None,
    ) -> LookOut:
        """Make the file the catalogue, all of it or nothing; the next scan has it."""
        if if_match is None:
            raise HTTPException(428, "say which version of the catalogue you looked at: If-Match")
        text = await _text(request)
        try:
            done = await stock.take(text, if_match.strip().strip('"'), staff.name, reason, remove=remove)
        except FaultyError as error:
            first = error.faults[0]
            raise HTTPException(422, f"{error}; line {first.line}: {first.what}") from error
        except OtherGoodsError as error:
            raise HTTPException(412, "somebody changed goods meanwhile; look at the list again") from error
        except ManyRemovedError as error:
            raise RefusedError(409, str(error), "many_removed") from error
        except LedgerFault as error:
            raise HTTPException(503, "the ledger cannot be written now; nothing was changed") from error
        return _out(shop, done)

    return api


async def _text(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8")
    except UnicodeDecodeError as error:
        raise HTTPException(
            422, f"the file is not UTF-8 (byte {error.start}); save it as CSV UTF-8; nothing was changed"
        ) from error


def _out(shop: Shop, look: Look) -> LookOut:
    after = {product.sku: product for product in look.products}
    done = look.difference

    def named(sku: str) -> NamedOut:
        product = after.get(sku) or shop.catalogue.product(sku)
        if product is None:  # taken off just now
            return NamedOut(sku=sku, name_zh="", name_en="", price_fen=None)
        return NamedOut(sku=sku, name_zh=product.name_zh, name_en=product.name_en, price_fen=product.price)

    priced = [each for each in done.changed if any("price" in field.name for field in each.fields)]
    first = {each.sku for each in priced}
    others = [each for each in done.changed if each.sku not in first]
    return LookOut(
        version=look.version,
        products=len(look.products),
        added_count=len(done.added),
        changed_count=len(done.changed),
        removed_count=len(done.removed),
        fault_count=len(look.faults),
        priced_count=len(priced),
        added=[named(sku) for sku in done.added[:LISTED_MOST]],
        changed=[
            ChangedOut(
                sku=each.sku,
                name_zh=after[each.sku].name_zh,
                name_en=after[each.sku].name_en,
                fields=[FieldOut(name=f.name, was=f.was, now=f.now) for f in each.fields],
            )
            for each in [*priced, *others][:LISTED_MOST]
        ],
        removed=[named(sku) for sku in done.removed[:LISTED_MOST]],
        faults=[FaultOut(line=fault.line, what=fault.what) for fault in look.faults[:LISTED_MOST]],
    )
