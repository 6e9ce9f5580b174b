"""REST: what integrators and the bench read and do. Every model is documented; bad input gets RFC 9457 problems."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.staff import Act
from paybooth.outgoing import entry_json
from paybooth.ports import Scan
from paybooth.shop import intents
from paybooth.shop.shop import Shop

from .openapi import answer, example
from .painted import Painted
from .staff import who

BoothId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,8}$", description="Booth id from the configuration")]
SaleId = Annotated[str, Path(pattern=r"^\d{8}-\d{5,9}$", examples=["20261122-00417"])]


_PAID = {"sale": "20261122-00417", "attempt": "LANE012611220041701A1B2C3", "total": 1490, "receipt": "20261122-00417"}
_ENTRY = {"seq": 812, "at_ms": 1795312800000, "kind": "sale.paid", "fact": _PAID, "hash": "5f" * 32}
_BOOTH = {"epoch": "8530bbc1", "rev": 10, "view": {"booth": "1", "phase": "attract", "language": "zh-CN", "sale": None}}


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShopOut(Model):
    """The shop and its totals."""

    model_config = ConfigDict(
        json_schema_extra=example(
            code="LANE01",
            name_zh="巷口小店",
            name_en="Corner Lane",
            version="0.1.0",
            booths=["1", "2"],
            products=1204,
            open_attempts=0,
            takings={"sales": 417, "paid_fen": 824100, "refunded_fen": 1490, "attempts": 421},
        )
    )
    code: str = Field(examples=["LANE01"])
    name_zh: str
    name_en: str
    version: str
    booths: list[str]
    products: int
    open_attempts: int = Field(description="Charges without a final word")
    takings: dict[str, int] = Field(description="Fen and counts over all time")


class ScanIn(Model):
    """One good read."""

    text: str = Field(min_length=1, max_length=4096, examples=["6901028075763"])
    symbology: str | None = Field(default=None, pattern=r"^\][A-Za-z][0-9A-Za-z]$", examples=["]E0"])


class PaintedOut(Model):
    """How long ago a kiosk page of this booth last said that it painted."""

    model_config = ConfigDict(json_schema_extra=example(painted_ms=430, free=True))
    painted_ms: int | None = Field(description="Milliseconds; null when no page has painted since the box started")
    free: bool = Field(description="Whether nobody shops at this booth")


class Accepted(Model):
    """Taken into the booth's mailbox; the result is in the booth's next view."""

    model_config = ConfigDict(json_schema_extra=example(accepted=True))
    accepted: Literal[True] = True


class IntentIn(Model):
    """What a kiosk may ask for; see the kiosk contract for the actions."""

    id: str = Field(min_length=1, max_length=64)
    seen_rev: int = Field(ge=0, le=2**53)
    action: dict[str, Any] = Field(examples=[{"name": "pay", "total_fen": 1250}])


class JournalPage(Model):
    """Journal rows in order; the last `seq` is the next `after`."""

    model_config = ConfigDict(json_schema_extra=example(entries=[_ENTRY]))
    entries: list[dict[str, Any]]


_PRODUCT = {
    "sku": "B",
    "codes": ["06901234567892"],
    "name_zh": "鲜牛奶",
    "name_en": "Milk",
    "price_fen": 1490,
    "member_price_fen": None,
    "picture": "",
    "unit_zh": "件",
    "unit_en": "pc",
    "weighed": False,
    "min_age": 0,
    "most_per_sale": 99,
    "active": True,
    "best_before": None,
}


class ProductOut(Model):
    model_config = ConfigDict(json_schema_extra=example(**_PRODUCT))
    sku: str
    codes: list[str]
    name_zh: str
    name_en: str
    price_fen: int | None
    member_price_fen: int | None
    picture: str
    unit_zh: str
    unit_en: str
    weighed: bool
    min_age: int
    most_per_sale: int
    active: bool
    best_before: str | None = Field(description="The last day it is sold")


class ProductPage(Model):
    model_config = ConfigDict(json_schema_extra=example(products=[_PRODUCT]))
    products: list[ProductOut]


class DeviceOut(Model):
    """Health of one device or channel; `unknown` means it has not answered yet."""

    model_config = ConfigDict(
        json_schema_extra=example(device="printer:1", state="offline", reasons=["paper_out"], since_ms=1795312800000)
    )
    device: str
    state: Literal["unknown", "online", "degraded", "offline"]
    reasons: list[str]
    since_ms: int


_DECODE = msgspec.json.Decoder(intents.Intent)


def routes(shop: Shop, painted: Painted) -> APIRouter:
    """The router over one shop and what its kiosk pages say."""
    api = APIRouter(prefix="/api")
    watchers = [Depends(who(Act.SEE_INCIDENTS))]
    helpers = [Depends(who(Act.ASSIST))]

    def booth_of(booth: str) -> Any:
        if booth not in shop.booths:
            raise HTTPException(404, f"there is no booth {booth}")
        return shop.booths[booth]

    @api.get("/shop", tags=["shop"], dependencies=[Depends(who(Act.SEE_MONEY))])
    async def get_shop(request: Request) -> ShopOut:
        """Name, version, totals."""
        return ShopOut(
            code=shop.settings.code,
            name_zh=shop.settings.name_zh,
            name_en=shop.settings.name_en,
            version=shop.version,
            booths=list(shop.booths),
            products=len(shop.catalogue),
            open_attempts=shop.till.in_flight,
            takings=(await request.app.state.tally.totals()).takings(),
        )

    @api.get("/devices", tags=["shop"], dependencies=watchers)
    async def get_devices() -> list[DeviceOut]:
        """The health table."""
        return [
            DeviceOut(device=s.device, state=s.health.state.value, reasons=list(s.health.reasons), since_ms=s.since_ms)
            for s in shop.watch.table.values()
        ]

    @api.get("/booths/{booth}", tags=["booth"], responses=answer(_BOOTH), dependencies=watchers)
    async def get_booth(booth: BoothId) -> dict[str, Any]:
        """The booth's whole view, as its kiosk shows it, with `epoch` and `rev`."""
        feed = booth_of(booth).feed
        return {"epoch": feed.epoch, "rev": feed.rev, "view": msgspec.to_builtins(feed.view)}

    @api.get("/booths/{booth}/painted", tags=["booth"])
    async def get_painted(booth: BoothId) -> PaintedOut:
        """For `paybooth kiosk`: whether the screen still moves, and whether nobody shops there. Nothing else."""
        view = booth_of(booth).feed.view
        return PaintedOut(painted_ms=painted.age_ms(booth), free=view is not None and view.phase == "attract")

    @api.post("/booths/{booth}/scan", status_code=202, tags=["booth"], dependencies=helpers)
    async def post_scan(booth: BoothId, scan: ScanIn) -> Accepted:
        """Hand a scan to the booth, as its scanner would."""
        if not booth_of(booth).post_input(Scan(scan.text, scan.symbology)):
            raise HTTPException(429, "the booth's mailbox is full; the scan was not taken")
        return Accepted()

    @api.post("/booths/{booth}/intents", status_code=202, tags=["booth"], dependencies=helpers)
    async def post_intent(booth: BoothId, intent: IntentIn) -> Accepted:
        """Hand an intent to the booth, as its kiosk would; the answer is `last_intent` in the view."""
        found = booth_of(booth)
        try:
            decoded = _DECODE.decode(msgspec.json.encode({"type": "intent", **intent.model_dump()}))
        except (msgspec.ValidationError, ValueError, UnicodeEncodeError) as error:
            raise HTTPException(422, f"no such action: {error}") from error
        if not found.post_input(decoded):
            raise HTTPException(429, "the booth's mailbox is full; nothing was done")
        return Accepted()

    @api.get("/journal", tags=["journal"], dependencies=[Depends(who(Act.SEE_JOURNAL))])
    async def get_journal(
        after: Annotated[int, Query(ge=0, le=2**53)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> JournalPage:
        """Facts after a number, oldest first; read again with the last `seq` to follow."""
        return JournalPage(entries=[entry_json(e) for e in shop.ledger.journal(after, limit)])

    @api.get("/products", tags=["catalogue"], dependencies=watchers)
    async def get_products(
        after: Annotated[str, Query(max_length=48)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        text: Annotated[str, Query(max_length=64, description="In number, barcode or name")] = "",
    ) -> ProductPage:
        """Products by sku."""
        found = shop.ledger.find_products(text.strip(), after, limit)
        return ProductPage(products=[product_out(product) for product in found])

    return api


def product_out(product: Product) -> ProductOut:
    return ProductOut(
        sku=product.sku,
        codes=list(product.codes),
        name_zh=product.name_zh,
        name_en=product.name_en,
        price_fen=_plain(product.price),
        member_price_fen=_plain(product.member_price),
        picture=product.picture,
        unit_zh=product.unit_zh,
        unit_en=product.unit_en,
        weighed=product.weighed,
        min_age=product.min_age,
        most_per_sale=product.most_per_sale,
        active=product.active,
        best_before=product.best_before,
    )


def _plain(amount: Fen | None) -> int | None:
    return None if amount is None else int(amount)
